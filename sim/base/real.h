/* Elementary functions of one number that are the same in every bit on every machine, which those of the C
 * library are not. Limits of their errors are in sim/base/vector_math.h. For loops there are kernels. */
#pragma once

#include "sim/base/kernel.h"

typedef struct RealFunctions {
    double (*exp)(double x);
    double (*log)(double x);
    double (*log1p)(double x);
    float (*log_float)(float x);
} RealFunctions;

KERNEL_TABLE(RealFunctions, real_functions)

static inline double real_exp(double x)
{
    return real_functions()->exp(x);
}

static inline double real_log(double x)
{
    return real_functions()->log(x);
}

static inline double real_log1p(double x)
{
    return real_functions()->log1p(x);
}

static inline float real_log_float(float x)
{
    return real_functions()->log_float(x);
}

/* x^y for x >= 0, as exp(y log x): off by up to |y log x| + 2 units of its last place. */
static inline double real_power(double x, double y)
{
    return y == 0 ? 1 : real_exp(y * real_log(x));
}

/* 1 / (1 + exp(-x)) */
static inline double real_sigmoid(double x)
{
    return 1 / (1 + real_exp(-x));
}
