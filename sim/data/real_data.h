/* Real data with a test set, as logs: what every reader of a data set makes. */
#pragma once

#include "sim/base/random.h"
#include "sim/data/log_file.h"

typedef struct RealData {
    Log log; /* what users did of their own choice */
    LogFile
        *file; /* the same where it is not held in memory, and `log` is its columns without rows; else NULL */
    Log unbiased; /* randomly shown items, all clicked: the unbiased sample; may have no rows */
    Log test;     /* what is scored. The rest of the randomly shown items where there are some, else rows that
                     were held out of the log. Where click is 1, conversion is the label */
    uint32_t *group; /* of the test rows: the list that each was shown in; NULL: its user */
    char *names;     /* the memory of the schema's names; NULL where they are static */
} RealData;

void real_data_free(RealData *data);

/* Marks with 1 which of `rows` randomly shown items are the unbiased sample: a share in [0, 1), drawn from
 * the stream "unbiased" of `key`; *unbiased of them. free(*mark). STATUS_USAGE when the share does not leave
 * both parts some. */
Status mark_unbiased(uint8_t **mark, size_t *unbiased, size_t rows, double share, const StreamKey *key,
                     Message *message);
