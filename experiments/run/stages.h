/* How many units an experiment with `precision` has by now. The pilot fixes for each setting how many its
 * metrics need (results/statistics/sample_size.h), and twice more is topped up where the spread turns out
 * larger: the same number for every estimator of a setting. A stage is decided once all of its units are in
 * the store, by these alone, whatever else is there: so it is the same after a kill, and with however many
 * shards, and nothing of it has to be kept. */
#pragma once

#include "experiments/spec/settings.h"
#include "results/store/store.h"

/* The units of one setting. */
typedef struct SettingUnits {
    int worlds, replicates;
    int stage;  /* that is run: 0 for the pilot, up to SAMPLE_STAGES - 1 */
    bool final; /* no more will be asked for once these are there */
} SettingUnits;

typedef struct Stages {
    SettingUnits *setting;
    int settings;
    int worlds, replicates; /* the most of them */
    bool final;             /* of every setting */
} Stages;

/* Without `precision` every setting has the spec's units. Else by the units in `store`, which must have no
 * newer layout; one that lacks the experiment has no unit. STATUS_USAGE where no unit of a full stage has a
 * value of a metric that `precision` names. Clear it also after a failure. */
Status stages_create(Stages *stages, const Settings *settings, Store *store, Message *message);
void stages_clear(Stages *stages);
