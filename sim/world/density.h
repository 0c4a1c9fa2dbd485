/* A sample put together on a regular grid, for means of smooth functions over it: each row's weight goes to
 * the grid points about it, in the shares with which an interpolation polynomial would take a function's
 * values from there. For files of sim/world alone. */
#pragma once

#include "sim/base/status.h"

/* Rows of one number, or of two. */
typedef struct DensityRows {
    int rows;
    const double *x, *y;  /* y is NULL for rows of one number */
    const double *weight; /* NULL: each row has the weight 1 / rows */
} DensityRows;

typedef struct Density {
    int points;
    double *x, *y;  /* y is 0 where the rows have one number */
    double *weight; /* may be negative */
} Density;

/* The sum of weight times g over the points is the weighted sum of g over the rows, but for the error of
 * interpolation of degree 7 at steps of 1/8: for g a sigmoid of slope 1, 2e-10 at most. The points are at
 * most as many as the rows: where the grid would have more, they are the rows. Free with density_free. */
Status density_create(Density *density, const DensityRows *rows, Message *message);
void density_free(Density *density);
