/* The printed tables. */
#pragma once

#include "results/selection/selection.h"
#include "results/tables/grid.h"

/* What there is to print of an experiment. */
typedef enum TablePart {
    TABLE_MAIN = 1,        /* metrics of estimators */
    TABLE_DIFFERENCES = 2, /* paired differences from the baseline */
    TABLE_RISK = 4,        /* the risk layer */
    TABLE_CLAIMS = 8,
    TABLE_RANKS = 16,     /* places by mse, with both kinds of confidence set; only where it is named */
    TABLE_RELATIVE = 128, /* what each method closes of the gap from delay_pretrained to delay_oracle; only
                             where it is named */
    TABLE_VERDICTS = 64,  /* claims of everywhere, setting by setting */
    TABLE_GAMMA = 32,     /* what follows for the choice of an estimator from what clicks do not tell */
} TablePart;

typedef struct TableOptions {
    const GridFormat *format; /* NULL: text */
    Filter filter;            /* without metrics: those that fit the experiment */
    const char *baseline;     /* of paired differences; NULL: the experiment's own, in full tables only */
    const char *sort;      /* a metric by which the estimators are sorted, best first; NULL: as in the spec */
    bool full;             /* a full table for every setting of a sweep */
    unsigned parts;        /* of TablePart; 0: all, below a heading */
    const char *published; /* a file of published figures: print them beside ours, and nothing else. Its lines
                              have fields with tabs between: estimator, the name that it is published under,
                              and a figure for each metric that the first line names. NULL: none */
} TableOptions;

/* Reads names of parts. STATUS_USAGE for an unknown one. */
Status table_parts_read(const Words *words, unsigned *parts, Message *message);

/* Prints each chosen experiment: of a sweep a grid of estimators and settings for each metric; else, and in
 * csv, a table of all metrics for each setting, with the paired differences from the baseline below it (in
 * csv beside it, where a baseline was named). Values with their MCSE; settings by position, estimators in the
 * order of the spec. csv has full precision. Diverged units are counted, and comparisons for which the
 * replicates are too few are named. Differences of a sweep are printed where a baseline was named, or when
 * they are the only part. STATUS_USAGE as of selection_make, or for a baseline that the store does not have.
 */
Status table_print(const StoreResults *results, const TableOptions *options, FILE *file, Message *message);
