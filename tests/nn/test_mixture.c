/* Weighted sums of many matrices: mixtures of experts and stitches, against plain double code. */
#include "tests/support/gradient_check.h"

/* sum_k softmax(in[0])_k h_k, with the experts side by side in in[1], in[2] and in[3]. */
static void mix_whole(const Matrix *in, Matrix *out)
{
    int n = in[0].cols;
    int width = (in[1].cols + in[2].cols + in[3].cols) / n;
    *out = (Matrix){.rows = in[0].rows, .cols = width};
    for (int r = 0; r < out->rows; r++) {
        double total = 0;
        for (int k = 0; k < n; k++)
            total += exp(in[0].at[r * n + k]);
        for (int c = 0; c < n * width; c++) {
            const Matrix *part = &in[1];
            int column = c;
            while (column >= part->cols)
                column -= part++->cols;
            double weight = exp(in[0].at[r * n + c / width]) / total;
            out->at[r * width + c % width] += weight * part->at[r * part->cols + column];
        }
    }
}

static Var mix_call(Tape *tape, Var *in)
{
    (void)tape;
    return mix(in[0], in + 1, in[3]->cols ? 3 : in[2]->cols ? 2 : 1);
}

/* The same experts twice, once as rows of a larger matrix. */
static Var mix_views_call(Tape *tape, Var *in)
{
    (void)tape;
    Var experts = shift(in[1], 0);
    Var part = mix(tape_view(in[0], 1, 2), (Var[]){tape_view(experts, 1, 2)}, 1);
    return add(sum(mix(in[0], &experts, 1)), sum(part));
}

static void mix_views_whole(const Matrix *in, Matrix *out)
{
    Matrix all;
    mix_whole(in, &all);
    *out = (Matrix){.rows = 1, .cols = 1};
    for (int i = 0; i < matrix_entries(&all); i++) {
        bool inside = i / all.cols == 1 || i / all.cols == 2;
        out->at[0] += (inside ? 2 : 1) * all.at[i];
    }
}

/* Row 1 of the coefficients in[0]. */
static Var stitch_call(Tape *tape, Var *in)
{
    (void)tape;
    return stitch(in[0], 1, in + 1);
}

static void stitch_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[1].rows, .cols = in[1].cols};
    for (int k = 0; k < in[0].cols; k++)
        for (int i = 0; i < matrix_entries(out); i++)
            out->at[i] += in[0].at[in[0].cols + k] * in[1 + k].at[i];
}

/* All rows at once, which share their inputs. */
static Var stitches_call(Tape *tape, Var *in)
{
    (void)tape;
    Var x[] = {shift(in[1], 0), in[2]};
    return add(square(stitch(in[0], 0, x)), square(stitch(in[0], 1, x)));
}

static void stitches_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[1].rows, .cols = in[1].cols};
    for (int i = 0; i < matrix_entries(out); i++) {
        double a = in[0].at[0] * in[1].at[i] + in[0].at[1] * in[2].at[i];
        double b = in[0].at[2] * in[1].at[i] + in[0].at[3] * in[2].at[i];
        out->at[i] = a * a + b * b;
    }
}

static const Operation operation[] = {
    /* the slope of a gate is the difference of two sums over the width of the experts */
    {"mix", .call = mix_call, .whole = mix_whole, .in = {{5, 3, -1, 1, MOVES}, {5, 6, -1, 1, MOVES}},
     .size = 4},
    {"mix", .call = mix_call, .whole = mix_whole, .in = {{5, 1, -1, 1, MOVES}, {5, 7, -1, 1, MOVES}},
     .size = 14},
    {"mix", .call = mix_call, .whole = mix_whole,
     .in = {{4, 6, -1, 1, MOVES}, {4, 9, -1, 1, MOVES}, {4, 3, -1, 1, MOVES}, {4, 6, -1, 1, MOVES}},
     .size = 6},
    {"mix_views", .call = mix_views_call, .whole = mix_views_whole,
     .in = {{5, 3, -1, 1, MOVES}, {5, 6, -1, 1, MOVES}}, .size = 14}, /* a sum of 14 */
    /* the slope of a coefficient is a sum over all entries */
    {"stitch", .call = stitch_call, .whole = stitch_whole,
     .in = {{3, 3, -1, 1, MOVES}, {5, 7, -1, 1, MOVES}, {5, 7, -1, 1, MOVES}, {5, 7, -1, 1, MOVES}},
     .size = 35},
    {"stitch", .call = stitch_call, .whole = stitch_whole, .in = {{2, 1, -1, 1, MOVES}, {5, 7, -1, 1, MOVES}},
     .size = 35},
    {"stitches", .call = stitches_call, .whole = stitches_whole,
     .in = {{2, 2, -1, 1, MOVES}, {5, 7, -1, 1, MOVES}, {5, 7, -1, 1, MOVES}}, .size = 4 * 35},
};

static void operations_agree_with_plain_code(void **state)
{
    (void)state;
    gradient_check(operation, sizeof operation / sizeof *operation);
}

/* The gates of a network that has run away: no exponential overflows, and the largest takes all. */
static void far_gates_are_finite(void **state)
{
    (void)state;
    Tape *tape;
    float gate[] = {-200, 300, -1e30F, 1e30F}, grad[4] = {0};
    float expert[] = {1, 2, 3, 4}, slope[4] = {0};
    OK(tape_create(&tape, message));
    Var experts = tape_leaf(tape, 2, 2, expert, slope);
    Var y = mix(tape_leaf(tape, 2, 2, gate, grad), &experts, 1);
    assert_true(y->rows == 2 && y->cols == 1 && y->value[0] == 2 && y->value[1] == 4);
    tape_backward(tape, sum(y));
    for (int i = 0; i < 4; i++)
        assert_true(grad[i] == 0 && slope[i] == (float)(i % 2));
    tape_free(tape);
}

/* A gate that is NaN spoils its row, an expert that is NaN every mixture that it is part of, however small
 * its weight. */
static void nan_is_not_hidden(void **state)
{
    (void)state;
    Tape *tape;
    OK(tape_create(&tape, message));
    for (int bad = 0; bad < 6; bad++) {
        float gate[] = {3, 1, -2, 0, 0, 0};
        float expert[] = {1, 2, 3, 4, 5, 6};
        float *place = bad < 3 ? &gate[bad] : &expert[bad - 3];
        *place = NAN;
        tape_reset(tape);
        Var experts = tape_leaf(tape, 2, 3, expert, NULL);
        Var y = mix(tape_leaf(tape, 2, 3, gate, NULL), &experts, 1);
        assert_true(isnan(y->value[0]) && y->value[1] == 5);
    }
    tape_free(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_agree_with_plain_code),
        cmocka_unit_test(far_gates_are_finite),
        cmocka_unit_test(nan_is_not_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
