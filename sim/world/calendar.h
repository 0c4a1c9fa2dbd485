/* When the exposures of a world happen, and what changes with time (keys delay.*): a cycle of the day, a
 * drift of the conversion logit, and items that are not there from the first day on. For files of sim/world
 * alone.
 *
 *   time    of an exposure, in [0, days]: its day is uniform, its hour has the density
 *           1 + cycle cos(2 pi (hour - peak) / 24)
 *   drift   t_r(x, time) = W_u(hour) e_u . z_u + W_i(hour) e_i . z_i, with directions e_u, e_i that are
 *           drawn with the world, and random walks W_u, W_i from 0 with a step an hour: over a day the
 *           standard deviation of what the term changes by, over walks and exposures, is `drift`
 *   items   a share new_items of them begin at a time that is uniform over the days. Before that their
 *           exposures are those of the nearest item before them in number that is there (from the last on,
 *           where there is none)
 *
 * Clicks follow their exposures at once. */
#pragma once

#include "sim/world/world.h"

typedef struct Calendar Calendar;

/* Of a world whose users and items are drawn; NULL where delay.days is 0. Free with calendar_free. */
Status calendar_create(Calendar **calendar, const World *world, const StreamKey *key, Message *message);
void calendar_free(Calendar *calendar);

/* Whether exposures or outcomes depend on the time, and whether the conversion logit does; false for NULL. */
bool calendar_moves(const Calendar *calendar);
bool calendar_drifts(const Calendar *calendar);

/* The time, in days, below which exposures have this share, in [0, 1). */
double calendar_time(const Calendar *calendar, double share);

/* What is shown at the time where `item` was drawn. */
uint32_t calendar_item(const Calendar *calendar, uint32_t item, double time);

/* t_r of a user and an item at a time; 0 without drift. */
double calendar_drift(const Calendar *calendar, uint32_t user, uint32_t item, double time);
