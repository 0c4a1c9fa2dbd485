/* Imputations that are given rather than learned, and every way of making them wrong. An imputation is a
 * pseudo-label m in [0, 1] of every exposure; the imputed error of a prediction c is e_hat = l(m, c). */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum ImputationSource {
    IMPUTATION_LEARNED,  /* the method's own */
    IMPUTATION_OUTCOME,  /* r(1): e_hat is e, exactly */
    IMPUTATION_ORACLE,   /* p_r(x): e_hat is the mean of e given x, so right on average over outcomes */
    IMPUTATION_FULL,     /* p_r(x, h): the mean of e given x and h */
    IMPUTATION_OBSERVED, /* q(x): the mean of e given x among the clicked */
    IMPUTATION_CONSTANT, /* the conversion rate of the log's clicks */
    IMPUTATION_INVERTED, /* 1 - p_r(x), rescaled to the same mean: high where it should be low */
} ImputationSource;

/* The conversion rate of a log's clicks, 1/2 without a click, into m[0..n). */
void constant_imputation(const uint8_t *click, const uint8_t *conversion, size_t n, float *m);
