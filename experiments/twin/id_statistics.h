/* What the ids of a log say of it: who is shown how often, and how much users and items differ in their
 * rates. Pure functions of arrays. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* A column of ids in [0, ids) beside a column of 0 and 1. */
typedef struct IdOutcomes {
    size_t rows, stride; /* id of row i at id[i stride] */
    const uint32_t *id;
    uint32_t ids;
    const uint8_t *outcome;
    const uint8_t *among; /* rows that count are those of 1 in it; NULL: all */
} IdOutcomes;

/* The variance of ids' rates over that of an outcome, m(1-m): sum over ids of [s(s-1)/(n-1) - 2 m s + m^2 n]
 * / sum n / (m(1-m)), s ones of n rows and ids of at least two rows. Of pairs of different rows of an id, so
 * that chance adds nothing: it may be negative. NaN where no id has two rows or all outcomes are alike. */
Status id_variance(const IdOutcomes *outcomes, double *component, Message *message);

/* Rows of each id; `count` has room for ids. */
void id_counts(const uint32_t *id, size_t stride, size_t rows, uint32_t ids, size_t *count);

/* The exponent s in [0, 10] of P(rank k) ~ k^-s over the ids that have rows, by rank: maximum likelihood on
 * this finite support, sum n_k log k / N = E_s[log k] (Hanel, Corominas-Murtra, Liu and Thurner 2017). NaN
 * below two ids. */
Status zipf_exponent(const size_t *count, uint32_t ids, double *exponent, Message *message);

/* Number of ids that there are, seen or not: S + f1^2 / (2 f2), f1 of S seen once, f2 twice (Chao 1984); with
 * f2 = 0, S + f1 (f1 - 1) / 2. */
double chao1(const size_t *count, uint32_t ids);

/* Share of the rows that the ids with the most rows have: of 1 % of those with rows, at least one. */
Status share_of_top(const size_t *count, uint32_t ids, double *share, Message *message);

/* Share of the rows whose pair of ids an earlier row has too. */
Status share_of_repeats(const uint32_t *pair, size_t stride, size_t rows, double *share, Message *message);

/* Correlation over rows of log count of an item and the item's rate less the mean. NaN where either is
 * constant. */
Status popularity_correlation(const IdOutcomes *outcomes, double *correlation, Message *message);

/* Pearson's, NaN where one is constant. */
double correlation_of(const double *x, const double *y, size_t n);
