/* The printed tables. */
#pragma once

#include "results/selection/selection.h"
#include "results/tables/grid.h"

typedef struct TableOptions {
    const GridFormat *format; /* NULL: text */
    Filter filter;            /* without metrics: those that fit the experiment */
    const char *baseline;     /* of paired differences; NULL: the experiment's own, in full tables only */
    const char *sort; /* a metric by which the estimators are sorted, best first; NULL: as in the spec */
    bool full;        /* a full table for every setting of a sweep */
    bool bare;        /* without heading and claims */
} TableOptions;

/* Prints each chosen experiment: of a sweep a grid of estimators and settings for each metric; else, and in
 * csv, a table of all metrics for each setting, with the paired differences from the baseline below it (in
 * csv beside it, where a baseline was named). Values with their MCSE; settings by position, estimators in the
 * order of the spec. csv has full precision. Diverged units are counted, and comparisons for which the
 * replicates are too few are named. STATUS_USAGE as of selection_make, or for a baseline that the store does
 * not have. */
Status table_print(const StoreResults *results, const TableOptions *options, FILE *file, Message *message);
