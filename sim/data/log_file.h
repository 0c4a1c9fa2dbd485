/* A log of real data that is not held in memory: its rows in temporary files, a file a column, to be read in
 * blocks. */
#pragma once

#include "sim/data/column_counts.h"
#include "sim/log_blocks.h"

typedef struct LogFile LogFile;

/* For rows with as many columns as the schema has, all of them with weights or none. */
Status log_file_create(LogFile **file, const Schema *schema, bool weighted, Message *message);
void log_file_free(LogFile *file);

/* Adds rows of a log. */
Status log_file_append(LogFile *file, const Log *rows, Message *message);

/* Counts of what was added: rows, clicks and dense columns. */
const ColumnCounts *log_file_counts(const LogFile *file);

/* Of what was added. */
double log_file_mean_weight(const LogFile *file);

/* The log as it is once all rows are added: weights have the mean 1, ids lie within the cardinalities of
 * `schema`, whose names must outlive the file, and dense columns come to mean 0 and variance 1, a missing
 * value to 0. */
void log_file_finish(LogFile *file, const Schema *schema);

/* Its rows in blocks, of which a window has about `window_rows`; for a file that is finished. */
LogBlocks log_file_blocks(const LogFile *file, size_t window_rows);
