/* The truth of exposures. The harness scores with it; no file under estimators/ can include it. */
#pragma once

#ifdef CVRLAB_BLIND
#error "estimators must not see truth: include sim/log.h"
#endif

#include "sim/propensity.h"
#include "sim/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Truth {
    size_t rows;
    double *p_r;        /* P(r(1)=1 | x), hidden confounder integrated out: the estimand */
    double *p_o;        /* P(o=1 | x) */
    double *q;          /* P(r=1 | o=1, x): what click-space regression converges to */
    double *p_r_full;   /* P(r(1)=1 | x, h) */
    double *p_o_full;   /* P(o=1 | x, h), r(1) summed out */
    double *p_o_given;  /* P(o=1 | x, h, r(1)): the click probability given everything, as drawn */
    uint8_t *potential; /* r(1): would it convert if it were clicked */
} Truth;

Status truth_create(Truth *truth, size_t rows, Message *message);
void truth_free(Truth *truth);

/* The undistorted propensities of `source`, one of oracle, full and inverted, into p[0..truth->rows), in (0,
 * 1]. */
void truth_propensity(const Truth *truth, PropensitySource source, float *p);
