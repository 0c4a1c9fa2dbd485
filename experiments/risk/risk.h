/* Risk estimators: how well the ideal loss of fixed predictions, (1/N) sum_D e, is estimated from clicks.
 * Potential outcomes are held fixed and clicks redrawn, so that bias and standard deviation are exact where
 * an estimate is linear in the clicks (DESIGN 4, METHODS F). A new estimator is a row of risk_table.
 *
 * This folder works on plain arrays: it may include sim/base and sim/truth.h, and nothing of it knows of
 * worlds, files or stores. */
#pragma once

#include "sim/base/random.h"
#include "sim/base/status.h"

#include <stdbool.h>
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
} RiskCase;

/* What an estimate is made of, with w = 1/p_hat and gap = e - e_hat. */
typedef struct RiskSums {
    double rows, imputed, weight;    /* over D: 1, e_hat, w */
    double click, click_w, click_w2; /* over O: 1, w, w^2 */
    double e, w_e;                   /* over O */
    double gap, w_gap, w2_gap;       /* over O */
    bool learned;                    /* imputations are */
} RiskSums;

/* The weights of a learned pseudo-label. */
typedef enum RiskLabel {
    RISK_LABEL_INVERSE,  /* 1/p_hat */
    RISK_LABEL_VARIANCE, /* (1-p_hat)/p_hat^2 */
} RiskLabel;

typedef struct RiskEstimator {
    const char *name, *meaning;
    double (*value)(const RiskSums *sums); /* NaN where it is not defined: a mean of no clicks */
    /* Where N times the estimate is linear in the clicks, sum_O term(w, e, e_hat), and sum_D e_hat where
     * `imputes`. NULL: not linear, no closed form. */
    double (*term)(double w, double e, double e_hat);
    bool imputes;
    RiskLabel label;
} RiskEstimator;

/* Ends with a NULL name. */
extern const RiskEstimator risk_table[];

/* NULL when there is none of that name. */
const RiskEstimator *risk_find(const char *name);

/* (1/N) sum_D e. */
double risk_ideal(const RiskCase *c);

/* Exact bias and standard deviation over redraws of the clicks; NaN where there is no closed form. With p =
 * p_hat, or with e_hat = e, those of dr have no bias. */
typedef struct RiskTheory {
    double bias, sd;
} RiskTheory;
RiskTheory risk_theory(const RiskEstimator *estimator, const RiskCase *c);

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
    int jobs; /* threads; results do not depend on it */
} RiskRedraw;

/* Estimates over redraws of the clicks into estimate[estimators x redraws]. The clicks are one draw a row:
 * the same for every case of as many rows, and whatever the number of redraws. A click is drawn by 32 bits,
 * so its probability is p to 2^-32. Memory beside the estimates: 8 to 16 numbers a row, and none a redraw. */
Status risk_redraw(const RiskRedraw *redraw, double *estimate, Message *message);
