/* Every phase of every estimator: its loss, and the gradient with respect to each logit, against plain double
 * code (tests/reference/losses.h) and finite differences of it. The backbone here has one free
 * parameter a head and row, so a parameter's gradient is that of a logit, and one that is common to the rows
 * of a head, through which a look-ahead reaches the rows of U. */
#include "estimators/core/lookahead.h"
#include "tests/reference/losses.h"
#include "tests/support/lookup_backbone.h"

#include <gsl/gsl_randist.h>
#include <math.h>

/* Rounding: no value or gradient passes through more than 32 operations, each good to 4 ulp = 8 u where it is
 * vector math; u = FLT_EPSILON / 2. */
static const double ROUNDING = 32 * 8 * (double)FLT_EPSILON / 2;

static const double CLIP = 0.15;

/* Of the common parameter in the gradient of the risk on U, see the_batches_reach_every_branch. */
static const double LEAST_SHARE = 0.5;

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
    StreamRow fed[EXPOSURES]; /* the clicked rows of the log as those of a stream */
    size_t feeds;
    float later[EXPOSURES], negative[EXPOSURES], seen[EXPOSURES]; /* given f, z and f1 */
} Data;

/* Rows of every kind, as stage 0 and stage 1 have them. */
static void data_stream(Data *d, gsl_rng *g)
{
    static const StreamRow like[] = {{.kind = STREAM_FIRST},
                                     {.kind = STREAM_FIRST, .label = 1, .early = true},
                                     {.kind = STREAM_FIRST, .label = 1},
                                     {.kind = STREAM_DELAYED, .label = 1},
                                     {.kind = STREAM_IMMEDIATE, .label = 1, .early = true},
                                     {.kind = STREAM_NEGATIVE},
                                     {.kind = STREAM_DEADLINE},
                                     {.kind = STREAM_DEADLINE, .label = 1, .early = true},
                                     {.kind = STREAM_DEADLINE, .label = 1}};
    for (uint32_t i = 0; i < EXPOSURES; i++) {
        d->later[i] = (float)gsl_ran_flat(g, 0.02, 0.6);
        d->negative[i] = (float)gsl_ran_flat(g, 0.2, 0.98);
        d->seen[i] = (float)gsl_ran_flat(g, 0.2, 0.98);
        if (!d->log.click[i])
            continue;
        d->fed[d->feeds] = like[d->feeds % (sizeof like / sizeof *like)];
        d->fed[d->feeds].elapsed = (float)gsl_ran_flat(g, 0.2, 2);
        d->fed[d->feeds].delay =
            d->fed[d->feeds].label ? d->fed[d->feeds].elapsed * (float)gsl_rng_uniform_pos(g) : INFINITY;
        d->fed[d->feeds++].row = i;
    }
}

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
    data_stream(&d, g);
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
    const LossReference *c;
    const Kind *kind;
    Source source;
    char label[128];
    TrainingData data;
    StreamPlan plan;
    Estimator estimator;
    Method method;
    TrainOptions train;
    ModelOptions model;
    double constant[MAX_CONSTANTS];
    Sampler *sampler;
    PassContext context;
    Scores z;
    PlainBatch plain;
} Bench;

static const Estimator *find(const char *name)
{
    for (const Estimator *const *e = estimator_table; *e; e++)
        if (!strcmp((*e)->name, name))
            return *e;
    fail_msg("no estimator %s", name);
    return NULL;
}

/* The constants of both sides; the defaults must be those of estimators/METHODS.md. */
static void bench_constants(Bench *b, unsigned other)
{
    const Estimator *e = b->method.estimator;
    b->plain.constant = loss_reference_find(e->name, 0)->constant;
    for (int k = 0; k < constant_count(e); k++) {
        b->plain.other = 0;
        assert_true(e->constant[k].value == plain_constant(&b->plain, e->constant[k].key));
        b->plain.other = other;
        b->constant[k] = plain_constant(&b->plain, e->constant[k].key);
    }
    b->plain.other = other;
}

/* The side of the plain code: its rows are those of the sampler's blocks. */
static void bench_plain(Bench *b, const Data *d)
{
    PlainBatch *p = &b->plain;
    static double later[EXPOSURES], negative[EXPOSURES], seen[EXPOSURES];
    for (Space space = 0; space < SPACES; space++) {
        if (b->estimator.stream && space != O)
            continue;
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
    for (size_t k = 0; b->estimator.stream && k < d->feeds; k++) {
        const StreamRow *row = &d->fed[k];
        p->r[row->row] = row->label;
        p->kind[row->row] = row->kind;
        p->early[row->row] = row->early;
        p->waited[row->row] = (double)(row->label ? row->delay : row->elapsed);
    }
    for (int i = 0; i < EXPOSURES; i++) {
        later[i] = (double)d->later[i];
        negative[i] = (double)d->negative[i];
        seen[i] = (double)d->seen[i];
    }
    p->attribution = b->plan.attribution;
    p->later = b->source == GIVEN ? later : NULL;
    p->negative = b->source == GIVEN ? negative : NULL;
    p->seen = b->source == GIVEN ? seen : NULL;
    double clicks = 0;
    for (int i = 0; i < EXPOSURES; i++)
        clicks += p->o[i];
    p->z = p->s = b->z;
    p->exposures = b->kind->draw == DRAW_CLICKS ? p->rows[O] * EXPOSURES / clicks : p->rows[D];
    p->own_clicks = b->kind->draw == DRAW_CLICKS;
    p->share = UNBIASED / (UNBIASED + clicks);
    p->click_rate = clicks / EXPOSURES;
    p->estimator = b->c->estimator;
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

static const StreamKey bench_key = {.seed = 3, .setting = ""};

/* The draws of the bench's sampler, from another one. */
static void bench_draws(Bench *b)
{
    Sampler *twin;
    float u[DRAWS];
    OK(sampler_create(&twin, &b->data, &b->train, &bench_key, message));
    sampler_uniform(twin, DRAWS, u);
    sampler_free(twin);
    for (int k = 0; k < DRAWS; k++)
        b->plain.u[k] = (double)u[k];
}

/* The teacher's logits are not those of its net: see plain_nise_teacher. */
static void bench_teacher(Bench *b, const Data *d)
{
    Net *teacher = &b->context.model->teacher;
    if (teacher->heads & HEAD(CVR))
        memcpy(teacher->value + teacher->weight[teacher->layer_zero[CVR]].offset, d->z[COUNTERFACTUAL],
               sizeof d->z[COUNTERFACTUAL]);
}

static void bench_open(Bench *b, Data *d, const LossReference *c, const Kind *kind, Source source,
                       unsigned other)
{
    *b = (Bench){.c = c, .kind = kind, .source = source};
    snprintf(b->label, sizeof b->label, "%s, phase %d, batch of %s, %s propensities, other constants %x",
             c->estimator, c->phase, kind->name, source_name[source], other);
    b->estimator = *find(c->estimator);
    memset(b->estimator.own, 0, sizeof b->estimator.own); /* all nets on the one backbone */
    b->method = (Method){.estimator = &b->estimator, .backbone = &lookup_backbone};
    b->train = (TrainOptions){
        .batch = kind->batch, .batch_unbiased = 12, .drop_last = SWITCH_ON, .draw = kind->draw};
    b->plan = (StreamPlan){.attribution = 3,
                           .later = source == GIVEN ? d->later : NULL,
                           .negative = source == GIVEN ? d->negative : NULL,
                           .seen = source == GIVEN ? d->seen : NULL};
    b->data = (TrainingData){.log = &d->log, .unbiased = &d->unbiased, .plan = &b->plan};
    d->log.propensity = source == GIVEN ? d->propensity : NULL;
    bench_constants(b, other);
    OK(sampler_create(&b->sampler, &b->data, &b->train, &bench_key, message));
    if (b->estimator.stream)
        sampler_feed(b->sampler, d->fed, d->feeds, kind->shuffle);
    if (kind->shuffle)
        sampler_epoch(b->sampler);
    for (int k = 0; k < kind->skip; k++) {
        sampler_next(b->sampler);
        sampler_block(b->sampler, b->estimator.stream ? O : D);
    }
    sampler_next(b->sampler);
    bench_plain(b, d);
    bench_draws(b);
    OK(tape_create(&b->context.tape, message));
    OK(model_create(&b->context.model,
                    &(ModelSetup){.method = &b->method,
                                  .options = &b->model,
                                  .schema = &d->log.x.schema,
                                  .lookups = batch_lookups(&b->train),
                                  .key = &bench_key},
                    message));
    OK(trial_create(&b->context.trial, b->method.estimator, b->context.model, message));
    for (Head h = 0; h < HEADS; h++) {
        Net *net = model_net(b->context.model, h);
        if (net)
            memcpy(net->value + net->weight[net->layer_zero[h]].offset, d->z[h], sizeof d->z[h]);
    }
    bench_teacher(b, d);
    b->context.share_done = b->plain.done = other & 1 ? 0.625 : 0.375;
    b->context.constants = b->constant;
    b->context.clip = CLIP;
    b->context.learned = (LearnedPropensity){.distortion = {.scale = 1}};
    if (source == DISTORTED)
        b->context.learned =
            (LearnedPropensity){.distortion = distortion, .mean = distortion_mean, .noise = d->noise};
}

static void bench_close(Bench *b)
{
    trial_free(b->context.trial);
    model_free(b->context.model);
    tape_free(b->context.tape);
    sampler_free(b->sampler);
}

static double moved_loss(Bench *b, Scores z, Head h, int i, double by)
{
    double kept = z[h][i];
    z[h][i] += by;
    b->plain.z = z;
    double loss = b->c->ahead ? b->c->ahead(&b->plain) : b->c->loss(&b->plain);
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

/* The slopes of a look-ahead are -eta |v| times central differences of row losses of logits in [-3, 3] over
 * 2^-6, which float rounds by less than 64 u (at most two of l(y, q) < 3.1, whose parts are below 3.1 and
 * good to 8 u); truncation is nothing beside it. */
static const double SLOPE = 64 * (double)FLT_EPSILON / 2 / TRIAL_LENGTH;

/* Relative, in the gradient: a slope is eta |v| (share of beta in v) |c - r| or |m - r|, and those are above
 * 0.047 with logits in [-3, 3]. In autodebias |c - m| may be 0, but what its error is multiplied by, w2 / 5
 * or w2 m (1 - m), is less than 1.82 / 4, and there is an entry of at least 0.55 m (1 - m) > 0.55 * 0.045. */
static double slope_error(const Bench *b)
{
    return b->c->ahead ? SLOPE / (LEAST_SHARE * 0.047) : 0;
}

/* Absolute: |v| < 1.05 (one number below 1, and twelve that are its parts), and the weights of the slopes
 * have a mean below 1 / CLIP: mean_O w = 1, and w1 + 2 w2 < 6. */
static double slope_sum_error(const Bench *b)
{
    return b->c->ahead ? plain_constant(&b->plain, "lookahead_rate") * 1.05 * SLOPE / CLIP : 0;
}

static void compare_gradient(Bench *b)
{
    static Scores slope;
    double largest = plain_gradient(b, slope);
    for (Head h = 0; h < HEADS; h++) {
        const Net *net = model_net(b->context.model, h);
        for (int i = 0; net && (b->c->moves & HEAD(h)) && i < ROWS; i++) {
            double got = (double)net->grad[net->weight[net->layer_zero[h]].offset + (size_t)i];
            if (!(fabs(got - slope[h][i]) <= (ROUNDING + slope_error(b)) * largest + DIFFERENCE))
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

/* As the training loop does before a phase; the prediction net's gradients are scratch to it. */
static void look_ahead(Bench *b)
{
    const Phase *phase = &b->method.estimator->phase[b->c->phase];
    assert_int_equal(phase->lookahead != NULL, b->c->ahead != NULL);
    if (phase->lookahead)
        trial_run(phase->lookahead, &b->context, b->sampler);
}

static Var tape_loss(Bench *b, Pass *pass)
{
    const Phase *phase = &b->method.estimator->phase[b->c->phase];
    assert_non_null(phase->loss);
    tape_reset(b->context.tape);
    model_move(b->context.model, phase->moves);
    pass_start(pass, &b->context, b->sampler);
    Var loss = phase->loss(pass);
    assert_true(loss->rows == 1 && loss->cols == 1);
    return loss;
}

static void run(Data *d, const LossReference *c, const Kind *kind, Source source, unsigned other)
{
    Bench b;
    Pass pass;
    bench_open(&b, d, c, kind, source, other);
    Model *model = b.context.model;
    look_ahead(&b);
    for (int k = 0; k < model->nets; k++)
        for (size_t i = 0; i < model->net[k].floats; i++)
            model->net[k].grad[i] = UNTOUCHED;
    Var loss = tape_loss(&b, &pass);
    double got = (double)loss->value[0], want = c->loss(&b.plain);
    if (!(fabs(got - want) <=
          ROUNDING * (1 + fabs(want)) + slope_sum_error(&b))) /* the parts of a loss are of order 1 */
        fail_msg("%s: loss %.9g, expected %.9g", b.label, got, want);
    tape_backward(b.context.tape, loss);
    check_moves(&b);
    compare_gradient(&b);
    check_update(&b, d);
    bench_close(&b);
}

/* All combinations of other values or, of more than 6 constants, which would take minutes, those of up to two
 * of them and of all. */
static bool is_tried(int constants, unsigned other)
{
    const int others = __builtin_popcount(other);
    return constants <= 6 || others <= 2 || others == constants;
}

static void losses_and_gradients_are_those_of_plain_code(void **state)
{
    slow_under_valgrind();
    const LossReference *c;
    for (int k = 0; (c = loss_reference(k)); k++) {
        const Estimator *e = find(c->estimator);
        bool learns = !(e->needs & NEEDS_PROPENSITY);
        for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
            for (Source source = 0; source < (learns ? SOURCES : 1); source++)
                for (unsigned other = 0; other < 1U << constant_count(e); other++)
                    if (is_tried(constant_count(e), other))
                        run(*state, c, &kinds[kind], source, other);
    }
}

/* Those whose IMPUTATION head gives an error, not a pseudo-label. */
static bool imputes_errors(const char *estimator)
{
    return !strcmp(estimator, "multi_dr") || !strcmp(estimator, "escm2_dr");
}

/* Those that give a label learned by a loss of its own. */
static bool learns_labels(const char *estimator)
{
    return !strcmp(estimator, "ddpo") || !strcmp(estimator, "ukd") || !strcmp(estimator, "balance_dr") ||
           !strcmp(estimator, "chorus") || !strcmp(estimator, "evi");
}

enum { ALL_OTHER = (1 << MAX_CONSTANTS) - 1 };

static void run_given(Data *d, const LossReference *c, const Kind *kind, const float *m)
{
    static Scores given;
    LossReference own = *c;
    Bench b;
    Pass pass;
    if (!learns_labels(c->estimator))
        own.moves &= ~(unsigned)HEAD(IMPUTATION); /* it learns nothing */
    bench_open(&b, d, &own, kind, GIVEN, ALL_OTHER);
    memcpy(given, b.z, sizeof given);
    for (int i = 0; i < EXPOSURES; i++)
        given[IMPUTATION][i] = log((double)m[i] / (1 - (double)m[i]));
    b.plain.s = given;
    b.plain.labels_given = true;
    if (!learns_labels(c->estimator))
        memcpy(b.z[IMPUTATION], given[IMPUTATION], sizeof b.z[IMPUTATION]);
    Model *model = b.context.model;
    for (int k = 0; k < model->nets; k++)
        memset(model->net[k].grad, 0, model->net[k].floats * sizeof(float));
    Var loss = tape_loss(&b, &pass);
    double got = (double)loss->value[0], want = c->loss(&b.plain);
    if (!(fabs(got - want) <= ROUNDING * (1 + fabs(want))))
        fail_msg("%s, given imputations: loss %.9g, expected %.9g", b.label, got, want);
    tape_backward(b.context.tape, loss);
    compare_gradient(&b);
    const Net *net = model_net(model, IMPUTATION);
    for (int i = 0; i < ROWS && !learns_labels(c->estimator); i++)
        assert_true(net->grad[net->weight[net->layer_zero[IMPUTATION]].offset + (size_t)i] == 0);
    bench_close(&b);
}

/* Given pseudo-labels take the place of those of the head, in every phase that uses them; nothing is learned
 * then. Phases that look ahead are as their steps are. */
static void given_imputations_take_the_place_of_learned_ones(void **state)
{
    Data *d = *state;
    float m[EXPOSURES];
    int phases = 0;
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    for (int i = 0; i < EXPOSURES; i++)
        m[i] = (float)gsl_ran_flat(g, 0.05, 0.95);
    gsl_rng_free(g);
    d->log.imputation = m;
    const LossReference *c;
    for (int k = 0; (c = loss_reference(k)); k++) {
        const Estimator *e = find(c->estimator);
        unsigned heads = 0;
        for (int n = 0; n < MAX_NETS; n++)
            heads |= e->net[n];
        if (!(heads & HEAD(IMPUTATION)) || imputes_errors(e->name) || c->ahead)
            continue;
        phases++;
        for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
            run_given(d, c, &kinds[kind], m);
    }
    d->log.imputation = NULL;
    assert_true(phases >= 20);
}

/* A head that has come to NaN shows: no clip or cap makes a number of it. */
static void nan_logits_show_in_the_loss(void **state)
{
    const LossReference *c;
    for (int k = 0; (c = loss_reference(k)); k++)
        for (Head h = 0; h < HEADS; h++) {
            Bench b;
            Pass pass;
            if (!(c->moves & HEAD(h)))
                continue;
            bench_open(&b, *state, c, &kinds[0], GIVEN, 0);
            Net *net = model_net(b.context.model, h);
            for (int i = 0; i < ROWS; i++)
                net->value[net->weight[net->layer_zero[h]].offset + (size_t)i] = NAN;
            look_ahead(&b);
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
            bench_open(&b, *state, loss_reference_find("multi_ipw", 0), &kinds[kind], source, 0);
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
    bench_open(&b, *state, loss_reference_find("multi_ipw", 0), &kinds[2], GIVEN, 0);
    assert_true(b.plain.rows[O] == 0 && b.plain.rows[N] == 4);
    bench_close(&b);
    bench_open(&b, *state, loss_reference_find("multi_ipw", 0), &kinds[3], GIVEN, 0);
    assert_true(b.plain.rows[O] == 4 && b.plain.rows[N] == 0);
    bench_close(&b);
}

/* Else a look-ahead would be compared with less than it may err by. */
static void look_aheads_move_the_unbiased_rows(void **state)
{
    const LossReference *c;
    for (int k = 0; (c = loss_reference(k)); k++)
        for (size_t kind = 0; c->ahead && kind < sizeof kinds / sizeof *kinds; kind++)
            for (unsigned other = 0; other <= ALL_OTHER; other += ALL_OTHER) {
                Bench b;
                double share;
                bench_open(&b, *state, c, &kinds[kind], GIVEN, other);
                v_of_beta(&b.plain, 0, &share);
                if (share < LEAST_SHARE)
                    fail_msg("%s: share %.3g", b.label, share);
                bench_close(&b);
            }
}

/* The same for those that choose among rows: each choice falls both ways. */
static void choices_fall_both_ways(void **state)
{
    static const char *const choosers[] = {"aman", "unbias"};
    for (int kind = 0; kind < 2; kind++)
        for (int c = 0; c < 2; c++) {
            Bench b;
            int count[2] = {0};
            bench_open(&b, *state, loss_reference_find(choosers[c], 0), &kinds[kind], GIVEN, ALL_OTHER);
            const PlainBatch *p = &b.plain;
            for (int k = 0; c == 0 && k < p->rows[D]; k++)
                count[aman_keeps(p, k)] += p->o[p->row[D][k]] == 0;
            for (int k = 0; c == 1 && k < p->rows[O]; k++)
                count[unbias_keeps(p, k)]++;
            assert_true(count[0] > 0 && count[1] > 0);
            bench_close(&b);
        }
}

/* A new estimator without references fails here. */
static void every_phase_of_every_estimator_has_a_reference(void **state)
{
    (void)state;
    int phases = 0, rows = 0;
    while (loss_reference(rows))
        rows++;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        unsigned heads = 0, moved = 0;
        for (int n = 0; n < MAX_NETS; n++)
            heads |= (*e)->net[n];
        for (int f = 0; f < MAX_PHASES && (*e)->phase[f].loss; f++, phases++) {
            const LossReference *reference = loss_reference_find((*e)->name, f);
            if (!reference)
                fail_msg("%s: phase %d has no row in tests/reference/losses_*.c", (*e)->name, f);
            moved |= reference->moves;
        }
        if (heads != moved)
            fail_msg("%s: some head is never moved", (*e)->name);
    }
    assert_int_equal(phases, rows); /* none is there twice */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_gradients_are_those_of_plain_code),
        cmocka_unit_test(given_imputations_take_the_place_of_learned_ones),
        cmocka_unit_test(nan_logits_show_in_the_loss),
        cmocka_unit_test(the_batches_reach_every_branch),
        cmocka_unit_test(look_aheads_move_the_unbiased_rows),
        cmocka_unit_test(choices_fall_both_ways),
        cmocka_unit_test(every_phase_of_every_estimator_has_a_reference),
    };
    return cmocka_run_group_tests(tests, data_create, data_free);
}
