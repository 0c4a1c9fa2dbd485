/* The list of mechanisms that a world may have besides its users, items and scores. A new one is a row here,
 * its own pair of files, which define NAME_mechanism (mechanism.h), and the rows of its keys in
 * experiments/spec/fields.c. */
#pragma once

#include "sim/world/activity.h"
#include "sim/world/behaviour.h"
#include "sim/world/delay.h"
#include "sim/world/label_noise.h"
#include "sim/world/popularity.h"

/* ROW(OPTIONS, NAME): the type of its options, and the member of WorldOptions that holds them. In this order
 * they are prepared, calibrated and drawn. */
#define MECHANISMS(ROW)                                                                                      \
    ROW(ActivityOptions, activity)                                                                           \
    ROW(BehaviourOptions, behaviour)                                                                         \
    ROW(PopularityOptions, popularity)                                                                       \
    ROW(DelayOptions, delay)                                                                                 \
    ROW(LabelNoiseOptions, label_noise)
