/* settings: [{KEY: VALUE, ...}, ...]: settings that differ in several keys at once, such as worlds that were
 * fitted to a log. Each has the same keys. A sweep varies within each of them. */
#pragma once

#include "experiments/spec/key.h"

/* Sets a key of joint setting number `setting`, which may be the next one; the value is checked as if it were
 * set alone. The key itself goes back to its default, since no setting uses it. */
Status joint_set(Spec *spec, int setting, const Key *key, const char *value, const char *where,
                 Message *message);

/* Takes the key away from all joint settings; the last key takes the settings with it. */
void joint_remove(Spec *spec, const char *name);

/* The place of the key in spec->joint.key, or -1. */
int joint_find(const Spec *spec, const char *name);

/* KEY of "settings.NUMBER.KEY", and the number; NULL for any other text. */
const char *joint_key(const char *text, int *setting);

/* Number of values that are set. */
int joint_values(const Spec *spec);

/* STATUS_USAGE where a setting lacks a key that another has, two are the same, or a key is swept too. */
Status joint_check(const Spec *spec, Message *message);
