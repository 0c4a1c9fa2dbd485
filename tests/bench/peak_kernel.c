/* Chains of multiply-adds in registers, enough of them to hide the latency. */
#include "sim/base/vector.h"
#include "tests/bench/peak.h"

enum { CHAINS = 12 };

static double multiply_adds(int turns, float *sink)
{
    Vector chain[CHAINS], factor = vector_of(*sink), addend = vector_of(1e-6F);
#pragma GCC unroll 16
    for (int i = 0; i < CHAINS; i++)
        chain[i] = vector_of((float)i);
    for (int t = 0; t < turns; t++) {
#pragma GCC unroll 16
        for (int i = 0; i < CHAINS; i++)
            chain[i] = vector_fma(chain[i], factor, addend);
    }
#pragma GCC unroll 16
    for (int i = 1; i < CHAINS; i++)
        chain[0] += chain[i];
    *sink = 0.999F + 0 * chain[0][0];
    return 2.0 * turns * CHAINS * LANES;
}

const PeakKernels KERNEL(peak_kernels) = {multiply_adds};
