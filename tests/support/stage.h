/* An estimator's phases on one full batch of a small log, with free logits: for tests of how they behave. */
#pragma once

#include "tests/support/lookup_backbone.h"

#include <gsl/gsl_randist.h>
#include <math.h>

/* Of propensities; and whose streams are drawn. */
static const double STAGE_CLIP = 1e-6;
static const StreamKey stage_key = {.seed = 17, .setting = ""};

/* One full batch of a log of EXPOSURES rows, with free logits. */
typedef struct Stage {
    Log log;
    float propensity[EXPOSURES];
    float z[HEADS][ROWS];
    const Log *unbiased; /* NULL for none */
    /* Of the estimator on stage. */
    Method method;
    Estimator estimator; /* a copy: on a backbone of the test's, no net has one of its own */
    TrainingData data;
    TrainOptions train;
    ModelOptions model;
    double constant[MAX_CONSTANTS];
    Sampler *sampler;
    PassContext context;
} Stage;

/* What a phase gives: its loss, and its gradient in the logits. */
typedef struct StageResult {
    double loss, slope[HEADS][EXPOSURES];
} StageResult;

/* For cmocka_run_group_tests(). */
int stage_create(void **state);
int stage_free(void **state);

/* Fresh data, whatever the test before has changed. */
void stage_data(Stage *s);

/* Puts an estimator on, on this backbone (NULL: its paper's). */
void stage_open(Stage *s, const char *estimator, const Backbone *backbone);
void stage_close(Stage *s);

/* One phase on the next batch, without a step of the optimiser. */
StageResult stage_run(Stage *s, int phase);

/* Opens, runs one phase on free logits, closes. */
StageResult stage_play(Stage *s, const char *estimator, int phase);

/* Sets a constant of the estimator on stage. */
void stage_set(Stage *s, const char *constant, double value);

/* With one constant set. */
StageResult stage_play_with(Stage *s, const char *estimator, int phase, const char *constant, double value);

/* The same loss and gradient, but for 16 roundings of numbers that add up to `size`. */
void stage_same(const StageResult *a, const StageResult *b, double size);
