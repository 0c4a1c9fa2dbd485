/* What a model that learns from conversions as they come in is trained on: clicks with the label that they
 * have at the time, some of them again once more is known. Every published method is a rule of when clicks
 * enter, with what label, and when they enter again. Times are days from the log's begin. */
#pragma once

#include "sim/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When a click is first trained on. */
typedef enum StreamEntry {
    ENTRY_CLICK,    /* at once, with label 0: nothing is known */
    ENTRY_HOUR,     /* at the end of its hour, with what is known by then */
    ENTRY_OBSERVED, /* once the observation window has passed, with what it has seen */
    ENTRY_CLOSED,   /* once the attribution window has passed, with the true label */
    ENTRY_FUTURE,   /* at once, with the true label, which nobody knows by then: the best that could be had */
} StreamEntry;

/* What enters again; flags. */
typedef enum StreamAgain {
    AGAIN_DELAYED = 1 << 0,   /* a conversion that was not seen at the entry, when it comes, with label 1 */
    AGAIN_IMMEDIATE = 1 << 1, /* one that was, as soon as it is seen, with label 1 */
    AGAIN_NEGATIVE = 1 << 2,  /* a click without conversion, once its attribution window has passed, with
                                 label 0 */
} StreamAgain;

typedef struct StreamRule {
    StreamEntry entry;
    unsigned again; /* of StreamAgain */
} StreamRule;

/* Which kind of row it is: methods weigh them differently. */
typedef enum StreamKind {
    STREAM_FIRST,
    STREAM_DELAYED,
    STREAM_IMMEDIATE,
    STREAM_NEGATIVE,
    STREAM_DEADLINE
} StreamKind;

typedef struct StreamRow {
    double time;   /* when it is trained on */
    float elapsed; /* days since its click */
    float delay;   /* days from click to conversion, as far as it is known by then; else INFINITY */
    uint32_t row;  /* of the log */
    uint8_t label, kind;
    bool early; /* its conversion is known, and came within the observation window; of STREAM_DEADLINE by the
                   deadline */
} StreamRow;

/* In days, 0 <= observation <= attribution: a conversion later than the attribution window is none. */
typedef struct StreamWindows {
    double observation, attribution;
} StreamWindows;

/* The time of a stream: [from, to) in days, of which `step` come at a time. */
typedef struct StreamSteps {
    double from, to, step;
} StreamSteps;

/* The end of step k, from 0 on; of the last one it is `to`. */
double stream_step_end(const StreamSteps *steps, size_t k);
/* How many there are, at least 1; one where `from` or `step` is infinite. */
size_t stream_step_count(const StreamSteps *steps);

/* The rows of one step. Rows of later ones are kept from the click on, so that the log is read from its begin
 * to its end: where its rows are in the order of their days, no more than the rows of an attribution window
 * and a day is in memory. */
typedef struct DelayStream {
    StreamRow *row; /* of the step, by time; equal times by row of the log, then by kind */
    size_t rows;
    size_t most; /* rows that a step has at most */
    const Log *log;
    StreamRule rule;
    StreamWindows windows;
    StreamSteps steps;
    StreamRow *pending; /* a heap by the same order */
    size_t pendings;
    size_t *reach; /* a step: the row of the log up to which it has to be read */
    size_t count, next, read;
} DelayStream;

/* The rows at times of the steps of the clicks of a log with times, whenever these were: a stream has the
 * rows of each kind from its begin on in the shares in which they come. It is before its first step, without
 * rows. The log has to outlive it. Free it with delay_stream_free. */
Status delay_stream_open(DelayStream *stream, const Log *log, StreamRule rule, StreamWindows windows,
                         const StreamSteps *steps, Message *message);

/* Moves to the next step, of which there has to be one. Allocates nothing. */
void delay_stream_next(DelayStream *stream);

/* The same with all rows in [from, to) in one step, which it is at. */
Status delay_stream_create(DelayStream *stream, const Log *log, StreamRule rule, StreamWindows windows,
                           double from, double to, Message *message);

/* In place of a stream the log as it is known at a time: the clicks before it, each once, with the label that
 * is known of it by then; for ENTRY_CLOSED those alone whose attribution window has closed, for ENTRY_FUTURE
 * with true labels. By row, of ENTRY_CLOSED by the time of closing. */
Status delay_stream_cut(DelayStream *stream, const Log *log, StreamEntry entry, StreamWindows windows,
                        double time, Message *message);
/* Adds to the rows of a stream, at most one a click, in no order, those of a counterfactual deadline: the
 * clicks before it, as they were at the deadline (time, elapsed), with what has come by `now` (label,
 * delay). */
Status delay_stream_add_deadline(DelayStream *stream, const Log *log, StreamWindows windows, double deadline,
                                 double now, Message *message);

/* Days from a click at a time to its first row. */
double delay_stream_elapsed(StreamRule rule, StreamWindows windows, double click);

void delay_stream_free(DelayStream *stream);
