/* Streams of clicks with the labels of the time. What is known is decided in one place, known_label. */
#include "sim/delay_stream.h"

#include <math.h>
#include <stdlib.h>

static const double HOUR = 1.0 / 24;

static double entry_time(StreamEntry entry, StreamWindows windows, double click)
{
    switch (entry) {
    case ENTRY_HOUR:
        return (floor(click / HOUR) + 1) * HOUR;
    case ENTRY_OBSERVED:
        return click + windows.observation;
    case ENTRY_CLOSED:
        return click + windows.attribution;
    default:
        return click;
    }
}

/* Whether a conversion has come by then; one that never comes has an infinite delay. */
static bool known_label(StreamEntry entry, double elapsed, double delay)
{
    return entry == ENTRY_FUTURE ? isfinite(delay) : entry != ENTRY_CLICK && delay <= elapsed;
}

static int compare(const void *a, const void *b)
{
    const StreamRow *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

/* A click and what becomes of it. */
typedef struct StreamClick {
    uint32_t row;
    double time, delay; /* INFINITY where no conversion comes within the attribution window */
    StreamWindows windows;
} StreamClick;

static StreamClick click_of(const Log *log, size_t row, StreamWindows windows)
{
    const double time = log->delays->click_time[row], delay = log->delays->conversion_time[row] - time;
    return (StreamClick){(uint32_t)row, time, delay > windows.attribution ? INFINITY : delay, windows};
}

static StreamRow row_at(const StreamClick *click, double time, StreamKind kind, bool label)
{
    const bool known = click->delay <= time - click->time;
    return (StreamRow){.time = time,
                       .elapsed = (float)(time - click->time),
                       .delay = known ? (float)click->delay : INFINITY,
                       .row = click->row,
                       .label = label,
                       .kind = (uint8_t)kind,
                       .early = known && click->delay <= click->windows.observation};
}

/* The rows of one click, at most two; returns their number. */
static int rows_of(const StreamClick *click, StreamRule rule, StreamRow row[2])
{
    const double first = entry_time(rule.entry, click->windows, click->time), delay = click->delay;
    const bool seen = known_label(rule.entry, first - click->time, delay), converts = isfinite(delay);
    row[0] = row_at(click, first, STREAM_FIRST, seen);
    if (!seen) { /* also where a conversion comes with its click */
        row[0].delay = INFINITY;
        row[0].early = false;
    }
    if (!converts && (rule.again & AGAIN_NEGATIVE))
        row[1] = row_at(click, click->time + click->windows.attribution, STREAM_NEGATIVE, false);
    else if (converts && !seen && (rule.again & AGAIN_DELAYED))
        row[1] = row_at(click, click->time + delay, STREAM_DELAYED, true);
    else if (converts && seen && (rule.again & AGAIN_IMMEDIATE))
        row[1] = row_at(click, first, STREAM_IMMEDIATE, true);
    else
        return 1;
    if (row[1].label) { /* rounding of its time does not hide what the row is there for */
        row[1].delay = (float)delay;
        row[1].early = delay <= click->windows.observation;
    }
    return 2;
}

/* INFINITY where no conversion comes within the attribution window. */
static double delay_of(const Log *log, size_t row, StreamWindows windows)
{
    const double delay = log->delays->conversion_time[row] - log->delays->click_time[row];
    return delay > windows.attribution ? INFINITY : delay;
}

Status delay_stream_create(DelayStream *stream, const Log *log, StreamRule rule, StreamWindows windows,
                           double from, double to, Message *message)
{
    *stream = (DelayStream){.row = calloc(2 * log_clicks(log) + 1, sizeof *stream->row)};
    if (!stream->row)
        return fail_memory(message, "the stream of clicks");
    for (size_t i = 0; i < log->x.rows; i++) {
        if (!log->click[i])
            continue;
        StreamRow row[2];
        const StreamClick click = click_of(log, i, windows);
        const int rows = rows_of(&click, rule, row);
        for (int k = 0; k < rows; k++)
            if (row[k].time >= from && row[k].time < to)
                stream->row[stream->rows++] = row[k];
    }
    qsort(stream->row, stream->rows, sizeof *stream->row, compare);
    return STATUS_OK;
}

Status delay_stream_cut(DelayStream *stream, const Log *log, StreamEntry entry, StreamWindows windows,
                        double time, Message *message)
{
    if (entry == ENTRY_CLOSED)
        return delay_stream_create(stream, log, (StreamRule){.entry = entry}, windows, -HUGE_VAL, time,
                                   message);
    *stream = (DelayStream){.row = calloc(log_clicks(log) + 1, sizeof *stream->row)};
    if (!stream->row)
        return fail_memory(message, "the clicks before a time");
    for (size_t i = 0; i < log->x.rows; i++) {
        if (!log->click[i] || log->delays->click_time[i] >= time)
            continue;
        const StreamClick click = click_of(log, i, windows);
        const double seen = entry == ENTRY_FUTURE ? HUGE_VAL : time - click.time;
        stream->row[stream->rows++] =
            row_at(&click, time, STREAM_FIRST, isfinite(click.delay) && click.delay <= seen);
    }
    return STATUS_OK;
}

void delay_stream_add_deadline(DelayStream *stream, const Log *log, StreamWindows windows, double deadline,
                               double now)
{
    for (size_t i = 0; i < log->x.rows; i++) {
        const double click = log->delays->click_time[i], delay = delay_of(log, i, windows);
        if (!log->click[i] || click >= deadline)
            continue;
        const bool known = delay <= now - click;
        stream->row[stream->rows++] = (StreamRow){.time = deadline,
                                                  .elapsed = (float)(deadline - click),
                                                  .delay = known ? (float)delay : INFINITY,
                                                  .row = (uint32_t)i,
                                                  .label = known,
                                                  .kind = STREAM_DEADLINE,
                                                  .early = delay <= deadline - click};
    }
}

double delay_stream_elapsed(StreamRule rule, StreamWindows windows, double click)
{
    return entry_time(rule.entry, windows, click) - click;
}

void delay_stream_free(DelayStream *stream)
{
    free(stream->row);
    *stream = (DelayStream){0};
}
