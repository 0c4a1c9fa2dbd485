/* Verdicts are counted by value of each key, and values of the same verdict told together. */
#include "results/claims/verdict_words.h"

#include <string.h>

/* The verdict that all settings have; -1 where they differ, or there are none. */
static int uniform(const int count[VERDICTS], int settings)
{
    for (int v = 0; v < VERDICTS; v++)
        if (settings > 0 && count[v] == settings)
            return v;
    return -1;
}

void verdict_map_text(const VerdictMap *map, char text[VERDICT_TEXT])
{
    static const char *const all[] = {"holds in all", "within error in all", "does not hold in any of",
                                      "not known in any of"};
    const int *count = map->count, same = uniform(count, map->settings);
    if (map->settings < 2) {
        snprintf(text, VERDICT_TEXT, "%s", verdict_name(map->verdict));
        return;
    }
    if (same >= 0) {
        snprintf(text, VERDICT_TEXT, "%s %d settings", all[same], map->settings);
        return;
    }
    int used =
        snprintf(text, VERDICT_TEXT, "holds in %d of %d settings", count[VERDICT_HOLDS], map->settings);
    if (count[VERDICT_FAILS] > 0)
        used += snprintf(text + used, (size_t)(VERDICT_TEXT - used), ", not in %d", count[VERDICT_FAILS]);
    if (count[VERDICT_UNKNOWN] > 0)
        snprintf(text + used, (size_t)(VERDICT_TEXT - used), ", not known in %d", count[VERDICT_UNKNOWN]);
}

/* The verdicts of the settings with one value of a key. */
typedef struct ValueTally {
    int count[VERDICTS], settings;
} ValueTally;

static ValueTally tally(const VerdictMap *map, const SettingAxes *axes, int axis, int value)
{
    ValueTally t = {0};
    for (int s = 0; s < axes->settings; s++) {
        const SettingVerdict *here = &map->setting[s];
        const bool beside = axes->centre < 0 || s == axes->centre || setting_axes_changed(axes, s) == axis;
        if (!here->asked || !beside || axes->axis[axis].place[s] != value)
            continue;
        t.settings++;
        t.count[here->evidence.verdict]++;
    }
    return t;
}

/* Whether the value is told in the list of the verdict. Those of which some settings alone hold stand among
 * those that hold. */
static bool is_listed(const ValueTally *t, int verdict)
{
    const int same = uniform(t->count, t->settings);
    return t->settings > 0 && (same < 0 ? verdict == VERDICT_HOLDS : same == verdict);
}

static void write_value(const ValueTally *t, const char *value, FILE *file)
{
    fprintf(file, "%s", value);
    if (uniform(t->count, t->settings) >= 0)
        return;
    fprintf(file, " in %d of %d", t->count[VERDICT_HOLDS], t->settings);
    if (t->count[VERDICT_FAILS] > 0)
        fprintf(file, " (not in %d)", t->count[VERDICT_FAILS]);
}

static void write_list(const VerdictMap *map, const SettingAxes *axes, int a, int verdict, FILE *file)
{
    const SettingAxis *axis = &axes->axis[a];
    int left = 0, told = 0;
    for (int v = 0; v < axis->values; v++) {
        const ValueTally t = tally(map, axes, a, v);
        left += is_listed(&t, verdict);
    }
    for (int v = 0; v < axis->values; v++) {
        const ValueTally t = tally(map, axes, a, v);
        if (!is_listed(&t, verdict))
            continue;
        left--;
        fputs(told++ == 0 ? "" : left > 0 ? ", " : " and ", file);
        write_value(&t, axis->value[v], file);
    }
}

/* What is to be told of a key: how many of its values are in a list, and which lists there are. */
typedef struct AxisLists {
    int values, listed[VERDICTS];
    bool same; /* all values have the same verdict in all of their settings */
} AxisLists;

static AxisLists find_lists(const VerdictMap *map, const SettingAxes *axes, int a)
{
    AxisLists lists = {.same = true};
    for (int v = 0; v < axes->axis[a].values; v++) {
        const ValueTally t = tally(map, axes, a, v);
        lists.values += t.settings > 0;
        lists.same &= t.settings == 0 || uniform(t.count, t.settings) >= 0;
        for (int verdict = 0; verdict < VERDICTS; verdict++)
            lists.listed[verdict] += is_listed(&t, verdict);
    }
    lists.same &= uniform(lists.listed, lists.values) >= 0;
    return lists;
}

/* "within error at every value of world.ctr, world.cvr", of the keys that make no difference; *told counts
 * what is told. */
static void write_constant(const VerdictMap *map, const SettingAxes *axes, int verdict, int *told, FILE *file)
{
    static const char *const of[] = {"holds at every value of", "within error at every value of",
                                     "does not hold at any value of", "not known at any value of"};
    bool begun = false;
    for (int a = 0; a < axes->axes; a++) {
        const AxisLists lists = find_lists(map, axes, a);
        if (lists.values < 2 || !lists.same || lists.listed[verdict] == 0)
            continue;
        if (begun)
            fprintf(file, ", %s", axes->axis[a].key);
        else
            fprintf(file, "%s%s %s", (*told)++ ? "; " : "", of[verdict], axes->axis[a].key);
        begun = true;
    }
}

void verdict_map_where(const VerdictMap *map, const SettingAxes *axes, FILE *file)
{
    int told = 0;
    if (uniform(map->count, map->settings) >= 0)
        return;
    for (int a = 0; a < axes->axes; a++) {
        const AxisLists lists = find_lists(map, axes, a);
        int lists_told = 0;
        if (lists.values < 2 || lists.same)
            continue;
        fprintf(file, "%sby %s ", told++ ? "; " : "", axes->axis[a].key);
        for (int verdict = 0; verdict < VERDICTS; verdict++) {
            if (lists.listed[verdict] == 0)
                continue;
            fprintf(file, "%s%s at ", lists_told++ ? ", " : "", verdict_name((Verdict)verdict));
            write_list(map, axes, a, verdict, file);
        }
    }
    for (int verdict = 0; verdict < VERDICTS; verdict++)
        write_constant(map, axes, verdict, &told, file);
}

void verdict_map_places(const VerdictMap *map, const SettingAxes *axes, Verdict verdict,
                        char text[PLACES_TEXT])
{
    const int count = map->count[verdict];
    const bool most = 2 * count > map->settings;
    int used = snprintf(text, PLACES_TEXT, "%s",
                        !most                    ? ""
                        : count == map->settings ? "everywhere"
                                                 : "everywhere but at ");
    for (int s = 0, told = 0; s < axes->settings; s++) {
        const SettingVerdict *here = &map->setting[s];
        char label[SETTING_LABEL];
        if (!here->asked || (here->evidence.verdict == verdict) == most)
            continue;
        setting_axes_label(axes, s, label);
        used += snprintf(text + used, (size_t)(PLACES_TEXT - used), "%s%s", told++ ? "; " : "", label);
        if (used >= PLACES_TEXT) {
            snprintf(text, PLACES_TEXT, "%d of %d settings", count, map->settings);
            return;
        }
    }
}
