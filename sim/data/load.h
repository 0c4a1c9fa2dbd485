/* Data of any layout, in memory and shared out for training. */
#pragma once

#include "sim/data/reader.h"
#include "sim/data/real_data.h"

/* Which pairs of user and item are exposures, where data are ratings. */
typedef enum PairSpace {
    PAIRS_ALL,    /* of every user and item */
    PAIRS_TESTED, /* of those that have been shown at random */
} PairSpace;

/* What decides which rows of the log are held out as its test. */
typedef enum TestBy {
    TEST_BY_ROWS,  /* a draw a row */
    TEST_BY_USERS, /* a draw a user: the test has all rows of its users */
    TEST_BY_TIME,  /* the latest rows; those of one time stay together */
} TestBy;

typedef struct LoadOptions {
    ReaderOptions reader;
    double unbiased_share; /* of the rows shown at random whose outcomes were forced, in [0, 1) */
    /* Also of those that users clicked by choice (PART_RANDOM, or PART_UNBIASED that is not all clicks): then
     * data->unbiased is the clicked ones of the share. Such clicks are free of the policy's choice of items,
     * and not of the users' choice of clicks. */
    bool random_clicks;
    PairSpace pairs;
    bool log_in_file; /* the rows of PART_LOG go to data->file, and data->log has none */
    bool log_let_go;  /* data->log lies in a temporary file, for log_let_go() */
    /* Of the exposures of the log, in [0, 1), that become PART_TEST; the draws are from the stream "test" of
     * the key. */
    double test_share;
    TestBy test_by;
    bool test_optional; /* data->test may have no rows */
    double cut;    /* the log is as it was known at this time (log_times.h), in its unit; 0: at its end */
    double window; /* attribution window in days: a later conversion is none; 0: not known */
} LoadOptions;

/* Reads all files of a layout. data->log has the rows of PART_LOG; where the layout is ratings, every pair of
 * user and item, user by user, and a pair that is rated is a click (converted if any of its ratings is).
 * Where a layout's log was published without the pairs of PART_UNBIASED, as that of KuaiRec, and none of them
 * is rated in it, these pairs are no exposures of it.
 * data->test is the rest of PART_UNBIASED or PART_RANDOM, or where there is none the rows of PART_TEST. Of
 * ratings a share is held out of these pairs, rated or not. Dense columns come to mean 0 and variance 1 in
 * the log, and a missing value to 0, its mean. A log in a file has no ratings. A layout that is read whole
 * has rules of its own (coat_read in reader_internal.h).
 *
 * With a window the test has no clicks whose window is still open at the end of the data, the latest time in
 * it. A cut is of the log alone, once the test is held out of it.
 *
 * As reader_open and reader_next fail, and STATUS_USAGE when the log has no rows, or the test unless that is
 * optional, there are rows of both PART_UNBIASED and
 * PART_RANDOM, or ratings are to have
 * propensities, or a share is to be held out beside other test rows. Free with real_data_free. */
Status load_real_data(RealData *data, const Layout *layout, const char *path, const LoadOptions *options,
                      const StreamKey *key, Message *message);
