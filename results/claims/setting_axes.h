/* How the settings of an experiment differ: along which keys, and whether they are a star, in which each
 * setting but the centre changes one thing. */
#pragma once

#include "results/summary/summary_read.h"

#include <stdio.h>

typedef struct SettingAxis {
    const char *key;
    const char **value; /* ascending where all are numbers, else as they come */
    int values;
    int *place;            /* of each setting, the place of its value */
    const char **follower; /* keys behind it that change only together with it */
    int followers;
} SettingAxis;

/* Keys with one value are no axes, nor keys that only change together with one before them. Texts are those
 * of the results. */
typedef struct SettingAxes {
    SettingAxis *axis;
    int axes, settings;
    int centre; /* of a star: the setting that every other one differs from along one axis; else -1 */
} SettingAxes;

/* Clear them also after a failure. */
Status setting_axes_make(SettingAxes *axes, const ExperimentResults *results, Message *message);
void setting_axes_clear(SettingAxes *axes);

/* The axis along which a setting of a star differs from the centre; -1 of the centre. */
int setting_axes_changed(const SettingAxes *axes, int setting);

/* What a reader of the labels has to know, in sentences with a blank before each: the centre of a star, as
 * the results have it, and the followers. */
void setting_axes_note(const SettingAxes *axes, const ExperimentResults *results, FILE *file);

/* What tells the setting from the others: "world.ctr=0.1 log.size=5000", of a star "world.ctr=0.1" or
 * "(centre)", of a single setting "(all)". */
enum { SETTING_LABEL = 256 };
void setting_axes_label(const SettingAxes *axes, int setting, char label[SETTING_LABEL]);
