/* The test exposures whose predictions the store keeps: all of them, or some at random where there are too
 * many to keep. Metrics are computed over all in any case. */
#pragma once

#include "results/store/store.h"
#include "sim/base/random.h"

#include <stdint.h>

typedef struct TestSubset {
    TestSet set;   /* of those that are kept */
    uint32_t *row; /* set.rows places among all, ascending; NULL where all are kept */
    double *truth; /* the memory of the set's truth, where not all are kept; likewise its clicks */
    uint8_t *click;
} TestSubset;

/* Of `all` test exposures, which must outlive it; `most` is 0 for no limit. The same exposures for equal
 * keys. Free with test_subset_free. */
Status test_subset_create(TestSubset *stored, const TestSet *all, int64_t most, const StreamKey *key,
                          Message *message);
void test_subset_free(TestSubset *stored);

/* The predictions that are kept: of `all` of them, or gathered into `memory` of set.rows. */
const float *test_subset_predictions(const TestSubset *stored, const float *all, float *memory);
