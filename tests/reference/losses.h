/* The losses of estimators/METHODS.md in plain double arithmetic: a row for every phase of every estimator,
 * in a file for each family. A new estimator is its functions and its rows there; without them
 * tests/estimators/test_losses.c fails. */
#pragma once

#include "tests/reference/plain_batch.h"

typedef double PlainLoss(const PlainBatch *b);

typedef struct LossReference {
    const char *estimator;
    int phase;
    unsigned moves; /* heads */
    PlainLoss *loss;
    PlainLoss *ahead; /* where the phase looks ahead: the risk after the step, whose gradient is the phase's,
                         and which `loss` is only the first order of */
    PlainConstant constant[MAX_CONSTANTS + 1]; /* in the row of phase 0: all of the estimator's */
} LossReference;

enum { CLICK_AND_CVR = HEAD(CTR) | HEAD(CVR), WITH_IMPUTATION = CLICK_AND_CVR | HEAD(IMPUTATION) };

/* Tables of the families; each ends with a NULL estimator. */
extern const LossReference losses_click_space[], losses_entire_space[], losses_propensity[],
    losses_counterfactual[], losses_confounding[], losses_lookahead[], losses_delayed[];

/* Row number n over all families; NULL after the last. */
const LossReference *loss_reference(int n);

/* The row of a phase; NULL when there is none. */
const LossReference *loss_reference_find(const char *estimator, int phase);

/* The choices that two methods make: row number k of D that aman keeps (a click, or an unclicked row whose
 * draw is among the highest `share`), and row number k of O that unbias keeps. */
bool aman_keeps(const PlainBatch *b, int k);
bool unbias_keeps(const PlainBatch *b, int k);

/* Parts of nise and of the look-aheads, for tests of what the batches reach: the conversion loss that nise
 * weights, and the gradient in beta of the risk on U after a step, with its share of |v|: v is over beta and
 * the theta_i of U. */
double nise_conversions(const PlainBatch *b);
double v_of_beta(const PlainBatch *b, double slope, double *share);
