/* Real data with a test set, as logs: what every reader of a data set makes. */
#pragma once

#include "sim/base/random.h"
#include "sim/data/log_file.h"

/* What the test rows of real data are. */
typedef enum RealTest {
    REAL_TEST_HELD,   /* held out of the log, or published beside it: as biased as it is */
    REAL_TEST_RANDOM, /* items shown at random, and clicked by choice */
    REAL_TEST_FORCED, /* items shown at random, the outcome of each known: click is 1 in all */
} RealTest;

typedef struct RealData {
    Log log; /* what users did of their own choice; weights, where rows have some, have the mean 1 */
    /* The same where it is not held in memory, and `log` is its columns without rows; else NULL. */
    LogFile *file;
    Log unbiased; /* randomly shown items, all clicked, by force unless LoadOptions.random_clicks: the
                     unbiased sample; may have no rows */
    Log test;     /* what is scored. The rest of the randomly shown items where there are some, else rows that
                     were held out of the log. Where click is 1, conversion is the label */
    RealTest kind;     /* of the test */
    uint32_t *group;   /* of the test rows: the list that each was shown in; NULL: its user */
    float *propensity; /* of the rows of the log: with what probability each would be clicked, as it was
                          logged, in (0, 1]; NULL without columns.propensity */
    Bags *bags[MAX_CATEGORICAL]; /* the memory of the schema's bags; NULL where there are none */
    char *names;                 /* the memory of the schema's names; NULL where they are static */
    char *unread;     /* names of columns of the files that are none of these, comma-separated; or NULL */
    size_t unclicked; /* conversions without a click in what was read: no labels, and 0 in the logs */
} RealData;

/* What such rows are, for whoever reads of them: "held out of the log", ... */
const char *real_test_text(RealTest kind);

void real_data_free(RealData *data);

/* Marks with 1 which of `rows` randomly shown items are the unbiased sample: a share in [0, 1), drawn from
 * the stream "unbiased" of `key`; *unbiased of them. free(*mark). STATUS_USAGE when the share does not leave
 * both parts some. */
Status mark_unbiased(uint8_t **mark, size_t *unbiased, size_t rows, double share, const StreamKey *key,
                     Message *message);
