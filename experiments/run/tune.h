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
} Tuned;

/* What is tuned, and on what. */
typedef struct TuneInputs {
    const Spec *spec; /* of the setting */
    const char *estimator;
    const TrainingData *data;
    const LearnedPropensity *learned; /* as for fit_create */
    const StreamKey *key;
} TuneInputs;

/* Trains spec->tune.trials times, each with values drawn from the ranges that the estimator has, and keeps
 * the options with the best tune.metric on the validation split; without trials, the spec's own options. The
 * validation split is a share of the log, whose clicks are scored, or of the unbiased sample. Trials that
 * diverge do not count; when all do, the spec's own options are kept. */
Status tune(const TuneInputs *inputs, Tuned *tuned, Message *message);
