/* Conversions that come late, a mechanism: the delay d of a conversion after its click, in days, and what is
 * known of a click before it has converted.
 *
 *   d given r(1)=1, x, h   by delay_law.h, cut at the attribution window, with the log scale
 *                          L = mu + sigma s_d(x) + confounding h
 *   s_d                    dependence s_r + sqrt(1 - dependence^2) e, where e, of variance 1, is what s_r
 *                          does not explain of a score of its own, of the world's shape
 *   mu                     gives the late conversions of s_d = h = 0 their median
 *
 * Where L is far above the window, most late conversions would miss it, and of those that are left a larger
 * share is early: what L is largest for need not convert last.
 *
 * A conversion later than the window is none: d is drawn given that it lies within, so that p_r, p_o and q
 * mean what they mean without delays, P(r(1)=1, d <= window | x), and a world with delays has the exposures,
 * clicks and conversions of one without them unless something changes with time (calendar.h). */
#pragma once

#include "sim/truth.h"
#include "sim/world/delay_law.h"

#include <stdbool.h>

typedef struct DelayOptions {
    int days;                         /* over which exposures are spread; 0: no times, and no delays */
    double cycle, peak;               /* of the day, in [0, 1] and in hours */
    double window;                    /* days */
    double immediate, immediate_mean; /* share of early conversions, and their mean delay in hours */
    DelayFamily family;               /* of the late ones, */
    double shape;
    double median;      /* hours, before the cut at the window */
    double sigma;       /* weight of s_d in the log scale */
    double dependence;  /* correlation of s_d and s_r over exposures, in [-1, 1] */
    double confounding; /* weight of h in the log scale */
    double drift;       /* of the conversion logit, logits in a day */
    double new_items;   /* share of them, in [0, 1) */
} DelayOptions;

/* What is known of a click of a row, `elapsed` days after it. Among the clicked (o=1) c is q(x), over D it is
 * p_r(x): the two differ, and so do the delays, where h moves several of clicks, conversions and delays. */
typedef struct DelayState {
    double rate;     /* c = P(r=1 | x) */
    double seen;     /* F = P(d <= elapsed | r=1, x): f1 of FSIW where the window has closed since */
    double later;    /* f = P(r=1, d > elapsed | x): with the observation window elapsed, f_dp of ES-DFM */
    double converts; /* g = P(r=1 | not converted by elapsed, x), of ULC */
    double negative; /* z = 1 - g: with the observation window elapsed, f_rn of ES-DFM */
} DelayState;

/* Of a truth with delays, by the law of its world, which must still be there. In closed form, or by
 * quadrature over h where h moves the delays and is no part of x. */
DelayState delay_state_at(const Truth *truth, size_t row, double elapsed, bool clicked);
