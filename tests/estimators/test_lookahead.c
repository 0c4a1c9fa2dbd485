/* The look-ahead on every backbone: how the risk on U after a step answers to the weight of a row, against
 * plain double code (tests/reference/backbones.h) that takes the whole step. */
#include "estimators/core/lookahead.h"
#include "tests/reference/backbones.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { ROWS = 14, UNBIASED = 8, MOST = 512 };
static const uint32_t cardinality[FIELDS] = {LARGEST, 5, 3};
static const double RATE = 0.3;

typedef struct Case {
    const char *backbone;
    PlainLogit *logit;
    int layers;
} Case;

static const Case cases[] = {
    {"towers", plain_towers, 0},
    {"towers", plain_towers, 1},
    {"towers", plain_towers, 3},
    {"shared_bottom", plain_shared_bottom, 1},
    {"shared_bottom", plain_shared_bottom, 3},
    {"mf", plain_mf, 2},
};
enum { CASES = sizeof cases / sizeof *cases };

/* A method that weights the clicked rows as told. */
static float weight[ROWS];

static Var errors(Pass *s)
{
    return bce(logit(s, CVR, O), conversions(s, O));
}

static Var step(Pass *s)
{
    Var e = errors(s);
    return sum(mul(tape_leaf(pass_tape(s), e->rows, 1, weight, NULL), e));
}

static Var risk(Pass *s)
{
    return mean(bce(logit(s, CVR, U), conversions(s, U)));
}

static Var weight_loss(Pass *s)
{
    return sum(mul(exponential(logit(s, WEIGHT, O)), lookahead_slope(s, errors)));
}

static const Lookahead ahead = {.step = step, .risk = risk, .rate = 0};
static const Estimator weighting = {
    .name = "weighting",
    .net = {HEAD(CVR), HEAD(WEIGHT)},
    .phase = {{weight_loss, 1 << 1, &ahead}},
};

/* Random logs, of which every step sees all rows. */
typedef struct Data {
    Log log, unbiased;
    TrainingData training;
    Sampler *sampler;
    Tape *tape;
    gsl_rng *generator;
} Data;

static const StreamKey key = {.seed = 6, .setting = ""};
static const TrainOptions train = {.batch = ROWS, .batch_unbiased = UNBIASED};

static void fill(Log *log, gsl_rng *generator, double clicked)
{
    for (size_t i = 0; i < log->x.rows; i++) {
        log->click[i] = gsl_rng_uniform(generator) < clicked;
        log->conversion[i] = log->click[i] && gsl_rng_uniform(generator) < 0.4;
        for (size_t f = 0; f < FIELDS; f++)
            log->x.id[i * FIELDS + f] = (uint32_t)gsl_rng_uniform_int(generator, cardinality[f]);
        for (size_t c = 0; c < DENSE; c++)
            log->x.dense[i * DENSE + c] = (float)gsl_ran_ugaussian(generator);
    }
}

static int data_create(void **state)
{
    static Data d;
    Schema schema = {.categorical = FIELDS,
                     .name = {"user", "item", "segment"},
                     .cardinality = {cardinality[0], cardinality[1], cardinality[2]},
                     .dense = DENSE};
    OK(log_create(&d.log, &schema, ROWS, message));
    OK(log_create(&d.unbiased, &schema, UNBIASED, message));
    d.generator = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(d.generator);
    fill(&d.log, d.generator, 0.5);
    fill(&d.unbiased, d.generator, 1);
    for (int k = 0; k < ROWS; k++)
        weight[k] = (float)gsl_ran_flat(d.generator, 0.2, 2);
    d.training = (TrainingData){.log = &d.log, .unbiased = &d.unbiased};
    OK(sampler_create(&d.sampler, &d.training, &train, &key, message));
    sampler_next(d.sampler);
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
    log_free(&d->unbiased);
    return 0;
}

typedef struct Bench {
    const Case *c;
    Data *d;
    char label[64];
    Method method;
    PassContext context;
    Net *net; /* of CVR */
} Bench;

static void bench_open(Bench *b, Data *d, const Case *c)
{
    *b = (Bench){.c = c, .d = d, .method = {.estimator = &weighting, .backbone = backbone_find(c->backbone)}};
    ModelOptions options = {.embedding = EMBEDDING, .layers = c->layers, .width = {4, 5, 3}, .init = 0.7};
    snprintf(b->label, sizeof b->label, "%s of %d layers", c->backbone, c->layers);
    OK(model_create(&b->context.model,
                    &(ModelSetup){.method = &b->method,
                                  .options = &options,
                                  .schema = &d->log.x.schema,
                                  .lookups = batch_lookups(&train),
                                  .key = &key},
                    message));
    OK(trial_create(&b->context.trial, &weighting, b->context.model, message));
    b->context.tape = d->tape;
    b->context.constants = &RATE;
    b->net = model_net(b->context.model, CVR);
}

static void bench_close(Bench *b)
{
    trial_free(b->context.trial);
    model_free(b->context.model);
}

static void randomise(const Bench *b)
{
    for (size_t i = 0; i < b->net->floats; i++)
        b->net->value[i] = (float)gsl_ran_gaussian(b->d->generator, 0.5);
    for (int f = 0; f < b->net->tables; f++)
        table_randomise(&b->net->table[f], b->d->generator, b->net->table[f].width, 0.7);
}

static int length(const PlainParameters *w)
{
    int n = (int)w->net->floats;
    for (int f = 0; f < w->net->tables; f++)
        n += (int)w->net->table[f].rows * w->net->table[f].width;
    assert_true(n <= MOST);
    return n;
}

static double *entry(PlainParameters *w, int i)
{
    if (i < (int)w->net->floats)
        return &w->dense[i];
    i -= (int)w->net->floats;
    int f = 0;
    for (; i >= (int)w->net->table[f].rows * w->net->table[f].width; f++)
        i -= (int)w->net->table[f].rows * w->net->table[f].width;
    return &w->table[f][i / w->net->table[f].width][i % w->net->table[f].width];
}

static void add_to(PlainParameters *w, double by, const double *direction)
{
    for (int i = 0, n = length(w); i < n; i++)
        *entry(w, i) += by * direction[i];
}

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* PlainRow k of a space: its logit and label. */
static PlainNumber logit_at(const Bench *b, const PlainParameters *w, Space space, int k)
{
    const Block *block = sampler_block(b->d->sampler, space);
    const Features *x = &block->log->x;
    PlainRow row = {.id = x->id + (size_t)block->row[k] * FIELDS,
                    .dense = x->dense + (size_t)block->row[k] * DENSE};
    return b->c->logit(w, CVR, &row);
}

static double label_at(const Bench *b, Space space, int k)
{
    return (double)sampler_block(b->d->sampler, space)->conversion[k];
}

static double error_at(const Bench *b, const PlainParameters *w, Space space, int k)
{
    double z = logit_at(b, w, space, k).value;
    return log1p(exp(z)) - label_at(b, space, k) * z;
}

static double slope_in_logit(const Bench *b, const PlainParameters *w, Space space, int k)
{
    return 1 / (1 + exp(-logit_at(b, w, space, k).value)) - label_at(b, space, k);
}

/* Of differences in double. Rounding errs by 1e-15 / STEP = 1e-11 on numbers of order 10, the truncation of
 * fourth order by less. */
static const double STEP = 1e-4, DIFFERENCE = 1e-8;

/* By central differences, of functions that are linear in each parameter: nothing is truncated. */
static void logit_gradient(const Bench *b, PlainParameters *w, Space space, int k, double *gradient)
{
    for (int i = 0, n = length(w); i < n; i++) {
        double *at = entry(w, i), kept = *at;
        *at = kept + STEP;
        double above = logit_at(b, w, space, k).value;
        *at = kept - STEP;
        gradient[i] = (above - logit_at(b, w, space, k).value) / (2 * STEP);
        *at = kept;
    }
}

/* The truth about one look-ahead. */
typedef struct Truth {
    PlainParameters theta;
    int parameters, rows;
    double gradient[ROWS][MOST]; /* of the logits of O at theta */
    double v[MOST], norm;
    double steepest; /* logit of U at theta' */
} Truth;

static PlainParameters after_step(const Bench *b, const Truth *t, int row, double by)
{
    PlainParameters w = t->theta;
    for (int k = 0; k < t->rows; k++) {
        double more = k == row ? by : 0;
        add_to(&w, -RATE * ((double)weight[k] + more) * slope_in_logit(b, &t->theta, O, k), t->gradient[k]);
    }
    return w;
}

static double risk_at(const Bench *b, const PlainParameters *w)
{
    double sum = 0;
    for (int k = 0; k < UNBIASED; k++)
        sum += error_at(b, w, U, k);
    return sum / UNBIASED;
}

/* False where a kink is in reach of the differences: parameters and weights that move by STEP move an input
 * of max(0, .) by less than 100 of it. */
static bool find_truth(const Bench *b, Truth *t)
{
    *t = (Truth){.theta = plain_parameters(b->net)};
    t->parameters = length(&t->theta);
    t->rows = sampler_block(b->d->sampler, O)->rows;
    assert_true(t->rows > 4 && t->rows < ROWS && sampler_block(b->d->sampler, U)->rows == UNBIASED);
    for (int k = 0; k < t->rows; k++)
        logit_gradient(b, &t->theta, O, k, t->gradient[k]);
    PlainParameters w = after_step(b, t, 0, 0);
    plain_nearest_kink = HUGE_VAL;
    for (int k = 0; k < t->rows; k++)
        logit_at(b, &t->theta, O, k);
    for (int k = 0; k < UNBIASED; k++)
        logit_at(b, &w, U, k);
    if (plain_nearest_kink < 100 * STEP)
        return false;
    for (int k = 0; k < UNBIASED; k++) {
        double gradient[MOST], slope = slope_in_logit(b, &w, U, k) / UNBIASED;
        logit_gradient(b, &w, U, k, gradient);
        for (int i = 0; i < t->parameters; i++)
            t->v[i] += slope * gradient[i];
        t->steepest = fmax(t->steepest, sqrt(dot(gradient, gradient, t->parameters)));
    }
    t->norm = sqrt(dot(t->v, t->v, t->parameters));
    return true;
}

static double risk_after(const Bench *b, const Truth *t, int k, double by)
{
    PlainParameters w = after_step(b, t, k, by);
    return risk_at(b, &w);
}

/* The derivative of the whole risk by the weight of row k: a central difference of fourth order. */
static double whole_slope(const Bench *b, const Truth *t, int k)
{
    double near = risk_after(b, t, k, STEP) - risk_after(b, t, k, -STEP);
    double far = risk_after(b, t, k, 2 * STEP) - risk_after(b, t, k, -2 * STEP);
    return (8 * near - far) / (12 * STEP);
}

/* -eta <v, grad e_k>, forward. */
static double forward_slope(const Bench *b, const Truth *t, int k)
{
    return -RATE * slope_in_logit(b, &t->theta, O, k) * dot(t->v, t->gradient[k], t->parameters);
}

/* The central difference over +-by v / |v| in double. */
static double central_slope(const Bench *b, const Truth *t, int k, double by)
{
    PlainParameters above = t->theta, below = t->theta;
    add_to(&above, by / t->norm, t->v);
    add_to(&below, -by / t->norm, t->v);
    return -RATE * t->norm * (error_at(b, &above, O, k) - error_at(b, &below, O, k)) / (2 * by);
}

/* What float may do to the central difference: the two row losses are good to the bound of their logits, the
 * same again for the rounding of the moved parameters, and 16 u for each unit of what l(y, q) is made of,
 * over 2 TRIAL_LENGTH; v passes through less than 128 operations. */
static double rounding(const Bench *b, const Truth *t, int k)
{
    PlainNumber z = logit_at(b, &t->theta, O, k);
    double row = 2 * z.error + 16 * U_ROUND * (1 + fabs(z.value));
    double steep = sqrt(dot(t->gradient[k], t->gradient[k], t->parameters));
    return RATE * (t->norm * row / TRIAL_LENGTH + 128 * U_ROUND * t->steepest * steep);
}

/* No input of a max(0, .) can change its sign over 2 TRIAL_LENGTH, as far as is known here: a first layer's
 * are sums of products of the parameters that move, and move at most as the norm of the factors. */
static bool kinks_are_far(const Bench *b, const Truth *t)
{
    PlainParameters w = t->theta;
    double squares = 1 + DENSE * 9; /* the bias, and dense columns, which are below 3 */
    for (int i = 0; i < t->parameters; i++)
        squares += pow(*entry(&w, i), 2);
    plain_nearest_kink = HUGE_VAL;
    for (int k = 0; k < t->rows; k++)
        logit_at(b, &w, O, k);
    double reach = b->c->layers > 1 ? 1e9 : 2 * TRIAL_LENGTH * (sqrt(squares) + 2 * TRIAL_LENGTH);
    return plain_nearest_kink > reach;
}

static Var look_ahead(Bench *b, Pass *pass)
{
    assert_true(isfinite(trial_run(&ahead, &b->context, b->d->sampler)));
    tape_reset(b->d->tape);
    model_move(b->context.model, weighting.phase[0].moves);
    pass_start(pass, &b->context, b->d->sampler);
    return lookahead_slope(pass, errors);
}

static void compare(const Bench *b, const char *with, int k, double got, double want, double error)
{
    if (!(fabs(got - want) <= error))
        fail_msg("%s: slope of row %d is %.9g, %s %.9g +- %.2g", b->label, k, got, with, want, error);
}

/* In double, the derivative of the whole risk is -eta <v, grad e_k>; in float, it is the central difference
 * of the same length, and where no kink is near that is the derivative to within its truncation: less than
 * the difference to a length of twice as much, which truncates four times as much. */
static void check_slopes(Bench *b, const Truth *t, bool smooth)
{
    Pass pass;
    Var got = look_ahead(b, &pass);
    assert_true(got->rows == t->rows && got->cols == 1 && !got->needs_grad);
    for (int k = 0; k < t->rows; k++) {
        double slope = (double)got->value[k], error = rounding(b, t, k);
        double central = central_slope(b, t, k, TRIAL_LENGTH), exact = forward_slope(b, t, k);
        double truncation = fabs(central_slope(b, t, k, 2 * TRIAL_LENGTH) - central);
        compare(b, "whole risk", k, exact, whole_slope(b, t, k), DIFFERENCE);
        compare(b, "central difference", k, slope, central, error);
        if (smooth)
            compare(b, "forward", k, slope, exact, error + truncation + DIFFERENCE);
    }
}

static void slopes_are_those_of_the_whole_risk(void **state)
{
    static Truth t;
    for (int c = 0; c < CASES; c++) {
        Bench b;
        bench_open(&b, *state, &cases[c]);
        int smooth = 0, checked = 0;
        for (int attempt = 0; attempt < 150; attempt++) {
            randomise(&b);
            if (!find_truth(&b, &t))
                continue;
            bool far = kinks_are_far(&b, &t);
            check_slopes(&b, &t, far);
            smooth += far;
            checked++;
        }
        bool deep = cases[c].layers > 1 && cases[c].logit != plain_mf;
        assert_true(checked > 4 && (deep ? smooth == 0 : smooth > 2));
        bench_close(&b);
    }
}

/* All that a net has, moments of tables and gradients of none included. */
typedef struct Copy {
    float dense[FLOATS], table[FIELDS][LARGEST * 3 * UNITS];
} Copy;

static Copy copy_of(const Net *net)
{
    Copy copy;
    memset(&copy, 0, sizeof copy);
    if (net->floats)
        memcpy(copy.dense, net->value, net->floats * sizeof(float));
    for (int f = 0; f < net->tables; f++) {
        size_t floats = (size_t)net->table[f].rows * 3 * (size_t)net->table[f].stride;
        assert_true(floats <= LARGEST * 3 * UNITS);
        memcpy(copy.table[f], net->table[f].value, floats * sizeof(float));
        assert_int_equal(net->table[f].count, 0);
    }
    return copy;
}

/* Also -0, numbers that the step swallows, and NaN. */
static void parameters_are_back_bit_for_bit(void **state)
{
    static const float odd[] = {0.25F, -0.0F, 1e-40F, 1e30F, NAN};
    Data *d = *state;
    for (int k = 0; k < 5 * CASES; k++) {
        Bench b;
        Pass pass;
        bench_open(&b, d, &cases[k / 5]);
        randomise(&b);
        if (b.net->floats)
            b.net->value[b.net->floats / 2] = odd[k % 5];
        table_row(&b.net->table[0], d->log.x.id[0])[0] = odd[k % 5];
        Copy before = copy_of(b.net), weights = copy_of(model_net(b.context.model, WEIGHT));
        double ahead_of_step = trial_run(&ahead, &b.context, d->sampler);
        Copy after = copy_of(b.net);
        assert_memory_equal(&before, &after, sizeof before);
        assert_true(k % 5 > 2 || isfinite(ahead_of_step));
        assert_true(k % 5 < 4 || isnan(ahead_of_step));
        tape_reset(d->tape);
        model_move(b.context.model, weighting.phase[0].moves);
        pass_start(&pass, &b.context, d->sampler);
        Var slope = lookahead_slope(&pass, errors);
        after = copy_of(b.net);
        assert_memory_equal(&before, &after, sizeof before);
        after = copy_of(model_net(b.context.model, WEIGHT));
        assert_memory_equal(&weights, &after, sizeof weights);
        assert_true(k % 5 > 2 || isfinite(slope->value[0]));
        bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes_are_those_of_the_whole_risk),
        cmocka_unit_test(parameters_are_back_bit_for_bit),
    };
    return cmocka_run_group_tests(tests, data_create, data_free);
}
