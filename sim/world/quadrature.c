/* The nodes of the quadrature, and the truth of any number of rows by full blocks through the kernels. */
#include "sim/world/quadrature.h"

#include "sim/base/normal.h"
#include "sim/world/hermite.h"
#include "sim/world/quadrature_kernel.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct Quadrature {
    int nodes;
    double *h, *w; /* one allocation, h first */
};

/* The integrands are sigmoids of steepness g in h, whose poles lie pi/g off the real axis: the error of n
 * nodes falls as exp(-2 pi sqrt(n) / g), so n grows with g^2. The click logit holds a sigmoid inside a
 * sigmoid, which brings the poles nearer by a share that grows with delta. The factors come from a comparison
 * with adaptive integration: relative errors stay below 1e-10 for gammas up to 5 and delta up to 4. */
static size_t node_count(const Logits *l)
{
    if (l->gamma_o == 0 && l->gamma_r == 0)
        return 1;
    double conversion = fabs(l->gamma_r) * (1 + fabs(l->delta) / 8);
    double click = fabs(l->gamma_o) + fabs(l->delta * l->gamma_r) / 4;
    double steepness = fmax(conversion, click);
    double nodes = 16 + 24 * steepness * steepness;
    return (size_t)fmin(nodes, 4096); /* beyond, a world takes minutes */
}

Status quadrature_create(Quadrature **quadrature, const Logits *logits, Message *message)
{
    size_t n = node_count(logits);
    Quadrature *self = calloc(1, sizeof *self);
    double *block = calloc(2 * n, sizeof *block);
    *quadrature = NULL;
    if (!self || !block) {
        free(self);
        free(block);
        return fail_memory(message, "quadrature nodes");
    }
    *self = (Quadrature){.h = block, .w = block + n};
    self->nodes = (int)hermite_rule(n, self->h, self->w);
    *quadrature = self;
    return STATUS_OK;
}

void quadrature_free(Quadrature *quadrature)
{
    if (!quadrature)
        return;
    free(quadrature->h);
    free(quadrature);
}

/* What the kernel multiplies by sigma: the scores or, where there are terms besides, the whole of what x
 * determines, and then sigma is 1. */
static void known_part(size_t rows, double *sigma, const double *s, const double *t, double *in)
{
    for (size_t i = 0; i < rows; i++)
        in[i] = t ? *sigma * s[i] + t[i] : s[i];
    if (t)
        *sigma = 1;
}

/* What the kernels do, with another link and without selection on the outcome. A normal h is one more error
 * of a probit, so that p_r and p_o are Phi(z / sqrt(1 + gamma^2)); what they have in common is integrated as
 * in the kernels, over a function that is smoother than that which the number of nodes is chosen for. */
static void probit_conversion(const Logits *l, int nodes, const double *h, const double *w, const double *s_r,
                              double *p_r)
{
    const double root = sqrt(1 + l->gamma_r * l->gamma_r);
    (void)nodes;
    (void)h;
    (void)w;
    for (int i = 0; i < QUADRATURE_BLOCK; i++)
        p_r[i] = normal_cdf((l->b + l->sigma_r * s_r[i]) / root);
}

/* `joint` may be NULL. */
static void probit_click(const Logits *l, int nodes, const double *h, const double *w, const double *s_o,
                         const double *s_r, double *p_r, double *p_o, double *joint)
{
    const double root = sqrt(1 + l->gamma_o * l->gamma_o);
    probit_conversion(l, nodes, h, w, s_r, p_r);
    for (int i = 0; i < QUADRATURE_BLOCK; i++) {
        const double base = l->a + l->sigma_o * s_o[i], level = l->b + l->sigma_r * s_r[i];
        p_o[i] = normal_cdf(base / root);
        if (!joint)
            continue;
        joint[i] = 0;
        for (int j = 0; j < nodes; j++)
            joint[i] += w[j] * normal_cdf(level + l->gamma_r * h[j]) * normal_cdf(base + l->gamma_o * h[j]);
    }
}

static const QuadratureKernels probit = {probit_conversion, probit_click};

/* One block of at most QUADRATURE_BLOCK rows through the kernels, padded to a full one. */
static void block_truth(const Quadrature *k, const Logits *logits, const QuadratureRows *block)
{
    const size_t size = block->rows * sizeof(double);
    double in_o[QUADRATURE_BLOCK] = {0}, in_r[QUADRATURE_BLOCK] = {0};
    double conversion[QUADRATURE_BLOCK], click[QUADRATURE_BLOCK], joint[QUADRATURE_BLOCK];
    Logits of_input = *logits;
    const QuadratureKernels *kernels = logits->link == LINK_PROBIT ? &probit : quadrature_kernels();
    known_part(block->rows, &of_input.sigma_r, block->s_r, block->t_r, in_r);
    if (!block->p_o || !block->s_o) {
        kernels->conversion(&of_input, k->nodes, k->h, k->w, in_r, conversion);
        memcpy(block->p_r, conversion, size);
        return;
    }
    known_part(block->rows, &of_input.sigma_o, block->s_o, block->t_o, in_o);
    kernels->click(&of_input, k->nodes, k->h, k->w, in_o, in_r, conversion, click,
                   kernels == &probit && !block->q ? NULL : joint);
    memcpy(block->p_r, conversion, size);
    memcpy(block->p_o, click, size);
    if (!block->q)
        return;
    bool at_random = logits->delta == 0 && logits->gamma_o * logits->gamma_r == 0;
    for (size_t i = 0; i < block->rows; i++) /* equal at random, and the copy keeps rounding out of it */
        block->q[i] = at_random ? block->p_r[i] : joint[i] / click[i];
}

void quadrature_truth(const Quadrature *quadrature, const Logits *logits, const QuadratureRows *rows)
{
    for (size_t begin = 0; begin < rows->rows; begin += QUADRATURE_BLOCK) {
        size_t left = rows->rows - begin;
        const QuadratureRows block = {.rows = left < QUADRATURE_BLOCK ? left : QUADRATURE_BLOCK,
                                      .s_o = rows->s_o ? rows->s_o + begin : NULL,
                                      .s_r = rows->s_r + begin,
                                      .p_r = rows->p_r + begin,
                                      .p_o = rows->p_o ? rows->p_o + begin : NULL,
                                      .q = rows->q ? rows->q + begin : NULL,
                                      .t_o = rows->t_o ? rows->t_o + begin : NULL,
                                      .t_r = rows->t_r ? rows->t_r + begin : NULL};
        block_truth(quadrature, logits, &block);
    }
}
