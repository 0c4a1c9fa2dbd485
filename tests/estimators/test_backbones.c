/* Every backbone: its logits against plain double code (tests/reference/backbones.h),
 * its gradients against finite differences of that code, and how its parameters start. */
#include "estimators/core/pass.h"
#include "tests/reference/backbones.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { ROWS = 300 }; /* more than GEMM_ROWS, so that layers take several rounds */
static const uint32_t cardinality[FIELDS] = {LARGEST, 5, 3};

/* Nets of many heads, and of one each. */
static const Estimator together = {
    .name = "together",
    .net = {HEAD(CTR) | HEAD(CVR) | HEAD(IMPUTATION) | HEAD(COUNTERFACTUAL),
            HEAD(RESIDUAL_P) | HEAD(RESIDUAL_E)},
};
static const Estimator apart = {.name = "apart", .net = {HEAD(CVR), HEAD(RESIDUAL_P), HEAD(RESIDUAL_E)}};
/* The steps to a purchase, for backbones that know an order of them. */
static const Estimator chained = {.name = "chained", .net = {HEAD(CTR) | HEAD(CVR) | HEAD(ACTION)}};
static const Estimator *const estimators[] = {&together, &apart, &chained};
enum { ESTIMATORS = sizeof estimators / sizeof *estimators };

/* Every backbone at every depth that its reference asks for. */
typedef struct Case {
    const char *backbone;
    PlainLogit *logit;
    int layers; /* and levels of ple */
} Case;

enum { MOST_CASES = 64 };
static Case cases[MOST_CASES];
static int case_count;

static void fill_cases(void)
{
    const BackboneReference *reference;
    for (int n = 0; (reference = backbone_reference(n)); n++)
        for (int d = 0; d < reference->depths; d++) {
            assert_true(case_count < MOST_CASES);
            cases[case_count++] = (Case){reference->backbone, reference->logit, reference->layers[d]};
        }
}

/* A log of random exposures, all of which are one batch. */
typedef struct Data {
    Log log;
    TrainingData training;
    Sampler *sampler;
    Tape *tape;
    gsl_rng *generator;
    ActivityStream stream;
    uint32_t item[LARGEST * EVENTS];
    uint8_t action[LARGEST * EVENTS];
    float gap[LARGEST * EVENTS];
} Data;

static const StreamKey key = {.seed = 5, .setting = ""};
static const TrainOptions train = {.batch = ROWS, .batch_unbiased = 1};

static int data_create(void **state)
{
    static Data d;
    fill_cases();
    Schema schema = {.categorical = FIELDS,
                     .name = {"user", "item", "segment"},
                     .cardinality = {cardinality[0], cardinality[1], cardinality[2]},
                     .dense = DENSE,
                     .events = EVENTS};
    OK(log_create(&d.log, &schema, ROWS, message));
    d.generator = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(d.generator);
    for (int i = 0; i < ROWS; i++) {
        d.log.click[i] = gsl_rng_uniform(d.generator) < 0.4;
        for (int f = 0; f < FIELDS; f++)
            d.log.x.id[i * FIELDS + f] = (uint32_t)gsl_rng_uniform_int(d.generator, cardinality[f]);
        for (int c = 0; c < DENSE; c++)
            d.log.x.dense[i * DENSE + c] = (float)gsl_ran_ugaussian(d.generator);
    }
    for (int e = 0; e < LARGEST * EVENTS; e++) {
        d.item[e] = (uint32_t)gsl_rng_uniform_int(d.generator, cardinality[FIELD_ITEM]);
        d.action[e] = (uint8_t)gsl_rng_uniform_int(d.generator, ACTIONS);
        d.gap[e] = (float)gsl_ran_exponential(d.generator, 2);
    }
    d.stream = (ActivityStream){.item = d.item, .action = d.action, .gap = d.gap};
    d.log.x.stream = &d.stream;
    d.training.log = &d.log;
    OK(sampler_create(&d.sampler, &d.training, &train, &key, message));
    OK(tape_create(&d.tape, message));
    *state = &d;
    return 0;
}

static int data_free(void **state)
{
    Data *d = *state;
    sampler_free(d->sampler);
    tape_free(d->tape);
    gsl_rng_free(d->generator);
    log_free(&d->log);
    return 0;
}

static const Backbone *backbone(const char *name)
{
    for (const Backbone *const *b = backbone_table; *b; b++)
        if (!strcmp((*b)->name, name))
            return *b;
    fail_msg("no backbone %s", name);
    return NULL;
}

/* A model on the batch. */
typedef struct Bench {
    const Case *c;
    Method method;
    char label[64];
    PassContext context;
    Pass pass;
} Bench;

static void bench_open(Bench *b, Data *d, const Case *c, const Estimator *estimator)
{
    *b = (Bench){.c = c, .method = {.estimator = estimator, .backbone = backbone(c->backbone)}};
    ModelOptions options = {.embedding = EMBEDDING,
                            .layers = c->layers,
                            .width = {8, 5, 6},
                            .init = 0.7,
                            .experts = 3,
                            .expert_width = 5,
                            .levels = c->layers};
    snprintf(b->label, sizeof b->label, "%s of %d layers, heads %s", c->backbone, c->layers, estimator->name);
    OK(model_create(&b->context.model,
                    &(ModelSetup){.method = &b->method,
                                  .options = &options,
                                  .schema = &d->log.x.schema,
                                  .lookups = batch_lookups(&train),
                                  .key = &key},
                    message));
    b->context.tape = d->tape;
}

static void bench_close(Bench *b)
{
    model_free(b->context.model);
}

static void bench_pass(Bench *b, Data *d, unsigned moves)
{
    tape_reset(d->tape);
    model_move(b->context.model, moves);
    sampler_next(d->sampler);
    pass_start(&b->pass, &b->context, d->sampler);
}

/* Gives every parameter a random value, those that start at a constant included. */
static void randomise(const Bench *b, gsl_rng *generator)
{
    for (int k = 0; k < b->context.model->nets; k++) {
        Net *net = &b->context.model->net[k];
        for (size_t i = 0; i < net->floats; i++)
            net->value[i] = (float)gsl_ran_gaussian(generator, 0.5);
        for (int f = 0; f < net->tables; f++)
            table_randomise(&net->table[f], generator, net->table[f].width, 0.7);
    }
}

static PlainRow row_of(const Data *d, uint32_t row)
{
    return (PlainRow){.id = d->log.x.id + (size_t)row * FIELDS,
                      .dense = d->log.x.dense + (size_t)row * DENSE,
                      .stream = d->log.x.stream};
}

static void compare_logits(Bench *b, Data *d, Head head, Space space)
{
    PlainParameters w = plain_parameters(model_net(b->context.model, head));
    plain_forget_streams();
    const Block *block = sampler_block(d->sampler, space);
    Var got = logit(&b->pass, head, space);
    assert_true(got->rows == block->rows && got->cols == 1 && block->rows > 0);
    for (int i = 0; i < block->rows; i++) {
        PlainRow x = row_of(d, block->row[i]);
        PlainNumber want = b->c->logit(&w, head, &x);
        if (!(fabs((double)got->value[i] - want.value) <= want.error))
            fail_msg("%s: logit of %s is %.9g, expected %.9g within %.2g", b->label, head_name(head),
                     (double)got->value[i], want.value, want.error);
    }
}

/* Over parts of D and over D, in either order of asking. */
static void logits_are_those_of_plain_code(void **state)
{
    static const Space orders[2][3] = {{D, O, N}, {N, O, D}};
    Data *d = *state;
    for (int k = 0; k < ESTIMATORS * case_count; k++) {
        Bench b;
        bench_open(&b, d, &cases[k / ESTIMATORS], estimators[k % ESTIMATORS]);
        randomise(&b, d->generator);
        for (int order = 0; order < 2; order++) {
            bench_pass(&b, d, MOVE_ALL);
            for (Head h = 0; h < HEADS; h++)
                for (int s = 0; s < 3 && model_net(b.context.model, h); s++)
                    compare_logits(&b, d, h, orders[order][s]);
        }
        bench_close(&b);
    }
}

/* sum over the heads of mean_D z^2 + mean_O z^2: O is a view of D, so their gradients must add up. */
static Var tape_loss(Bench *b)
{
    Var loss = NULL;
    for (Head h = 0; h < HEADS; h++) {
        if (!model_net(b->context.model, h))
            continue;
        Var everywhere = mean(square(logit(&b->pass, h, D))); /* first, so that O is a view */
        Var part = add(everywhere, mean(square(logit(&b->pass, h, O))));
        loss = loss ? add(loss, part) : part;
    }
    return loss;
}

/* The part of the heads of one net. */
static double plain_loss(const Bench *b, Data *d, const PlainParameters *w)
{
    double loss = 0;
    plain_forget_streams();
    for (Head h = 0; h < HEADS; h++)
        for (Space space = D; (w->net->heads & HEAD(h)) && space <= O; space++) {
            const Block *block = sampler_block(d->sampler, space);
            for (int i = 0; i < block->rows; i++) {
                PlainRow x = row_of(d, block->row[i]);
                loss += pow(b->c->logit(w, h, &x).value, 2) / block->rows;
            }
        }
    return loss;
}

/* Central differences: truncation is of order STEP^2, rounding 1e-16 loss / STEP = 1e-9 at a loss of 10. */
static const double STEP = 1e-6, DIFFERENCE = 1e-8;

/* Random parameters that leave no unit so near its kink that there is no derivative to compare. */
static void randomise_away_from_kinks(const Bench *b, Data *d)
{
    bool near = true;
    for (int attempt = 0; near; attempt++) {
        assert_true(attempt < 100);
        randomise(b, d->generator);
        plain_nearest_kink = HUGE_VAL;
        for (int k = 0; k < b->context.model->nets; k++) {
            PlainParameters w = plain_parameters(&b->context.model->net[k]);
            plain_loss(b, d, &w);
        }
        near = plain_nearest_kink < 10 * STEP;
    }
}

static double difference(const Bench *b, Data *d, PlainParameters *w, double *parameter)
{
    double kept = *parameter;
    *parameter = kept + STEP;
    double up = plain_loss(b, d, w);
    *parameter = kept - STEP;
    double down = plain_loss(b, d, w);
    *parameter = kept;
    return (up - down) / (2 * STEP);
}

/* On the way to a gradient lie at most 32 products summed forward and as many backward, and sums over the
 * rows: below 64 + ROWS roundings of parts that are of the size of the gradients. Experts and gates in two
 * levels add less than 128 each way: 14 + 5 products and the two softmaxes at 30. */
static void compare_entry(const Bench *b, double got, double want, const char *what, size_t place)
{
    if (!(fabs(got - want) <= (64 + 2 * 128 + ROWS) * U_ROUND * (1 + fabs(want)) + DIFFERENCE))
        fail_msg("%s: gradient of %s %zu is %.9g, expected %.9g", b->label, what, place, got, want);
}

static double table_slope(const Table *table, uint32_t row, int column)
{
    for (uint32_t k = 0; k < table->count; k++)
        if (table->touched[k] == row)
            return (double)table->grad[(size_t)k * (size_t)table->stride + (size_t)column];
    return 0;
}

/* Every STRIDE-th parameter, which meets all matrices and columns: STRIDE divides none of their sizes. */
enum { STRIDE = 11 };

static void compare_gradients(const Bench *b, Data *d, const Net *net)
{
    PlainParameters w = plain_parameters(net);
    for (size_t i = 0; i < net->floats; i += STRIDE)
        compare_entry(b, (double)net->grad[i], difference(b, d, &w, &w.dense[i]), "parameter", i);
    for (int f = 0; f < net->tables; f++) {
        int width = net->table[f].width;
        for (size_t i = 0; i < net->table[f].rows * (size_t)width; i += f ? 1 : STRIDE) {
            uint32_t r = (uint32_t)(i / (size_t)width);
            int c = (int)(i % (size_t)width);
            compare_entry(b, table_slope(&net->table[f], r, c), difference(b, d, &w, &w.table[f][r][c]),
                          net->table_name[f], i);
        }
    }
}

static const float UNTOUCHED = 123;

/* A net at a time moves: it gets its gradient, and nothing reaches the others. */
static void gradients_are_finite_differences(void **state)
{
    slow_under_valgrind();
    Data *d = *state;
    for (int k = 0; k < ESTIMATORS * case_count; k++) {
        Bench b;
        bench_open(&b, d, &cases[k / ESTIMATORS], estimators[k % ESTIMATORS]);
        randomise_away_from_kinks(&b, d);
        Model *model = b.context.model;
        for (int n = 0; n < model->nets; n++) {
            for (int other = 0; other < model->nets; other++)
                for (size_t i = 0; i < model->net[other].floats; i++)
                    model->net[other].grad[i] = UNTOUCHED;
            bench_pass(&b, d, 1U << n);
            tape_backward(d->tape, tape_loss(&b));
            compare_gradients(&b, d, &model->net[n]);
            for (int other = 0; other < model->nets; other++) {
                const Net *net = &model->net[other];
                for (size_t i = 0; other != n && i < net->floats; i++)
                    assert_true(net->grad[i] == UNTOUCHED);
                for (int f = 0; other != n && f < net->tables; f++)
                    assert_int_equal(net->table[f].count, 0);
            }
            model_update(model, 0, 0); /* forgets the touched rows */
        }
        bench_close(&b);
    }
}

/* As trained methods meet them: g_p and g_e are 0, the other heads are not. */
static void residual_heads_start_at_zero(void **state)
{
    Data *d = *state;
    for (int k = 0; k < ESTIMATORS * case_count; k++) {
        Bench b;
        bench_open(&b, d, &cases[k / ESTIMATORS], estimators[k % ESTIMATORS]);
        bench_pass(&b, d, MOVE_ALL);
        for (Head h = 0; h < HEADS; h++) {
            if (!model_net(b.context.model, h))
                continue;
            Var z = logit(&b.pass, h, D);
            int zeros = 0;
            for (int i = 0; i < z->rows; i++)
                zeros += z->value[i] == 0;
            if (zeros != (starts_at_zero(h) ? ROWS : 0))
                fail_msg("%s: head %s starts with %d zeros", b.label, head_name(h), zeros);
        }
        bench_close(&b);
    }
}

/* The residual heads must be able to leave zero. */
static void residual_heads_have_a_gradient_at_the_start(void **state)
{
    Data *d = *state;
    for (int k = 0; k < ESTIMATORS * case_count; k++) {
        Bench b;
        bench_open(&b, d, &cases[k / ESTIMATORS], estimators[k % ESTIMATORS]);
        for (Head h = RESIDUAL_P; h <= RESIDUAL_E && model_net(b.context.model, h); h++) {
            bench_pass(&b, d, MOVE_ALL);
            Net *net = model_net(b.context.model, h);
            tape_backward(d->tape, sum(logit(&b.pass, h, D)));
            int moved = 0;
            for (size_t i = 0; i < net->floats; i++)
                moved += net->grad[i] != 0;
            assert_true(moved > 0);
            model_update(b.context.model, 0, 0);
        }
        bench_close(&b);
    }
}

/* Mean squares against their expectations; 5 standard deviations of the mean of n squares, var(x^2) being
 * 4/45 of a uniform in [-1, 1] and 2 of a normal. */
static void parameters_start_as_documented(void **state)
{
    for (int k = 0; k < case_count; k++) {
        Bench b;
        bench_open(&b, *state, &cases[k], &together);
        const Net *net = &b.context.model->net[0];
        double squares = 0, n = 0;
        for (int m = 0; m < net->weights && strcmp(cases[k].backbone, "mf") != 0; m++) {
            const Weights *w = &net->weight[m];
            if (!strcmp(w->stream, "stitch"))
                continue;
            int inputs = net->weight[m - w->stream_index % 2].rows; /* a bias follows its matrix */
            if (!strcmp(w->stream, "lstm"))
                inputs = net->options->expert_width;
            for (int i = 0; i < w->rows * w->cols; i++, n++) {
                double x = (double)net->value[w->offset + (size_t)i] * sqrt(inputs);
                assert_true(fabs(x) <= 1 + 2 * U_ROUND);
                squares += x * x;
            }
        }
        for (int m = 0; m < net->weights && !strcmp(cases[k].backbone, "mf"); m++)
            for (int i = 0; i < net->weight[m].rows * net->weight[m].cols; i++)
                assert_true(net->value[net->weight[m].offset + (size_t)i] == 1);
        assert_true(n == 0 || fabs(squares / n - 1.0 / 3) < 5 * sqrt(4.0 / 45 / n));
        squares = n = 0;
        for (int f = 0; f < net->tables; f++)
            for (uint32_t r = 0; r < net->table[f].rows; r++)
                for (int c = 0; c < net->table[f].width; c++) {
                    double x = (double)table_row(&net->table[f], r)[c] / 0.7;
                    assert_true((x != 0) == (c < EMBEDDING)); /* the biases of mf start at 0 */
                    squares += x * x;
                    n += c < EMBEDDING;
                }
        assert_true(fabs(squares / n - 1) < 5 * sqrt(2 / n));
        bench_close(&b);
    }
}

static const Case stitched = {"cross_stitch", plain_cross_stitch, 3};

/* 0.9 on the diagonal of the stitches, and 0.1 over the others. */
static void stitches_start_near_the_identity(void **state)
{
    static const Estimator pair = {.name = "pair", .net = {HEAD(CTR) | HEAD(CVR)}};
    for (int many = 0; many <= 1; many++) {
        Bench b;
        bench_open(&b, *state, &stitched, many ? &together : &pair);
        const Net *net = &b.context.model->net[0];
        int n = many ? 4 : 2;
        for (int l = 0; l < stitched.layers; l++) {
            const Weights *w = plain_weights(net, "stitch", l);
            assert_true(w && w->rows == n && w->cols == n);
            for (int i = 0; i < n * n; i++)
                assert_true(net->value[w->offset + (size_t)i] == (float)(i % (n + 1) ? 0.1 / (n - 1) : 0.9));
        }
        bench_close(&b);
    }
}

/* Bit for bit: what a stitch of ones and zeros adds is exactly 0. */
static void identity_stitches_are_separate_towers(void **state)
{
    static const Case plain = {"towers", plain_towers, 3};
    Data *d = *state;
    Bench a, b;
    bench_open(&a, d, &plain, &together);
    bench_open(&b, d, &stitched, &together);
    for (int k = 0; k < b.context.model->nets; k++) {
        const Net *net = &b.context.model->net[k];
        for (int l = 0; l < stitched.layers; l++) {
            const Weights *w = plain_weights(net, "stitch", l);
            for (int i = 0; i < w->rows * w->cols; i++)
                net->value[w->offset + (size_t)i] = i % (w->cols + 1) == 0;
        }
    }
    bench_pass(&a, d, MOVE_ALL);
    pass_start(&b.pass, &b.context, d->sampler); /* on the same batch */
    for (Head h = 0; h < HEADS; h++)
        if (model_net(a.context.model, h))
            assert_memory_equal(logit(&a.pass, h, D)->value, logit(&b.pass, h, D)->value,
                                ROWS * sizeof(float));
    bench_close(&a);
    bench_close(&b);
}

/* What heads share is computed once: over clicks it is rows of what there is over the exposures. */
static void shared_values_over_clicks_are_views(void **state)
{
    Data *d = *state;
    for (int k = 0; k < case_count; k++) {
        Bench b;
        bench_open(&b, d, &cases[k], &together);
        bench_pass(&b, d, MOVE_ALL);
        logit(&b.pass, CTR, D);
        logit(&b.pass, CVR, O);
        for (int s = 0; s < SHARED_SLOTS; s++) {
            const Var *known = b.pass.shared[0][s];
            assert_true(!known[D] || !known[O] || known[O]->view_of == known[D]);
        }
        bench_close(&b);
    }
}

static void some_backbones_need_a_layer(void **state)
{
    static const char *const name[] = {"shared_bottom", "aitm"};
    Data *d = *state;
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        Method method = {.estimator = &together, .backbone = backbone(name[k])};
        ModelOptions options = {.embedding = EMBEDDING, .init = 0.1};
        Model *model;
        Message message;
        assert_int_equal(model_create(&model,
                                      &(ModelSetup){.method = &method,
                                                    .options = &options,
                                                    .schema = &d->log.x.schema,
                                                    .lookups = 1,
                                                    .key = &key},
                                      &message),
                         STATUS_USAGE);
        assert_null(model);
        assert_non_null(strstr(message.text, "model.layers"));
        assert_non_null(strstr(message.text, name[k]));
    }
}

static void every_backbone_has_a_reference(void **state)
{
    (void)state;
    for (const Backbone *const *b = backbone_table; *b; b++) {
        int found = 0;
        for (int k = 0; k < case_count; k++)
            found += !strcmp(cases[k].backbone, (*b)->name);
        if (!found)
            fail_msg("backbone %s has no row in tests/reference/backbones.c", (*b)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_are_those_of_plain_code),
        cmocka_unit_test(gradients_are_finite_differences),
        cmocka_unit_test(residual_heads_start_at_zero),
        cmocka_unit_test(residual_heads_have_a_gradient_at_the_start),
        cmocka_unit_test(parameters_start_as_documented),
        cmocka_unit_test(stitches_start_near_the_identity),
        cmocka_unit_test(identity_stitches_are_separate_towers),
        cmocka_unit_test(shared_values_over_clicks_are_views),
        cmocka_unit_test(some_backbones_need_a_layer),
        cmocka_unit_test(every_backbone_has_a_reference),
    };
    return cmocka_run_group_tests(tests, data_create, data_free);
}
