/* Axes are found key by key. Values get numbers in the order in which settings have them, so that two keys
 * that change together have the same numbers; only then are they sorted. */
#include "results/claims/setting_axes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers the values of a key. */
static Status read_axis(SettingAxis *axis, const ExperimentResults *results, const char *key,
                        Message *message)
{
    const size_t n = (size_t)results->settings;
    *axis = (SettingAxis){.key = key, .place = calloc(n, sizeof *axis->place)};
    axis->value = calloc(n, sizeof *axis->value);
    if (!axis->value || !axis->place)
        return fail_memory(message, "the settings");
    for (int s = 0; s < results->settings; s++) {
        const char *value = setting_pairs_find(&results->setting[s].pairs, key);
        int v = 0;
        value = value ? value : "";
        while (v < axis->values && strcmp(axis->value[v], value) != 0)
            v++;
        axis->place[s] = v;
        axis->value[v] = value;
        axis->values += v == axis->values;
    }
    return STATUS_OK;
}

static void clear_axis(SettingAxis *axis)
{
    free((void *)axis->value);
    free((void *)axis->follower);
    free(axis->place);
}

/* The axis that a key follows, or -1. */
static int find_leader(const SettingAxes *axes, const SettingAxis *axis)
{
    for (int a = 0; a < axes->axes; a++) {
        int s = 0;
        assert(axes->axis[a].place); /* only an axis that was read is kept */
        while (s < axes->settings && axes->axis[a].place[s] == axis->place[s])
            s++;
        if (s == axes->settings)
            return a;
    }
    return -1;
}

static Status add_follower(SettingAxis *axis, const char *key, Message *message)
{
    const char **more = reallocarray((void *)axis->follower, (size_t)axis->followers + 1, sizeof *more);
    if (!more)
        return fail_memory(message, "the settings");
    axis->follower = more;
    more[axis->followers++] = key;
    return STATUS_OK;
}

static bool is_number(const char *text)
{
    char *end;
    (void)strtod(text, &end);
    return end > text && !*end;
}

/* Insertion: a key has few values, which mostly are in order. */
static void sort_values(SettingAxis *axis, int settings)
{
    for (int v = 0; v < axis->values; v++)
        if (!is_number(axis->value[v]))
            return;
    for (int v = 1; v < axis->values; v++) {
        for (int at = v; at > 0 && strtod(axis->value[at], NULL) < strtod(axis->value[at - 1], NULL); at--) {
            const char *value = axis->value[at];
            axis->value[at] = axis->value[at - 1];
            axis->value[at - 1] = value;
            for (int s = 0; s < settings; s++) {
                int *place = &axis->place[s];
                *place = *place == at ? at - 1 : *place == at - 1 ? at : *place;
            }
        }
    }
}

/* Along how many axes two settings differ; the last of them is *which. */
static int differ(const SettingAxes *axes, int s, int t, int *which)
{
    int count = 0;
    for (int a = 0; a < axes->axes; a++) {
        if (axes->axis[a].place[s] == axes->axis[a].place[t])
            continue;
        *which = a;
        count++;
    }
    return count;
}

static bool is_centre(const SettingAxes *axes, int centre)
{
    int axis;
    for (int s = 0; s < axes->settings; s++)
        if (s != centre && differ(axes, s, centre, &axis) != 1)
            return false;
    return true;
}

/* The first setting is the centre, or differs from it along one axis. */
static int find_centre(const SettingAxes *axes)
{
    int axis;
    if (axes->axes < 2)
        return -1;
    for (int s = 0; s < axes->settings; s++)
        if (differ(axes, s, 0, &axis) <= 1 && is_centre(axes, s))
            return s;
    return -1;
}

Status setting_axes_make(SettingAxes *axes, const ExperimentResults *results, Message *message)
{
    *axes = (SettingAxes){.settings = results->settings, .centre = -1};
    const SettingPairs none = {0}, *pairs = results->settings > 0 ? &results->setting[0].pairs : &none;
    axes->axis = calloc((size_t)pairs->pairs + 1, sizeof *axes->axis);
    Status status = axes->axis ? STATUS_OK : fail_memory(message, "the settings");
    for (int p = 0; p < pairs->pairs && !status; p++) {
        SettingAxis axis;
        status = read_axis(&axis, results, pairs->pair[p].key, message);
        const bool varies = !status && axis.values > 1;
        const int leader = varies ? find_leader(axes, &axis) : -1;
        if (varies && leader < 0) {
            axes->axis[axes->axes++] = axis;
            continue;
        }
        clear_axis(&axis);
        if (leader >= 0)
            status = add_follower(&axes->axis[leader], pairs->pair[p].key, message);
    }
    for (int a = 0; a < axes->axes && !status; a++)
        sort_values(&axes->axis[a], axes->settings);
    if (!status)
        axes->centre = find_centre(axes);
    return status;
}

void setting_axes_clear(SettingAxes *axes)
{
    for (int a = 0; a < axes->axes; a++)
        clear_axis(&axes->axis[a]);
    free(axes->axis);
}

int setting_axes_changed(const SettingAxes *axes, int setting)
{
    int axis = -1;
    (void)differ(axes, setting, axes->centre, &axis);
    return axis;
}

void setting_axes_note(const SettingAxes *axes, const ExperimentResults *results, FILE *file)
{
    if (axes->centre >= 0)
        fprintf(file, " Each setting changes one thing of the centre, %s.",
                results->setting[axes->centre].text);
    for (int a = 0; a < axes->axes; a++)
        for (int f = 0; f < axes->axis[a].followers; f++)
            fprintf(file, " %s changes with %s.", axes->axis[a].follower[f], axes->axis[a].key);
}

void setting_axes_label(const SettingAxes *axes, int setting, char label[SETTING_LABEL])
{
    const bool star = axes->centre >= 0;
    size_t used = 0;
    snprintf(label, SETTING_LABEL, star ? "(centre)" : "(all)");
    for (int a = 0; a < axes->axes && used < SETTING_LABEL; a++) {
        const SettingAxis *axis = &axes->axis[a];
        if (!star || axis->place[setting] != axis->place[axes->centre])
            used += (size_t)snprintf(label + used, SETTING_LABEL - used, "%s%s=%s", used ? " " : "",
                                     axis->key, axis->value[axis->place[setting]]);
    }
}
