/* Counts that are added to block by block, so that files of any length are summed up in the memory of one
 * block. */
#include "sim/data/column_counts.h"

#include <math.h>
#include <stdlib.h>

Status column_counts_create(ColumnCounts *counts, const Schema *schema, Message *message)
{
    *counts = (ColumnCounts){.dense = calloc((size_t)schema->dense + 1, sizeof *counts->dense)};
    return counts->dense ? STATUS_OK : fail_memory(message, "the counts of columns");
}

void column_counts_free(ColumnCounts *counts)
{
    free(counts->dense);
    counts->dense = NULL;
}

/* Mean and squares as Welford has them: exact even where the mean is large and the spread small. */
void dense_add(DenseCount *c, double value)
{
    if (isnan(value)) {
        c->missing++;
        return;
    }
    c->low = c->rows == 0 || value < c->low ? value : c->low;
    c->high = c->rows == 0 || value > c->high ? value : c->high;
    double from_mean = value - c->mean;
    c->mean += from_mean / (double)++c->rows;
    c->square += from_mean * (value - c->mean);
}

double dense_sd(const DenseCount *c)
{
    return c->rows ? sqrt(c->square / (double)c->rows) : 0;
}

float dense_standard(const DenseCount *c, double sd, float value)
{
    return isnan(value) ? 0 : (float)(((double)value - c->mean) / (sd > 0 ? sd : 1));
}

void column_counts_add(ColumnCounts *counts, const Log *log, const uint8_t *part, DataPart every)
{
    const Features *x = &log->x;
    size_t categorical = (size_t)x->schema.categorical, dense = (size_t)x->schema.dense;
    for (size_t i = 0; i < x->rows; i++) {
        PartCount *count = &counts->part[part ? part[i] : every];
        count->rows++;
        count->clicks += log->click[i];
        count->conversions += log->conversion[i];
        for (size_t f = 0; f < categorical; f++)
            counts->missing[f] += x->id[i * categorical + f] == 0;
        for (size_t d = 0; d < dense; d++)
            dense_add(&counts->dense[d], (double)x->dense[i * dense + d]);
    }
}
