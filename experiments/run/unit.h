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

/* Its predictions, to be filled before unit_score(): a value a test exposure; of clicks NaN where there are
 * none. */
float *unit_result_cvr(UnitResult *result);
float *unit_result_ctr(UnitResult *result);

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

/* The weights of the test exposures by which metrics.weights scores a unit (weighted_metrics.h), the same for
 * every method; to be freed. NULL where the setting asks for none, or the clicks of the test are not known.
 */
Status unit_weights(const UnitInputs *inputs, double **weight, Message *message);

/* What is known of a training that was not this program's. */
typedef struct UnitTraining {
    bool diverged;       /* its predictions mean nothing */
    const char *message; /* why; NULL where that is all that there is to say; must outlive the row */
    double seconds;
    int64_t steps, parameters;
    const char *tuned;    /* "key=value ..." or ""; must outlive the row */
    const double *weight; /* of unit_weights(), or NULL */
} UnitTraining;

/* Scores the predictions in `result`, of a method from outside; else as unit_run(). */
Status unit_score(const Source *source, const Spec *setting, const char *method, const UnitTraining *training,
                  UnitResult *result, RunRow *row, Message *message);
