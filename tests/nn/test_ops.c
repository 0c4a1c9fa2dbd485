/* The operations of the tape against plain double code, a row each; and where they have to be exact or
 * finite. */
#include "estimators/nn/dense.h"
#include "sim/base/random.h"
#include "tests/support/gradient_check.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

static double sigmoid_each(double x, double unused)
{
    (void)unused;
    return 1 / (1 + exp(-x));
}

static double p(double x)
{
    return sigmoid_each(x, 0);
}

static double softplus_each(double x, double unused)
{
    (void)unused;
    return log(1 + exp(x));
}

static double exponential_each(double x, double unused)
{
    (void)unused;
    return exp(x);
}

static double square_each(double x, double unused)
{
    (void)unused;
    return x * x;
}

static double absolute_each(double x, double unused)
{
    (void)unused;
    return x < 0 ? -x : x;
}

static Var scale_call(Var x)
{
    return scale(x, -1.75F);
}

static double scale_each(double x, double unused)
{
    (void)unused;
    return -1.75 * x;
}

static Var shift_call(Var x)
{
    return shift(x, 0.375F);
}

static double shift_each(double x, double unused)
{
    (void)unused;
    return x + 0.375;
}

static Var at_most_call(Var x)
{
    return clamp_max(x, 0.5F);
}

static double at_most_each(double x, double unused)
{
    (void)unused;
    return x < 0.5 ? x : 0.5;
}

static Var at_least_call(Var x)
{
    return clamp_min(x, -0.25F);
}

static double at_least_each(double x, double unused)
{
    (void)unused;
    return x > -0.25 ? x : -0.25;
}

static double reciprocal_each(double x, double unused)
{
    (void)unused;
    return 1 / x;
}

static double logarithm_each(double x, double unused)
{
    (void)unused;
    return log(x);
}

/* Has no gradient of its own: x above(x, 0) is max(0, x). */
static Var floored(Var x)
{
    return mul(x, above(x, 0));
}

static double floored_each(double x, double unused)
{
    (void)unused;
    return x > 0 ? x : 0;
}

static double one_minus_each(double x, double unused)
{
    (void)unused;
    return 1 - x;
}

static double add_each(double a, double b)
{
    return a + b;
}

static double sub_each(double a, double b)
{
    return a - b;
}

static double mul_each(double a, double b)
{
    return a * b;
}

static double divide_each(double a, double b)
{
    return a / b;
}

static double bce_each(double z, double y)
{
    return -y * log(p(z)) - (1 - y) * log(1 - p(z));
}

static double logit_and_each(double a, double b)
{
    return log(p(a) * p(b) / (1 - p(a) * p(b)));
}

static Var logit_mix_call(Tape *tape, Var *in)
{
    (void)tape;
    return logit_mix(in[0], in[1], in[2]);
}

static void logit_mix_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[0].rows, .cols = in[0].cols};
    for (int i = 0; i < matrix_entries(out); i++) {
        double s = p(in[0].at[i]);
        double c = s * p(in[1].at[i]) + (1 - s) * p(in[2].at[i]);
        out->at[i] = log(c / (1 - c));
    }
}

static double normal_each(double x, double unused)
{
    (void)unused;
    return gsl_cdf_ugaussian_P(x);
}

static Var joint_normal_call(Tape *tape, Var *in)
{
    (void)tape;
    return joint_normal_probability(in[0], in[1], in[2]);
}

/* Through its conditional distribution, by Simpson's rule. */
static double joint_normal(double a, double b, double rho)
{
    enum { STEPS = 2000 };
    const double low = -10, h = (a - low) / STEPS;
    double sum = 0;
    for (int k = 0; k <= STEPS; k++) {
        const double x = low + k * h;
        sum += (k == 0 || k == STEPS ? 1
                : k % 2              ? 4
                                     : 2) *
               gsl_ran_ugaussian_pdf(x) * gsl_cdf_ugaussian_P((b - rho * x) / sqrt(1 - rho * rho));
    }
    return sum * h / 3;
}

static void joint_normal_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[0].rows, .cols = in[0].cols};
    for (int i = 0; i < matrix_entries(out); i++)
        out->at[i] = joint_normal(in[0].at[i], in[1].at[i], in[2].at[i]);
}

/* Nodes that are used more than once. */
static Var twice(Var x)
{
    return mul(x, x);
}

static Var odds(Var x)
{
    Var s = sigmoid(x);
    return divide(s, one_minus(s));
}

static double odds_each(double x, double unused)
{
    (void)unused;
    return exp(x);
}

static Var often(Var a, Var b)
{
    Var s = add(a, b);
    return sub(mul(s, square(s)), add(a, a));
}

static double often_each(double a, double b)
{
    return pow(a + b, 3) - 2 * a;
}

static Var stopped(Var a, Var b)
{
    return mul(stop(a), b);
}

static void sum_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = 1, .cols = 1};
    for (int i = 0; i < matrix_entries(&in[0]); i++)
        out->at[0] += in[0].at[i];
}

static void mean_whole(const Matrix *in, Matrix *out)
{
    sum_whole(in, out);
    out->at[0] /= matrix_entries(&in[0]);
}

static void weighted_mean_whole(const Matrix *in, Matrix *out)
{
    double total = 0;
    *out = (Matrix){.rows = 1, .cols = 1};
    for (int i = 0; i < matrix_entries(&in[0]); i++) {
        out->at[0] += in[0].at[i] * in[1].at[i];
        total += in[0].at[i];
    }
    out->at[0] /= total;
}

/* Weights of both sides, which overlap: an entry may rank above itself too, at log 2. */
static Var pairwise_call(Tape *tape, Var *in)
{
    (void)tape;
    return pairwise(in[0], in[1], in[2]);
}

static void pairwise_whole(const Matrix *in, Matrix *out)
{
    double total = 0;
    *out = (Matrix){.rows = 1, .cols = 1};
    for (int i = 0; i < in[0].rows; i++)
        for (int j = 0; j < in[0].rows; j++) {
            out->at[0] += in[1].at[i] * in[2].at[j] * log(1 + exp(in[0].at[j] - in[0].at[i]));
            total += in[1].at[i] * in[2].at[j];
        }
    out->at[0] /= total;
}

static void softmax_whole(const Matrix *in, Matrix *out)
{
    double total = 0;
    *out = in[0];
    for (int i = 0; i < matrix_entries(out); i++) {
        out->at[i] = exp(in[0].at[i]);
        total += out->at[i];
    }
    for (int i = 0; i < matrix_entries(out); i++)
        out->at[i] /= total;
}

static void log_softmax_whole(const Matrix *in, Matrix *out)
{
    softmax_whole(in, out);
    for (int i = 0; i < matrix_entries(out); i++)
        out->at[i] = log(out->at[i]);
}

static Var attend_call(Tape *tape, Var *in)
{
    (void)tape;
    return attend(in[0], in[1]);
}

static void attend_whole(const Matrix *in, Matrix *out)
{
    int d = in[0].cols / 3;
    *out = (Matrix){.rows = in[0].rows, .cols = d};
    for (int r = 0; r < out->rows; r++) {
        double share[2], total = 0;
        for (int token = 0; token < 2; token++) {
            const double *k = in[token].at + 3 * d * r;
            double score = 0;
            for (int c = 0; c < d; c++)
                score += k[c] * k[d + c];
            share[token] = exp(score / sqrt(d));
            total += share[token];
        }
        for (int token = 0; token < 2; token++)
            for (int c = 0; c < d; c++)
                out->at[d * r + c] += share[token] / total * in[token].at[3 * d * r + 2 * d + c];
    }
}

static Var concat_call(Tape *tape, Var *in)
{
    (void)tape;
    return concat(in[0], in[1]);
}

static void concat_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[0].rows, .cols = in[0].cols + in[1].cols};
    for (int i = 0; i < matrix_entries(out); i++) {
        int r = i / out->cols, c = i % out->cols;
        out->at[i] =
            c < in[0].cols ? in[0].at[r * in[0].cols + c] : in[1].at[r * in[1].cols + c - in[0].cols];
    }
}

static Var columns_call(Tape *tape, Var *in)
{
    (void)tape;
    return columns_of(in[0], 1, 2);
}

static void columns_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[0].rows, .cols = 2};
    for (int i = 0; i < matrix_entries(out); i++)
        out->at[i] = in[0].at[i / 2 * in[0].cols + 1 + i % 2];
}

static Var outer_call(Tape *tape, Var *in)
{
    (void)tape;
    return outer(in[0], in[1]);
}

static void outer_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[0].rows, .cols = in[0].cols * in[1].cols};
    for (int r = 0; r < out->rows; r++)
        for (int i = 0; i < in[0].cols; i++)
            for (int j = 0; j < in[1].cols; j++)
                out->at[r * out->cols + i * in[1].cols + j] =
                    in[0].at[r * in[0].cols + i] * in[1].at[r * in[1].cols + j];
}

static Var gram_call(Tape *tape, Var *in)
{
    (void)tape;
    return gram(in[0], in[1]);
}

static void gram_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = in[0].cols, .cols = in[1].cols};
    for (int i = 0; i < matrix_entries(out); i++)
        for (int r = 0; r < in[0].rows; r++)
            out->at[i] += in[0].at[r * in[0].cols + i / out->cols] * in[1].at[r * in[1].cols + i % out->cols];
}

/* Four steps of a row, and two of two. */
static Var lstm_long_call(Tape *tape, Var *in)
{
    (void)tape;
    return lstm(in[0], 4, in[1]);
}

static Var lstm_short_call(Tape *tape, Var *in)
{
    (void)tape;
    return lstm(in[0], 2, in[1]);
}

/* One unit of one row, a number at a time: gate k of column c at step t. */
static void lstm_whole(const Matrix *in, int steps, Matrix *out)
{
    int rows = in[0].rows / steps, states = in[1].rows, d = in[1].cols / 4;
    *out = (Matrix){.rows = rows, .cols = states};
    for (int i = 0; i < rows * states; i += d) {
        int r = i / states, unit = i % states / d;
        double state[ENTRIES] = {0}, cell[ENTRIES] = {0}, gate[4][ENTRIES];
        for (int t = 0; t < steps; t++) {
            for (int k = 0; k < 4 * d; k++) {
                double z = in[0].at[(t * rows + r) * in[0].cols + unit * 4 * d + k];
                for (int c = 0; c < d; c++)
                    z += state[c] * in[1].at[(unit * d + c) * 4 * d + k];
                gate[k / d][k % d] = z;
            }
            for (int c = 0; c < d; c++) {
                cell[c] = p(gate[1][c] + 1) * cell[c] + p(gate[0][c]) * tanh(gate[2][c]);
                state[c] = p(gate[3][c]) * tanh(cell[c]);
            }
        }
        memcpy(out->at + i, state, (size_t)d * sizeof *state);
    }
}

static void lstm_long_whole(const Matrix *in, Matrix *out)
{
    lstm_whole(in, 4, out);
}

static void lstm_short_whole(const Matrix *in, Matrix *out)
{
    lstm_whole(in, 2, out);
}

/* x W + b, where less than `least` counts as `least`. */
static Matrix layer(const Matrix *x, const Matrix *w, const Matrix *b, double least)
{
    Matrix y = {.rows = x->rows, .cols = w->cols};
    for (int r = 0; r < y.rows; r++) {
        for (int c = 0; c < y.cols; c++) {
            double z = b->at[c];
            for (int k = 0; k < x->cols; k++)
                z += x->at[r * x->cols + k] * w->at[k * w->cols + c];
            y.at[r * y.cols + c] = z > least ? z : least;
        }
    }
    return y;
}

static Var linear_call(Tape *tape, Var *in)
{
    (void)tape;
    return linear(in[0], in[1], in[2], false);
}

static void linear_whole(const Matrix *in, Matrix *out)
{
    *out = layer(&in[0], &in[1], &in[2], -INFINITY);
}

static Var relu_call(Tape *tape, Var *in)
{
    (void)tape;
    return linear(in[0], in[1], in[2], true);
}

static void relu_whole(const Matrix *in, Matrix *out)
{
    *out = layer(&in[0], &in[1], &in[2], 0);
}

/* An inner node s under two products, a product of its rows 1 and 2, and an elementwise operation. In
 * whatever order they come, no product may overwrite what another operation has added. */
static Var products(Var s, Var *in)
{
    Var part = linear(tape_view(s, 1, 2), in[1], in[2], true);
    return add(sum(part), sum(add(linear(s, in[1], in[2], true), linear(s, in[1], in[2], false))));
}

static Var products_first_call(Tape *tape, Var *in)
{
    (void)tape;
    Var s = shift(in[0], 0.5F);
    Var first = products(s, in);
    return add(first, sum(square(s)));
}

static Var products_last_call(Tape *tape, Var *in)
{
    (void)tape;
    Var s = shift(in[0], 0.5F);
    Var first = sum(square(s));
    return add(first, products(s, in));
}

static void shared_whole(const Matrix *in, Matrix *out)
{
    Matrix s = in[0];
    double total = 0;
    for (int i = 0; i < matrix_entries(&s); i++) {
        s.at[i] += 0.5;
        total += s.at[i] * s.at[i];
    }
    Matrix floored = layer(&s, &in[1], &in[2], 0);
    Matrix straight = layer(&s, &in[1], &in[2], -INFINITY);
    for (int i = 0; i < matrix_entries(&floored); i++) {
        bool inside = i / floored.cols == 1 || i / floored.cols == 2;
        total += straight.at[i] + (inside ? 2 : 1) * floored.at[i];
    }
    *out = (Matrix){.rows = 1, .cols = 1, .at = {total}};
}

/* 35 entries: whole vectors of 4, 8 or 16, and a rest. */
#define ENTRY(low, high)                                                                                     \
    {                                                                                                        \
        5, 7, low, high, MOVES                                                                               \
    }

static const Operation operation[] = {
    {"sigmoid", .unary = sigmoid, .each = sigmoid_each, .in = {ENTRY(-2, 2)}, .size = 8},
    {"softplus", .unary = softplus, .each = softplus_each, .in = {ENTRY(-2, 2)}, .size = 8},
    {"square", .unary = square, .each = square_each, .in = {ENTRY(-2, 2)}, .size = 4},
    {"absolute", .unary = absolute, .each = absolute_each, .in = {ENTRY(-2, 2)}, .size = 2},
    {"scale", .unary = scale_call, .each = scale_each, .in = {ENTRY(-2, 2)}, .size = 4},
    {"shift", .unary = shift_call, .each = shift_each, .in = {ENTRY(-2, 2)}, .size = 3},
    {"clamp_max", .unary = at_most_call, .each = at_most_each, .in = {ENTRY(-2, 2)}, .size = 2},
    {"clamp_min", .unary = at_least_call, .each = at_least_each, .in = {ENTRY(-2, 2)}, .size = 2},
    {"reciprocal", .unary = reciprocal, .each = reciprocal_each, .in = {ENTRY(0.5, 2)}, .size = 4},
    {"reciprocal", .unary = reciprocal, .each = reciprocal_each, .in = {ENTRY(-2, -0.5)}, .size = 4},
    {"logarithm", .unary = logarithm, .each = logarithm_each, .in = {ENTRY(0.125, 2)}, .size = 8},
    {"exponential", .unary = exponential, .each = exponential_each, .in = {ENTRY(-2, 2)}, .size = 8},
    {"above", .unary = floored, .each = floored_each, .in = {ENTRY(-2, 2)}, .size = 2},
    {"one_minus", .unary = one_minus, .each = one_minus_each, .in = {ENTRY(-2, 2)}, .size = 3},
    {"add", .binary = add, .each = add_each, .in = {ENTRY(-2, 2), ENTRY(-2, 2)}, .size = 4},
    {"sub", .binary = sub, .each = sub_each, .in = {ENTRY(-2, 2), ENTRY(-2, 2)}, .size = 4},
    {"mul", .binary = mul, .each = mul_each, .in = {ENTRY(-2, 2), ENTRY(-2, 2)}, .size = 4},
    {"divide", .binary = divide, .each = divide_each, .in = {ENTRY(-2, 2), ENTRY(0.5, 2)}, .size = 8},
    {"bce", .binary = bce, .each = bce_each, .in = {ENTRY(-2, 2), ENTRY(0, 1)}, .size = 8},
    {"logit_and", .binary = logit_and, .each = logit_and_each, .in = {ENTRY(-2, 2), ENTRY(-2, 2)}, .size = 8},
    {"logit_mix", .call = logit_mix_call, .whole = logit_mix_whole,
     .in = {ENTRY(-2, 2), ENTRY(-2, 2), ENTRY(-2, 2)}, .size = 8},
    {"normal_probability", .unary = normal_probability, .each = normal_each, .in = {ENTRY(-2, 2)}, .size = 1},
    {"joint_normal_probability", .call = joint_normal_call, .whole = joint_normal_whole,
     .in = {{3, 3, -2, 2, MOVES}, {3, 3, -2, 2, MOVES}, {3, 3, -0.875, 0.875, MOVES}}, .size = 1},
    {"twice", .unary = twice, .each = square_each, .in = {ENTRY(-2, 2)}, .size = 4},
    {"odds", .unary = odds, .each = odds_each, .in = {ENTRY(-2, 2)}, .size = 64}, /* 1 / (1 - p)^2 */
    {"often", .binary = often, .each = often_each, .in = {ENTRY(-1, 1), ENTRY(-1, 1)}, .size = 16},
    {"stop", .binary = stopped, .each = mul_each, .in = {{5, 7, -2, 2, STOPPED}, ENTRY(-2, 2)}, .size = 4},
    {"sum", .unary = sum, .whole = sum_whole, .in = {ENTRY(-2, 2)}, .size = 70},
    {"mean", .unary = mean, .whole = mean_whole, .in = {ENTRY(-2, 2)}, .size = 2},
    {"weighted_mean", .binary = weighted_mean, .whole = weighted_mean_whole,
     .in = {{5, 7, 0, 1, CONSTANT}, ENTRY(-2, 2)}, .size = 2},
    {"pairwise", .call = pairwise_call, .whole = pairwise_whole,
     .in = {{35, 1, -2, 2, MOVES}, {35, 1, 0, 1, CONSTANT}, {35, 1, 0, 1, CONSTANT}}, .size = 8},
    {"log_softmax", .unary = log_softmax, .whole = log_softmax_whole, .in = {ENTRY(-2, 2)}, .size = 36},
    {"softmax", .unary = softmax, .whole = softmax_whole, .in = {ENTRY(-2, 2)}, .size = 8},
    {"attend", .call = attend_call, .whole = attend_whole,
     .in = {{4, 15, -1, 1, MOVES}, {4, 15, -1, 1, MOVES}}, .size = 8},
    {"concat", .call = concat_call, .whole = concat_whole, .in = {{5, 3, -2, 2, MOVES}, {5, 4, -2, 2, MOVES}},
     .size = 2},
    {"columns_of", .call = columns_call, .whole = columns_whole, .in = {{5, 4, -2, 2, MOVES}}, .size = 2},
    {"outer", .call = outer_call, .whole = outer_whole, .in = {{5, 3, -1, 1, MOVES}, {5, 4, -1, 1, MOVES}},
     .size = 4},
    {"gram", .call = gram_call, .whole = gram_whole, .in = {{5, 3, -1, 1, MOVES}, {5, 4, -1, 1, MOVES}},
     .size = 10},
    {"lstm_long", .call = lstm_long_call, .whole = lstm_long_whole,
     .in = {{4, 16, -2, 2, MOVES}, {4, 8, -1, 1, MOVES}}, .size = 8},
    {"lstm_short", .call = lstm_short_call, .whole = lstm_short_whole,
     .in = {{4, 12, -2, 2, MOVES}, {3, 4, -1, 1, MOVES}}, .size = 8},
    {"linear", .call = linear_call, .whole = linear_whole,
     .in = {{5, 3, -1, 1, MOVES}, {3, 4, -1, 1, MOVES}, {1, 4, -1, 1, MOVES}}, .size = 5},
    {"relu", .call = relu_call, .whole = relu_whole,
     .in = {{5, 3, -1, 1, MOVES}, {3, 4, -1, 1, MOVES}, {1, 4, -1, 1, MOVES}}, .size = 5},
    {"products_first", .call = products_first_call, .whole = shared_whole,
     .in = {{4, 3, -0.5, 0.5, MOVES}, {3, 4, -0.5, 0.5, MOVES}, {1, 4, -0.5, 0.5, MOVES}}, .size = 100},
    {"products_last", .call = products_last_call, .whole = shared_whole,
     .in = {{4, 3, -0.5, 0.5, MOVES}, {3, 4, -0.5, 0.5, MOVES}, {1, 4, -0.5, 0.5, MOVES}}, .size = 100},
};

static void operations_agree_with_plain_code(void **state)
{
    (void)state;
    gradient_check(operation, sizeof operation / sizeof *operation);
}

/* As numpy's method inverted_cdf has them; the order of the entries is no matter, and they stay as they are.
 */
static void quantiles_are_entries(void **state)
{
    (void)state;
    Tape *tape;
    float value[5] = {3, -1, 4, 1, 5};
    OK(tape_create(&tape, message));
    Var x = tape_leaf(tape, 5, 1, value, NULL);
    assert_true(quantile(x, 0) == -1 && quantile(x, 0.2F) == -1 && quantile(x, 0.21F) == 1);
    assert_true(quantile(x, 0.5F) == 3 && quantile(x, 0.9F) == 5 && quantile(x, 1) == 5);
    assert_true(value[0] == 3 && value[4] == 5);
    assert_true(quantile(tape_leaf(tape, 0, 1, value, NULL), 0.5F) == 1);
    float weight[5] = {1, 0, 1, 2, 0}, zero[5] = {0};
    Var w = tape_leaf(tape, 5, 1, weight, NULL);
    assert_true(weighted_quantile(w, x, 0) == 1 && weighted_quantile(w, x, 0.5F) == 1);
    assert_true(weighted_quantile(w, x, 0.51F) == 3 && weighted_quantile(w, x, 1) == 4);
    assert_true(weighted_quantile(tape_leaf(tape, 5, 1, zero, NULL), x, 0.5F) == 1);
    tape_free(tape);
}

/* A batch without rows or weight teaches nothing: value 0, gradient 0, no NaN. */
static void means_of_nothing_are_zero(void **state)
{
    (void)state;
    Tape *tape;
    float value[3] = {1, 2, 3};
    float zero[3] = {0};
    float grad[3] = {0};
    OK(tape_create(&tape, message));
    Var none = tape_leaf(tape, 0, 1, value, grad);
    Var weightless = weighted_mean(tape_leaf(tape, 3, 1, zero, NULL), tape_leaf(tape, 3, 1, value, grad));
    Var rowless = weighted_mean(tape_leaf(tape, 0, 1, zero, NULL), none);
    assert_true(mean(none)->value[0] == 0 && sum(none)->value[0] == 0);
    Var some = tape_leaf(tape, 3, 1, value, NULL), nothing = tape_leaf(tape, 3, 1, zero, NULL);
    Var moved = tape_leaf(tape, 3, 1, value, grad);
    Var unpaired = add(pairwise(moved, some, nothing), pairwise(moved, nothing, some));
    Var pairless = pairwise(none, tape_leaf(tape, 0, 1, zero, NULL), tape_leaf(tape, 0, 1, zero, NULL));
    assert_true(weightless->value[0] == 0 && rowless->value[0] == 0);
    assert_true(unpaired->value[0] == 0 && pairless->value[0] == 0);
    tape_backward(tape,
                  add(add(add(mean(none), sum(none)), add(weightless, rowless)), add(unpaired, pairless)));
    assert_true(grad[0] == 0 && grad[1] == 0 && grad[2] == 0);
    tape_free(tape);
}

/* Far apart and far from 0: no overflow, a log where the softmax is 0, NaN shows, and no rows are no trouble.
 */
static void softmax_reaches_far(void **state)
{
    (void)state;
    Tape *tape;
    float value[3] = {1000, 800, 1000};
    OK(tape_create(&tape, message));
    Var x = tape_leaf(tape, 3, 1, value, NULL);
    Var y = log_softmax(x), s = softmax(x);
    assert_true(s->value[0] == 0.5F && s->value[1] == 0 && s->value[2] == 0.5F);
    assert_true(fabs((double)y->value[1] + 200 + log(2)) < 200 * (double)FLT_EPSILON);
    assert_int_equal(softmax(tape_leaf(tape, 0, 1, value, NULL))->rows, 0);
    value[1] = NAN;
    assert_true(isnan(softmax(x)->value[0]));
    tape_free(tape);
}

/* The value as it is, and the gradient times -k. */
static void reversal_turns_gradients(void **state)
{
    (void)state;
    Tape *tape;
    float value[4] = {1, -2, 3, 5}, turned[4] = {0}, straight[4] = {0};
    OK(tape_create(&tape, message));
    Var x = tape_leaf(tape, 4, 1, value, turned), y = tape_leaf(tape, 4, 1, value, straight);
    Var r = reverse(x, 2);
    assert_memory_equal(r->value, value, sizeof value);
    tape_backward(tape, sum(add(square(r), square(y))));
    for (int i = 0; i < 4; i++)
        assert_true(straight[i] == 2 * value[i] && turned[i] == -2 * straight[i]);
    tape_free(tape);
}

enum { MOST_ROWS = 556, MOST_COLUMNS = 70 };
typedef struct Layer {
    int rows, in, out;
    float x[MOST_ROWS * MOST_COLUMNS], w[MOST_COLUMNS * MOST_COLUMNS], b[MOST_COLUMNS];
    float dy[MOST_ROWS * MOST_COLUMNS];
    float y[MOST_ROWS * MOST_COLUMNS]; /* results */
    float dx[MOST_ROWS * MOST_COLUMNS], dw[MOST_COLUMNS * MOST_COLUMNS], db[MOST_COLUMNS];
} Layer;

static void fill_with_integers(gsl_rng *generator, Layer *l)
{
    float *const column[] = {l->x, l->w, l->b, l->dy};
    const int size[] = {l->rows * l->in, l->in * l->out, l->out, l->rows * l->out};
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < size[k]; i++)
            column[k][i] = (float)gsl_rng_uniform_int(generator, 9) - 4;
    memset(l->dx, 0, sizeof l->dx);
    memset(l->dw, 0, sizeof l->dw);
    memset(l->db, 0, sizeof l->db);
}

static void plain_layer(Layer *l, bool relu)
{
    for (int r = 0; r < l->rows; r++) {
        for (int c = 0; c < l->out; c++) {
            float z = l->b[c];
            for (int k = 0; k < l->in; k++)
                z += l->x[r * l->in + k] * l->w[k * l->out + c];
            bool open = !relu || z > 0;
            float dy = open ? l->dy[r * l->out + c] : 0;
            l->y[r * l->out + c] = open ? z : 0;
            l->db[c] += dy;
            for (int k = 0; k < l->in; k++) {
                l->dx[r * l->in + k] += dy * l->w[k * l->out + c];
                l->dw[k * l->out + c] += dy * l->x[r * l->in + k];
            }
        }
    }
}

/* Not by bytes: 0 and -0 are equal. */
static void assert_equal(const float *got, const float *want, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(got[i] == want[i]);
}

/* Batches are cut into blocks of DENSE_ROWS rows, and those into whole vectors and rests. Small integers
 * keep every sum exact in float, whatever its order (below 2^24), so a layer of any shape must give the
 * integers.
 */
static void layers_of_any_shape_are_exact(void **state)
{
    (void)state;
    static const int height[] = {0,   1,   2,   7,        DENSE_ROWS - 1, DENSE_ROWS, DENSE_ROWS + 1,
                                 255, 256, 257, MOST_ROWS};
    static const int width[][2] = {{1, 1},  {17, 5},  {3, 16}, {48, 64}, {64, 32},
                                   {32, 1}, {70, 33}, {1, 70}, {9, 49}};
    static Layer given, want;
    StreamKey key = {.seed = 5, .setting = ""};
    gsl_rng *generator = stream_open(&key, "integers");
    Tape *tape;
    assert_non_null(generator);
    OK(tape_create(&tape, message));
    for (size_t k = 0; k < 2 * sizeof height / sizeof *height * sizeof width / sizeof *width; k++) {
        const int *size = width[k / 2 % (sizeof width / sizeof *width)];
        bool relu = k % 2;
        Layer *l = &given;
        l->rows = height[k / 2 / (sizeof width / sizeof *width)];
        l->in = size[0];
        l->out = size[1];
        fill_with_integers(generator, l);
        want = given;
        plain_layer(&want, relu);
        tape_reset(tape);
        Var inner = shift(tape_leaf(tape, l->rows, l->in, l->x, l->dx), 0);
        Var y = linear(inner, tape_leaf(tape, l->in, l->out, l->w, l->dw),
                       tape_leaf(tape, 1, l->out, l->b, l->db), relu);
        tape_backward(tape, sum(mul(y, tape_leaf(tape, l->rows, l->out, l->dy, NULL))));
        assert_equal(y->value, want.y, l->rows * l->out);
        assert_equal(l->dx, want.dx, l->rows * l->in);
        assert_equal(l->dw, want.dw, l->in * l->out);
        assert_equal(l->db, want.db, l->out);
    }
    tape_free(tape);
    gsl_rng_free(generator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_agree_with_plain_code), cmocka_unit_test(quantiles_are_entries),
        cmocka_unit_test(means_of_nothing_are_zero),        cmocka_unit_test(softmax_reaches_far),
        cmocka_unit_test(reversal_turns_gradients),         cmocka_unit_test(layers_of_any_shape_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
