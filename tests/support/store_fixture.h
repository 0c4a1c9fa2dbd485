/* A small store with known content, for the tests of results/ and plots/. */
#pragma once

#include "results/store/store.h"
#include "tests/support/support.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>

enum { ROWS = 200, REPLICATES = 5, WORLDS = 2 };

/* Its row of table experiment, and its methods. */
ExperimentRow fixture_experiment(void);
static const char *const fixture_estimator[] = {"naive", "ips", "dr_jl"};

/* Draws that depend on what they are for only, as in the program. */
gsl_rng *fixture_generator(unsigned long key);

typedef struct FixtureTruth {
    double p_r[ROWS], p_o[ROWS], q[ROWS];
    uint8_t click[ROWS];
} FixtureTruth;

/* What is true of the test set of a world. */
void fixture_truth(FixtureTruth *truth, int setting, int world);

/* The truth, shifted and scattered by amounts that grow with the number of the estimator. */
void fixture_prediction(const FixtureTruth *truth, int setting, int world, int replicate, int estimator,
                        float prediction[ROWS]);

/* Unit: ((setting WORLDS + world) REPLICATES + replicate) 3 + estimator. Unit 4, ips of replicate 1, has
 * diverged. */
Status fixture_run(Store *store, int unit, Message *message);

enum { UNITS = 2 * WORLDS * REPLICATES * 3 };

/* Everything but the runs; and everything. */
void fixture_begin(Store *store);
void fixture_fill(Store *store);
