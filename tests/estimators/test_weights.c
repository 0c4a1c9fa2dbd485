/* Weights of rows. A row of weight w counts as w rows: the loss of every phase of every estimator, and the
 * gradient with respect to each logit, are those of a log that has the row w times; and with a weight of 1
 * everywhere training is that of a log without weights, to the last bit. */
#include "estimators/core/lookahead.h"
#include "tests/support/lookup_backbone.h"
#include "tests/support/toy_log.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* Weights go 1, 2, 3, 1, ..., so that so many rows count as EXPOSURES, and as UNBIASED less 2. */
enum { KEPT = EXPOSURES / 2, KEPT_UNBIASED = UNBIASED / 2 - 1, COUNTED_UNBIASED = UNBIASED - 2 };

/* As in test_losses.c: no value or gradient passes through more than 32 operations, each good to 8 u; and the
 * slopes of a look-ahead are differences of row losses over 2^-6, which float rounds by less than 64 u and
 * which are multiplied by numbers that are no smaller than 0.047 times half of the largest entry. */
static const double ROUNDING = 32 * 8 * (double)FLT_EPSILON / 2;
static const double SLOPE = 64 * (double)FLT_EPSILON / 2 / TRIAL_LENGTH / (0.5 * 0.047);

static int weight_at(int row)
{
    return 1 + row % 3;
}

/* A log with weights, and the same with rows repeated in their place. */
typedef struct Logs {
    Log log[2], unbiased[2];
    int row[2][ROWS]; /* of the log with weights: where a row of either is from, those of U from KEPT on */
} Logs;

enum { WEIGHED, REPEATED };

static void fill_row(Log *to, int at, const Log *from, int row)
{
    to->click[at] = from->click[row];
    to->conversion[at] = from->conversion[row];
    if (to->behaviour)
        to->behaviour->action[at] = from->behaviour->action[row];
    if (to->propensity)
        to->propensity[at] = from->propensity[row];
}

static void create_pair(Log log[2], int rows, int counted, bool forced, gsl_rng *g)
{
    const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};
    const int count[2] = {rows, counted};
    for (int k = 0; k < 2; k++) {
        OK(log_create(&log[k], &schema, (size_t)count[k], message));
        if (!forced) {
            OK(log_add_behaviour(&log[k], message));
            assert_non_null(log[k].propensity = calloc((size_t)count[k], sizeof *log[k].propensity));
        }
    }
    Log *weighed = &log[WEIGHED];
    assert_non_null(weighed->weight = calloc((size_t)rows, sizeof *weighed->weight));
    for (int i = 0, at = 0; i < rows; i++) {
        weighed->click[i] = forced || gsl_rng_uniform(g) < 0.4;
        weighed->conversion[i] = weighed->click[i] && gsl_rng_uniform(g) < 0.4;
        weighed->weight[i] = (float)weight_at(i);
        if (!forced) {
            weighed->behaviour->action[i] = weighed->click[i] && gsl_rng_uniform(g) < 0.5;
            weighed->propensity[i] = (float)gsl_ran_flat(g, 0.02, 0.98);
        }
        for (int copy = 0; copy < weight_at(i); copy++)
            fill_row(&log[REPEATED], at++, weighed, i);
    }
}

static int logs_create(void **state)
{
    static Logs logs;
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    create_pair(logs.log, KEPT, EXPOSURES, false, g);
    create_pair(logs.unbiased, KEPT_UNBIASED, COUNTED_UNBIASED, true, g);
    gsl_rng_free(g);
    for (int i = 0, at = 0; i < KEPT; i++) {
        logs.row[WEIGHED][i] = i;
        for (int copy = 0; copy < weight_at(i); copy++)
            logs.row[REPEATED][at++] = i;
    }
    for (int i = 0, at = EXPOSURES; i < KEPT_UNBIASED; i++) {
        logs.row[WEIGHED][EXPOSURES + i] = KEPT + i;
        for (int copy = 0; copy < weight_at(i); copy++)
            logs.row[REPEATED][at++] = KEPT + i;
    }
    *state = &logs;
    return 0;
}

static int logs_free(void **state)
{
    Logs *logs = *state;
    for (int k = 0; k < 2; k++) {
        log_free(&logs->log[k]);
        log_free(&logs->unbiased[k]);
    }
    return 0;
}

/* What a phase makes of a log: its loss, and the gradient summed over the copies of a row; the last one is
 * that of what the rows of a head have in common. */
typedef struct PhaseResult {
    double loss, gradient[HEADS][KEPT + KEPT_UNBIASED + 1];
} PhaseResult;

static void set_logits(const Logs *logs, int kind, const Net *net)
{
    for (Head h = 0; h < HEADS; h++)
        for (int i = 0; (net->heads & HEAD(h)) && i < ROWS; i++)
            net->value[net->weight[net->layer_zero[h]].offset + (size_t)i] =
                (float)(3 * sin(1 + 7 * (double)h + 1.7 * logs->row[kind][i]));
}

static void take_gradients(const Logs *logs, int kind, const Model *model, PhaseResult *result)
{
    const int rows = (int)logs->log[kind].x.rows, unbiased = (int)logs->unbiased[kind].x.rows;
    for (int k = 0; k < model->nets; k++) {
        const Net *net = &model->net[k];
        for (Head h = 0; h < HEADS; h++) {
            if (!net->moves || !(net->heads & HEAD(h)))
                continue;
            const float *grad = net->grad + net->weight[net->layer_zero[h]].offset;
            for (int i = 0; i < ROWS; i++)
                if (i < rows || (i >= EXPOSURES && i < EXPOSURES + unbiased))
                    result->gradient[h][logs->row[kind][i]] += (double)grad[i];
            result->gradient[h][KEPT + KEPT_UNBIASED] = (double)grad[ROWS];
        }
    }
}

/* A kind that rows of the method's stream have. */
static StreamKind kind_of(const Estimator *e, int row, bool converts)
{
    if (e->deadline)
        return row % 2 ? STREAM_DEADLINE : STREAM_FIRST;
    return converts ? (StreamKind)(row % 3) : row % 2 ? STREAM_NEGATIVE : STREAM_FIRST;
}

/* The clicked rows of a log as those of a stream: copies of a row are of its kind. */
static size_t stream_of(const Logs *logs, int kind, const Estimator *e, StreamRow fed[EXPOSURES])
{
    const Log *log = &logs->log[kind];
    size_t rows = 0;
    for (uint32_t i = 0; i < log->x.rows; i++) {
        const int of = logs->row[kind][i];
        if (log->click[i])
            fed[rows++] = (StreamRow){.row = i,
                                      .label = log->conversion[i],
                                      .kind = (uint8_t)kind_of(e, of, log->conversion[i]),
                                      .elapsed = 0.4F,
                                      .delay = log->conversion[i] ? 0.1F * (float)(1 + of % 3) : INFINITY,
                                      .early = log->conversion[i] && of % 3 != STREAM_DELAYED};
    }
    return rows;
}

static void run_phase(const Logs *logs, int kind, const Estimator *e, const Phase *phase,
                      const double *constant, PhaseResult *result)
{
    static const StreamKey key = {.seed = 3, .setting = ""};
    const TrainOptions train = {.batch = EXPOSURES, .batch_unbiased = UNBIASED};
    const ModelOptions options = {.embedding = 0};
    Log log = logs->log[kind];
    if (!(e->needs & NEEDS_PROPENSITY))
        log.propensity = NULL;
    const StreamPlan plan = {.attribution = 1};
    const TrainingData data = {.log = &log, .unbiased = &logs->unbiased[kind], .plan = &plan};
    StreamRow fed[EXPOSURES];
    Estimator on_lookup = *e;
    memset(on_lookup.own, 0, sizeof on_lookup.own);
    const Method method = {.estimator = &on_lookup, .backbone = &lookup_backbone};
    PassContext context = {
        .constants = constant, .clip = 0.15, .learned = {.distortion = {.scale = 1}}, .share_done = 0.375};
    Sampler *sampler;
    Pass pass;
    *result = (PhaseResult){0};
    OK(sampler_create(&sampler, &data, &train, &key, message));
    if (e->stream)
        sampler_feed(sampler, fed, stream_of(logs, kind, e, fed), true);
    sampler_epoch(sampler);
    sampler_next(sampler);
    OK(tape_create(&context.tape, message));
    OK(model_create(&context.model,
                    &(ModelSetup){.method = &method,
                                  .options = &options,
                                  .schema = &log.x.schema,
                                  .lookups = batch_lookups(&train),
                                  .key = &key},
                    message));
    OK(trial_create(&context.trial, &on_lookup, context.model, message));
    for (int k = 0; k < context.model->nets; k++)
        set_logits(logs, kind, &context.model->net[k]);
    if (e->teacher)
        set_logits(logs, kind, &context.model->teacher);
    if (phase->lookahead)
        trial_run(phase->lookahead, &context, sampler);
    tape_reset(context.tape);
    model_move(context.model, phase->moves);
    for (int k = 0; k < context.model->nets; k++)
        memset(context.model->net[k].grad, 0, context.model->net[k].floats * sizeof(float));
    pass_start(&pass, &context, sampler);
    Var loss = phase->loss(&pass);
    result->loss = (double)loss->value[0];
    tape_backward(context.tape, loss);
    take_gradients(logs, kind, context.model, result);
    trial_free(context.trial);
    model_free(context.model);
    tape_free(context.tape);
    sampler_free(sampler);
}

/* Defaults, and of the constant of that number its other value where it names a variant. What draws at
 * random row by row is set to keep all rows, as copies of a row would have draws of their own; split_balance
 * cannot be. False where there is no such variant. */
static bool choose_constants(const Estimator *e, int variant, double *constant)
{
    for (int k = 0; k < constant_count(e); k++) {
        const Constant *c = &e->constant[k];
        constant[k] = c->value;
        if (!strcmp(e->name, "aman") && !strcmp(c->key, "share"))
            constant[k] = 1;
        if (!strcmp(e->name, "unbias") && !strcmp(c->key, "scale"))
            constant[k] = 1e6;
        if (k != variant)
            continue;
        if (c->value != 0 || c->high != 1 || !strcmp(c->key, "split_balance"))
            return false;
        constant[k] = 1;
    }
    return variant < constant_count(e);
}

static void compare(const Logs *logs, const Estimator *e, int number, int variant, const double *constant)
{
    static PhaseResult result[2];
    const Phase *phase = &e->phase[number];
    for (int kind = 0; kind < 2; kind++)
        run_phase(logs, kind, e, phase, constant, &result[kind]);
    const double bound = ROUNDING + (phase->lookahead ? SLOPE : 0);
    double largest = 0;
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i <= KEPT + KEPT_UNBIASED; i++)
            largest = fmax(largest, fabs(result[REPEATED].gradient[h][i]));
    if (!(largest > 0) && variant < 0) /* a variant may leave a phase nothing to move */
        fail_msg("%s, phase %d: no gradient", e->name, number);
    /* the parts of a loss are of the order of its largest: 1 here, and not more than 1 / clip each */
    if (!(fabs(result[WEIGHED].loss - result[REPEATED].loss) <= bound * (1 + fabs(result[REPEATED].loss))))
        fail_msg("%s, phase %d, variant %d: loss %.9g, of repeated rows %.9g", e->name, number, variant,
                 result[WEIGHED].loss, result[REPEATED].loss);
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i <= KEPT + KEPT_UNBIASED; i++)
            if (!(fabs(result[WEIGHED].gradient[h][i] - result[REPEATED].gradient[h][i]) <= bound * largest))
                fail_msg("%s, phase %d, variant %d: gradient of head %d, row %d is %.9g, of repeated rows "
                         "%.9g",
                         e->name, number, variant, h, i, result[WEIGHED].gradient[h][i],
                         result[REPEATED].gradient[h][i]);
}

static void a_row_of_weight_w_is_w_rows(void **state)
{
    int variants = 0;
    for (const Estimator *const *e = estimator_table; *e; e++)
        for (int variant = -1; variant < constant_count(*e); variant++) {
            double constant[MAX_CONSTANTS];
            if (!choose_constants(*e, variant, constant) && variant >= 0)
                continue;
            variants += variant >= 0;
            for (int number = 0; (*e)->phase[number].loss; number++)
                compare(*state, *e, number, variant, constant);
        }
    assert_true(variants > 10); /* there are more than 10 published forms that a constant names */
}

/* As floats, two methods' predictions after training with weights of 1 and without. */
static void train_toy(const Toy *t, const Estimator *e, float *cvr)
{
    const Method method = {.estimator = e, .backbone = backbone_find(e->backbone ? e->backbone : "towers")};
    const EstimatorOptions options = toy_options(e);
    TrainingData data = t->data;
    Log log = *data.log;
    if (!(e->needs & NEEDS_PROPENSITY))
        log.propensity = NULL;
    data.log = &log;
    Fit *fit;
    FitReport report;
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    OK(fit_predict(fit, &log.x, cvr, NULL, message));
    fit_free(fit);
}

static void a_weight_of_one_is_none(void **state)
{
    (void)state;
    static float without[TOY_ROWS], with[TOY_ROWS], one[TOY_ROWS];
    void *created;
    toy_create(&created);
    Toy *t = created;
    t->log.propensity = t->propensity;
    for (int i = 0; i < TOY_ROWS; i++)
        one[i] = 1;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        train_toy(t, *e, without);
        t->log.weight = t->unbiased.weight = one;
        train_toy(t, *e, with);
        t->log.weight = t->unbiased.weight = NULL;
        if (memcmp(without, with, sizeof with) != 0)
            fail_msg("%s: weights of 1 change what is predicted", (*e)->name);
    }
    t->log.propensity = NULL;
    toy_free(&created);
}

/* |B| of the sums over O: with batches of clicks the weight of the exposures that the clicks stand for. */
static void exposures_count_by_weight(void **state)
{
    const Logs *logs = *state;
    static const StreamKey key = {.seed = 3, .setting = ""};
    double exposures[2], share[2], rate[2];
    for (int draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++) {
        for (int kind = 0; kind < 2; kind++) {
            const TrainOptions train = {.batch = EXPOSURES, .batch_unbiased = UNBIASED, .draw = (Draw)draw};
            const TrainingData data = {.log = &logs->log[kind], .unbiased = &logs->unbiased[kind]};
            Sampler *sampler;
            OK(sampler_create(&sampler, &data, &train, &key, message));
            sampler_epoch(sampler);
            sampler_next(sampler);
            exposures[kind] = sampler_exposures(sampler);
            share[kind] = sampler_share_of_unbiased(sampler);
            rate[kind] = sampler_click_rate(sampler);
            sampler_free(sampler);
        }
        assert_true(fabs(exposures[REPEATED] / EXPOSURES - 1) < 1e-15);
        assert_true(fabs(exposures[WEIGHED] / exposures[REPEATED] - 1) < 1e-15);
        assert_true(fabs(share[WEIGHED] / share[REPEATED] - 1) < 1e-15);
        assert_true(fabs(rate[WEIGHED] / rate[REPEATED] - 1) < 1e-15);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_of_weight_w_is_w_rows, logs_create, logs_free),
        cmocka_unit_test_setup_teardown(exposures_count_by_weight, logs_create, logs_free),
        cmocka_unit_test(a_weight_of_one_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
