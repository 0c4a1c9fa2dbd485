/* Elementary functions of one number. */
#include "sim/base/real.h"
#include "sim/base/vector_math.h"

static double exp_double(double x)
{
    return exp64(x);
}

static double log_double(double x)
{
    return log64(x);
}

static double log1p_double(double x)
{
    return log1p64(x);
}

static float log_float(float x)
{
    return log32(x);
}

const RealFunctions KERNEL(real_functions) = {exp_double, log_double, log1p_double, log_float};
