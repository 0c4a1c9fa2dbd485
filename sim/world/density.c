/* The grid of a density: its size from the range of the rows, their shares by Lagrange's formula, block by
 * block, and the points that have got a weight. */
#include "sim/world/density.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES = 8, BELOW = 3, BLOCK = 256, MOST_CELLS = 1 << 20 };

static const double step = 0.125;

/* One axis: grid points first, first + step, ... The axis of rows without a second number is one point. */
typedef struct DensityAxis {
    const double *of; /* the rows' numbers; NULL: 0 */
    double first;
    int points;
} DensityAxis;

/* A block of rows on an axis: the first of the grid points about each, and their shares. */
typedef struct AxisBlock {
    int point[BLOCK];
    double share[SHARES][BLOCK];
} AxisBlock;

/* An axis that holds all rows with the points about them; more than MOST_CELLS points where it would be
 * longer than that, or where a number is not finite. */
static DensityAxis density_axis(int rows, const double *of)
{
    if (!of)
        return (DensityAxis){.points = 1};
    double low = of[0], high = of[0];
    for (int i = 1; i < rows; i++) {
        low = of[i] < low ? of[i] : low;
        high = of[i] > high ? of[i] : high;
    }
    double cells = floor(high / step) - floor(low / step) + SHARES;
    return (DensityAxis){.of = of,
                         .first = (floor(low / step) - BELOW) * step,
                         .points = cells <= MOST_CELLS ? (int)cells : MOST_CELLS + 1};
}

/* With t in [0, 1) the place of a row between its two neighbours, the share of point k is the product over
 * the other points j of (t - j) / (k - j), k and j from -3 to 4. */
static void axis_block(const DensityAxis *axis, int first, int rows, AxisBlock *block)
{
    static const double scale[SHARES] = {-1.0 / 5040, 1.0 / 720, -1.0 / 240, 1.0 / 144,
                                         -1.0 / 144,  1.0 / 240, -1.0 / 720, 1.0 / 5040};
    double t[BLOCK], product[BLOCK];
    assert(axis->of);
    for (int i = 0; i < rows; i++) {
        double place = (axis->of[first + i] - axis->first) / step, cell = floor(place);
        block->point[i] = (int)cell - BELOW;
        t[i] = place - cell;
        product[i] = 1;
    }
    for (int k = 0; k < SHARES; k++)
        for (int i = 0; i < rows; i++) {
            block->share[k][i] = scale[k] * product[i];
            product[i] *= t[i] - (k - BELOW);
        }
    for (int i = 0; i < rows; i++)
        product[i] = 1;
    for (int k = SHARES - 1; k >= 0; k--)
        for (int i = 0; i < rows; i++) {
            block->share[k][i] *= product[i];
            product[i] *= t[i] - (k - BELOW);
        }
}

static void spread_line(const AxisBlock *x, int rows, const double *weight, double *grid)
{
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < SHARES; k++)
            grid[x->point[i] + k] += weight[i] * x->share[k][i];
}

static void spread_plane(const AxisBlock *x, const AxisBlock *y, int rows, const double *weight, int columns,
                         double *grid)
{
    for (int i = 0; i < rows; i++) {
        double along[SHARES];
        for (int k = 0; k < SHARES; k++)
            along[k] = x->share[k][i];
        for (int j = 0; j < SHARES; j++) {
            double *to = grid + (ptrdiff_t)(y->point[i] + j) * columns + x->point[i];
            double part = weight[i] * y->share[j][i];
            for (int k = 0; k < SHARES; k++)
                to[k] += part * along[k];
        }
    }
}

/* Adds the weights of all rows to the grid, a row of it for each point of y. */
static void spread(const DensityRows *rows, const DensityAxis *x, const DensityAxis *y, double *grid)
{
    AxisBlock of_x, of_y;
    double weight[BLOCK];
    for (int first = 0; first < rows->rows; first += BLOCK) {
        int count = rows->rows - first < BLOCK ? rows->rows - first : BLOCK;
        for (int i = 0; i < count; i++)
            weight[i] = rows->weight ? rows->weight[first + i] : 1.0 / rows->rows;
        axis_block(x, first, count, &of_x);
        if (!y->of) {
            spread_line(&of_x, count, weight, grid);
            continue;
        }
        axis_block(y, first, count, &of_y);
        spread_plane(&of_x, &of_y, count, weight, x->points, grid);
    }
}

static Status density_allocate(Density *density, int points, Message *message)
{
    assert(points > 0);
    *density = (Density){.points = points, .x = malloc(3 * (size_t)points * sizeof *density->x)};
    if (!density->x)
        return fail_memory(message, "the calibration of a world");
    density->y = density->x + points;
    density->weight = density->y + points;
    return STATUS_OK;
}

static Status take_rows(Density *density, const DensityRows *rows, Message *message)
{
    Status status = density_allocate(density, rows->rows, message);
    for (int i = 0; !status && i < rows->rows; i++) {
        density->x[i] = rows->x[i];
        density->y[i] = rows->y ? rows->y[i] : 0;
        density->weight[i] = rows->weight ? rows->weight[i] : 1.0 / rows->rows;
    }
    return status;
}

static Status take_grid(Density *density, const DensityAxis *x, const DensityAxis *y, int points,
                        const double *grid, Message *message)
{
    Status status = density_allocate(density, points, message);
    for (int j = 0, i = 0; !status && j < y->points; j++)
        for (int k = 0; k < x->points; k++) {
            double weight = grid[(ptrdiff_t)j * x->points + k];
            if (weight == 0)
                continue;
            density->x[i] = x->first + k * step;
            density->y[i] = y->of ? y->first + j * step : 0;
            density->weight[i++] = weight;
        }
    return status;
}

Status density_create(Density *density, const DensityRows *rows, Message *message)
{
    *density = (Density){0};
    DensityAxis x = density_axis(rows->rows, rows->x), y = density_axis(rows->rows, rows->y);
    const long cells = (long)x.points * y.points;
    if (cells > MOST_CELLS)
        return take_rows(density, rows, message);
    double *grid = calloc((size_t)cells, sizeof *grid);
    if (!grid)
        return fail_memory(message, "the calibration of a world");
    spread(rows, &x, &y, grid);
    int points = 0;
    for (long i = 0; i < cells; i++)
        points += grid[i] != 0;
    Status status = points > rows->rows ? take_rows(density, rows, message)
                                        : take_grid(density, &x, &y, points, grid, message);
    free(grid);
    return status;
}

void density_free(Density *density)
{
    free(density->x); /* one allocation */
    *density = (Density){0};
}
