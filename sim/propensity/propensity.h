/* Propensities that are given rather than learned, and every way of making them wrong (sim/README.md).
 * sim/propensity makes what a log may be given, propensities and imputations; it includes sim/base, sim/log.h
 * and, in from_truth, sim/truth.h. */
#pragma once

#include "sim/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum PropensitySource {
    PROPENSITY_LEARNED,     /* the estimator's own CTR tower, joint or fitted before */
    PROPENSITY_ORACLE,      /* p_o(x) */
    PROPENSITY_FULL,        /* p_o(x, h) */
    PROPENSITY_CONSTANT,    /* the mean CTR of the log */
    PROPENSITY_OMITTED,     /* a logistic fit that lacks named features */
    PROPENSITY_INVERTED,    /* 1 - p_o(x), rescaled to the same mean: rare where it should be frequent */
    PROPENSITY_NAIVE_BAYES, /* P(o | r) from the unbiased ratings of real data */
    PROPENSITY_LOGGED,      /* a column of real data */
} PropensitySource;

/* logit p_hat = shift + scale logit p + noise N(0,1), or the mixture 1/p_hat = (1-beta)/p + beta/mean(p), or
 * both in this order. */
typedef struct Distortion {
    double scale, shift, noise; /* 1, 0, 0 leave p as it is */
    double beta;                /* in [0, 1]; 0 leaves p as it is */
} Distortion;

/* Whether it leaves every p as it is. */
bool distortion_is_none(const Distortion *distortion);

/* Distorts p[0..n) in place; results stay in (0, 1]. `mean` is mean(p) of the mixture; noise[i] ~ N(0,1) is
 * the draw of row i (NULL where distortion->noise is 0). Pure, so that given and learned propensities go the
 * same way. */
void distort(const Distortion *distortion, double mean, const float *noise, size_t n, float *p);

/* The click rate of a log, above 0 even without a click, into p[0..log->x.rows). */
void constant_propensity(const Log *log, float *p);
