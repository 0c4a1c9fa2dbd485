/* Activity streams, a mechanism: what each user of a world did last, with drifting interest, and what that
 * says of the next conversion.
 *
 *   interest   v_1 = z_u,  v_t+1 = sqrt(1 - drift^2) v_t + drift N(0, I)
 *   event t    an item out of a few that were shown, by softmax of v_t . z_i; an action on it; a gap in days
 *   profile    m_u = sum_t exp(-age_t / memory) w(action_t) z_item_t
 *   score      f_s(u, i) = sum_d m_ud (z_id + 1)
 *
 * The score is more of the kind that the user looked for lately, and a readiness to buy that is common to all
 * items. The profile is a function of the stream, so that an estimator that reads the stream can know it, and
 * the truth given x is exact. */
#pragma once

#include "sim/log.h"

typedef struct World World;

typedef struct ActivityOptions {
    int events;    /* of each user; 0: no streams */
    double weight; /* of f_s in the conversion score, in [0, 1]: the share weight^2 of its variance */
    double drift;  /* of the interest from event to event, in [0, 1] */
    double memory; /* days after which an event counts by 1/e */
} ActivityOptions;

typedef struct Activity {
    ActivityStream stream;
    int latent;
    double *profile; /* users x latent */
    /* The raw conversion score is of_rest f_x + of_stream f_s, where f_x is that of all other features. */
    double of_rest, of_stream;
} Activity;

/* The streams of all users, a fixed part of the world; NULL when it has none. Logs of the world refer to
 * them. */
const Activity *world_activity(const World *world);

/* What an action counts in a profile: a purchase ends the search. */
double activity_weight(Action action);
