/* Random search of an estimator's options, on data that it is not trained on: the same number of trials for
 * every estimator, and the same values of a key in trial k of each. */
#pragma once

#include "estimators/core/train.h"
#include "experiments/spec/spec.h"

enum { TUNED_TEXT = MAX_RANGES * 2 * SPEC_WORD };

/* What the search found. */
typedef struct Tuned {
    EstimatorOptions options;
    char text[TUNED_TEXT]; /* "learning_rate=0.0123 l2=1e-05": the values chosen; "" without trials */
    int values;
    Override value[MAX_RANGES]; /* the same, as overrides of the method */
} Tuned;

/* Learns a trial of a method from outside and predicts the conversion of the held rows into `cvr`; *diverged
 * says that these mean nothing. `setting` is the setting's, with the values of the trial. */
typedef Status TuneTrial(const Spec *setting, float *cvr, bool *diverged, void *context, Message *message);

/* What is tuned, and on what. */
typedef struct TuneInputs {
    const Spec *spec; /* of the setting */
    const char *estimator;
    const TrainingData *data;         /* what the fit is trained on too */
    const LearnedPropensity *learned; /* as for fit_create */
    const StreamKey *key;
    const Log *held;              /* rows that are in no part of `data`; their clicks are scored */
    const double *held_truth;     /* p_r of each, by which all are scored with tune.on truth, else not read */
    const float *held_propensity; /* of each of them, for snips_log_loss; NULL: all rows weigh the same */
    TuneTrial *trial;             /* of a method from outside; NULL: the program trains it */
    void *context;
} TuneInputs;

/* Trains spec->tune.trials times, each with values drawn from the ranges that the estimator has, and keeps
 * the options with the best tune.metric on the held rows; without trials, the spec's own options.
 * snips_log_loss is the log loss with weights 1/p~, self-normalised, p~ clipped to the setting's train.clip.
 * Trials that diverge do not count; when all do, the spec's own options are kept. */
Status tune(const TuneInputs *inputs, Tuned *tuned, Message *message);

/* Gives a setting the values that were chosen for a method from outside. */
Status tuned_set(const Tuned *tuned, Spec *setting, Message *message);
