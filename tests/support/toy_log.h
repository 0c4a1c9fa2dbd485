/* A small log with clicks and conversions that follow its two dense columns, for the tests of training. */
#pragma once

#include "estimators/core/train.h"
#include "tests/support/support.h"

#include <gsl/gsl_rng.h>
#include <math.h>

enum { TOY_ROWS = 600, TOY_UNBIASED = 96, TOY_USERS = 20, TOY_ITEMS = 15, TOY_EVENTS = 3 };

typedef struct Toy {
    Log log, unbiased;
    float propensity[TOY_ROWS]; /* the true ones, for log.propensity */
    ActivityStream stream;
    StreamPlan plan; /* rows come in their order, over ten days, of which six are before the stream */
    TrainingData data;
} Toy;

/* Fills a log of two dense columns x: P(o = 1) is the logistic of x_0 - 0.5, or 1 where `forced`, P(r = 1)
 * that of x_1 - 1. `propensity`: room for P(o = 1) of each row, or NULL. */
void toy_fill(Log *log, gsl_rng *generator, bool forced, float *propensity);
double toy_logistic(double z);

/* For cmocka_run_group_tests(). */
int toy_create(void **state);
int toy_free(void **state);

static const StreamKey toy_key = {.seed = 11, .setting = "toy", .world = 1, .replicate = 2};

/* Small towers, three epochs. */
EstimatorOptions toy_options(const Estimator *estimator);
