/* The truth of exposures. The harness scores with it; no file under estimators/ can include it. */
#pragma once

#ifdef CVRLAB_BLIND
#error "estimators must not see truth: include sim/log.h"
#endif

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* The graph after a click (sim/world/behaviour.h) over D, h integrated out: y2 y3 + (1-y2) y4 = p_r. Without
 * confounding or selection on the outcome it is also that of the clicked exposures. */
typedef struct BehaviourTruth {
    double *action;        /* y2 = P(d(1)=1 | x) */
    double *buy_after;     /* y3 = P(r(1)=1 | d(1)=1, x) */
    double *buy_otherwise; /* y4 = P(r(1)=1 | d(1)=0, x) */
} BehaviourTruth;

/* What the delays of conversions are distributed by, at any time after a click: for delay_state_at
 * (sim/world/delay.h). */
typedef struct DelayTruth {
    const struct DelayRule *rule; /* of all rows, borrowed from the world; NULL until it is filled */
    double *log_scale;            /* of the late conversions, at h = 0 */
    double *logit_r, *logit_o;    /* the two logits, likewise */
} DelayTruth;

typedef struct Truth {
    size_t rows;
    double *p_r;        /* P(r(1)=1 | x), hidden confounder integrated out: the estimand */
    double *p_o;        /* P(o=1 | x) */
    double *q;          /* P(r=1 | o=1, x): what click-space regression converges to */
    double *p_r_full;   /* P(r(1)=1 | x, h) */
    double *p_o_full;   /* P(o=1 | x, h), r(1) summed out */
    double *p_o_given;  /* P(o=1 | x, h, r(1)): the click probability given everything, as drawn */
    uint8_t *potential; /* r(1): would it convert if it were clicked */
    double *reachable;  /* E[p_r | x'] for all of x but the placement, which is independent of it: what a
                           model that lacks the placement can reach. NULL when the world has none */
    BehaviourTruth *behaviour; /* NULL when the world has none */
    DelayTruth *delay;         /* likewise */
} Truth;

Status truth_create(Truth *truth, size_t rows, Message *message);
/* Gives a truth room for that of behaviour. */
Status truth_add_behaviour(Truth *truth, Message *message);
/* Likewise for that of delays. */
Status truth_add_delay(Truth *truth, Message *message);
/* Likewise for that of models without the placement. */
Status truth_add_reachable(Truth *truth, Message *message);
/* Room for the truth of `rows` rows, as another has it but for `reachable`; free with truth_free. */
Status truth_create_like(Truth *truth, const Truth *like, size_t rows, Message *message);
/* Copies that of a row to place i of a truth which was made like it. */
void truth_copy_row(Truth *to, size_t i, const Truth *from, size_t row);
/* A new truth of some rows of another, but for `reachable`, which only test exposures have; free with
 * truth_free.
 */
Status truth_select(Truth *part, const Truth *truth, const uint32_t *row, size_t rows, Message *message);
void truth_free(Truth *truth);
