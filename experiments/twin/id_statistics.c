/* Sums over rows and ids. Sums of rows are kept by id first, so that an id costs nothing for its many rows.
 */
#include "experiments/twin/id_statistics.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

void id_counts(const uint32_t *id, size_t stride, size_t rows, uint32_t ids, size_t *count)
{
    for (uint32_t j = 0; j < ids; j++)
        count[j] = 0;
    for (size_t i = 0; i < rows; i++)
        count[id[i * stride]]++;
}

/* Rows and ones of each id, the two one allocation. NULL when out of memory. */
static double *id_sums(const IdOutcomes *o, double *mean)
{
    double *rows = calloc(2 * (size_t)o->ids + 1, sizeof *rows), all = 0, total = 0;
    if (!rows)
        return NULL;
    double *ones = rows + o->ids;
    for (size_t i = 0; i < o->rows; i++) {
        const uint32_t id = o->id[i * o->stride];
        if (o->among && !o->among[i])
            continue;
        rows[id]++;
        ones[id] += o->outcome[i];
        all++;
        total += o->outcome[i];
    }
    *mean = all > 0 ? total / all : NAN;
    return rows;
}

Status id_variance(const IdOutcomes *outcomes, double *component, Message *message)
{
    double m, sum = 0, weight = 0, *rows = id_sums(outcomes, &m);
    if (!rows)
        return fail_memory(message, "the ids of a log");
    for (uint32_t j = 0; j < outcomes->ids; j++) {
        const double n = rows[j], s = rows[outcomes->ids + j];
        if (n < 2)
            continue;
        sum += s * (s - 1) / (n - 1) - 2 * m * s + m * m * n;
        weight += n;
    }
    *component = weight > 0 && m > 0 && m < 1 ? sum / weight / (m * (1 - m)) : NAN;
    free(rows);
    return STATUS_OK;
}

static int more_first(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x < y) - (x > y);
}

/* The counts above 0, most first; `ids` of them. NULL when out of memory. */
static size_t *ranked(const size_t *count, uint32_t ids, uint32_t *seen)
{
    size_t *rank = calloc((size_t)ids + 1, sizeof *rank);
    *seen = 0;
    for (uint32_t j = 0; rank && j < ids; j++)
        if (count[j])
            rank[(*seen)++] = count[j];
    if (rank)
        qsort(rank, *seen, sizeof *rank, more_first);
    return rank;
}

/* E[log k] of k^-s over k = 1..n. */
static double mean_log_rank(double s, uint32_t n)
{
    double total = 0, sum = 0;
    for (uint32_t k = 1; k <= n; k++) {
        const double l = log(k), p = exp(-s * l);
        total += p;
        sum += p * l;
    }
    return sum / total;
}

Status zipf_exponent(const size_t *count, uint32_t ids, double *exponent, Message *message)
{
    enum { HALVINGS = 40 };
    uint32_t seen;
    double rows = 0, sum = 0, low = 0, high = 10;
    size_t *rank = ranked(count, ids, &seen);
    if (!rank)
        return fail_memory(message, "the ids of a log");
    for (uint32_t k = 0; k < seen; k++) {
        rows += (double)rank[k];
        sum += (double)rank[k] * log(k + 1.0);
    }
    free(rank);
    *exponent = NAN;
    if (seen < 2)
        return STATUS_OK;
    for (int i = 0; i < HALVINGS; i++) { /* the expectation falls as s grows */
        const double middle = (low + high) / 2;
        if (mean_log_rank(middle, seen) > sum / rows)
            low = middle;
        else
            high = middle;
    }
    *exponent = (low + high) / 2;
    return STATUS_OK;
}

double chao1(const size_t *count, uint32_t ids)
{
    double seen = 0, once = 0, twice = 0;
    for (uint32_t j = 0; j < ids; j++) {
        seen += count[j] > 0;
        once += count[j] == 1;
        twice += count[j] == 2;
    }
    return seen + (twice > 0 ? once * once / (2 * twice) : once * (once - 1) / 2);
}

Status share_of_top(const size_t *count, uint32_t ids, double *share, Message *message)
{
    uint32_t seen;
    double rows = 0, top = 0;
    size_t *rank = ranked(count, ids, &seen);
    if (!rank)
        return fail_memory(message, "the ids of a log");
    for (uint32_t k = 0; k < seen; k++) {
        rows += (double)rank[k];
        top += k < seen / 100 || k == 0 ? (double)rank[k] : 0;
    }
    *share = rows > 0 ? top / rows : NAN;
    free(rank);
    return STATUS_OK;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

Status share_of_repeats(const uint32_t *pair, size_t stride, size_t rows, double *share, Message *message)
{
    uint64_t *both = calloc(rows + 1, sizeof *both);
    size_t repeats = 0;
    if (!both)
        return fail_memory(message, "the pairs of a log");
    for (size_t i = 0; i < rows; i++)
        both[i] = (uint64_t)pair[i * stride] << 32 | pair[i * stride + 1];
    qsort(both, rows, sizeof *both, by_value);
    for (size_t i = 1; i < rows; i++)
        repeats += both[i] == both[i - 1];
    *share = rows ? (double)repeats / (double)rows : NAN;
    free(both);
    return STATUS_OK;
}

double correlation_of(const double *x, const double *y, size_t n)
{
    if (n < 2 || !(gsl_stats_variance(x, 1, n) > 0) || !(gsl_stats_variance(y, 1, n) > 0))
        return NAN;
    return gsl_stats_correlation(x, 1, y, 1, n);
}

Status popularity_correlation(const IdOutcomes *outcomes, double *correlation, Message *message)
{
    double m, *rows = id_sums(outcomes, &m), *x = calloc(2 * outcomes->rows + 1, sizeof *x),
              *y = x + outcomes->rows;
    Status status = rows && x ? STATUS_OK : fail_memory(message, "the ids of a log");
    for (size_t i = 0; !status && i < outcomes->rows; i++) {
        const uint32_t id = outcomes->id[i * outcomes->stride];
        x[i] = log(rows[id]);
        y[i] = rows[outcomes->ids + id] / rows[id];
    }
    if (!status)
        *correlation = correlation_of(x, y, outcomes->rows);
    free(rows);
    free(x);
    return status;
}
