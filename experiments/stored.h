/* Which test exposures the store keeps predictions of: all of them, or a few at random where there are too
 * many to keep. Metrics are of all in any case. */
#pragma once

#include "results/store.h"
#include "sim/random.h"

#include <stdint.h>

typedef struct Stored {
    TestSet set;   /* of those that are kept */
    uint32_t *row; /* set.rows places among all, ascending; NULL where all are kept */
    double *truth; /* the memory of the set's truth, where not all are kept; likewise its clicks */
    uint8_t *click;
} Stored;

/* Of `all` test exposures, which must outlive it; `most` is 0 for no limit. The same exposures for equal
 * keys. Free with stored_free. */
Status stored_create(Stored *stored, const TestSet *all, int64_t most, const StreamKey *key,
                     Message *message);
void stored_free(Stored *stored);

/* The predictions that are kept: of `all` of them, or gathered into `memory` of set.rows. */
const float *stored_predictions(const Stored *stored, const float *all, float *memory);
