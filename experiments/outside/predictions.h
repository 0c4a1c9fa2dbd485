/* What a model from outside has written into the folder of a unit: predictions, and a report. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum PredictionState {
    PREDICTIONS_DONE,
    PREDICTIONS_NONE,     /* there is no file */
    PREDICTIONS_DIVERGED, /* some are NaN or infinite, or the report says so */
    PREDICTIONS_WRONG,    /* not as they have to be: see the message */
} PredictionState;

typedef struct PredictionReport {
    bool diverged;
    double seconds; /* NaN where it does not say */
    int64_t steps, parameters;
} PredictionReport;

enum { PREDICTION_FILE = 64 };

/* Where predictions are, and how many there have to be. */
typedef struct PredictionPlace {
    const char *folder;
    const char *file; /* of CVR; NULL: cvr.npy, cvr.txt or cvr.csv, whichever is there */
    size_t rows;
} PredictionPlace;

/* Reads `rows` probabilities of conversion into cvr, and of click into ctr: from ctr.npy or ctr.txt, or the
 * column ctr of a csv, NaN without. A .npy or .txt file (a number a line) is in the order of the test
 * exposures; a .csv one has the columns row (0, 1, ...), cvr and perhaps ctr, its rows in any order. `why`
 * says what was found and expected for any state but DONE. A status is a failure of memory. */
Status predictions_read(const PredictionPlace *place, float *cvr, float *ctr, PredictionReport *report,
                        PredictionState *state, Message *why);
