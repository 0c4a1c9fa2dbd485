/* Every phase of every estimator: its loss, and the gradient with respect to each logit, against plain double
 * code (tests/plain_losses.h) and finite differences of it. The backbone here has one free parameter a head
 * and row, so a parameter's gradient is that of a logit. */
#include "estimators/core/pass.h"
#include "tests/plain_losses.h"

#include <float.h>
#include <gsl/gsl_randist.h>

/* Rounding: no value or gradient passes through more than 32 operations, each good to 4 ulp = 8 u where it is
 * vector math; u = FLT_EPSILON / 2. */
static const double ROUNDING = 32 * 8 * (double)FLT_EPSILON / 2;

static const double CLIP = 0.15;

/* A free parameter for each head and row. */

typedef struct Lookup {
    const uint32_t *row;
    uint32_t first;
} Lookup;

static void lookup_backward(Node *node)
{
    const Lookup *lookup = node->saved;
    float *to = gradient(node->input[0]);
    for (int i = 0; i < node->rows; i++)
        to[lookup->first + lookup->row[i]] += node->grad[i];
}

static Var lookup_logit(Net *net, Pass *pass, Head head, Space space)
{
    Tape *tape = pass_tape(pass);
    RowSet rows = pass_rows(pass, space);
    Var all = net_parameter(net, tape, net->layer_zero[head]);
    Var node = tape_node(tape, rows.rows, 1, all, NULL, NULL, lookup_backward);
    Lookup *lookup = tape_bytes(tape, sizeof *lookup);
    *lookup = (Lookup){.row = rows.row, .first = space == U ? EXPOSURES : 0};
    node->saved = lookup;
    for (int i = 0; i < rows.rows; i++)
        node->value[i] = all->value[lookup->first + rows.row[i]];
    return node;
}

static Status lookup_build(Net *net, Message *message)
{
    (void)message;
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            net->layer_zero[h] = net_weights(net, ROWS, 1, 0, 0, "logits", h);
    return STATUS_OK;
}

static const Backbone lookup_backbone = {.name = "lookup", .build = lookup_build, .logit = lookup_logit};

/* The cases. */

typedef struct Case {
    const char *estimator;
    int phase;
    unsigned moves; /* heads */
    double (*loss)(const Plain *b);
} Case;

enum {
    CLICK_AND_CVR = HEAD(CTR) | HEAD(CVR),
    WITH_IMPUTATION = CLICK_AND_CVR | HEAD(IMPUTATION),
    CLICK_AND_GRAPH = HEAD(CTR) | HEAD(ACTION) | HEAD(BUY_AFTER_ACTION) | HEAD(BUY_OTHERWISE),
    RESIDUALS = HEAD(RESIDUAL_P) | HEAD(RESIDUAL_E),
};

static const Case cases[] = {
    {"naive", 0, HEAD(CVR), plain_naive},
    {"esmm", 0, CLICK_AND_CVR, plain_esmm},
    {"ips", 0, HEAD(CVR), plain_ips},
    {"snips", 0, HEAD(CVR), plain_snips},
    {"multi_ipw", 0, CLICK_AND_CVR, plain_multi_ipw},
    {"multi_dr", 0, WITH_IMPUTATION, plain_multi_dr},
    {"escm2_ips", 0, CLICK_AND_CVR, plain_escm2_ips},
    {"escm2_dr", 0, WITH_IMPUTATION, plain_escm2_dr},
    {"dr_jl", 0, HEAD(CVR), plain_two_model_prediction},
    {"dr_jl", 1, HEAD(IMPUTATION), plain_dr_jl_imputation},
    {"mrdr", 0, HEAD(CVR), plain_two_model_prediction},
    {"mrdr", 1, HEAD(IMPUTATION), plain_mrdr_imputation},
    {"dcmt", 0, CLICK_AND_CVR | HEAD(COUNTERFACTUAL), plain_dcmt},
    {"nise", 0, CLICK_AND_CVR, plain_nise},
    {"res_ips", 0, HEAD(CTR), plain_click},
    {"res_ips", 1, HEAD(RESIDUAL_P), plain_res_ips_residual},
    {"res_ips", 2, HEAD(CVR), plain_res_ips_prediction},
    {"res_dr", 0, HEAD(CTR) | HEAD(IMPUTATION), plain_res_dr_nominal},
    {"res_dr", 1, RESIDUALS, plain_res_dr_residual},
    {"res_dr", 2, HEAD(CVR), plain_res_dr_prediction},
    {"unbiased_only", 0, HEAD(CVR), plain_unbiased_only},
    {"combine", 0, HEAD(CVR), plain_combine},
    {"esm2", 0, CLICK_AND_GRAPH, plain_esm2},
    {"aitm", 0, CLICK_AND_CVR, plain_aitm},
    {"aitm_action", 0, CLICK_AND_CVR | HEAD(ACTION), plain_aitm_action},
};
enum { CASES = sizeof cases / sizeof *cases };

/* The batches: of exposures, with clicks of its own, and of one kind of row only. */
typedef struct Kind {
    const char *name;
    Draw draw;
    int batch, skip; /* batches to leave out */
    bool shuffle;
} Kind;

static const Kind kinds[] = {
    {"exposures", DRAW_EXPOSURES, 40, 0, true},
    {"clicks", DRAW_CLICKS, 20, 0, true},
    {"no clicks", DRAW_EXPOSURES, 4, 0, false}, /* rows 0 to 3 of the log */
    {"clicks only", DRAW_EXPOSURES, 4, 1, false},
};

typedef enum Source { GIVEN, LEARNED, DISTORTED, SOURCES } Source;
static const char *const source_name[SOURCES] = {"given", "learned", "distorted"};

static const Distortion distortion = {.scale = 1.2, .shift = -0.3, .noise = 0.5, .beta = 0.05};
static const double distortion_mean = 0.5;

typedef struct Data {
    Log log, unbiased;
    float propensity[EXPOSURES], noise[EXPOSURES];
    float z[HEADS][ROWS];
} Data;

static int data_create(void **state)
{
    static Data d;
    Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};
    OK(log_create(&d.log, &schema, EXPOSURES, message));
    OK(log_create(&d.unbiased, &schema, UNBIASED, message));
    OK(log_add_behaviour(&d.log, message));
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    for (int i = 0; i < EXPOSURES; i++) {
        bool click = gsl_rng_uniform(g) < 0.4;
        d.log.click[i] = i < 8 ? i >= 4 : click;
        d.log.conversion[i] = d.log.click[i] && gsl_rng_uniform(g) < 0.4;
        d.propensity[i] = (float)gsl_ran_flat(g, 0.02, 0.98);
        d.noise[i] = (float)gsl_ran_ugaussian(g);
    }
    d.propensity[0] = d.propensity[4] = 0;
    d.propensity[1] = d.propensity[5] = 1;
    for (int i = 0; i < UNBIASED; i++) {
        d.unbiased.click[i] = 1;
        d.unbiased.conversion[i] = gsl_rng_uniform(g) < 0.3;
    }
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < ROWS; i++)
            d.z[h][i] = (float)gsl_ran_flat(g, -3, 3);
    for (int i = 0; i < EXPOSURES; i++)
        d.log.behaviour->action[i] = d.log.click[i] && gsl_rng_uniform(g) < 0.5;
    gsl_rng_free(g);
    *state = &d;
    return 0;
}

static int data_free(void **state)
{
    Data *d = *state;
    d->log.propensity = NULL; /* not its own */
    log_free(&d->log);
    log_free(&d->unbiased);
    return 0;
}

/* A phase set up on a batch. */
typedef struct Bench {
    const Case *c;
    const Kind *kind;
    Source source;
    char label[128];
    TrainingData data;
    Method method;
    TrainOptions train;
    ModelOptions model;
    double constant[MAX_CONSTANTS];
    Sampler *sampler;
    PassContext context;
    Scores z;
    Plain plain;
} Bench;

static const Estimator *find(const char *name)
{
    for (const Estimator *const *e = estimator_table; *e; e++)
        if (!strcmp((*e)->name, name))
            return *e;
    fail_msg("no estimator %s", name);
    return NULL;
}

/* The constants of both sides; the defaults must be those of METHODS. */
static void bench_constants(Bench *b, bool other)
{
    const Estimator *e = b->method.estimator;
    b->plain.estimator = e->name;
    b->plain.other = other;
    for (int k = 0; k < constant_count(e); k++) {
        assert_true(e->constant[k].value == plain_setting(e->name, e->constant[k].key)->methods);
        b->constant[k] = plain_constant(&b->plain, e->constant[k].key);
    }
}

/* The side of the plain code: its rows are those of the sampler's blocks. */
static void bench_plain(Bench *b, const Data *d)
{
    Plain *p = &b->plain;
    for (Space space = 0; space < SPACES; space++) {
        const Block *block = sampler_block(b->sampler, space);
        p->rows[space] = block->rows;
        for (int k = 0; k < block->rows; k++)
            p->row[space][k] = (int)block->row[k] + (space == U ? EXPOSURES : 0);
    }
    for (int i = 0; i < ROWS; i++) {
        const Log *log = i < EXPOSURES ? &d->log : &d->unbiased;
        p->o[i] = log->click[i < EXPOSURES ? i : i - EXPOSURES];
        p->r[i] = log->conversion[i < EXPOSURES ? i : i - EXPOSURES];
        p->d[i] = i < EXPOSURES ? d->log.behaviour->action[i] : 0;
        for (int h = 0; h < HEADS; h++)
            b->z[h][i] = (double)d->z[h][i];
    }
    double clicks = 0;
    for (int i = 0; i < EXPOSURES; i++)
        clicks += p->o[i];
    p->z = p->s = b->z;
    p->exposures = b->kind->draw == DRAW_CLICKS ? p->rows[O] * EXPOSURES / clicks : p->rows[D];
    p->share = UNBIASED / (UNBIASED + clicks);
    p->clip = CLIP;
    p->scale = p->average = 1;
    static double given[EXPOSURES];
    for (int i = 0; i < EXPOSURES; i++)
        given[i] = (double)d->propensity[i];
    p->given = b->source == GIVEN ? given : NULL;
    if (b->source == DISTORTED) {
        p->scale = distortion.scale;
        p->shift = distortion.shift;
        p->beta = distortion.beta;
        p->average = distortion_mean;
        for (int i = 0; i < EXPOSURES; i++)
            p->noise[i] = distortion.noise * (double)d->noise[i];
    }
}

static void bench_open(Bench *b, Data *d, const Case *c, const Kind *kind, Source source, bool other)
{
    static const StreamKey key = {.seed = 3, .setting = ""};
    *b = (Bench){.c = c, .kind = kind, .source = source};
    snprintf(b->label, sizeof b->label, "%s, phase %d, batch of %s, %s propensities, %s constants",
             c->estimator, c->phase, kind->name, source_name[source], other ? "other" : "default");
    b->method = (Method){.estimator = find(c->estimator), .backbone = &lookup_backbone};
    b->train = (TrainOptions){.batch = kind->batch, .batch_unbiased = 12, .draw = kind->draw};
    b->data = (TrainingData){.log = &d->log, .unbiased = &d->unbiased};
    d->log.propensity = source == GIVEN ? d->propensity : NULL;
    bench_constants(b, other);
    OK(sampler_create(&b->sampler, &b->data, &b->train, &key, message));
    if (kind->shuffle)
        sampler_epoch(b->sampler);
    for (int k = 0; k < kind->skip; k++) {
        sampler_next(b->sampler);
        sampler_block(b->sampler, D);
    }
    sampler_next(b->sampler);
    bench_plain(b, d);
    OK(tape_create(&b->context.tape, message));
    OK(model_create(&b->context.model, &b->method, &b->model, &d->log.x.schema, batch_lookups(&b->train),
                    &key, message));
    for (Head h = 0; h < HEADS; h++) {
        Net *net = model_net(b->context.model, h);
        if (net)
            memcpy(net->value + net->weight[net->layer_zero[h]].offset, d->z[h], sizeof d->z[h]);
    }
    b->context.constants = b->constant;
    b->context.clip = CLIP;
    b->context.learned = (LearnedPropensity){.distortion = {.scale = 1}};
    if (source == DISTORTED)
        b->context.learned =
            (LearnedPropensity){.distortion = distortion, .mean = distortion_mean, .noise = d->noise};
}

static void bench_close(Bench *b)
{
    model_free(b->context.model);
    tape_free(b->context.tape);
    sampler_free(b->sampler);
}

static double moved_loss(Bench *b, Scores z, Head h, int i, double by)
{
    double kept = z[h][i];
    z[h][i] += by;
    b->plain.z = z;
    double loss = b->c->loss(&b->plain);
    z[h][i] = kept;
    return loss;
}

/* Central difference of fourth order. */
static double difference(Bench *b, Scores z, Head h, int i, double step)
{
    double near = moved_loss(b, z, h, i, step) - moved_loss(b, z, h, i, -step);
    double far = moved_loss(b, z, h, i, 2 * step) - moved_loss(b, z, h, i, -2 * step);
    return (8 * near - far) / (12 * step);
}

/* What each difference is good to: truncation is of order step^4 = 1e-12, rounding 1e-16 / step = 1e-13. */
static const double STEP = 1e-3, DIFFERENCE = 1e-9;

/* The gradient of the plain loss, zero for heads that the phase does not move; returns its largest entry. */
static double plain_gradient(Bench *b, Scores slope)
{
    Scores z;
    double largest = 0;
    memcpy(z, b->z, sizeof z);
    memset(slope, 0, sizeof(Scores));
    for (Head h = 0; h < HEADS; h++) {
        for (int i = 0; (b->c->moves & HEAD(h)) && i < ROWS; i++) {
            slope[h][i] = difference(b, z, h, i, STEP);
            /* a kink within reach would show here */
            assert_true(fabs(slope[h][i] - difference(b, z, h, i, STEP / 2)) < DIFFERENCE);
            largest = fmax(largest, fabs(slope[h][i]));
        }
    }
    b->plain.z = b->z;
    return largest;
}

static void compare_gradient(Bench *b)
{
    static Scores slope;
    double largest = plain_gradient(b, slope);
    for (Head h = 0; h < HEADS; h++) {
        const Net *net = model_net(b->context.model, h);
        for (int i = 0; net && (b->c->moves & HEAD(h)) && i < ROWS; i++) {
            double got = (double)net->grad[net->weight[net->layer_zero[h]].offset + (size_t)i];
            if (!(fabs(got - slope[h][i]) <= ROUNDING * largest + DIFFERENCE))
                fail_msg("%s: gradient of head %d, row %d is %.9g, expected %.9g", b->label, (int)h, i, got,
                         slope[h][i]);
        }
    }
}

static const float UNTOUCHED = 123;

/* Nets move as the case says, and the gradients of the others stay as they were. */
static void check_moves(Bench *b)
{
    Model *model = b->context.model;
    for (int k = 0; k < model->nets; k++) {
        const Net *net = &model->net[k];
        unsigned moved = net->heads & b->c->moves;
        assert_true(moved == 0 || moved == net->heads);
        assert_int_equal(net->moves, moved != 0);
        for (size_t i = 0; !moved && i < net->floats; i++)
            if (net->grad[i] != UNTOUCHED)
                fail_msg("%s: touches the gradient of net %d", b->label, k);
    }
}

/* A step of the optimiser leaves the logits of the other heads as they were. */
static void check_update(Bench *b, const Data *d)
{
    model_update(b->context.model, 0.1, 0.01);
    for (Head h = 0; h < HEADS; h++) {
        const Net *net = model_net(b->context.model, h);
        if (net && memcmp(net->value + net->weight[net->layer_zero[h]].offset, d->z[h], sizeof d->z[h]) != 0)
            assert_true(b->c->moves & HEAD(h));
    }
}

static Var tape_loss(Bench *b, Pass *pass)
{
    const Phase *phase = &b->method.estimator->phase[b->c->phase];
    assert_non_null(phase->loss);
    model_move(b->context.model, phase->moves);
    pass_start(pass, &b->context, b->sampler);
    Var loss = phase->loss(pass);
    assert_true(loss->rows == 1 && loss->cols == 1);
    return loss;
}

static void run(Data *d, const Case *c, const Kind *kind, Source source, bool other)
{
    Bench b;
    Pass pass;
    bench_open(&b, d, c, kind, source, other);
    Model *model = b.context.model;
    for (int k = 0; k < model->nets; k++)
        for (size_t i = 0; i < model->net[k].floats; i++)
            model->net[k].grad[i] = UNTOUCHED;
    Var loss = tape_loss(&b, &pass);
    double got = (double)loss->value[0], want = c->loss(&b.plain);
    if (!(fabs(got - want) <= ROUNDING * (1 + fabs(want)))) /* the parts of a loss are of order 1 */
        fail_msg("%s: loss %.9g, expected %.9g", b.label, got, want);
    tape_backward(b.context.tape, loss);
    check_moves(&b);
    compare_gradient(&b);
    check_update(&b, d);
    bench_close(&b);
}

static void losses_and_gradients_are_those_of_plain_code(void **state)
{
    for (int k = 0; k < CASES; k++) {
        const Estimator *e = find(cases[k].estimator);
        bool learns = !(e->needs & NEEDS_PROPENSITY);
        for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
            for (Source source = 0; source < (learns ? SOURCES : 1); source++)
                for (int other = 0; other <= (constant_count(e) > 0); other++)
                    run(*state, &cases[k], &kinds[kind], source, other);
    }
}

/* A head that has come to NaN shows: no clip or cap makes a number of it. */
static void nan_logits_show_in_the_loss(void **state)
{
    for (int k = 0; k < CASES; k++)
        for (Head h = 0; h < HEADS; h++) {
            Bench b;
            Pass pass;
            if (!(cases[k].moves & HEAD(h)))
                continue;
            bench_open(&b, *state, &cases[k], &kinds[0], GIVEN, false);
            Net *net = model_net(b.context.model, h);
            for (int i = 0; i < ROWS; i++)
                net->value[net->weight[net->layer_zero[h]].offset + (size_t)i] = NAN;
            if (isfinite(tape_loss(&b, &pass)->value[0]))
                fail_msg("%s: hides NaN in head %d", b.label, (int)h);
            bench_close(&b);
        }
}

static int count_clipped(const Bench *b, Space space, bool complement, bool clipped)
{
    int count = 0;
    for (int k = 0; k < b->plain.rows[space]; k++) {
        double p = p_raw(&b->plain, b->plain.row[space][k]);
        count += ((complement ? 1 - p : p) < CLIP) == clipped;
    }
    return count;
}

/* Else the test above would say nothing about the clip, the cap of nise or the spaces. */
static void the_batches_reach_every_branch(void **state)
{
    Bench b;
    for (Source source = 0; source < SOURCES; source++) {
        for (int kind = 0; kind < 2; kind++) {
            bench_open(&b, *state, &cases[4], &kinds[kind], source, false);
            for (int clipped = 0; clipped <= 1; clipped++) {
                assert_true(count_clipped(&b, O, false, clipped) > 0);
                assert_true(count_clipped(&b, N, true, clipped) > 0);
            }
            assert_true(b.plain.rows[D] == kinds[kind].batch && b.plain.rows[U] == 12);
            assert_true(kind == 1 || b.plain.rows[O] + b.plain.rows[N] == b.plain.rows[D]);
            double ratio = plain_click(&b.plain) / nise_conversions(&b.plain);
            assert_true(ratio > 0.3 * 1.1 && ratio < 50);
            bench_close(&b);
        }
    }
    bench_open(&b, *state, &cases[4], &kinds[2], GIVEN, false);
    assert_true(b.plain.rows[O] == 0 && b.plain.rows[N] == 4);
    bench_close(&b);
    bench_open(&b, *state, &cases[4], &kinds[3], GIVEN, false);
    assert_true(b.plain.rows[O] == 4 && b.plain.rows[N] == 0);
    bench_close(&b);
}

/* A new estimator without cases fails here. */
static void every_phase_of_every_estimator_has_a_case(void **state)
{
    (void)state;
    int phases = 0;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        unsigned heads = 0, moved = 0;
        for (int n = 0; n < MAX_NETS; n++)
            heads |= (*e)->net[n];
        for (int f = 0; f < MAX_PHASES && (*e)->phase[f].loss; f++, phases++) {
            int found = 0;
            for (int k = 0; k < CASES; k++) {
                bool here = !strcmp(cases[k].estimator, (*e)->name) && cases[k].phase == f;
                found += here;
                moved |= here ? cases[k].moves : 0;
            }
            if (found != 1)
                fail_msg("%s: phase %d has %d cases in tests/test_losses.c", (*e)->name, f, found);
        }
        if (heads != moved)
            fail_msg("%s: some head is never moved", (*e)->name);
    }
    assert_int_equal(phases, CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_gradients_are_those_of_plain_code),
        cmocka_unit_test(nan_logits_show_in_the_loss),
        cmocka_unit_test(the_batches_reach_every_branch),
        cmocka_unit_test(every_phase_of_every_estimator_has_a_case),
    };
    return cmocka_run_group_tests(tests, data_create, data_free);
}
