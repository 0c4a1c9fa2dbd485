/* The linear models of user, item and label: their logits and gradients against sums by hand. */
#include "estimators/backbones/label_effects.h"
#include "estimators/core/pass.h"
#include "tests/support/toy_log.h"

enum { BATCH = 64 };

static const Estimator weights = {
    .name = "weights",
    .net = {HEAD(CVR), HEAD(WEIGHT) | HEAD(WEIGHT_ALL) | HEAD(IMPUTATION) | HEAD(RESIDUAL_E)},
    .own = {NULL, &label_effects}};
static const Head heads[] = {WEIGHT, WEIGHT_ALL, IMPUTATION};

typedef struct Bench {
    Method method;
    EstimatorOptions options;
    Sampler *sampler;
    PassContext context;
    Pass pass;
    Net *net;
} Bench;

static void bench_open(Bench *b, const Toy *t, Draw draw)
{
    *b = (Bench){.method = {.estimator = &weights, .backbone = backbone_find("towers")},
                 .options = toy_options(&weights)};
    b->options.train.batch = BATCH;
    b->options.train.draw = draw;
    OK(sampler_create(&b->sampler, &t->data, &b->options.train, &toy_key, message));
    OK(tape_create(&b->context.tape, message));
    OK(model_create(&b->context.model,
                    &(ModelSetup){.method = &b->method,
                                  .options = &b->options.model,
                                  .schema = &t->log.x.schema,
                                  .lookups = batch_lookups(&b->options.train),
                                  .key = &toy_key},
                    message));
    b->net = model_net(b->context.model, WEIGHT);
    sampler_epoch(b->sampler);
    sampler_next(b->sampler);
    model_move(b->context.model, 1 << 1);
    pass_start(&b->pass, &b->context, b->sampler);
}

static void bench_close(Bench *b)
{
    model_free(b->context.model);
    tape_free(b->context.tape);
    sampler_free(b->sampler);
}

static Space space_of(Head head)
{
    return head == WEIGHT ? O : D;
}

/* r of clicks, o of exposures. */
static double label_of(const Bench *b, Head head, int k)
{
    const Block *block = sampler_block(b->sampler, space_of(head));
    const Log *log = block->log;
    return head == WEIGHT ? log->conversion[block->row[k]] : log->click[block->row[k]];
}

static const uint32_t *ids_at(const Bench *b, Head head, int k)
{
    const Block *block = sampler_block(b->sampler, space_of(head));
    return block->log->x.id + 2 * (size_t)block->row[k];
}

static void they_start_at_zero(void **state)
{
    Bench b;
    bench_open(&b, *state, DRAW_EXPOSURES);
    for (int h = 0; h < 3; h++) {
        Var z = logit(&b.pass, heads[h], space_of(heads[h]));
        for (int k = 0; k < z->rows; k++)
            assert_true(z->value[k] == 0);
    }
    bench_close(&b);
}

/* Effects are multiples of 1/16 below 16: their sums are exact. */
static float draw(gsl_rng *generator)
{
    return (float)gsl_rng_uniform_int(generator, 255) / 16 - 8;
}

static void randomise(const Net *net, gsl_rng *generator)
{
    for (size_t i = 0; i < net->floats; i++)
        net->value[i] = draw(generator);
    for (int f = 0; f < 2; f++)
        for (uint32_t r = 0; r < net->table[f].rows; r++)
            for (int c = 0; c < net->table[f].width; c++)
                table_row(&net->table[f], r)[c] = draw(generator);
}

/* The factor of the label, or with 1 for `next` the constant. */
static const float *of_label(const Bench *b, Head head, int next, const float *block)
{
    return block + b->net->weight[b->net->layer_zero[head] + next].offset;
}

static double effect(const Bench *b, int field, uint32_t id, int h)
{
    return (double)table_row(&b->net->table[field], id)[h]; /* columns in the order of the heads */
}

static int column_of(Head head)
{
    return head == IMPUTATION ? 0
           : head == WEIGHT   ? 2
                              : 3; /* the second is that of RESIDUAL_E, without use */
}

static void check_values(Bench *b, Head head)
{
    Var z = logit(&b->pass, head, space_of(head));
    const float *a = of_label(b, head, 0, b->net->value), *bias = of_label(b, head, 1, b->net->value);
    int rows = sampler_block(b->sampler, space_of(head))->rows, ones = 0;
    assert_true(z->rows == rows && z->cols == 1);
    for (int k = 0; k < rows; k++) {
        double y = label_of(b, head, k), want = (double)a[0] * y + (double)bias[0];
        const uint32_t *id = ids_at(b, head, k);
        if (head != IMPUTATION)
            want += effect(b, 0, id[0], column_of(head)) + effect(b, 1, id[1], column_of(head));
        assert_true((double)z->value[k] == want);
        ones += y > 0;
    }
    assert_true(ones > 0 && ones < rows);
}

/* The gradient of a sum of logits counts: rows, rows with the label, rows of a user. */
static void check_gradient(Bench *b, Head head)
{
    Space space = space_of(head);
    int rows = sampler_block(b->sampler, space)->rows;
    double count[TOY_USERS] = {0}, labels = 0;
    for (int k = 0; k < rows; k++) {
        labels += label_of(b, head, k);
        count[ids_at(b, head, k)[0]]++;
    }
    tape_backward(b->context.tape, sum(logit(&b->pass, head, space)));
    const float *da = of_label(b, head, 0, b->net->grad), *dbias = of_label(b, head, 1, b->net->grad);
    assert_true((double)da[0] == labels && (double)dbias[0] == rows);
    const Table *users = &b->net->table[0];
    assert_true(head == IMPUTATION ? users->count == 0 : users->count > 0);
    for (uint32_t k = 0; k < users->count; k++)
        for (int c = 0; c < users->width; c++)
            assert_true((double)users->grad[k * (uint32_t)users->stride + (uint32_t)c] ==
                        (c == column_of(head) ? count[users->touched[k]] : 0));
}

static void they_are_linear_in_user_item_and_label(void **state)
{
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(generator);
    for (Draw draws = DRAW_EXPOSURES; draws <= DRAW_CLICKS; draws++)
        for (int h = 0; h < 3; h++) {
            Bench b;
            bench_open(&b, *state, draws);
            randomise(b.net, generator);
            check_values(&b, heads[h]);
            check_gradient(&b, heads[h]);
            bench_close(&b);
        }
    gsl_rng_free(generator);
}

/* a o r: what a conversion adds, and nothing else. */
static void a_conversion_adds_its_own(void **state)
{
    Bench b;
    double converted = 0;
    bench_open(&b, *state, DRAW_EXPOSURES);
    float *a = b.net->value + b.net->weight[b.net->layer_zero[RESIDUAL_E]].offset;
    assert_true(*a == 0);
    *a = 1.75F;
    Var z = logit(&b.pass, RESIDUAL_E, D);
    const Block *block = sampler_block(b.sampler, D);
    for (int k = 0; k < block->rows; k++) {
        assert_true(z->value[k] == (block->log->conversion[block->row[k]] ? 1.75F : 0));
        converted += block->log->conversion[block->row[k]];
    }
    tape_backward(b.context.tape, sum(z));
    assert_true(converted > 0 && (double)b.net->grad[a - b.net->value] == converted);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_start_at_zero),
        cmocka_unit_test(they_are_linear_in_user_item_and_label),
        cmocka_unit_test(a_conversion_adds_its_own),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
