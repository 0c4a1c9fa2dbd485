/* The risk estimators: the sums over rows that an estimate is made of, and the table of estimates. */
#pragma once

#include <stdbool.h>

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

/* Ends with a NULL name. A new estimator is a row. */
extern const RiskEstimator risk_estimator_table[];

/* NULL when there is none of that name. */
const RiskEstimator *risk_estimator_find(const char *name);
