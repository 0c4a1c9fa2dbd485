/* The part of a store that a table or a figure shows: which metrics, estimators and settings. */
#pragma once

#include "results/selection/filter.h"
#include "results/selection/measure.h"
#include "results/summary/summary_read.h"

enum { MOST_MEASURES = 32, MOST_KEYS = 8, MOST_COMBINATIONS = 1 << 16 /* of the grid of a sweep */ };

/* A setting that was chosen. */
typedef struct ChosenSetting {
    const char *text;     /* "world.ctr=0.1 world.gamma_r=0.7" */
    int index;            /* among all settings of the experiment, from 0 */
    bool truth, clicked;  /* as in SettingResults */
    int value[MOST_KEYS]; /* of each key of the sweep, a place in SweepKey.value */
} ChosenSetting;

/* A key that has several values in the chosen settings. */
typedef struct SweepKey {
    const char *name;
    const char **value; /* in the order of the spec */
    int values;
} SweepKey;

/* One experiment. Texts are those of its results. */
typedef struct Chosen {
    const ExperimentResults *results;
    Measure measure[MOST_MEASURES]; /* of the filter, or else those that the experiment shows; may be none */
    int measures;
    const char *experiment, *question, *baseline;
    int top_k;
    int all_settings;       /* of the experiment */
    const char **estimator; /* in order, those with a run */
    const char **label;     /* what is shown in place of each one's name */
    int *place;             /* of each among all of the experiment's, from 0 */
    int estimators;
    bool risk; /* the risk layer has something of the experiment */
    ChosenSetting *setting;
    int settings;
    SweepKey key[MOST_KEYS];
    int keys;
    char *fixed; /* keys with one value in all chosen settings: "world.ctr=0.1" */
} Chosen;

typedef struct Selection {
    const StoreResults *results;
    Measure measure[MOST_MEASURES]; /* of the filter */
    int measures;
    Chosen *
        experiment; /* in order of name; those without a chosen setting, or estimator or risk, are left out */
    int experiments;
} Selection;

/* Chooses from the results, which must outlive the selection. STATUS_USAGE for an unknown metric, estimator,
 * key or value, with the nearest known one. No results give an empty selection. Clear it also after a
 * failure. */
Status selection_make(Selection *selection, const StoreResults *results, const Filter *filter,
                      Message *message);
void selection_clear(Selection *selection);

/* STATUS_USAGE for an estimator that no experiment has. */
Status selection_check_estimator(const StoreResults *results, const char *name, Message *message);

/* Whether the chosen settings are at least half of the grid that the values of their keys span: tables and
 * figures of a grid show little of others, such as those that each change one key of the same centre. */
bool chosen_is_grid(const Chosen *chosen);

/* The chosen setting whose keys have these values (places, as in ChosenSetting), or NULL. */
const ChosenSetting *chosen_setting(const Chosen *chosen, const int value[MOST_KEYS]);

/* The chosen setting of that text, or NULL. */
const ChosenSetting *chosen_setting_named(const Chosen *chosen, const char *text);

/* Whether the estimator is chosen. */
bool chosen_estimator(const Chosen *chosen, const char *name);

/* The value of a chosen estimator, by its place among the chosen ones, in a chosen setting; see
 * measure_value. */
Estimate chosen_value(const Chosen *chosen, const ChosenSetting *setting, int estimator,
                      const Measure *measure);
