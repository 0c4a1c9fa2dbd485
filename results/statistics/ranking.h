/* Orders of rows by prediction, and bins of them: what ranking metrics and calibration share. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Row indices by prediction, which is not negative, lowest first. Equal predictions keep the order of the
 * rows. NULL when out of memory; free() it. At most 2^32 - 1 rows. */
uint32_t *rank_by_prediction(const float *prediction, size_t rows);

/* Row indices by user and, within a user, by prediction, highest first. */
uint32_t *rank_by_user(const float *prediction, const uint32_t *user, size_t rows);

/* Both, each NULL until it is asked for. Zero at first; free with orders_clear. */
typedef struct Orders {
    uint32_t *by_prediction, *by_user;
} Orders;
void orders_clear(Orders *orders);

/* One past the last place of the run of equal predictions that starts at place `first` of `order`. */
size_t tie_end(const float *prediction, const uint32_t *order, size_t first, size_t rows);

typedef struct Bin {
    size_t rows;               /* 0 when there are fewer rows than bins */
    double prediction, target; /* means */
} Bin;

/* Cuts the rows, in their order by prediction, into `bins` bins of equal count. Rows with equal predictions
 * share their mean target, so that a tie across an edge does not depend on the order of the rows. */
void equal_count_bins(const float *prediction, const double *target, const uint32_t *order, size_t rows,
                      Bin *bin, size_t bins);
