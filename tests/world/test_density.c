/* Means of smooth functions over a density against those over the rows themselves. */
#include "sim/world/density.h"

#include "sim/base/draw.h"
#include "sim/base/random.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 20000 };

typedef double (*Smooth)(double x, double y);

static double sigmoid(double x, double y)
{
    (void)y;
    return 1 / (1 + exp(-x + 1));
}

static double sigmoid_of_sigmoid(double x, double y)
{
    return 1 / (1 + exp(-x - sigmoid(y, 0)));
}

static double x[ROWS], y[ROWS], weight[ROWS];

static void draw_rows(double spread)
{
    gsl_rng *stream = stream_open(&(StreamKey){.setting = ""}, "density");
    double total = 0;
    for (int i = 0; i < ROWS; i++) {
        x[i] = draw_normal(stream, spread);
        y[i] = draw_normal(stream, spread) + x[i] / 2;
        total += weight[i] = gsl_rng_uniform(stream);
    }
    for (int i = 0; i < ROWS; i++)
        weight[i] /= total;
    gsl_rng_free(stream);
}

/* Returns the number of points. */
static int means_agree(const DensityRows *rows, Smooth g, double within)
{
    Density density;
    double of_rows = 0, of_points = 0;
    OK(density_create(&density, rows, message));
    for (int i = 0; i < rows->rows; i++)
        of_rows +=
            (rows->weight ? rows->weight[i] : 1.0 / rows->rows) * g(rows->x[i], rows->y ? rows->y[i] : 0);
    for (int i = 0; i < density.points; i++)
        of_points += density.weight[i] * g(density.x[i], density.y[i]);
    assert_true(fabs(of_points - of_rows) <= within);
    int points = density.points;
    density_free(&density);
    return points;
}

/* 2e-10 is the limit of one row, which the mean cannot exceed; sums of 20,000 terms round by some 1e-15. */
static void a_line_has_the_means_of_its_rows(void **state)
{
    (void)state;
    draw_rows(1.5);
    assert_true(means_agree(&(DensityRows){ROWS, x, NULL, NULL}, sigmoid, 2e-10) < 200);
    assert_true(means_agree(&(DensityRows){ROWS, x, NULL, weight}, sigmoid, 2e-10) < 200);
    assert_true(means_agree(&(DensityRows){1, x, NULL, NULL}, sigmoid, 2e-10) == 1);
}

/* Twice the limit: of either number. */
static void a_plane_has_the_means_of_its_rows(void **state)
{
    (void)state;
    draw_rows(0.7);
    assert_true(means_agree(&(DensityRows){ROWS, x, y, NULL}, sigmoid_of_sigmoid, 4e-10) < ROWS / 4);
    assert_true(means_agree(&(DensityRows){ROWS, x, y, weight}, sigmoid_of_sigmoid, 4e-10) < ROWS / 4);
}

/* Where the grid would be the larger one, the points are the rows. */
static void rows_far_apart_stay_as_they_are(void **state)
{
    (void)state;
    draw_rows(500);
    assert_int_equal(means_agree(&(DensityRows){ROWS, x, y, weight}, sigmoid_of_sigmoid, 1e-12), ROWS);
    draw_rows(1e9);
    assert_int_equal(means_agree(&(DensityRows){ROWS, x, NULL, NULL}, sigmoid, 1e-12), ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_the_means_of_its_rows),
        cmocka_unit_test(a_plane_has_the_means_of_its_rows),
        cmocka_unit_test(rows_far_apart_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
