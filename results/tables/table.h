/* The printed tables. */
#pragma once

#include "results/selection/selection.h"

#include <stdio.h>

/* Their names on the command line, in order. */
#define TABLE_FORMATS "text|csv|markdown|latex|html"
typedef enum TableFormat { TABLE_TEXT, TABLE_CSV, TABLE_MARKDOWN, TABLE_LATEX, TABLE_HTML } TableFormat;

typedef struct TableOptions {
    TableFormat format;
    Filter filter;        /* without metrics: those that fit the experiment */
    const char *baseline; /* of paired differences; NULL: the experiment's own, in full tables only */
    const char *sort;     /* a measure by which the estimators are sorted, best first; NULL: as in the spec */
    int full;             /* a full table for every setting of a sweep */
    int bare;             /* without heading and claims */
} TableOptions;

/* "compare: Which one?", where the format has headings. */
void table_heading(const char *experiment, const char *question, TableFormat format, FILE *file);

/* Prints each chosen experiment: of a sweep a grid of estimators and settings for each measure; else, and in
 * csv, a table of all measures for each setting, with the paired differences from the baseline below it (in
 * csv beside it, where a baseline was named). Values with their MCSE; settings by position, estimators in the
 * order of the spec. csv has full precision. Diverged units are counted, and comparisons for which the
 * replicates are too few are named. Stale summaries are brought up to date first. STATUS_USAGE as of
 * selection_read, or for a baseline that the store does not have. */
Status table_print(Store *store, const TableOptions *options, FILE *file, Message *message);
