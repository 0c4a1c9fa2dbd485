/* A logit that is a sum of functions of one column or of two, each constant within bins (GA2M: Lou, Caruana,
 * Gehrke and Hooker, KDD 2013). It describes a real log by a family that no estimator's towers are of, so
 * that none is at home in worlds that are made of it. */
#pragma once

#include "sim/log.h"

typedef struct AdditiveLogit AdditiveLogit;

/* Fits P(outcome = 1 | x) to the rows of x where `among` is 1 (NULL: all). The values of each function have a
 * normal prior about 0, whose variance is estimated too: a column that tells nothing ends flat. Large logs
 * are thinned to every n-th row. Free with additive_logit_free. */
Status additive_logit_fit(AdditiveLogit **model, const Features *x, const uint8_t *outcome,
                          const uint8_t *among, Message *message);
void additive_logit_free(AdditiveLogit *model);

/* The sum of the functions, without the constant, of each row of features of the same schema; ids that were
 * not there to be fitted count as 0. */
void additive_logit_values(const AdditiveLogit *model, const Features *x, double *value);
