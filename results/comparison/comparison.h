/* Comparison: what changed between two runs of an experiment, from one version of the program to another,
 * say. The topmost folder of results/. */
#pragma once

#include "results/claims/claim_text.h"
#include "results/statistics/paired.h"
#include "results/store/provenance.h"
#include "results/tables/table.h"

typedef enum Change {
    CHANGE_NONE,         /* bit for bit the same, over the units that both have */
    CHANGE_ROUNDING,     /* each of these units but for what processors and compilers round otherwise */
    CHANGE_WITHIN_ERROR, /* p at least 0.05 */
    CHANGE_BETTER,
    CHANGE_WORSE,
    CHANGE_DIVERGED, /* every unit of the new one, and not of the old one */
    CHANGE_UNKNOWN,  /* units are missing, or too few for an interval */
    CHANGES,
} Change;

/* "identical", "identical but for rounding", "same within error", "better", "worse", "diverged", "not known".
 */
const char *change_name(Change change);

/* One of the two runs. */
typedef struct ComparedSide {
    const Provenance *provenance;
    const Chosen *chosen;
} ComparedSide;

/* One estimator in one setting. Values are means over the units of a side. Of a measure whose best value is
 * no extreme (a bias, or a ratio that should be 1) they are distances from it, in units times the sign of the
 * mean, so that less is better. */
typedef struct ComparedRow {
    const char *setting;                               /* of the old side */
    char predictor[CLAIM_WORD], estimator[CLAIM_WORD]; /* the predictor of the risk layer; else "" */
    double old, old_mcse, new, new_mcse;
    int old_units, new_units;
    int pairs;                   /* units that both have, when they are paired; 0 for two samples */
    PairedDifference difference; /* new - old; p by Holm's method over the rows that differ */
    Change change;
} ComparedRow;

typedef struct Comparison {
    ComparedRow *row; /* by setting and estimator, those that both have */
    int rows;
    int count[CHANGES];
} Comparison;

/* Compares by a metric that has a value per unit: STATUS_USAGE for one that has none. Units are paired where
 * both sides drew the same random numbers, which is to say that seeds, and sizes and clicks of the test
 * exposures of the setting, are the same; else they are two samples. Free it also after a failure. */
Status comparison_read(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                       const Measure *measure, Message *message);

/* Compares the risk layers: units are redraws, values the squared errors of the estimates of the ideal loss.
 * Paired where seeds and ideal losses are the same. */
Status comparison_read_risk(Comparison *comparison, const ComparedSide *old, const ComparedSide *new,
                            const Words *estimator, Message *message);

void comparison_free(Comparison *comparison);

typedef struct ComparisonOptions {
    const GridFormat *format;
    Filter filter; /* without metrics: mse where the truth is known, log loss elsewhere */
} ComparisonOptions;

/* Prints, for each experiment that both stores have (of any name, where each has one), provenance of both,
 * the lines of the spec in which they differ, what only one of them has, and a table of changes for each
 * measure; in csv the latter alone. Adds up the changes in `count`. STATUS_FAILED when there is nothing in
 * common. */
Status comparison_print(const StoreResults *old, const StoreResults *new, const ComparisonOptions *options,
                        int count[CHANGES], FILE *file, Message *message);
