/* The smallest piece of an experiment: one estimator trained on one replicate and scored on the test
 * exposures. */
#pragma once

#include "experiments/inputs/propensities.h"
#include "experiments/inputs/source.h"
#include "results/store/store.h"

/* Room for what a unit yields, reused from unit to unit. */
typedef struct UnitResult UnitResult;
Status unit_result_create(UnitResult **result, size_t test_rows, Message *message);
void unit_result_free(UnitResult *result);

/* What a unit is made of: the data of its setting and world, its replicate's sample and propensities. */
typedef struct UnitInputs {
    const Source *source;
    const Sample *sample;
    Propensities *propensities;
    const Spec *setting;
} UnitInputs;

/* Trains and scores; *row is the unit's row, without the names of its experiment, and points into `result`.
 */
Status unit_run(const UnitInputs *inputs, const char *estimator, UnitResult *result, RunRow *row,
                Message *message);
