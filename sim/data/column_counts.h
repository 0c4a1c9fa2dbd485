/* What a log holds, counted block by block. */
#pragma once

#include "sim/data/reader.h"

typedef struct PartCount {
    size_t rows, clicks, conversions;
} PartCount;

typedef struct DenseCount {
    size_t rows, missing; /* with a value, and without */
    double low, high, mean;
    double square; /* sum of squared distances from the mean */
} DenseCount;

typedef struct ColumnCounts {
    PartCount part[PARTS];
    size_t missing[MAX_CATEGORICAL]; /* rows with id 0 */
    DenseCount *dense;               /* a column of x each */
} ColumnCounts;

/* All zero; free with column_counts_free. */
Status column_counts_create(ColumnCounts *counts, const Schema *schema, Message *message);
void column_counts_free(ColumnCounts *counts);

/* Adds the rows of a log; part[i] is that of row i, or all are of `every` where part is NULL. */
void column_counts_add(ColumnCounts *counts, const Log *log, const uint8_t *part, DataPart every);

/* Adds one value, NaN for a missing one. */
void dense_add(DenseCount *count, double value);

/* The standard deviation of the values; 0 for none. */
double dense_sd(const DenseCount *count);

/* A value in standard deviations `sd` from the mean, or just from the mean where sd is 0; of a missing one 0.
 */
float dense_standard(const DenseCount *count, double sd, float value);
