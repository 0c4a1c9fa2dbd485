/* Truth by Gauss-Hermite quadrature over the hidden confounder h ~ N(0,1). */
#pragma once

#include "sim/base/status.h"
#include "sim/world/link.h"

#include <stddef.h>

/* Constants of the two logits (sim/README.md, The world), or of the two probits of LINK_PROBIT:
 *   logit P(r(1)=1 | x,h)      = b + sigma_r s_r + t_r + gamma_r h
 *   logit P(o=1 | x,h,r(1))    = a + sigma_o s_o + t_o + gamma_o h + delta (r(1) - P(r(1)=1 | x,h))
 * where t_o and t_r are terms that x determines, besides the scores. */
typedef struct Logits {
    double a, sigma_o, gamma_o, delta;
    double b, sigma_r, gamma_r;
    Link link; /* probits have no delta */
} Logits;

typedef struct Quadrature Quadrature;

/* Nodes and weights for N(0,1); one node at 0 when neither logit has a hidden part, where it is exact. */
Status quadrature_create(Quadrature **quadrature, const Logits *logits, Message *message);
void quadrature_free(Quadrature *quadrature);

/* Columns of pairs of scores, and of what is computed from them. */
typedef struct QuadratureRows {
    size_t rows;
    const double *s_o, *s_r;
    double *p_r, *p_o, *q;   /* q may be NULL; so may p_o together with q, and then s_o too */
    const double *t_o, *t_r; /* NULL together where there are none; t_o is not read without p_o */
} QuadratureRows;

/* Fills p_r, p_o and q. A row's result does not depend on its neighbours or its place. Missing at random
 * (delta = gamma_o gamma_r = 0), q is p_r bit for bit. */
void quadrature_truth(const Quadrature *quadrature, const Logits *logits, const QuadratureRows *rows);
