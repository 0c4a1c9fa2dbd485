/* The risk estimators: the sums over rows that an estimate is made of, and the table of estimates. */
#pragma once

#include <stdbool.h>

/* What an estimate is made of, with w = 1/p_hat and gap = e - e_hat. */
typedef struct RiskSums {
    double rows, imputed, weight, p; /* over D: 1, e_hat, w, p_hat; the last for those that read it */
    double click, click_w, click_w2; /* over O: 1, w, w^2 */
    double click_p;                  /* over O: p_hat, likewise */
    double e, w_e;                   /* over O */
    double gap, w_gap, w2_gap;       /* over O */
    bool learned;                    /* imputations are */
} RiskSums;

/* The weights of a learned pseudo-label. */
typedef enum RiskLabel {
    RISK_LABEL_INVERSE,  /* 1/p_hat */
    RISK_LABEL_VARIANCE, /* (1-p_hat)/p_hat^2 */
} RiskLabel;

/* The constants of estimators that shrink weights, or trust some imputations alone. */
typedef enum RiskLambda {
    RISK_CLIP_IPS,
    RISK_CLIP_DR,
    RISK_DOUBLE_CLIP_LOW,
    RISK_DOUBLE_CLIP_HIGH, /* after the lower one */
    RISK_SWITCH,
    RISK_SWITCH_DR,
    RISK_DROS,
    RISK_SG,
    RISK_CDR,
    RISK_LAMBDAS
} RiskLambda;

/* An exposure, as what it adds to an estimate depends on it. */
typedef struct RiskExposure {
    double w, e, e_hat;
    double spread;        /* standard deviation of e_hat */
    const double *lambda; /* the constant of the estimator, and the one after it */
} RiskExposure;
typedef double RiskTerm(const RiskExposure *row);

typedef struct RiskEstimator {
    const char *name, *meaning;
    /* From the sums; NaN where it is not defined: a mean of no clicks. NULL: (sum_D base + sum_O term) / N.
     */
    double (*value)(const RiskSums *sums);
    /* What a click adds and, where it is not NULL, what any exposure does: the estimate is sum_D base / N +
     * sum_O term / N, or where there is `share`, sum_D base / N + sum_O term / sum_O share. `term` is NULL
     * where an estimate has neither form. Terms and bases are linear in e_hat where imputations are learned.
     */
    RiskTerm *term, *base, *share;
    /* Whether the imputed error of an exposure is left out; NULL where each is taken, or none is. */
    bool (*leaves_out)(const RiskExposure *row);
    bool imputes; /* takes e_hat */
    bool reads_p; /* `value` takes the sums of p_hat */
    RiskLabel label;
    RiskLambda lambda;
    double (*lambda_at)(double w); /* the constant that begins to shrink weights at w; NULL: none is chosen */
} RiskEstimator;

/* Ends with a NULL name. A new estimator is a row. */
extern const RiskEstimator risk_estimator_table[];

/* NULL when there is none of that name. */
const RiskEstimator *risk_estimator_find(const char *name);
