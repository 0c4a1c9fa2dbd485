/* What keeps the embeddings of dt_ips and dt_dr apart: its value and its gradient in every entry, against
 * plain double code and finite differences of it, on backbones that read their tables in different ways. */
#include "tests/support/toy_bench.h"

enum { BATCH = 64, WIDTH = 4, FIELDS = 2, MOST_ROWS = 20, NETS = 2 };

/* Embeddings by net (of c, of clicks alone), column and row. */
typedef double Embeddings[NETS][FIELDS][MOST_ROWS][WIDTH];

/* The loss with this weight, and its gradient in the embeddings. */
static double loss_with(Bench *b, double beta, Embeddings slope)
{
    Pass pass;
    b->options.constant[1] = beta;
    assert_string_equal(b->method.estimator->constant[1].key, "beta");
    tape_reset(b->context.tape);
    model_move(b->context.model, MOVE_ALL);
    pass_start(&pass, &b->context, b->sampler);
    Var loss = b->method.estimator->phase[0].loss(&pass);
    tape_backward(b->context.tape, loss);
    for (int n = 0; n < NETS; n++)
        for (int f = 0; f < FIELDS; f++) {
            Table *table = &b->context.model->net[n].table[f];
            for (uint32_t r = 0; r < table->rows; r++)
                for (int c = 0; c < WIDTH; c++)
                    slope[n][f][r][c] = (double)table_gradient(table, r)[c];
            table->count = 0; /* forgets them */
        }
    return (double)loss->value[0];
}

/* R of the rows of a space. */
static double plain_overlap(const Bench *b, Space space, Embeddings z)
{
    const Block *block = sampler_block(b->sampler, space);
    double total = 0;
    for (int f = 0; f < FIELDS; f++) {
        double inner[WIDTH][WIDTH] = {{0}}, squares = 0;
        for (int k = 0; k < block->rows; k++) {
            uint32_t id = block->log->x.id[block->row[k] * FIELDS + (uint32_t)f];
            for (int i = 0; i < WIDTH; i++) {
                squares += pow(z[0][f][id][i], 2) + pow(z[1][f][id][i], 2);
                for (int j = 0; j < WIDTH; j++)
                    inner[i][j] += z[0][f][id][i] * z[1][f][id][j];
            }
        }
        total += squares / (block->rows * 2 * WIDTH);
        for (int i = 0; i < WIDTH; i++)
            for (int j = 0; j < WIDTH; j++)
                total +=
                    pow(inner[i][j] / (b->options.constant[2] == 1 ? block->rows : 1), 2) / WIDTH / WIDTH;
    }
    return total;
}

static double plain_penalty(const Bench *b, Embeddings z)
{
    return plain_overlap(b, D, z) + plain_overlap(b, O, z);
}

/* The penalty is the difference of two losses, which are good to some 1e-6 of their size. */
static void check_penalty(const Toy *t, const char *name, Draw draw, double normalised, double beta)
{
    static Embeddings z, with, without;
    const double step = 1e-4;
    Bench b;
    bench_open(&b, t, name, draw);
    assert_string_equal(b.method.estimator->constant[2].key, "normalised");
    b.options.constant[2] = normalised;
    for (int n = 0; n < NETS; n++)
        for (int f = 0; f < FIELDS; f++)
            for (uint32_t r = 0; r < b.context.model->net[n].table[f].rows; r++)
                for (int c = 0; c < WIDTH; c++)
                    z[n][f][r][c] = (double)table_row(&b.context.model->net[n].table[f], r)[c];
    double got = loss_with(&b, beta, with) - loss_with(&b, 0, without), want = beta * plain_penalty(&b, z);
    assert_true(want > 0.1);
    if (fabs(got - want) > 1e-5 * (1 + want))
        fail_msg("%s: penalty %g, expected %g", name, got, want);
    double largest = 0;
    for (int n = 0; n < NETS; n++)
        for (int f = 0; f < FIELDS; f++)
            for (uint32_t r = 0; r < b.context.model->net[n].table[f].rows; r++)
                for (int c = 0; c < WIDTH; c++) {
                    double kept = z[n][f][r][c];
                    z[n][f][r][c] = kept + step;
                    double above = plain_penalty(&b, z);
                    z[n][f][r][c] = kept - step;
                    double slope = beta * (above - plain_penalty(&b, z)) / (2 * step);
                    z[n][f][r][c] = kept;
                    double difference = with[n][f][r][c] - without[n][f][r][c];
                    largest = fmax(largest, fabs(slope));
                    if (fabs(difference - slope) > 1e-5 * (1 + want))
                        fail_msg("%s: net %d, column %d, row %d: slope %g, expected %g", name, n, f, (int)r,
                                 difference, slope);
                }
    assert_true(largest > 0.01);
    bench_close(&b);
}

static void embeddings_are_kept_apart_as_the_formula_says(void **state)
{
    static const char *const name[] = {"dt_ips", "dt_dr", "mf+dt_ips", "mf+dt_dr", "mmoe+dt_ips"};
    for (int k = 0; k < 5; k++)
        for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++) {
            check_penalty(*state, name[k], draw, 0, 0.01);
            check_penalty(*state, name[k], draw, 1, 1);
        }
}

/* The click probabilities of a fit are those of c and the offset together: at the start the rates of the log.
 */
static void a_fit_predicts_clicks_from_both_nets(void **state)
{
    static const char *const name[] = {"dt_ips", "mf+dt_dr"};
    static float cvr[TOY_ROWS], ctr[TOY_ROWS];
    const Toy *t = *state;
    for (int k = 0; k < 2; k++) {
        Method method;
        Fit *fit;
        OK(method_find(name[k], &method, message));
        EstimatorOptions options = toy_options(method.estimator);
        options.model.init = 0;
        options.model.layers = 0;
        options.model.prior_start = SWITCH_ON;
        OK(fit_create(&fit,
                      &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                      message));
        OK(fit_predict(fit, &t->log.x, cvr, ctr, message));
        fit_free(fit);
        double mean_c = 0, mean_p = 0, clicks = (double)log_clicks(&t->log), conversions_seen = 0;
        for (int i = 0; i < TOY_ROWS; i++) {
            mean_c += log((double)cvr[i] / (1 - (double)cvr[i])) / TOY_ROWS;
            mean_p += log((double)ctr[i] / (1 - (double)ctr[i])) / TOY_ROWS;
            conversions_seen += t->log.conversion[i];
        }
        /* weights of dense columns are below 1/sqrt(inputs) = 0.32, of columns of mean 0 */
        assert_true(fabs(mean_c - log((conversions_seen + 0.5) / (clicks - conversions_seen + 0.5))) < 0.5);
        assert_true(fabs(mean_p - log((clicks + 0.5) / (TOY_ROWS - clicks + 0.5))) < 0.8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_are_kept_apart_as_the_formula_says),
        cmocka_unit_test(a_fit_predicts_clicks_from_both_nets),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
