/* Memory of logs and features: every column is one allocation, made with the log and freed with it. */
#include "sim/log.h"

#include <math.h>
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

static void copy_row(Log *to, size_t i, const Log *from, size_t row)
{
    const Schema *schema = &from->x.schema;
    size_t ids = (size_t)schema->categorical, dense = (size_t)schema->dense;
    memcpy(to->x.id + i * ids, from->x.id + row * ids, ids * sizeof *to->x.id);
    if (dense)
        memcpy(to->x.dense + i * dense, from->x.dense + row * dense, dense * sizeof *to->x.dense);
    to->click[i] = from->click[row];
    to->conversion[i] = from->conversion[row];
    if (to->propensity)
        to->propensity[i] = from->propensity[row];
    if (to->weight)
        to->weight[i] = from->weight[row];
    if (to->imputation)
        to->imputation[i] = from->imputation[row];
    if (to->behaviour && from->behaviour)
        to->behaviour->action[i] = from->behaviour->action[row];
    if (to->delays && from->delays) {
        to->delays->click_time[i] = from->delays->click_time[row];
        to->delays->conversion_time[i] = from->delays->conversion_time[row];
    }
}

Status log_select(Log *part, const Log *log, const uint32_t *row, size_t rows, Message *message)
{
    Status status = log_create(part, &log->x.schema, rows, message);
    if (status)
        return status;
    part->x.stream = log->x.stream;
    part->propensity = log->propensity ? column(rows, sizeof *part->propensity) : NULL;
    part->weight = log->weight ? column(rows, sizeof *part->weight) : NULL;
    part->imputation = log->imputation ? column(rows, sizeof *part->imputation) : NULL;
    if ((log->propensity && !part->propensity) || (log->weight && !part->weight) ||
        (log->imputation && !part->imputation))
        status = fail_memory(message, "a part of a log");
    if (!status && log->behaviour)
        status = log_add_behaviour(part, message);
    if (!status && log->delays)
        status = log_add_delays(part, message);
    for (size_t i = 0; !status && i < rows; i++)
        copy_row(part, i, log, row[i]);
    if (status)
        log_free(part);
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
