/* What loading keeps until its data are whole; for load.c and rating_pairs.c alone. */
#pragma once

#include "sim/data/column_counts.h"
#include "sim/data/reader_internal.h"

/* PartRows of one part, which grow. */
typedef struct PartRows {
    Log log;
    uint32_t *group;   /* NULL without groups */
    double *time;      /* NULL without times */
    float *propensity; /* NULL without propensities */
    size_t room;
    bool in_file; /* the log is made by log_create_in_file() */
} PartRows;

/* The rows that were read, by part. */
typedef struct LoadedParts {
    PartRows part[PARTS];
    size_t expected; /* about how many rows there are; memory that is not filled costs nothing */
    LogFile *file;   /* where those of PART_LOG go, of the data; else NULL */
    Schema schema;
    DenseCount *dense; /* of each dense column in PART_LOG, as it is read; NULL where rows leave it again */
    int side_of_id[MAX_CATEGORICAL], side_of_dense[MAX_DENSE_GROUPS]; /* as reader_side_of_id has it */
    bool sided;                            /* ratings with columns of users or of items */
    bool grouped, timed, logged, weighted; /* rows have a group, a time, a propensity, a weight */
    bool delayed;                          /* and the times of clicks and conversions */
} LoadedParts;

/* What is loaded, and how. */
typedef struct Loading {
    const Layout *layout;
    const char *path;
    LoadOptions options;
    const StreamKey *key;
} Loading;

/* The rows that were shown at random, of either kind. */
const PartRows *loaded_random_rows(const LoadedParts *parts);

/* Makes data->log of ratings: every pair of user and item, user by user, with the columns of both.
 * STATUS_USAGE where there are too many, or the log has columns of its own. */
Status rating_pairs_make(RealData *data, const LoadedParts *parts, const Loading *loading, Message *message);
