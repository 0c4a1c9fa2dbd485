/* Ratings as they were given, on a scale of whole numbers: what a matrix of users and items is completed
 * from. Elsewhere a rating is only whether it reaches the threshold of its layout (load.h). */
#pragma once

#include "sim/data/reader.h"

enum { HIGHEST_RATING = 5 };

typedef struct Ratings {
    uint32_t users, items; /* the highest ids */
    size_t rows;
    uint32_t *user, *item; /* from 0: one less than in the file */
    uint8_t *rating;       /* 1 to HIGHEST_RATING */
} Ratings;

/* Reads the log of a layout of ratings from a folder, the columns by the layout's own names. Ids are whole
 * numbers from 1. STATUS_FAILED when the file cannot be read, STATUS_USAGE with file and line when it is
 * malformed. Free with ratings_free. */
Status ratings_read(Ratings *ratings, const Layout *layout, const char *folder, Message *message);
void ratings_free(Ratings *ratings);
