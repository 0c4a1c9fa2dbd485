/* MovieLens-100K (Harper and Konstan, TiiS 2015): users rated movies of their own choice from 1 to 5. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { HIGHEST_RATING = 5 };

typedef struct Ratings {
    uint32_t users, items; /* the highest ids */
    size_t rows;
    uint32_t *user, *item; /* from 0 */
    uint8_t *rating;       /* 1 to HIGHEST_RATING */
} Ratings;

/* Reads u.data from a folder: a line a rating, "user item rating timestamp" between tabs, ids from 1.
 * STATUS_FAILED when it cannot be read, STATUS_USAGE with file and line when it is malformed. Free with
 * ratings_free. */
Status movielens_read(Ratings *ratings, const char *folder, Message *message);
void ratings_free(Ratings *ratings);
