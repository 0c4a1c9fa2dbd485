/* Random numbers of the distributions that the program draws from, the same bits on every machine. GSL's
 * functions of these names call the C library and are compiled differently from one architecture to the next;
 * these take as many numbers from the stream and give the same draws but for the last places. Uniform
 * numbers, integers, shuffles and choices are GSL's: they compute in integers, or round once. */
#pragma once

#include "sim/base/kernel.h"

#include <gsl/gsl_rng.h>

/* A normal number of mean 0. */
double draw_normal(gsl_rng *stream, double sd);

/* An exponential number. */
double draw_exponential(gsl_rng *stream, double mean);

/* A Gumbel number of location 0 and scale 1: -log(-log U). */
double draw_gumbel(gsl_rng *stream);

typedef struct QuantileKernels {
    /* z[i], below which a normal number lies with probability u[i], for u in [1e-300, 1 - 2^-53]; z and u may
     * be the same. Its relative error is below 1e-14. */
    void (*normal)(int rows, const double *u, double *z);
} QuantileKernels;

KERNEL_TABLE(QuantileKernels, quantile_kernels)
