/* The kernels of dense layers: every number against the chain of fused multiply-adds that dense.h promises,
 * by the C library's fmaf() and one at a time, on every instruction set of the machine, over shapes with all
 * kinds of rests. */
#include "estimators/nn/dense.h"
#include "sim/base/random.h"
#include "tests/support/support.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { MOST = 300, ROOM = 80 * MOST };

/* Operands in rows that are longer than they need to be, and what comes out. */
typedef struct Operands {
    float x[ROOM], w[ROOM], bias[MOST], y[ROOM], want[ROOM];
} Operands;

static gsl_rng *generator;

static int create(void **state)
{
    StreamKey key = {.seed = 3, .setting = ""};
    generator = stream_open(&key, "dense");
    *state = calloc(1, sizeof(Operands));
    return !generator || !*state;
}

static int destroy(void **state)
{
    gsl_rng_free(generator);
    free(*state);
    return 0;
}

static void fill(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = (float)gsl_ran_gaussian_ziggurat(generator, 1);
}

/* For one column, sums of every eighth term. */
static float one_column(const Product *p, int r, float start)
{
    float s[8] = {0};
    for (int k = 0; k < p->depth; k++)
        s[k % 8] = fmaf(p->x[r * p->x_stride + k], p->w[k * p->w_stride], s[k % 8]);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])) + start;
}

static void plain_product(const Product *p, bool transposed, float *want)
{
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++) {
            float start = p->add ? want[r * p->y_stride + c] : p->bias ? p->bias[c] : 0, sum = start;
            for (int k = 0; k < p->depth; k++)
                sum = fmaf(p->x[transposed ? k * p->x_stride + r : r * p->x_stride + k],
                           p->w[k * p->w_stride + c], sum);
            if (p->cols == 1 && p->w_stride == 1 && !transposed)
                sum = one_column(p, r, start);
            want[r * p->y_stride + c] = p->relu && sum < 0 ? 0 : sum;
        }
}

/* Every byte, with what lies between the rows and behind them. */
static void check_product(Operands *o, Product p, bool transposed)
{
    p.x = o->x;
    p.w = o->w;
    p.y = o->y;
    p.bias = p.bias ? o->bias : NULL;
    fill(o->y, ROOM);
    memcpy(o->want, o->y, sizeof o->y);
    plain_product(&p, transposed, o->want);
    (transposed ? dense_kernels()->product_transposed : dense_kernels()->product)(&p);
    if (memcmp(o->y, o->want, sizeof o->y))
        fail_msg("%s: %d x %d of %d terms, transposed %d, add %d, relu %d",
                 instruction_set_name(instruction_set()), p.rows, p.cols, p.depth, transposed, p.add, p.relu);
}

static void check_shape(Operands *o, int rows, int cols, int depth, int gap)
{
    Product p = {.rows = rows, .cols = cols, .depth = depth, .bias = o->bias};
    p.w_stride = cols + gap;
    p.y_stride = cols + gap;
    p.x_stride = depth + gap;
    check_product(o, p, false);
    p.relu = true;
    check_product(o, p, false);
    p.bias = NULL;
    check_product(o, p, false);
    p.add = true;
    p.relu = false;
    check_product(o, p, false);
    p.x_stride = rows + gap;
    check_product(o, p, true);
}

static void products_are_chains(void **state)
{
    Operands *o = *state;
    fill(o->x, ROOM);
    fill(o->w, ROOM);
    fill(o->bias, MOST);
    for (int set = 0; set < INSTRUCTION_SETS; set++) {
        if (!instruction_set_choose((InstructionSet)set))
            continue;
        for (int n = 1; n <= 70; n++) {
            check_shape(o, n, 1 + n * 7 % 70, 1 + n * 11 % 70, n % 3);
            check_shape(o, 1 + n * 13 % 70, n, 1 + n * 3 % 9, 0);
            check_shape(o, 1 + n * 17 % 20, 1 + n % 4, n, n % 2);
        }
        check_shape(o, 5, 3, 290, 0); /* more terms than a copy holds */
        check_shape(o, 13, 67, 257, 1);
        check_shape(o, 4, 40, 0, 0); /* of no terms the start is left */
        check_shape(o, 0, 8, 8, 0);
    }
}

static void check_bias(Operands *o, int rows, int cols, bool relu, bool wanted)
{
    float *dy = o->y, *want = o->want, dbias[MOST], sum[MOST];
    fill(dy, ROOM);
    memcpy(want, dy, sizeof o->y);
    fill(dbias, cols);
    memcpy(sum, dbias, sizeof sum);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            want[r * cols + c] = !relu || o->x[r * cols + c] > 0 ? want[r * cols + c] : 0;
            sum[c] += wanted ? want[r * cols + c] : 0;
        }
    dense_kernels()->bias_backward(rows, cols, o->x, relu, dy, wanted ? dbias : NULL);
    assert_memory_equal(dy, want, sizeof o->y);
    assert_memory_equal(dbias, sum, (size_t)cols * sizeof *sum);
}

static void bias_goes_back(void **state)
{
    Operands *o = *state;
    fill(o->x, ROOM);
    for (int set = 0; set < INSTRUCTION_SETS; set++)
        for (int cols = 1; instruction_set_choose((InstructionSet)set) && cols <= 140; cols++)
            for (int how = 0; how < 4; how++)
                check_bias(o, 1 + cols * 7 % 60, cols, how & 1, how & 2);
}

static void transposes(void **state)
{
    Operands *o = *state;
    fill(o->x, ROOM);
    for (int set = 0; set < INSTRUCTION_SETS; set++)
        for (int n = 1; instruction_set_choose((InstructionSet)set) && n <= 70; n++) {
            int rows = n, cols = 1 + n * 7 % 70, stride = cols + n % 3;
            dense_kernels()->transpose(rows, cols, o->x, stride, o->y);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < cols; c++)
                    assert_true(o->y[c * rows + r] == o->x[r * stride + c]);
        }
}

/* A layer that has diverged must not look sound. */
static void nan_passes(void **state)
{
    (void)state;
    for (int set = 0; set < INSTRUCTION_SETS; set++)
        for (int cols = 1; instruction_set_choose((InstructionSet)set) && cols <= 40; cols++) {
            float x[40] = {1, NAN}, w[40 * 40] = {0}, bias[40] = {0}, y[40];
            dense_kernels()->product(&(Product){.rows = 1,
                                                .cols = cols,
                                                .depth = 10,
                                                .x = x,
                                                .x_stride = 10,
                                                .w = w,
                                                .w_stride = cols,
                                                .y = y,
                                                .y_stride = cols,
                                                .bias = bias,
                                                .relu = true});
            for (int c = 0; c < cols; c++)
                assert_true(isnan(y[c]));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(products_are_chains, create, destroy),
        cmocka_unit_test_setup_teardown(bias_goes_back, create, destroy),
        cmocka_unit_test_setup_teardown(transposes, create, destroy),
        cmocka_unit_test(nan_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
