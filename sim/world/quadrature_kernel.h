/* The hot loops of the quadrature. */
#pragma once

#include "sim/base/kernel.h"
#include "sim/world/quadrature.h"

/* Rows of a block. Every block is full, so that each row takes the vector path and its result does not depend
 * on its place. */
enum { QUADRATURE_BLOCK = 64 };

typedef struct QuadratureKernels {
    /* p_r = sum_j w_j P(r=1 | h_j) of one block. */
    void (*conversion)(const Logits *logits, int nodes, const double *h, const double *w, const double *s_r,
                       double *p_r);

    /* Likewise p_r, p_o = P(o=1) and joint = P(o=1, r(1)=1). */
    void (*click)(const Logits *logits, int nodes, const double *h, const double *w, const double *s_o,
                  const double *s_r, double *p_r, double *p_o, double *joint);
} QuadratureKernels;

KERNEL_TABLE(QuadratureKernels, quadrature_kernels)
