/* Reads blocks and keeps a random sample of the rows (Vitter's algorithm R), so that memory is bounded. */
#include "experiments/twin/observed_log.h"

#include "experiments/twin/id_statistics.h"
#include "sim/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const StreamKey key = {.setting = "", .replicate = EVERY_REPLICATE};

static void copy_row(Log *to, size_t at, const Log *from, size_t i)
{
    const size_t categorical = (size_t)from->x.schema.categorical, dense = (size_t)from->x.schema.dense;
    memcpy(to->x.id + at * categorical, from->x.id + i * categorical, categorical * sizeof *to->x.id);
    memcpy(to->x.dense + at * dense, from->x.dense + i * dense, dense * sizeof *to->x.dense);
    to->click[at] = from->click[i];
    to->conversion[at] = from->conversion[i];
}

static Status read_rows(ObservedLog *o, size_t most, Message *message)
{
    RowBlock *block = NULL;
    size_t kept = 0;
    gsl_rng *random = stream_open(&key, "observed/sample");
    Status status = random ? row_block_create(&block, o->reader, message) : fail_memory(message, "the log");
    while (!status) {
        status = reader_next(o->reader, block, message);
        if (status || !block->log.x.rows)
            break;
        for (size_t i = 0; i < block->log.x.rows; i++) {
            if (block->part[i] != PART_LOG) {
                o->tested |= block->part[i] != PART_VALID;
                continue;
            }
            const size_t place =
                kept < most ? kept++ : (size_t)gsl_rng_uniform_int(random, (unsigned long)(o->rows + 1));
            o->rows++;
            if (place < most)
                copy_row(&o->log, place, &block->log, i);
        }
    }
    row_block_free(block);
    gsl_rng_free(random);
    o->log.x.rows = kept;
    return status;
}

/* A missing value becomes the mean, and a constant column 0. */
static void standardise(Features *x)
{
    const size_t dense = (size_t)x->schema.dense;
    for (size_t d = 0; d < dense; d++) {
        double n = 0, sum = 0, squares = 0;
        for (size_t i = 0; i < x->rows; i++) {
            const double v = (double)x->dense[i * dense + d];
            if (isnan(v))
                continue;
            n++;
            sum += v;
        }
        const double mean = n > 0 ? sum / n : 0;
        for (size_t i = 0; i < x->rows; i++) {
            const double v = (double)x->dense[i * dense + d];
            squares += isnan(v) ? 0 : (v - mean) * (v - mean);
        }
        const double sd = n > 0 ? sqrt(squares / n) : 0;
        for (size_t i = 0; i < x->rows; i++) {
            float *v = &x->dense[i * dense + d];
            *v = isnan(*v) || !(sd > 0) ? 0 : (float)(((double)*v - mean) / sd);
        }
    }
}

static Status count_ids(ObservedLog *o, Message *message)
{
    const Schema *schema = &o->log.x.schema;
    for (int f = 0; f < 2; f++) {
        size_t *count = calloc((size_t)schema->cardinality[f] + 1, sizeof *count);
        if (!count)
            return fail_memory(message, "the ids of a log");
        id_counts(o->log.x.id + f, (size_t)schema->categorical, o->log.x.rows, schema->cardinality[f], count);
        o->ids[f] = chao1(count, schema->cardinality[f]);
        free(count);
    }
    return STATUS_OK;
}

static Status check_outcomes(const Log *log, const char *path, Message *message)
{
    size_t conversions = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        conversions += log->conversion[i];
    if (log->x.rows && log_clicks(log) && conversions)
        return STATUS_OK;
    return fail(message, STATUS_USAGE,
                "%s: found %zu rows, %zu clicks and %zu conversions of the log; expected some of each", path,
                log->x.rows, log_clicks(log), conversions);
}

Status observed_log_read(ObservedLog *o, const Layout *layout, const char *path, const ReaderOptions *options,
                         size_t most, Message *message)
{
    Schema schema;
    *o = (ObservedLog){0};
    if (layout_is_matrix(layout) || layout_is_read_whole(layout))
        return fail(message, STATUS_USAGE,
                    "%s: layout %s is of ratings, not of exposures; expected a log of exposures with clicks",
                    path, layout_name(layout));
    Status status = reader_open(&o->reader, layout, path, options, message);
    if (status)
        return status;
    reader_schema(o->reader, &schema);
    status = log_create(&o->log, &schema, most, message);
    if (!status)
        status = read_rows(o, most, message);
    if (status)
        return status;
    reader_schema(o->reader, &o->log.x.schema);
    standardise(&o->log.x);
    status = check_outcomes(&o->log, path, message);
    return status ? status : count_ids(o, message);
}

void observed_log_free(ObservedLog *observed)
{
    log_free(&observed->log);
    reader_close(observed->reader);
    *observed = (ObservedLog){0};
}

Status log_sample(Log *sample, const Log *log, size_t most, Message *message)
{
    uint32_t *row = calloc(log->x.rows + 1, sizeof *row);
    gsl_rng *random = stream_open(&key, "observed/rows");
    const size_t rows = most < log->x.rows ? most : log->x.rows;
    Status status = row && random ? STATUS_OK : fail_memory(message, "the rows of a log");
    for (size_t i = 0; !status && i < log->x.rows; i++)
        row[i] = (uint32_t)i;
    for (size_t i = 0; !status && i < rows; i++) {
        const size_t j = i + (size_t)gsl_rng_uniform_int(random, (unsigned long)(log->x.rows - i));
        const uint32_t moved = row[i];
        row[i] = row[j];
        row[j] = moved;
    }
    if (!status)
        status = log_select(sample, log, row, rows, message);
    gsl_rng_free(random);
    free(row);
    return status;
}

void log_groups(const Log *log, int groups, int *group)
{
    const Schema *schema = &log->x.schema;
    const bool by_user = schema->cardinality[FIELD_USER] >= 10 * (uint32_t)groups;
    for (size_t i = 0; i < log->x.rows; i++) {
        const uint64_t unit = by_user ? log->x.id[i * (size_t)schema->categorical + FIELD_USER] : i;
        group[i] = (int)(((unit + 1) * 0x9E3779B97F4A7C15U >> 32) % (uint64_t)groups);
    }
}
