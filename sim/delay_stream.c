/* Streams of clicks with the labels of the time. What is known is decided in one place, known_label. Before
 * the first step the log is gone through twice, to know how much memory the steps need. */
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

static bool is_before(const StreamRow *x, const StreamRow *y)
{
    if (x->time != y->time)
        return x->time < y->time;
    return x->row != y->row ? x->row < y->row : x->kind < y->kind;
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

double stream_step_end(const StreamSteps *steps, size_t k)
{
    return k + 1 < stream_step_count(steps) ? steps->from + (double)(k + 1) * steps->step : steps->to;
}

size_t stream_step_count(const StreamSteps *steps)
{
    const double count = ceil((steps->to - steps->from) / steps->step);
    return isfinite(count) && count > 1 ? (size_t)count : 1;
}

/* The step of a time in them. */
static size_t step_of(const StreamSteps *steps, double time)
{
    const size_t count = stream_step_count(steps);
    size_t k = 0;
    if (count > 1) { /* rounding of the division is not that of the ends */
        k = (size_t)((time - steps->from) / steps->step);
        k = k < count ? k : count - 1;
        while (k > 0 && time < stream_step_end(steps, k - 1))
            k--;
        while (k + 1 < count && time >= stream_step_end(steps, k))
            k++;
    }
    return k;
}

/* The rows of a row of the log that come within the steps; returns their number. */
static int rows_within(const DelayStream *stream, size_t i, StreamRow row[2])
{
    int within = 0;
    if (!stream->log->click[i])
        return 0;
    const StreamClick click = click_of(stream->log, i, stream->windows);
    const int rows = rows_of(&click, stream->rule, row);
    for (int k = 0; k < rows; k++)
        if (row[k].time >= stream->steps.from && row[k].time < stream->steps.to)
            row[within++] = row[k];
    return within;
}

/* How far each step has to read: a later one at least as far as the one before. */
static void find_reach(DelayStream *stream)
{
    for (size_t i = 0; i < stream->log->x.rows; i++) {
        StreamRow row[2];
        const int rows = rows_within(stream, i, row);
        for (int r = 0; r < rows; r++) {
            size_t *reach = &stream->reach[step_of(&stream->steps, row[r].time)];
            *reach = i + 1;
        }
        log_passed(stream->log, i);
    }
    for (size_t k = 1; k < stream->count; k++)
        if (stream->reach[k] < stream->reach[k - 1])
            stream->reach[k] = stream->reach[k - 1];
}

/* The most rows of a step, and the most that are pending: those that were read and have not come. `read` and
 * `due` have a place a step, of zeros. */
static size_t find_room(DelayStream *stream, size_t *read, size_t *due)
{
    size_t step = 0, pending = 0, most = 0;
    for (size_t i = 0; i < stream->reach[stream->count - 1]; i++) {
        StreamRow row[2];
        const int rows = rows_within(stream, i, row);
        while (i >= stream->reach[step])
            step++;
        read[step] += (size_t)rows;
        for (int r = 0; r < rows; r++)
            due[step_of(&stream->steps, row[r].time)]++;
        log_passed(stream->log, i);
    }
    for (size_t k = 0; k < stream->count; k++) {
        pending += read[k];
        most = pending > most ? pending : most;
        pending -= due[k];
        stream->most = due[k] > stream->most ? due[k] : stream->most;
    }
    return most;
}

Status delay_stream_open(DelayStream *stream, const Log *log, StreamRule rule, StreamWindows windows,
                         const StreamSteps *steps, Message *message)
{
    *stream = (DelayStream){.log = log, .rule = rule, .windows = windows, .steps = *steps};
    stream->count = stream_step_count(steps);
    stream->reach = calloc(stream->count, sizeof *stream->reach);
    size_t *read = calloc(2 * stream->count, sizeof *read);
    if (stream->reach && read) {
        find_reach(stream);
        stream->pending = calloc(find_room(stream, read, read + stream->count) + 1, sizeof *stream->pending);
        stream->row = calloc(stream->most + 1, sizeof *stream->row);
        log_let_go(log);
    }
    free(read);
    if (stream->pending && stream->row)
        return STATUS_OK;
    delay_stream_free(stream);
    return fail_memory(message, "the stream of clicks");
}

static void push(DelayStream *stream, const StreamRow *row)
{
    StreamRow *heap = stream->pending;
    size_t at = stream->pendings++;
    while (at > 0 && is_before(row, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = *row;
}

/* Takes the first row out of the heap; the last one finds its place from the top. */
static StreamRow pop(DelayStream *stream)
{
    StreamRow *heap = stream->pending;
    const StreamRow first = heap[0], last = heap[--stream->pendings];
    size_t at = 0, below = 1;
    while (below < stream->pendings) {
        if (below + 1 < stream->pendings && is_before(&heap[below + 1], &heap[below]))
            below++;
        if (!is_before(&heap[below], &last))
            break;
        heap[at] = heap[below];
        at = below;
        below = 2 * at + 1;
    }
    heap[at] = last;
    return first;
}

void delay_stream_next(DelayStream *stream)
{
    const size_t step = stream->next++;
    const double end = stream_step_end(&stream->steps, step);
    for (; stream->read < stream->reach[step]; stream->read++) {
        StreamRow row[2];
        const int rows = rows_within(stream, stream->read, row);
        for (int k = 0; k < rows; k++)
            push(stream, &row[k]);
        log_passed(stream->log, stream->read);
    }
    stream->rows = 0;
    while (stream->pendings && stream->pending[0].time < end)
        stream->row[stream->rows++] = pop(stream);
}

Status delay_stream_create(DelayStream *stream, const Log *log, StreamRule rule, StreamWindows windows,
                           double from, double to, Message *message)
{
    Status status =
        delay_stream_open(stream, log, rule, windows, &(StreamSteps){from, to, HUGE_VAL}, message);
    if (status)
        return status;
    delay_stream_next(stream);
    free(stream->pending);
    stream->pending = NULL;
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
        log_passed(log, i);
        if (!log->click[i] || log->delays->click_time[i] >= time)
            continue;
        const StreamClick click = click_of(log, i, windows);
        const double seen = entry == ENTRY_FUTURE ? HUGE_VAL : time - click.time;
        stream->row[stream->rows++] =
            row_at(&click, time, STREAM_FIRST, isfinite(click.delay) && click.delay <= seen);
    }
    stream->most = stream->rows;
    return STATUS_OK;
}

Status delay_stream_add_deadline(DelayStream *stream, const Log *log, StreamWindows windows, double deadline,
                                 double now, Message *message)
{
    size_t clicks = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        clicks += log->click[i] && log->delays->click_time[i] < deadline;
        log_passed(log, i);
    }
    StreamRow *row = realloc(stream->row, (stream->rows + clicks + 1) * sizeof *row);
    if (!row)
        return fail_memory(message, "the clicks before a deadline");
    stream->row = row;
    for (size_t i = 0; i < log->x.rows; i++) {
        log_passed(log, i);
        if (!log->click[i] || log->delays->click_time[i] >= deadline)
            continue;
        const StreamClick click = click_of(log, i, windows);
        const bool known = click.delay <= now - click.time;
        row[stream->rows++] = (StreamRow){.time = deadline,
                                          .elapsed = (float)(deadline - click.time),
                                          .delay = known ? (float)click.delay : INFINITY,
                                          .row = (uint32_t)i,
                                          .label = known,
                                          .kind = STREAM_DEADLINE,
                                          .early = click.delay <= deadline - click.time};
    }
    stream->most = stream->rows;
    return STATUS_OK;
}

double delay_stream_elapsed(StreamRule rule, StreamWindows windows, double click)
{
    return entry_time(rule.entry, windows, click) - click;
}

void delay_stream_free(DelayStream *stream)
{
    free(stream->row);
    free(stream->pending);
    free(stream->reach);
    *stream = (DelayStream){0};
}
