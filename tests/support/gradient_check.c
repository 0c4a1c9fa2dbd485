/* Operations of the tape against plain double code: values, and gradients by central differences. */
#include "tests/support/gradient_check.h"

#include "sim/base/random.h"
#include <float.h>
#include <gsl/gsl_randist.h>

/* Inputs are exact in float. Up to STEPS operations follow one another, on numbers up to `size`; the vector
 * library's exp and log1p are good to 4 ulp, so a step adds at most 4 FLT_EPSILON size (the products and sums
 * of a matrix product, 1/2 ulp each, are a step for every eight). The differences of the double code err by
 * h^2 / 6 |f'''| + 64 DBL_EPSILON / 2 size / h < 2e-9 size, which is nothing beside it. */
enum { STEPS = 8 };
static const double h = 0x1p-17;

static double tolerance(const Operation *f)
{
    return STEPS * 4 * (double)FLT_EPSILON * f->size;
}

static void near(const Operation *f, const char *what, int i, double got, double want)
{
    if (!(fabs(got - want) <= tolerance(f)))
        fail_msg("%s: %s %d is %.9g, expected %.9g +- %.1g", f->name, what, i, got, want, tolerance(f));
}

/* Odd multiples of 1/64, exact in float, while piecewise functions bend at multiples of 1/32: no difference
 * quotient straddles a bend. (Layers with relu have an odd number of columns in, so that their sums are odd
 * multiples of 1/4096.) */
static double draw(gsl_rng *generator, double low, double high)
{
    return (2 * floor(gsl_ran_flat(generator, 32 * low, 32 * high)) + 1) / 64;
}

int matrix_entries(const Matrix *x)
{
    return x->rows * x->cols;
}

static void plain(const Operation *f, const Matrix *in, Matrix *out)
{
    if (f->whole) {
        f->whole(in, out);
        return;
    }
    *out = (Matrix){.rows = in[0].rows, .cols = in[0].cols};
    for (int i = 0; i < matrix_entries(out); i++)
        out->at[i] = f->each(in[0].at[i], in[1].at[i]);
}

static double weighted_sum(const Operation *f, const Matrix *in, const float *weight)
{
    Matrix out;
    double sum = 0;
    plain(f, in, &out);
    for (int i = 0; i < matrix_entries(&out); i++)
        sum += (double)weight[i] * out.at[i];
    return sum;
}

static void compare_gradient(const Operation *f, Matrix *in, const float *weight, unsigned moving,
                             float grad[INPUTS][ENTRIES])
{
    for (int k = 0; k < INPUTS; k++) {
        for (int i = 0; i < matrix_entries(&in[k]); i++) {
            double here = in[k].at[i];
            in[k].at[i] = here + h;
            double above = weighted_sum(f, in, weight);
            in[k].at[i] = here - h;
            double below = weighted_sum(f, in, weight);
            in[k].at[i] = here;
            double want = moving >> k & 1 ? (above - below) / (2 * h) : 0;
            near(f, "gradient", 100 * k + i, (double)grad[k][i], want);
        }
    }
}

/* The inputs whose bits are in `wanted` are parameters, the others constants. */
static void check(Tape *tape, const Operation *f, gsl_rng *generator, unsigned wanted)
{
    Matrix in[INPUTS];
    Matrix out;
    float value[INPUTS][ENTRIES];
    float grad[INPUTS][ENTRIES] = {0};
    float weight[ENTRIES];
    float *collected[INPUTS];
    Var leaf[INPUTS];
    unsigned moving = wanted;
    tape_reset(tape);
    for (int k = 0; k < INPUTS; k++) {
        in[k] = (Matrix){.rows = f->in[k].rows, .cols = f->in[k].cols};
        assert_true(matrix_entries(&in[k]) <= ENTRIES);
        for (int i = 0; i < matrix_entries(&in[k]); i++) {
            in[k].at[i] = draw(generator, f->in[k].low, f->in[k].high);
            value[k][i] = (float)in[k].at[i];
        }
        collected[k] = grad[k];
        leaf[k] = tape_leaf(tape, in[k].rows, in[k].cols, value[k], wanted >> k & 1 ? grad[k] : NULL);
        moving &= ~((f->in[k].kind == STOPPED ? 1U : 0U) << k);
    }
    Var y = f->unary ? f->unary(leaf[0]) : f->binary ? f->binary(leaf[0], leaf[1]) : f->call(tape, leaf);
    plain(f, in, &out);
    assert_true(y->rows == out.rows && y->cols == out.cols);
    assert_true(y->needs_grad == (moving != 0));
    for (int i = 0; i < matrix_entries(&out); i++) {
        near(f, "value", i, (double)y->value[i], out.at[i]);
        weight[i] = (float)draw(generator, -1, 1);
    }
    tape_backward(tape, sum(mul(y, tape_leaf(tape, out.rows, out.cols, weight, NULL))));
    if (f->collect)
        f->collect(collected);
    for (int k = 0; k < INPUTS; k++)
        assert_true(wanted >> k & 1 || !leaf[k]->grad); /* no work for constants */
    compare_gradient(f, in, weight, moving, grad);
}

void gradient_check(const Operation *operation, size_t operations)
{
    enum { REPEATS = 5 };
    Tape *tape;
    OK(tape_create(&tape, message));
    for (size_t n = 0; n < operations; n++) {
        const Operation *f = &operation[n];
        StreamKey key = {.seed = 4, .setting = f->name};
        gsl_rng *generator = stream_open(&key, "operation");
        assert_non_null(generator);
        unsigned present = 0;
        unsigned constant = 0;
        for (unsigned k = 0; k < INPUTS; k++) {
            present |= (f->in[k].cols ? 1U : 0U) << k;
            constant |= (f->in[k].kind == CONSTANT ? 1U : 0U) << k;
        }
        for (unsigned wanted = 0; wanted <= present; wanted++) {
            /* the tables of a net move together */
            bool split = f->collect && (wanted & 3) != 0 && (wanted & 3) != 3;
            for (int repeat = 0; !(wanted & constant) && !split && repeat < REPEATS; repeat++)
                check(tape, f, generator, wanted);
        }
        gsl_rng_free(generator);
    }
    tape_free(tape);
}
