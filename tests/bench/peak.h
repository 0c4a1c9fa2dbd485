/* The yardstick: how many multiply-adds a core can do. */
#pragma once

#include "sim/base/kernel.h"

typedef struct PeakKernels {
    /* Operations (two a multiply-add) of so many turns of independent chains in registers, which are all that
     * it does; *sink keeps the compiler from leaving them out. */
    double (*multiply_adds)(int turns, float *sink);
} PeakKernels;

KERNEL_TABLE(PeakKernels, peak_kernels)
