/* The part of a store that a table or a figure shows: which measures, estimators and settings. */
#pragma once

#include "results/selection/filter.h"
#include "results/selection/measure.h"
#include "results/store/store.h"

enum { MOST_MEASURES = 32, MOST_KEYS = 8 };

/* A setting that was chosen. */
typedef struct ChosenSetting {
    char *text;           /* "world.ctr=0.1 world.gamma_r=0.7" */
    int number;           /* among all settings of the experiment, from 1 */
    int truth;            /* bias_variance has it */
    int clicked;          /* conversions are scored on clicks alone, since labels are known there only */
    int value[MOST_KEYS]; /* of each key of the sweep, a place in SweepKey.value */
} ChosenSetting;

/* A key that has several values in the chosen settings. */
typedef struct SweepKey {
    char *name;
    char **value; /* in the order of the spec */
    int values;
} SweepKey;

/* One experiment. A selection leaves rows out; it never changes a number. */
typedef struct Chosen {
    Measure
        measure[MOST_MEASURES]; /* those asked for, or else those that the experiment shows; may be none */
    int measures;
    char *experiment, *question, *baseline;
    int top_k;
    int all_settings; /* of the experiment */
    char **estimator; /* in order, those with a run */
    int *place;       /* of each among all of the experiment's, from 0 */
    int estimators;
    int risk; /* 1 if the risk layer has something of the experiment */
    ChosenSetting *setting;
    int settings;
    SweepKey key[MOST_KEYS];
    int keys;
    char *fixed; /* keys with one value in all chosen settings: "world.ctr=0.1" */
} Chosen;

typedef struct Selection {
    Measure measure[MOST_MEASURES]; /* asked for */
    int measures;
    Chosen *experiment; /* in order of name; those without a chosen setting, or estimator or risk, are
                            left out */
    int experiments;
} Selection;

/* Reads the store. STATUS_USAGE for an unknown metric, estimator, key or value, with the nearest known one.
 * An empty store gives an empty selection. Clear it also after a failure. */
Status selection_read(Selection *selection, Store *store, const Filter *filter, Message *message);
void selection_clear(Selection *selection);

/* STATUS_USAGE for an estimator that the store does not have. */
Status selection_check_estimator(Store *store, const char *name, Message *message);

/* The chosen setting whose keys have these values (places, as in ChosenSetting), or NULL. */
const ChosenSetting *chosen_setting(const Chosen *chosen, const int value[MOST_KEYS]);

/* 1 if the estimator is chosen. */
int chosen_estimator(const Chosen *chosen, const char *name);
