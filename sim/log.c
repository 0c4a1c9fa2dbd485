/* Memory of logs and features: every column is one allocation, made with the log and freed with it. */
#include "sim/log.h"

#include "sim/base/temporary_memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A zeroed column that is never NULL, even for no rows, so that NULL can mean "out of memory" and "absent".
 */
static void *column(size_t rows, size_t row_size)
{
    return calloc(rows ? rows : 1, row_size ? row_size : 1);
}

Status features_create(Features *x, const Schema *schema, size_t rows, Message *message)
{
    *x = (Features){.schema = *schema, .rows = rows};
    x->id = column(rows, (size_t)schema->categorical * sizeof *x->id);
    x->dense = column(rows, (size_t)schema->dense * sizeof *x->dense);
    if (!x->id || !x->dense) {
        features_free(x);
        return fail_memory(message, "the features of exposures");
    }
    return STATUS_OK;
}

void features_free(Features *x)
{
    free(x->id);
    free(x->dense);
    *x = (Features){0};
}

Status log_create(Log *log, const Schema *schema, size_t rows, Message *message)
{
    *log = (Log){0};
    Status status = features_create(&log->x, schema, rows, message);
    if (status)
        return status;
    log->click = column(rows, sizeof *log->click);
    log->conversion = column(rows, sizeof *log->conversion);
    if (!log->click || !log->conversion) {
        log_free(log);
        return fail_memory(message, "a log of exposures");
    }
    return STATUS_OK;
}

Status log_add_behaviour(Log *log, Message *message)
{
    Behaviour *behaviour = calloc(1, sizeof *behaviour);
    uint8_t *action = column(log->x.rows, sizeof *action);
    if (!behaviour || !action) {
        free(behaviour);
        free(action);
        return fail_memory(message, "post-click actions");
    }
    behaviour->action = action;
    log->behaviour = behaviour;
    return STATUS_OK;
}

static void behaviour_free(Behaviour *behaviour)
{
    if (!behaviour)
        return;
    free(behaviour->action);
    free(behaviour);
}

Status log_add_delays(Log *log, Message *message)
{
    Delays *delays = calloc(1, sizeof *delays);
    double *click_time = column(log->x.rows, sizeof *click_time);
    double *conversion_time = column(log->x.rows, sizeof *conversion_time);
    if (!delays || !click_time || !conversion_time) {
        free(delays);
        free(click_time);
        free(conversion_time);
        return fail_memory(message, "the times of clicks and conversions");
    }
    *delays = (Delays){click_time, conversion_time};
    for (size_t i = 0; i < log->x.rows; i++)
        delays->conversion_time[i] = INFINITY;
    log->delays = delays;
    return STATUS_OK;
}

static void delays_free(Delays *delays)
{
    if (!delays)
        return;
    free(delays->click_time);
    free(delays->conversion_time);
    free(delays);
}

void log_free(Log *log)
{
    if (log->memory) {
        free(log->behaviour);
        free(log->delays);
        temporary_memory_free(log->memory);
        *log = (Log){0};
        return;
    }
    features_free(&log->x);
    free(log->click);
    free(log->conversion);
    free(log->propensity);
    free(log->weight);
    free(log->imputation);
    behaviour_free(log->behaviour);
    delays_free(log->delays);
    *log = (Log){0};
}

void log_copy_rows(Log *to, size_t i, const Log *from, size_t row, size_t rows)
{
    const Schema *schema = &from->x.schema;
    const size_t ids = (size_t)schema->categorical, dense = (size_t)schema->dense;
    memmove(to->x.id + i * ids, from->x.id + row * ids, rows * ids * sizeof *to->x.id);
    if (dense)
        memmove(to->x.dense + i * dense, from->x.dense + row * dense, rows * dense * sizeof *to->x.dense);
    memmove(to->click + i, from->click + row, rows);
    memmove(to->conversion + i, from->conversion + row, rows);
    if (to->propensity)
        memmove(to->propensity + i, from->propensity + row, rows * sizeof *to->propensity);
    if (to->weight)
        memmove(to->weight + i, from->weight + row, rows * sizeof *to->weight);
    if (to->imputation)
        memmove(to->imputation + i, from->imputation + row, rows * sizeof *to->imputation);
    if (to->behaviour && from->behaviour)
        memmove(to->behaviour->action + i, from->behaviour->action + row,
                rows * sizeof *to->behaviour->action);
    if (to->delays && from->delays) {
        Delays *delays = to->delays;
        memmove(delays->click_time + i, from->delays->click_time + row, rows * sizeof *delays->click_time);
        memmove(delays->conversion_time + i, from->delays->conversion_time + row,
                rows * sizeof *delays->conversion_time);
    }
}

Status log_create_like(Log *log, const Log *like, size_t rows, Message *message)
{
    Status status = log_create(log, &like->x.schema, rows, message);
    if (status)
        return status;
    log->x.stream = like->x.stream;
    log->propensity = like->propensity ? column(rows, sizeof *log->propensity) : NULL;
    log->weight = like->weight ? column(rows, sizeof *log->weight) : NULL;
    log->imputation = like->imputation ? column(rows, sizeof *log->imputation) : NULL;
    if ((like->propensity && !log->propensity) || (like->weight && !log->weight) ||
        (like->imputation && !log->imputation))
        status = fail_memory(message, "a part of a log");
    if (!status && like->behaviour)
        status = log_add_behaviour(log, message);
    if (!status && like->delays)
        status = log_add_delays(log, message);
    if (status)
        log_free(log);
    return status;
}

/* The next column of a file, NULL without `wanted`: those of 8 bytes a value come first. */
static void *take(char **next, bool wanted, size_t bytes)
{
    void *first = *next;
    *next += wanted ? bytes : 0;
    return wanted ? first : NULL;
}

Status log_create_in_file(Log *log, const Log *like, size_t rows, Message *message)
{
    const Schema *schema = &like->x.schema;
    const size_t four = sizeof(float) * rows, ids = (size_t)schema->categorical * four,
                 dense = (size_t)schema->dense * four, times = 2 * sizeof(double) * rows,
                 given = (size_t)((like->propensity != NULL) + (like->weight != NULL) +
                                  (like->imputation != NULL)) *
                         four;
    *log = (Log){.x = {.schema = *schema, .rows = rows, .stream = like->x.stream}};
    Status status = temporary_memory_create(&log->memory, times + ids + dense + given + 3 * rows, message);
    if (status)
        return status;
    char *next = temporary_memory_bytes(log->memory);
    double *time = take(&next, like->delays, times);
    log->x.id = take(&next, true, ids);
    log->x.dense = take(&next, true, dense);
    log->propensity = take(&next, like->propensity, four);
    log->weight = take(&next, like->weight, four);
    log->imputation = take(&next, like->imputation, four);
    log->click = take(&next, true, rows);
    log->conversion = take(&next, true, rows);
    log->delays = like->delays ? calloc(1, sizeof *log->delays) : NULL;
    log->behaviour = like->behaviour ? calloc(1, sizeof *log->behaviour) : NULL;
    if ((like->delays && !log->delays) || (like->behaviour && !log->behaviour)) {
        log_free(log);
        return fail_memory(message, "a log in a file");
    }
    if (log->delays)
        *log->delays = (Delays){time, time + rows};
    if (log->behaviour)
        log->behaviour->action = take(&next, true, rows);
    return STATUS_OK;
}

void log_let_go(const Log *log)
{
    if (log)
        temporary_memory_let_go(log->memory);
}

Status log_select(Log *part, const Log *log, const uint32_t *row, size_t rows, Message *message)
{
    Status status = log_create_like(part, log, rows, message);
    for (size_t i = 0; !status && i < rows; i++)
        log_copy_rows(part, i, log, row[i], 1);
    return status;
}

size_t log_clicks(const Log *log)
{
    size_t clicks = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        clicks += log->click[i];
    return clicks;
}

double log_weight(const Log *log)
{
    if (!log->weight)
        return (double)log->x.rows;
    double weight = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        weight += (double)log->weight[i];
    return weight;
}

double log_clicked_weight(const Log *log)
{
    if (!log->weight)
        return (double)log_clicks(log);
    double weight = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        weight += log->click[i] ? (double)log->weight[i] : 0;
    return weight;
}
