/* What is trained on where a log is streamed that comes part after part and is not held whole: all exposures
 * of the time whose clicks are closed, and the clicks by day, each a log in a file. */
#pragma once

#include "sim/log.h"

#include <stdbool.h>

typedef struct StreamedRule {
    double from;    /* when the stream begins; what comes before it is together, as if it were one day, */
    int days;       /* and what comes later than these is of the last one */
    double closed;  /* before `from`: of earlier exposures the clicks are closed when the stream begins */
    bool exposures; /* all of them are streamed, and not only the clicks */
    bool numbered;  /* rows of the parts know where they come from */
} StreamedRule;

typedef struct StreamedLog StreamedLog;

/* For rows with the columns of `like`. Free with streamed_log_free. */
Status streamed_log_create(StreamedLog **streamed, const Log *like, const StreamedRule *rule,
                           Message *message);
void streamed_log_free(StreamedLog *streamed);

/* Adds rows. They are written to a temporary file. */
Status streamed_log_add(StreamedLog *streamed, const Log *rows, Message *message);

/* A part of what was added. */
typedef struct StreamedPart {
    Log log;
    uint32_t *origin; /* of each row: its number among all that were added; NULL unless asked for */
} StreamedPart;

/* Makes both parts of all that was added, once. `closed` has its rows in the order in which they were added;
 * those of a day of `stream` are together, in that order. Free with streamed_part_free. */
Status streamed_log_take(StreamedLog *streamed, StreamedPart *closed, StreamedPart *stream, Message *message);
void streamed_part_free(StreamedPart *part);
