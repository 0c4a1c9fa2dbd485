/* The printed tables. */
#pragma once

#include "results/store.h"

#include <stdio.h>

typedef enum TableFormat { TABLE_TEXT, TABLE_CSV, TABLE_MARKDOWN, TABLE_LATEX } TableFormat;

/* Prints, for each experiment and setting in the store: the bias/variance table (where truth is known), else
 * the metric table; values with their MCSE. Experiments in order of name, settings by position, estimators in
 * the order of the spec. Diverged units are counted. All formats but csv add the paired differences from the
 * baseline; csv has full precision. Stale summaries are brought up to date first. */
Status table_print(Store *store, TableFormat format, FILE *file, Message *message);
