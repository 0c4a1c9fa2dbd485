/* The log that a twin is made of, read from files of any layout. */
#pragma once

#include "sim/data/reader.h"
#include "sim/log.h"

#include <stdbool.h>

typedef struct ObservedLog {
    Log log; /* rows of PART_LOG: all, or a random sample of `most`; dense columns at mean 0, variance 1 */
    size_t rows;    /* of PART_LOG in the files */
    bool tested;    /* the files have rows of other parts, which a run takes as its test */
    double ids[2];  /* users and items that there are, seen or not (chao1), of the rows of `log` */
    Reader *reader; /* holds the names of columns */
} ObservedLog;

/* As reader_open and reader_next fail, and STATUS_USAGE for a layout of ratings, which have no exposures, and
 * without rows, clicks or conversions. Free with observed_log_free, also after a failure. */
Status observed_log_read(ObservedLog *observed, const Layout *layout, const char *path,
                         const ReaderOptions *options, size_t most, Message *message);
void observed_log_free(ObservedLog *observed);

/* A new log of `most` rows of a log at random, or of all if it has no more; free with log_free. */
Status log_sample(Log *sample, const Log *log, size_t most, Message *message);

/* Marks with 1 what is of one of `groups` groups: rows by a hash of their user, or, of a log of fewer than 10
 * users a group, by that of their place. */
void log_groups(const Log *log, int groups, int *group);
