/* Adam on dense parameters and on the touched rows of tables, against algorithm 1 of its paper in double. */
#include "estimators/nn/table.h"

#include "sim/base/random.h"
#include "tests/support/support.h"

#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* Algorithm 1 of Kingma and Ba (2015), in double, on one weight. */
typedef struct Plain {
    double w, m, v;
} Plain;

static const double learning_rate = 0.01;

static void plain_adam(Plain *x, double gradient, double l2, int t)
{
    const double beta1 = 0.9;
    const double beta2 = 0.999;
    double g = gradient + l2 * x->w;
    x->m = beta1 * x->m + (1 - beta1) * g;
    x->v = beta2 * x->v + (1 - beta2) * g * g;
    double m = x->m / (1 - pow(beta1, t));
    double v = x->v / (1 - pow(beta2, t));
    x->w -= learning_rate * m / (sqrt(v) + 1e-8);
}

static AdamStep adam_step(double l2, int t)
{
    return (AdamStep){.rate = (float)(learning_rate / (1 - pow(0.9, t))),
                      .correction = (float)(1 / sqrt(1 - pow(0.999, t))),
                      .l2 = (float)l2};
}

/* Gradients have sizes from 0.7 to 1.8, with L2 on a weight up to 1.2 from 0.58 to 1.92, so that no step is
 * above 4 learning rates. After t steps the moments carry 3 t and, through the root, 2 t roundings of 2^-24
 * (a constant of the algorithm in float is one of them) and the quotient 10 more; the weight is rounded each
 * step. */
enum { TIMES = 20 };
static void near(float got, double want, int t)
{
    double bound = t * (4 * learning_rate * (5 * t + 10) + 1.2) * 0x1p-24;
    if (!(fabs((double)got - want) <= bound))
        fail_msg("after %d steps %.9g, expected %.9g +- %.1g", t, (double)got, want, bound);
}

static float draw_gradient(gsl_rng *generator)
{
    double size = gsl_ran_flat(generator, 0.7, 1.8);
    return (float)(gsl_rng_uniform(generator) < 0.3 ? -size : size);
}

static gsl_rng *open(const char *purpose)
{
    StreamKey key = {.seed = 8, .setting = ""};
    gsl_rng *generator = stream_open(&key, purpose);
    assert_non_null(generator);
    return generator;
}

/* All lengths about those of vectors; what lies behind is not touched. */
static void dense_adam_is_the_algorithm(void **state)
{
    (void)state;
    enum { MOST = 37 };
    static const double l2[] = {0, 0.1};
    gsl_rng *generator = open("dense");
    for (int n = 0; n < MOST; n++) {
        float grad[MOST];
        float w[MOST];
        float m[MOST] = {0};
        float v[MOST] = {0};
        Plain plain[MOST] = {{0, 0, 0}};
        for (int i = 0; i < MOST; i++) {
            w[i] = (float)gsl_ran_flat(generator, -1, 1);
            plain[i].w = (double)w[i];
        }
        for (int t = 1; t <= TIMES; t++) {
            AdamStep step = adam_step(l2[n % 2], t);
            for (int i = 0; i < MOST; i++)
                grad[i] = draw_gradient(generator);
            elementwise_kernels()->adam_update(n, &step, grad, w, m, v);
            for (int i = 0; i < n; i++) {
                plain_adam(&plain[i], (double)grad[i], l2[n % 2], t);
                near(w[i], plain[i].w, t);
            }
        }
        for (int i = n; i < MOST; i++)
            assert_true((double)w[i] == plain[i].w && m[i] == 0 && v[i] == 0);
    }
    gsl_rng_free(generator);
}

/* The first step is rate g / (|g| + 1e-8), whatever the size of g. Its square underflows on the way, through
 * numbers whose approximate roots are NaN on some processors. */
static void tiny_and_huge_gradients_are_safe(void **state)
{
    (void)state;
    enum { N = 128 };
    float grad[N];
    float w[N] = {0};
    float m[N] = {0};
    float v[N] = {0};
    AdamStep step = adam_step(0, 1);
    for (int i = 0; i < N; i++)
        grad[i] = (float)pow(10, 15 - 0.4 * i); /* 1e15 down to 1e-36 */
    grad[N - 1] = 0;
    elementwise_kernels()->adam_update(N, &step, grad, w, m, v);
    for (int i = 0; i < N; i++) {
        double g = (double)grad[i];
        double want = -learning_rate * g / (g + 1e-8);
        /* some ten operations, 4 ulp for the root */
        assert_true(fabs((double)w[i] - want) <= 14 * (double)FLT_EPSILON * fabs(want) + (double)FLT_MIN);
    }
}

enum { ROWS = 20, WIDTH = 5, LOOKUPS = 30 };
typedef struct Twin {
    Table table;
    Plain plain[ROWS][WIDTH];
} Twin;

static void twin_create(Twin *twin, gsl_rng *generator)
{
    OK(table_create(&twin->table, ROWS, WIDTH, LOOKUPS, message));
    memset(twin->plain, 0, sizeof twin->plain);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (int c = 0; c < WIDTH; c++) {
            float w = (float)gsl_ran_flat(generator, -1, 1);
            table_row(&twin->table, r)[c] = w;
            twin->plain[r][c].w = (double)w;
        }
    }
}

/* The gradient of a row, in as many parts as it is looked up (halves, quarters: exact), and its plain step.
 */
static void push(Twin *twin, uint32_t row, int parts, gsl_rng *generator, double l2, int t)
{
    static const float share[3][3] = {{1}, {0.5F, 0.5F}, {0.25F, 0.5F, 0.25F}};
    float total[WIDTH];
    for (int c = 0; c < WIDTH; c++) {
        total[c] = draw_gradient(generator);
        plain_adam(&twin->plain[row][c], (double)total[c], l2, t);
    }
    for (int k = 0; k < parts; k++) {
        float *grad = table_gradient(&twin->table, row);
        for (int c = 0; c < WIDTH; c++)
            grad[c] += share[parts - 1][k] * total[c];
    }
}

/* Each step touches some rows, once to three times; they move as the algorithm says, and the others keep
 * value and moments bit for bit. */
static void sparse_adam_moves_touched_rows_only(void **state)
{
    (void)state;
    static const double l2[] = {0, 0.1};
    gsl_rng *generator = open("sparse");
    for (int k = 0; k < 2; k++) {
        Twin twin;
        twin_create(&twin, generator);
        size_t bytes = 3 * (size_t)twin.table.stride * sizeof(float);
        for (int t = 1; t <= TIMES; t++) {
            int parts[ROWS] = {0};
            float before[ROWS][64];
            assert_true(bytes <= sizeof before[0]);
            for (uint32_t r = 0; r < ROWS; r++) {
                memcpy(before[r], table_row(&twin.table, r), bytes);
                if (r + 1 < ROWS && gsl_rng_uniform(generator) < 0.5) { /* the last row never */
                    parts[r] = 1 + (int)gsl_rng_uniform_int(generator, 3);
                    push(&twin, r, parts[r], generator, l2[k], t);
                }
            }
            AdamStep step = adam_step(l2[k], t);
            table_update(&twin.table, &step);
            assert_int_equal(twin.table.count, 0);
            for (uint32_t r = 0; r < ROWS; r++) {
                const float *w = table_row(&twin.table, r);
                assert_true(parts[r] || !memcmp(w, before[r], bytes));
                for (int c = 0; c < WIDTH; c++)
                    near(w[c], twin.plain[r][c].w, t);
            }
        }
        table_free(&twin.table);
    }
    gsl_rng_free(generator);
}

/* When every row is touched at every step, the table is dense Adam on the same numbers. */
static void all_rows_touched_is_dense(void **state)
{
    (void)state;
    enum { N = ROWS * WIDTH };
    gsl_rng *generator = open("both");
    Twin twin;
    float w[N];
    float m[N] = {0};
    float v[N] = {0};
    twin_create(&twin, generator);
    for (int i = 0; i < N; i++)
        w[i] = table_row(&twin.table, (uint32_t)i / WIDTH)[i % WIDTH];
    for (int t = 1; t <= TIMES; t++) {
        float grad[N];
        AdamStep step = adam_step(0.1, t);
        for (int i = 0; i < N; i++)
            grad[i] = draw_gradient(generator);
        for (uint32_t k = 0; k < ROWS; k++) {
            uint32_t row = (k * 7 + (uint32_t)t) % ROWS; /* in an order of each step's own */
            memcpy(table_gradient(&twin.table, row), grad + row * WIDTH, WIDTH * sizeof *grad);
        }
        table_update(&twin.table, &step);
        elementwise_kernels()->adam_update(N, &step, grad, w, m, v);
    }
    for (int i = 0; i < N; i++)
        near(table_row(&twin.table, (uint32_t)i / WIDTH)[i % WIDTH], (double)w[i], TIMES);
    table_free(&twin.table);
    gsl_rng_free(generator);
}

/* L2 alone pulls a touched row towards 0, one learning rate at first; nothing pulls the others. */
static void l2_falls_on_touched_rows_only(void **state)
{
    (void)state;
    gsl_rng *generator = open("l2");
    Twin twin;
    AdamStep step = adam_step(1, 1);
    twin_create(&twin, generator);
    gsl_rng_free(generator);
    table_gradient(&twin.table, 3);
    table_update(&twin.table, &step);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (int c = 0; c < WIDTH; c++) {
            double w = twin.plain[r][c].w;
            near(table_row(&twin.table, r)[c], r == 3 ? w - learning_rate * w / (fabs(w) + 1e-8) : w, 1);
        }
    }
    table_free(&twin.table);
}

/* The columns that fill up a row take part in every update and stay 0, moments included. */
static void padding_stays_zero(void **state)
{
    (void)state;
    gsl_rng *generator = open("padding");
    Twin twin;
    twin_create(&twin, generator);
    int stride = twin.table.stride;
    assert_true(stride > WIDTH);
    memset(twin.table.grad, 0xff,
           twin.table.capacity * (size_t)stride * sizeof(float)); /* NaN, as memory may hold */
    for (int t = 1; t <= TIMES; t++) {
        AdamStep step = adam_step(0.1, t);
        for (uint32_t r = 0; r < ROWS; r++)
            push(&twin, r, 1, generator, 0.1, t);
        table_update(&twin.table, &step);
    }
    for (uint32_t r = 0; r < ROWS; r++) {
        const float *row = table_row(&twin.table, r);
        for (int c = 0; c < 3 * stride; c++)
            assert_true(c % stride < WIDTH ? row[c] != 0 : row[c] == 0);
    }
    table_free(&twin.table);
    gsl_rng_free(generator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_adam_is_the_algorithm),
        cmocka_unit_test(tiny_and_huge_gradients_are_safe),
        cmocka_unit_test(sparse_adam_moves_touched_rows_only),
        cmocka_unit_test(all_rows_touched_is_dense),
        cmocka_unit_test(l2_falls_on_touched_rows_only),
        cmocka_unit_test(padding_stays_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
