/* Risk estimators: how well the ideal loss of fixed predictions, (1/N) sum_D e, is estimated from clicks.
 * Potential outcomes are held fixed and clicks redrawn, so that bias and standard deviation are exact where
 * an estimate is linear in the clicks (results/README.md; estimators/METHODS.md, F).
 *
 * This folder works on plain arrays: it may include sim/base and sim/truth.h, and nothing of it knows of
 * worlds, files or stores. */
#pragma once

#include "experiments/risk/risk_estimators.h"
#include "sim/base/random.h"
#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Fixed predictions and what estimators are given; each column has `rows` entries, at least 1. */
typedef struct RiskCase {
    size_t rows;
    const double *p;     /* P(o=1 | everything), in [0, 1]; clicks are independent given it */
    const double *p_hat; /* in (0, 1] */
    const double *e;     /* loss of the prediction against r(1) */
    const double *e_hat; /* imputed error */
    /* Where imputations are learned, each redraw has one pseudo-label m, the weighted mean of the predictions
     * of the clicked exposures, and the imputed error is e_hat + m slope: slope = l(1, prediction) - l(0,
     * prediction), e_hat = l(0, prediction). NULL where imputations are given. */
    const double *slope, *prediction;
    const double *spread; /* standard deviations of given e_hat, which cdr trusts them by; NULL for none */
    double lambda[RISK_LAMBDAS]; /* of estimators that have one, at least 0 */
} RiskCase;

/* (1/N) sum_D e. */
double risk_ideal(const RiskCase *c);

/* Bias and standard deviation over redraws of the clicks: exact, but for estimators with a `share`, whose
 * ratio is taken to first order (the delta method; good from a few hundred clicks). NaN where there is no
 * closed form. With p = p_hat, or with e_hat = e, those of dr have no bias. */
typedef struct RiskTheory {
    double bias, sd;
} RiskTheory;
RiskTheory risk_theory(const RiskEstimator *estimator, const RiskCase *c);

/* Share of the exposures whose imputed error the estimator leaves out; NaN where it has no such rule. No
 * redraw changes it: an imputed error that is learned is sure, and is left out by lambda = 0 alone. */
double risk_left_out(const RiskEstimator *estimator, const RiskCase *c);

/* The estimate from given clicks: click[i] is 1 or 0. */
Status risk_estimate(const RiskEstimator *estimator, const RiskCase *c, const uint8_t *click,
                     double *estimate, Message *message);

/* What is redrawn, and how often. */
typedef struct RiskRedraw {
    const RiskCase *c;
    const RiskEstimator *const *estimator;
    int estimators;
    const StreamKey *key; /* the clicks of redraw k are those of its stream with replicate k */
    int redraws;
    int jobs;         /* threads; results do not depend on it */
    double *estimate; /* estimators x redraws, to be filled */
} RiskRedraw;

/* Fills the estimates over redraws of the clicks. The clicks are one draw a row:
 * the same for every case of as many rows, and whatever the number of redraws. A click is drawn by 32 bits,
 * so its probability is p to 2^-32. Memory beside the estimates: 8 to 16 numbers a row, and none a redraw. */
Status risk_redraw(const RiskRedraw *redraw, Message *message);
