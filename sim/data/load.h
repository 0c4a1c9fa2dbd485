/* Data of any layout, in memory and shared out for training. */
#pragma once

#include "sim/data/reader.h"
#include "sim/data/real_data.h"

/* Which pairs of user and item are exposures, where data are ratings. */
typedef enum PairSpace {
    PAIRS_ALL,    /* of every user and item */
    PAIRS_TESTED, /* of those that have been shown at random */
} PairSpace;

typedef struct LoadOptions {
    ReaderOptions reader;
    /* Of the rows of PART_UNBIASED, in [0, 1); what is clicked of it is data->unbiased. */
    double unbiased_share;
    PairSpace pairs;
    bool log_in_file; /* the rows of PART_LOG go to data->file, and data->log has none */
} LoadOptions;

/* Reads all files of a layout. data->log has the rows of PART_LOG; where the layout is ratings, every pair of
 * user and item, user by user, and a pair that is rated is a click (converted if any of its ratings is).
 * data->test is the rest of PART_UNBIASED, or where there is none the rows of PART_TEST. Dense columns come
 * to mean 0 and variance 1 in the log, and a missing value to 0, its mean. A log in a file has no ratings. A
 * layout that is read whole has rules of its own (coat_read in reader_internal.h).
 *
 * As reader_open and reader_next fail, and STATUS_USAGE when the log or the test has no rows. Free with
 * real_data_free. */
Status load_real_data(RealData *data, const Layout *layout, const char *path, const LoadOptions *options,
                      const StreamKey *key, Message *message);
