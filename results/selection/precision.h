/* precision: {mse: 5%, auc: 0.001, max: 400}: how small the Monte Carlo standard errors of named metrics are
 * to be, in place of a number of replicates. What it needs of a sample is in
 * results/statistics/sample_size.h, and who it asks for more in experiments/run/stages.h. */
#pragma once

#include "results/selection/measure.h"
#include "results/statistics/sample_size.h"

enum { MOST_BOUNDS = 8, PRECISION_TEXT = MOST_BOUNDS * (MEASURE_TEXT + 32) };

/* The most that a standard error may be. */
typedef struct PrecisionBound {
    char measure[MEASURE_TEXT]; /* one that each replicate has a value of: a metric */
    double most;                /* above 0 */
    bool relative;              /* a share of the mean; in text, per cent */
} PrecisionBound;

/* Plain data; zero is none. */
typedef struct Precision {
    int bounds;
    PrecisionBound bound[MOST_BOUNDS];
    int max; /* replicates, or worlds where there are several, at most */
} Precision;

/* Sets one entry: "max" to a number, or a measure's bound to "0.001" or "5%". STATUS_USAGE for a measure that
 * is unknown or that no replicate has a value of, and for a share of one that may be below 0, or about 0. */
Status precision_set(Precision *precision, const char *key, const char *value, Message *message);

/* As a spec has it: "mse: 5%, auc: 0.001, max: 400"; precision_read reads it. */
void precision_write(const Precision *precision, char text[PRECISION_TEXT]);
Status precision_read(Precision *precision, const char *text, Message *message);

/* The most that the error of a mean may be. */
double precision_most(const PrecisionBound *bound, double mean);
