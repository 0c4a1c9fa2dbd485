/* What a log is described by where worlds are fitted to it: one function for the real log and for drawn ones,
 * so that what is off in a statistic is off on both sides alike. */
#pragma once

#include "estimators/core/options.h"
#include "sim/log.h"

#include <stdbool.h>

typedef enum LogStatistic {
    CLICK_RATE,
    CLICKED_CVR,
    AUC_CLICK,
    AUC_CONVERSION,
    AUC_CLICK_FEATURES,
    AUC_CONVERSION_FEATURES,
    LOGIT_CORRELATION,
    LOGIT_SD_CLICK,
    LOGIT_SD_CONVERSION,
    ITEM_CLICKS,
    USER_CLICKS,
    ITEM_CONVERSIONS,
    ITEM_ZIPF,
    USER_ZIPF,
    POPULARITY,
    TOP_ITEMS,
    REPEATS,
    CALIBRATION_SLOPE,
    CVR_BY_CLICK_RATE,
    CLICK_GAIN,
    LOG_STATISTICS
} LogStatistic;

/* What the fit does with a statistic. */
typedef enum StatisticUse {
    STATISTIC_FITTED, /* a term of the distance that is minimised, and of the acceptance of worlds */
    STATISTIC_SOLVED, /* matched by a search of its own, before */
    STATISTIC_HELD,   /* held out: it tests */
} StatisticUse;

typedef struct StatisticRow {
    const char *name, *meaning; /* with the scale */
    double tolerance;           /* a difference that is as good as none, on the scale */
    StatisticUse use;
} StatisticRow;

extern const StatisticRow statistic_table[LOG_STATISTICS];

/* What two logs are compared by, row by row of the held-out rows. Logits are less their mean: rates are
 * compared as such, and a model that has learned little would tell all rows by its constant. */
enum { SCORE_COLUMNS = 8 };
extern const char *const score_column[SCORE_COLUMNS];
typedef struct ScoreSpace {
    size_t rows;
    double *column[SCORE_COLUMNS]; /* one allocation, the first */
} ScoreSpace;

void score_space_free(ScoreSpace *space);

/* The statistics of a log; NaN for one that it cannot have. Models (shared_bottom with these options, and
 * logistic regressions of the features) are fitted on four fifths of the rows and held against the last.
 * `space` may be NULL. STATUS_FAILED where the training diverges. */
Status log_statistics(const Log *log, const EstimatorOptions *options, double value[LOG_STATISTICS],
                      ScoreSpace *space, Message *message);
