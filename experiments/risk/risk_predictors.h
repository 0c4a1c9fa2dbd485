/* The fixed predictors of the risk layer: predictions made from the truth, whose ideal loss is then estimated
 * from clicks. */
#pragma once

#include "sim/truth.h"

#include <gsl/gsl_rng.h>
#include <stdbool.h>

typedef struct RiskPredictor {
    const char *name, *meaning;
    /* Predictions of all exposures, in (0, 1); draws from the generator, if at all, one number a row. */
    void (*predict)(const Truth *truth, gsl_rng *generator, double *prediction);
    bool of_levels; /* is of matrix.protocol levels alone */
} RiskPredictor;

/* Ends with a NULL name. A new predictor is a row. */
extern const RiskPredictor risk_predictor_table[];

/* NULL when there is none of that name. */
const RiskPredictor *risk_predictor_find(const char *name);
