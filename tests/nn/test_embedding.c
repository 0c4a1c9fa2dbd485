/* Lookups in embedding tables: gradient checks of embed and factorise, whose gradients go to the tables, and
 * the bookkeeping of touched rows. */
#include "estimators/nn/table.h"

#include "sim/base/random.h"
#include "tests/support/gradient_check.h"

enum { USERS = 4, ITEMS = 3, EXPOSURES = 5, DENSE = 2, LOOKUPS = 6, DIMENSION = 3 };

/* Rows come out of order and more than once, and so do ids; user 2 is in no row that is looked up. */
static uint32_t id[EXPOSURES][2] = {{1, 0}, {3, 2}, {2, 1}, {0, 0}, {1, 2}};
static float dense[EXPOSURES][DENSE] = {{0.5F, 0}, {-0.25F, 1}, {0.75F, -1}, {1, 0.125F}, {0, 0.5F}};
static const uint32_t looked_up[LOOKUPS] = {3, 0, 3, 1, 4, 0};
static const Features features = {.schema = {.categorical = 2, .cardinality = {USERS, ITEMS}, .dense = DENSE},
                                  .rows = EXPOSURES,
                                  .id = id[0],
                                  .dense = dense[0]};
static const RowSet rows = {.x = &features, .row = looked_up, .rows = LOOKUPS};

/* The tables of the operation being checked, one from each of the first two inputs. */
static Table table[2];

static void make_tables(Var *in)
{
    for (int f = 0; f < 2; f++) {
        OK(table_create(&table[f], (uint32_t)in[f]->rows, in[f]->cols, LOOKUPS, message));
        table[f].moves = in[f]->needs_grad;
        for (int r = 0; r < in[f]->rows; r++) {
            memcpy(table_row(&table[f], (uint32_t)r), in[f]->value + r * in[f]->cols,
                   (size_t)in[f]->cols * sizeof(float));
        }
    }
}

static void collect(float *grad[])
{
    for (int f = 0; f < 2; f++) {
        for (uint32_t k = 0; k < table[f].count; k++) {
            for (int c = 0; c < table[f].width; c++) {
                grad[f][table[f].touched[k] * (uint32_t)table[f].width + (uint32_t)c] +=
                    table[f].grad[k * (uint32_t)table[f].stride + (uint32_t)c];
            }
        }
        table_free(&table[f]);
    }
}

static Var embed_call(Tape *tape, Var *in)
{
    make_tables(in);
    return embed(tape, table, NULL, &rows);
}

/* The second table is of width 0, and one of two groups of dense columns is read. */
static Var embed_some_call(Tape *tape, Var *in)
{
    static const bool group[] = {false, true};
    static Features grouped;
    static RowSet some;
    grouped = features;
    grouped.schema.groups = DENSE;
    grouped.schema.group[0] = grouped.schema.group[1] = (DenseGroup){"one", 1};
    some = (RowSet){.x = &grouped, .row = looked_up, .rows = LOOKUPS};
    make_tables(in);
    table_free(&table[1]);
    return embed(tape, table, group, &some);
}

static void embed_some_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = LOOKUPS, .cols = in[0].cols + 1};
    for (int r = 0; r < LOOKUPS; r++) {
        for (int c = 0; c < in[0].cols; c++)
            out->at[r * out->cols + c] = in[0].at[(int)id[looked_up[r]][0] * in[0].cols + c];
        out->at[r * out->cols + in[0].cols] = (double)dense[looked_up[r]][1];
    }
}

static void embed_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = LOOKUPS, .cols = in[0].cols + in[1].cols + DENSE};
    for (int r = 0; r < LOOKUPS; r++) {
        double *to = out->at + r * out->cols;
        for (int f = 0; f < 2; f++)
            for (int c = 0; c < in[f].cols; c++)
                *to++ = in[f].at[(int)id[looked_up[r]][f] * in[f].cols + c];
        for (int c = 0; c < DENSE; c++)
            *to++ = (double)dense[looked_up[r]][c];
    }
}

/* The second column's ids stand for no value, for two, and for one twice beside another. */
static uint32_t bag_first[] = {0, 0, 2, 5}, bag_member[] = {0, 2, 1, 1, 2};
static const Bags bags = {bag_first, bag_member, ITEMS, 3};

static Var embed_bags_call(Tape *tape, Var *in)
{
    static Features bagged;
    static RowSet some;
    bagged = features;
    bagged.schema.bags[1] = &bags;
    some = (RowSet){.x = &bagged, .row = looked_up, .rows = LOOKUPS};
    make_tables(in);
    return embed(tape, table, NULL, &some);
}

static void embed_bags_whole(const Matrix *in, Matrix *out)
{
    embed_whole(in, out);
    for (int r = 0; r < LOOKUPS; r++) {
        double *to = out->at + r * out->cols + in[0].cols;
        const uint32_t bag = id[looked_up[r]][1], first = bag_first[bag], end = bag_first[bag + 1];
        for (int c = 0; c < in[1].cols; c++) {
            to[c] = 0;
            for (uint32_t m = first; m < end; m++)
                to[c] += in[1].at[(int)bag_member[m] * in[1].cols + c] / (double)(end - first);
        }
    }
}

/* Into a layer: the product leaves out the gradient of the dense columns, which nobody wants. */
static Var embed_linear_call(Tape *tape, Var *in)
{
    Var x = embed_call(tape, in);
    assert_int_equal(x->grad_cols, x->cols - DENSE);
    return linear(x, in[2], in[3], false);
}

static void embed_linear_whole(const Matrix *in, Matrix *out)
{
    Matrix x;
    embed_whole(in, &x);
    *out = (Matrix){.rows = LOOKUPS, .cols = in[2].cols};
    for (int r = 0; r < out->rows; r++) {
        for (int c = 0; c < out->cols; c++) {
            double z = in[3].at[c];
            for (int k = 0; k < x.cols; k++)
                z += x.at[r * x.cols + k] * in[2].at[k * out->cols + c];
            out->at[r * out->cols + c] = z;
        }
    }
}

/* The table's rows are [vector | bias 0 | bias 1]. */
static Matrix scores(const Matrix *in, const double *weight, int bias)
{
    Matrix out = {.rows = LOOKUPS, .cols = 1};
    for (int r = 0; r < LOOKUPS; r++) {
        const double *u = in[0].at + (int)id[looked_up[r]][0] * in[0].cols;
        const double *v = in[1].at + (int)id[looked_up[r]][1] * in[1].cols;
        out.at[r] = u[DIMENSION + bias] + v[DIMENSION + bias];
        for (int c = 0; c < DIMENSION; c++)
            out.at[r] += (weight ? weight[c] : 1) * u[c] * v[c];
    }
    return out;
}

static Var plain_call(Tape *tape, Var *in)
{
    make_tables(in);
    return factorise(tape, &table[0], &table[1], NULL, DIMENSION, 0, &rows);
}

static void plain_whole(const Matrix *in, Matrix *out)
{
    *out = scores(in, NULL, 0);
}

static Var weighted_call(Tape *tape, Var *in)
{
    make_tables(in);
    return factorise(tape, &table[0], &table[1], in[2], DIMENSION, 1, &rows);
}

static void weighted_whole(const Matrix *in, Matrix *out)
{
    *out = scores(in, in[2].at, 1);
}

/* Without the items' table the users' bias is left. */
static Var half_call(Tape *tape, Var *in)
{
    make_tables(in);
    table_free(&table[1]);
    return factorise(tape, &table[0], &table[1], in[2], DIMENSION, 1, &rows);
}

static void half_whole(const Matrix *in, Matrix *out)
{
    *out = (Matrix){.rows = LOOKUPS, .cols = 1};
    for (int r = 0; r < LOOKUPS; r++)
        out->at[r] = in[0].at[(int)id[looked_up[r]][0] * in[0].cols + DIMENSION + 1];
}

/* Two heads on one pair of tables, and one of them used twice. */
static Var heads_call(Tape *tape, Var *in)
{
    Var first = plain_call(tape, in);
    Var second = factorise(tape, &table[0], &table[1], in[2], DIMENSION, 1, &rows);
    return add(mul(first, first), second);
}

static void heads_whole(const Matrix *in, Matrix *out)
{
    Matrix first = scores(in, NULL, 0);
    *out = scores(in, in[2].at, 1);
    for (int r = 0; r < LOOKUPS; r++)
        out->at[r] += first.at[r] * first.at[r];
}

#define TABLE(rows, width)                                                                                   \
    {                                                                                                        \
        rows, width, -1, 1, MOVES                                                                            \
    }

/* Of entries up to 1: an id is in at most 3 of the rows, a layer's sum has 11 terms, a score 5. */
static const Operation operation[] = {
    {"embed", .call = embed_call, .whole = embed_whole, .collect = collect,
     .in = {TABLE(USERS, 3), TABLE(ITEMS, 5)}, .size = 3},
    {"embed_linear", .call = embed_linear_call, .whole = embed_linear_whole, .collect = collect,
     .in = {TABLE(USERS, 3), TABLE(ITEMS, 5), {10, 2, -1, 1, MOVES}, {1, 2, -1, 1, MOVES}}, .size = 11},
    {"embed_bags", .call = embed_bags_call, .whole = embed_bags_whole, .collect = collect,
     .in = {TABLE(USERS, 3), TABLE(ITEMS, 5)}, .size = 6},
    {"factorise", .call = plain_call, .whole = plain_whole, .collect = collect,
     .in = {TABLE(USERS, DIMENSION + 1), TABLE(ITEMS, DIMENSION + 1)}, .size = 6},
    {"factorise_weighted", .call = weighted_call, .whole = weighted_whole, .collect = collect,
     .in = {TABLE(USERS, DIMENSION + 2), TABLE(ITEMS, DIMENSION + 2), {1, DIMENSION, -1, 1, MOVES}},
     .size = 6},
    {"embed_some", .call = embed_some_call, .whole = embed_some_whole, .collect = collect,
     .in = {TABLE(USERS, 3), TABLE(ITEMS, 5)}, .size = 3},
    {"factorise_half", .call = half_call, .whole = half_whole, .collect = collect,
     .in = {TABLE(USERS, DIMENSION + 2), TABLE(ITEMS, DIMENSION + 2), {1, DIMENSION, -1, 1, MOVES}},
     .size = 6},
    {"two_heads", .call = heads_call, .whole = heads_whole, .collect = collect,
     .in = {TABLE(USERS, DIMENSION + 2), TABLE(ITEMS, DIMENSION + 2), {1, DIMENSION, -1, 1, MOVES}},
     .size = 36},
};

static void lookups_agree_with_plain_code(void **state)
{
    (void)state;
    gradient_check(operation, sizeof operation / sizeof *operation);
}

/* The sparse set: a row has one place however often it is asked for, places are in order of first use, and
 * memory left from the step before does not show. */
static void touched_rows_are_a_set(void **state)
{
    (void)state;
    enum { ROWS = 50, WIDTH = 3, STEPS_TAKEN = 3 };
    static const uint32_t asked[] = {7, 49, 7, 0, 12, 49, 7};
    static const uint32_t distinct[] = {7, 49, 0, 12};
    const AdamStep step = {.rate = 0.1F, .correction = 1};
    Table t;
    OK(table_create(&t, ROWS, WIDTH, 7, message));
    for (int k = 0; k < STEPS_TAKEN; k++) {
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
            table_gradient(&t, (asked[i] + (uint32_t)k) % ROWS)[0] += 1;
        assert_int_equal(t.count, 4);
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t row = (distinct[i] + (uint32_t)k) % ROWS;
            const float *grad = table_gradient(&t, row);
            assert_int_equal(t.touched[i], row);
            assert_true(grad[0] == (i == 0 ? 3 : i == 1 ? 2 : 1) && grad[1] == 0 && grad[2] == 0);
        }
        assert_int_equal(t.count, 4);
        table_update(&t, &step);
        assert_int_equal(t.count, 0);
    }
    table_free(&t);
    table_free(&t); /* empty after the first */
}

/* Only the first columns start random, with the asked spread. */
static void tables_start_as_asked(void **state)
{
    (void)state;
    enum { ROWS = 5000, WIDTH = 5, RANDOM = 2 };
    const double sd = 0.3;
    StreamKey key = {.seed = 6, .setting = ""};
    gsl_rng *generator = stream_open(&key, "table");
    Table t;
    assert_non_null(generator);
    OK(table_create(&t, ROWS, WIDTH, 10, message));
    assert_true(t.stride >= WIDTH && t.stride % 8 == 0);
    table_randomise(&t, generator, RANDOM, sd);
    gsl_rng_free(generator);
    double sum = 0;
    double squares = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        for (int c = 0; c < 3 * t.stride; c++) { /* values and both moments */
            double w = (double)table_row(&t, r)[c];
            assert_true(c < RANDOM || w == 0);
            sum += w;
            squares += w * w;
        }
    }
    /* of n normals, the mean has sd sd / sqrt(n) and the mean square sd^2 sqrt(2 / n) */
    double n = ROWS * RANDOM;
    assert_true(fabs(sum / n) < 4.5 * sd / sqrt(n));
    assert_true(fabs(squares / n - sd * sd) < 4.5 * sd * sd * sqrt(2 / n));
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_agree_with_plain_code),
        cmocka_unit_test(touched_rows_are_a_set),
        cmocka_unit_test(tables_start_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
