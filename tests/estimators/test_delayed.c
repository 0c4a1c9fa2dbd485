/* Methods that learn from a stream of clicks: where the losses come to rest, what predictions may know, and
 * what they are worth in a world whose conversions come late. */
#include "estimators/core/train.h"
#include "sim/base/status.h"
#include "tests/support/lookup_backbone.h"
#include "tests/support/toy_log.h"

#include <string.h>

/* As in test_losses.c: no gradient passes through more than 32 operations, each good to 8 u. */
static const double ROUNDING = 32 * 8 * (double)FLT_EPSILON / 2;

/* Of 50 clicks 15 convert, 6 of them after the observation window. */
enum { CLICKS = 50, CONVERTS = 15, LATE = 6 };

/* Clicks of one cell of features or of several. */
typedef struct Clicks {
    double delay[CLICKS];        /* days; infinite where a click does not convert */
    double p[CLICKS], f[CLICKS]; /* the rates of its cell */
    float weight[CLICKS];
    bool weighted;
} Clicks;

static const double SOON = 0.001, LATER = 1.5;

/* One cell, its rates counted by the weights of its clicks where these have some. */
static Clicks one_cell(bool weighted)
{
    Clicks cell = {.weighted = weighted};
    double all = 0, converts = 0, late = 0;
    for (int i = 0; i < CLICKS; i++) {
        cell.delay[i] = i < LATE ? LATER : i < CONVERTS ? SOON : INFINITY;
        cell.weight[i] = weighted ? (float)(1 + i % 4) : 1;
        all += (double)cell.weight[i];
        converts += i < CONVERTS ? (double)cell.weight[i] : 0;
        late += i < LATE ? (double)cell.weight[i] : 0;
    }
    for (int i = 0; i < CLICKS; i++) {
        cell.p[i] = converts / all;
        cell.f[i] = late / all;
    }
    return cell;
}

/* Where the loss of the stream comes to rest, with a constant at a value of its own, if any. */
typedef struct Rest {
    const char *estimator, *key;
    double value, at;
    Head head; /* of two heads that predict together; CVR of most */
} Rest;

static void clicks_log(const Clicks *clicks, Log *log)
{
    const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};
    OK(log_create(log, &schema, CLICKS, message));
    OK(log_add_delays(log, message));
    for (int i = 0; i < CLICKS; i++) {
        log->click[i] = 1;
        const bool converts = isfinite(clicks->delay[i]);
        log->conversion[i] = converts;
        log->delays->click_time[i] = 0.01 * i;
        if (converts)
            log->delays->conversion_time[i] = 0.01 * i + clicks->delay[i];
    }
}

/* The slope of the stream's loss in a number that all rows have in their logit, with the true f and z, where
 * that of a click is logit c and what it has on top, if anything; `slope`, if not NULL, is that in each
 * click's. */
static double slope_at(const Clicks *clicks, const Rest *rest, double c, const double *on_top, double *slope)
{
    static const StreamKey key = {.seed = 3, .setting = ""};
    static float later[CLICKS], negative[CLICKS], seen[CLICKS];
    Method method;
    OK(method_find(rest->estimator, &method, message));
    Estimator on_lookup = *method.estimator;
    method = (Method){.estimator = &on_lookup, .backbone = &lookup_backbone};
    EstimatorOptions options = toy_options(&on_lookup);
    StreamRule rule = *on_lookup.stream;
    for (int k = 0; k < constant_count(&on_lookup); k++)
        if (rest->key && !strcmp(on_lookup.constant[k].key, rest->key))
            options.constant[k] = rest->value;
    if (!strcmp(rest->estimator,
                "dfm")) /* a likelihood of closed clicks is cross-entropy, whatever the rate */
        rule.entry = ENTRY_CLOSED;
    if (on_lookup.immediate && rest->key && rest->value == 0)
        rule.again &= ~(unsigned)AGAIN_IMMEDIATE;
    for (int i = 0; i < CLICKS; i++) {
        const double p = clicks->p[i], f = clicks->f[i];
        later[i] = (float)f;
        negative[i] = (float)((1 - p) / (1 - p + f));
        seen[i] = (float)(1 - f / p); /* all hours end between the two delays */
    }
    Log cell;
    DelayStream stream;
    clicks_log(clicks, &cell);
    const StreamPlan plan = {.attribution = 3,
                             .later = later,
                             .negative = negative,
                             .seen = seen,
                             .weight = clicks->weighted ? clicks->weight : NULL};
    const TrainingData data = {.log = &cell, .plan = &plan};
    const TrainOptions train = {.batch = 2 * CLICKS};
    PassContext context = {
        .constants = options.constant, .clip = 0.1, .learned = {.distortion = {.scale = 1}}};
    Sampler *sampler;
    OK(delay_stream_create(&stream, &cell, rule,
                           (StreamWindows){observation_window(&on_lookup, &options, 3), 3}, 0, 100, message));
    OK(sampler_create(&sampler, &data, &train, &key, message));
    sampler_feed(sampler, stream.row, stream.rows, false);
    sampler_next(sampler);
    OK(tape_create(&context.tape, message));
    OK(model_create(&context.model,
                    &(ModelSetup){.method = &method,
                                  .options = &options.model,
                                  .schema = &cell.x.schema,
                                  .lookups = batch_lookups(&train),
                                  .key = &key},
                    message));
    Net *net = model_net(context.model, rest->head);
    const Phase *phase = on_lookup.phase;
    while (phase->stage == 0)
        phase++;
    Pass pass;
    const size_t place = net->weight[net->layer_zero[rest->head]].offset;
    net->value[place + ROWS] = (float)log(c / (1 - c));
    for (int i = 0; i < ROWS; i++)
        net->value[place + (size_t)i] = on_top && i < CLICKS ? (float)on_top[i] : 0;
    model_move(context.model, phase->moves);
    pass_start(&pass, &context, sampler);
    tape_backward(context.tape, phase->loss(&pass));
    const double of_all = (double)net->grad[place + ROWS];
    for (int i = 0; slope && i < CLICKS; i++)
        slope[i] = (double)net->grad[place + (size_t)i];
    model_free(context.model);
    tape_free(context.tape);
    sampler_free(sampler);
    delay_stream_free(&stream);
    log_free(&cell);
    return of_all;
}

/* In one cell of features the weighted stream rests at the truth, and the others where their rows say: each
 * of at most two rows a click pulls with less than 3, so that rounding moves a mean by less than 3 of it. */
static void check_rests(const Clicks *cell)
{
    const double P = cell->p[0], F = cell->f[0];
    const double ones = P * (2 + F) + F * F, zeros = (1 - P) * (1 + F);
    const Rest rests[] = {{"delay_vanilla", NULL, 0, P - F, CVR},
                          {"delay_wait", NULL, 0, P, CVR},
                          {"delay_oracle", NULL, 0, P, CVR},
                          {"dfm", NULL, 0, P, CVR},
                          {"dfm", "shape", 0.6, P, CVR},
                          {"fnw", NULL, 0, P, CVR},
                          {"fnc", NULL, 0, P / (1 + P), CVR},
                          {"es_dfm", NULL, 0, P, CVR},
                          {"defer", NULL, 0, P, CVR},
                          {"defer", "duplicate_immediate", 0, P, CVR},
                          {"defuse", NULL, 0, P, CVR},
                          {"defuse", "as_code", 1, ones / (ones + zeros), CVR},
                          {"bi_defuse", NULL, 0, P - F, CVR},
                          {"bi_defuse", NULL, 0, F, DELAYED_POSITIVE},
                          {"ddfm", NULL, 0, P, CVR},
                          {"tesla", NULL, 0, P, CVR},
                          {"tesla", "rank_weight", 0, P, CVR},
                          {"fsiw", NULL, 0, P, CVR},
                          {"ulc", NULL, 0, P, CVR},
                          {"dfm", "family", 1, P, CVR},
                          {"dfm", "window", 0, P / -expm1(-log(2) * 3), CVR}};
    for (size_t k = 0; k < sizeof rests / sizeof *rests; k++) {
        const double slope = slope_at(cell, &rests[k], rests[k].at, NULL, NULL);
        if (!(fabs(slope) <= 3 * ROUNDING))
            fail_msg("%s: slope %g at %g", rests[k].estimator, slope, rests[k].at);
        assert_true(slope_at(cell, &rests[k], rests[k].at - 0.03, NULL, NULL) < -1e-3);
        assert_true(slope_at(cell, &rests[k], rests[k].at + 0.03, NULL, NULL) > 1e-3);
    }
}

static void streams_rest_at_the_truth(void **state)
{
    (void)state;
    const Clicks cell = one_cell(false);
    check_rests(&cell);
}

/* With weights of clicks, at the rate of what these stand for. */
static void weighted_streams_rest_at_the_truth_of_all(void **state)
{
    (void)state;
    const Clicks cell = one_cell(true), plain = one_cell(false);
    assert_true(fabs(cell.p[0] - plain.p[0]) > 0.003);
    check_rests(&cell);
}

/* Two cells of as many clicks, those of a cell alike but for what they come to. */
enum { CELL = CLICKS / 2 };

typedef struct TwoCells {
    int converts[2], late[2];
    double later; /* days */
} TwoCells;

static Clicks clicks_of(const TwoCells *cells)
{
    Clicks clicks = {.weighted = false};
    for (int i = 0; i < CLICKS; i++) {
        const int converts = cells->converts[i / CELL], late = cells->late[i / CELL], place = i % CELL;
        clicks.delay[i] = place < late ? cells->later : place < converts ? SOON : INFINITY;
        clicks.p[i] = (double)converts / CELL;
        clicks.f[i] = (double)late / CELL;
    }
    return clicks;
}

/* What the conversions of a cell have together for their delays, which are those of two points. */
static double promptness(const TwoCells *cells, int cell)
{
    const int late = cells->late[0] + cells->late[1], all = cells->converts[0] + cells->converts[1],
              soon = all - late;
    const double median = soon >= late ? SOON : cells->later,
                 deviation = 24 * (cells->later - SOON) * sqrt((double)soon * late / all / (all - 1)),
                 spread = fmax(deviation, 1);
    const double of_soon = 1 + 1 / (1 + exp(24 * (SOON - median) / spread)),
                 of_late = 1 + 1 / (1 + exp(24 * (cells->later - median) / spread));
    return (cells->converts[cell] - cells->late[cell]) * of_soon + cells->late[cell] * of_late;
}

/* The pull of the ranking term on the difference of the cells' logits, at rates c and d that are predicted:
 * positive where it draws them apart. */
static double pull_apart(const TwoCells *cells, double c, double d)
{
    const double first = c / (1 - c), second = d / (1 - d);
    double above[2], below[2];
    for (int k = 0; k < 2; k++) {
        above[k] = promptness(cells, k);
        below[k] = (CELL - cells->converts[k] + cells->late[k]) * (1 - (k ? d : c));
    }
    return (above[0] * below[1] * second - above[1] * below[0] * first) / (first + second) /
           ((above[0] + above[1]) * (below[0] + below[1]));
}

/* What tesla's loss adds to both logits, at the rates c and d. */
static void cell_slopes(const TwoCells *cells, double rank_weight, double c, double d, double of_cell[2])
{
    const Rest rest = {"tesla", "rank_weight", rank_weight, 0, CVR};
    const Clicks clicks = clicks_of(cells);
    double on_top[CLICKS] = {0}, slope[CLICKS];
    of_cell[0] = of_cell[1] = 0;
    for (int i = CELL; i < CLICKS; i++)
        on_top[i] = log(d / (1 - d)) - log(c / (1 - c));
    slope_at(&clicks, &rest, c, on_top, slope);
    for (int i = 0; i < CLICKS; i++)
        of_cell[i / CELL] += slope[i];
}

/* Where pairs are ranked, too, predictions come to rest elsewhere than at the rates: what pulls them back is
 * the weighted cross-entropy, (1+f) (c-p) of each click over the rows of the stream, and the pulls of the
 * ranking term on both cancel. It draws up the cell that has more conversions in time: further apart in the
 * first two, of which one has delays that spread over less than an hour, and closer together in the last, in
 * whose first cell most are late. */
static void ranking_moves_where_predictions_rest(void **state)
{
    (void)state;
    static const TwoCells worlds[] = {
        {{10, 5}, {4, 2}, LATER}, {{10, 5}, {3, 2}, 0.025}, {{10, 5}, {9, 2}, LATER}};
    for (size_t k = 0; k < sizeof worlds / sizeof *worlds; k++) {
        const TwoCells *w = &worlds[k];
        const double p = (double)w->converts[0] / CELL, q = (double)w->converts[1] / CELL,
                     f = (double)w->late[0] / CELL, g = (double)w->late[1] / CELL;
        const double rows = CLICKS + w->late[0] + w->late[1], of_first = CELL * (1 + f) / rows,
                     of_second = CELL * (1 + g) / rows, sign = p - f > q - g ? 1 : -1;
        double of_cell[2], least = -0.05, most = 0.05;
        cell_slopes(w, 0, p, q, of_cell);
        assert_true(fabs(of_cell[0]) <= 3 * ROUNDING && fabs(of_cell[1]) <= 3 * ROUNDING);
        cell_slopes(w, 1, p, q, of_cell);
        assert_true(sign * of_cell[0] < -1e-3 && sign * of_cell[1] > 1e-3);
        for (int step = 0; step < 60; step++) { /* pull = of_first (c-p) = of_second (q-d) */
            const double pull = (least + most) / 2;
            *(pull_apart(w, p + pull / of_first, q - pull / of_second) > pull ? &least : &most) = pull;
        }
        assert_true(sign * least / of_first > 0.01 && sign * least / of_second > 0.01);
        cell_slopes(w, 1, p + least / of_first, q - least / of_second, of_cell);
        assert_true(fabs(of_cell[0]) <= 3 * ROUNDING && fabs(of_cell[1]) <= 3 * ROUNDING);
    }
}

static bool has_stream_phase(const Estimator *e)
{
    bool has = false;
    for (const Phase *phase = e->phase; phase->loss; phase++)
        has = has || phase->stage == 1;
    return has;
}

/* Predictions of the toy log's rows as if they were tested at their times. */
static void predict_stream(const Toy *t, const Estimator *e, const TrainingData *data, float *cvr)
{
    const Method method = {.estimator = e, .backbone = backbone_find("towers")};
    EstimatorOptions options = toy_options(e);
    const StreamTest test = {&t->log.x, t->log.delays->click_time, cvr, NULL, NULL};
    Fit *fit;
    FitReport report;
    options.train.learning_rate = 0.02;
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = data, .key = &toy_key},
                  message));
    OK(fit_stream(fit, &test, &report, message));
    assert_false(report.diverged);
    fit_free(fit);
}

/* Without any conversion from day 8 on, nothing that is predicted before changes: but for the bound, whose
 * labels nobody knows at the time. Predictions of the step that day 8 begins come before its rows. */
static void predictions_do_not_know_the_future(void **state)
{
    const Toy *t = *state;
    static float with[TOY_ROWS], again[TOY_ROWS], without[TOY_ROWS];
    const double day = 8;
    Log log = t->log;
    Delays delays;
    static uint8_t conversion[TOY_ROWS];
    static double conversion_time[TOY_ROWS];
    for (int i = 0; i < TOY_ROWS; i++) {
        const bool before = t->log.delays->conversion_time[i] < day;
        conversion[i] = before && t->log.conversion[i];
        conversion_time[i] = before ? t->log.delays->conversion_time[i] : INFINITY;
    }
    delays = (Delays){t->log.delays->click_time, conversion_time};
    log.delays = &delays;
    log.conversion = conversion;
    TrainingData data = t->data;
    data.log = &log;
    int methods = 0;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        int before = 0, after = 0;
        if (!(*e)->stream)
            continue;
        methods++;
        predict_stream(t, *e, &t->data, with);
        predict_stream(t, *e, &t->data, again);
        predict_stream(t, *e, &data, without);
        assert_memory_equal(with, again, sizeof with);
        for (int i = 0; i < TOY_ROWS; i++)
            *(t->log.delays->click_time[i] < day + t->plan.step ? &before : &after) += with[i] != without[i];
        if ((before > 0) != !strcmp((*e)->name, "delay_oracle"))
            fail_msg("%s: %d predictions know the future", (*e)->name, before);
        if ((after > 0) != has_stream_phase(*e))
            fail_msg("%s: %d predictions have learned", (*e)->name, after);
    }
    assert_true(methods >= 10);
}

/* Before the stream begins all that learn alike predict alike, and delay_pretrained does so ever after. */
static void streams_begin_with_what_was_learned_before(void **state)
{
    const Toy *t = *state;
    static float pretrained[TOY_ROWS], cvr[TOY_ROWS], whole[TOY_ROWS];
    static const char *const alike[] = {"delay_vanilla", "delay_wait", "delay_oracle",
                                        "fnw",           "es_dfm",     "defer"};
    Method method;
    FitReport report;
    Fit *fit;
    OK(method_find("delay_pretrained", &method, message));
    predict_stream(t, method.estimator, &t->data, pretrained);
    EstimatorOptions options = toy_options(method.estimator);
    options.train.learning_rate = 0.02;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    OK(fit_predict(fit, &t->log.x, whole, NULL, message));
    fit_free(fit);
    /* batches of prediction differ: sums of a few terms in another order */
    for (int i = 0; i < TOY_ROWS; i++)
        assert_true(fabs((double)(pretrained[i] - whole[i])) <= 64 * (double)FLT_EPSILON / 2);
    for (size_t k = 0; k < sizeof alike / sizeof *alike; k++) {
        OK(method_find(alike[k], &method, message));
        predict_stream(t, method.estimator, &t->data, cvr);
        for (int i = 0; i < TOY_ROWS; i++)
            if (t->log.delays->click_time[i] < t->plan.from + t->plan.step)
                assert_true(cvr[i] == pretrained[i]);
    }
}

/* tesla without its ranking term is es_dfm, where both are given f and z; with it, it is not. */
static void without_ranking_tesla_is_es_dfm(void **state)
{
    const Toy *t = *state;
    static float later[TOY_ROWS], negative[TOY_ROWS], es_dfm[TOY_ROWS], off[TOY_ROWS], on[TOY_ROWS];
    StreamPlan plan = t->plan;
    TrainingData data = t->data;
    Method method;
    for (int i = 0; i < TOY_ROWS; i++) {
        later[i] = 0.05F + 0.01F * (float)(i % 7);
        negative[i] = 0.8F + 0.02F * (float)(i % 5);
    }
    plan.later = later;
    plan.negative = negative;
    data.plan = &plan;
    OK(method_find("es_dfm", &method, message));
    predict_stream(t, method.estimator, &data, es_dfm);
    OK(method_find("tesla", &method, message));
    predict_stream(t, method.estimator, &data, on);
    const Constant constants[] = {method.estimator->constant[0], {"rank_weight", 0, 0, 0, "none"}, {0}};
    Estimator unranked = *method.estimator;
    unranked.constant = constants;
    predict_stream(t, &unranked, &data, off);
    assert_memory_equal(off, es_dfm, sizeof off);
    assert_true(memcmp(on, es_dfm, sizeof on) != 0);
}

/* Clicks from day 8 on change no propensity of a row that comes before the end of that day's first step; and
 * propensities tell rows apart, better than the rate of clicks before the stream. */
static void propensities_go_with_the_stream(void **state)
{
    const Toy *t = *state;
    const double day = 8;
    static float p[TOY_ROWS], without[TOY_ROWS];
    static uint8_t click[TOY_ROWS];
    Log changed = t->log;
    TrainingData data = t->data, other = t->data;
    FitReport report;
    EstimatorOptions options = toy_options(estimator_table[0]);
    options.train.learning_rate = 0.02;
    PropensitySetup setup = {.backbone = backbone_find("towers"),
                             .model = &options.model,
                             .train = &options.train,
                             .data = &data,
                             .key = &toy_key};
    double before = 0, clicks = 0;
    for (int i = 0; i < TOY_ROWS; i++) {
        const double time = t->log.delays->click_time[i];
        click[i] = time < day && t->log.click[i];
        before += time < t->plan.from;
        clicks += time < t->plan.from && t->log.click[i];
    }
    changed.click = click;
    other.log = &changed;
    OK(fit_stream_propensity(&setup, p, &report, message));
    assert_false(report.diverged);
    setup.data = &other;
    OK(fit_stream_propensity(&setup, without, &report, message));
    const double rate = clicks / before;
    double loss = 0, loss_of_rate = 0;
    int after = 0;
    for (int i = 0; i < TOY_ROWS; i++) {
        const double time = t->log.delays->click_time[i], of_row = (double)p[i];
        if (time < day + t->plan.step)
            assert_true(p[i] == without[i]);
        after += p[i] != without[i];
        if (time < t->plan.from)
            continue;
        loss -= log(t->log.click[i] ? of_row : 1 - of_row);
        loss_of_rate -= log(t->log.click[i] ? rate : 1 - rate);
    }
    assert_true(after > 0);
    assert_true(loss < loss_of_rate);
}

/* Of a log that is cut on day 6, what converts later is not known. */
static void a_cut_log_does_not_know_the_future(void **state)
{
    const Toy *t = *state;
    static float with[TOY_ROWS], without[TOY_ROWS];
    static uint8_t conversion[TOY_ROWS];
    static double conversion_time[TOY_ROWS];
    StreamPlan plan = t->plan;
    plan.cut = true;
    for (int i = 0; i < TOY_ROWS; i++) {
        const bool before = t->log.delays->conversion_time[i] < plan.from;
        conversion[i] = before && t->log.conversion[i];
        conversion_time[i] = before ? t->log.delays->conversion_time[i] : INFINITY;
    }
    Log log = t->log;
    Delays delays = {t->log.delays->click_time, conversion_time};
    log.delays = &delays;
    log.conversion = conversion;
    TrainingData data = t->data, cut = t->data;
    data.plan = cut.plan = &plan;
    cut.log = &log;
    int methods = 0;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        if (!(*e)->learns_cut)
            continue;
        methods++;
        predict_stream(t, *e, &data, with);
        predict_stream(t, *e, &cut, without);
        assert_true((memcmp(with, without, sizeof with) == 0) == (strcmp((*e)->name, "delay_oracle") != 0));
    }
    assert_true(methods >= 4);
}

/* Clicks of one cell whose conversions come late: the rate that is predicted after ten days, by a method
 * whose models of what is still to come see the time since the click, or do not. */
static double rate_after_stream(const Estimator *like, const Log *log, bool blind)
{
    Estimator estimator = *like;
    const Method method = {.estimator = &estimator, .backbone = backbone_find("towers")};
    EstimatorOptions options = toy_options(like);
    const StreamPlan plan = {.attribution = 1, .from = 5, .to = 10, .step = 0.1};
    const TrainingData data = {.log = log, .plan = &plan};
    float cvr;
    const double end = 10;
    const Features one = {.schema = log->x.schema, .rows = 1, .id = log->x.id, .dense = log->x.dense};
    Fit *fit;
    FitReport report;
    estimator.elapsed = blind ? 0 : like->elapsed;
    options.train.epochs = 60;
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &toy_key},
                  message));
    OK(fit_stream(fit, &(StreamTest){&one, &end, &cvr, NULL, NULL}, &report, message));
    assert_false(report.diverged);
    fit_free(fit);
    return (double)cvr;
}

/* At the end of a click's hour most conversions are still to come, at a deadline most clicks are old. */
static void models_of_the_rest_see_the_time_since_the_click(void **state)
{
    (void)state;
    enum { MANY = 6000 };
    static const char *const methods[] = {"fsiw", "ulc"};
    const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};
    Log log;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(random);
    OK(log_create(&log, &schema, MANY, message));
    OK(log_add_delays(&log, message));
    double converts = 0;
    for (int i = 0; i < MANY; i++) {
        const double click = 10 * (double)i / MANY, delay = -0.3 * log1p(-0.95 * gsl_rng_uniform(random));
        log.click[i] = 1;
        log.conversion[i] = gsl_rng_uniform(random) < 0.3;
        log.delays->click_time[i] = click;
        log.delays->conversion_time[i] = log.conversion[i] ? click + delay : HUGE_VAL;
        converts += log.conversion[i];
    }
    gsl_rng_free(random);
    for (size_t k = 0; k < sizeof methods / sizeof *methods; k++) {
        Method method;
        OK(method_find(methods[k], &method, message));
        const double seeing = fabs(rate_after_stream(method.estimator, &log, false) - converts / MANY),
                     blind = fabs(rate_after_stream(method.estimator, &log, true) - converts / MANY);
        assert_true(seeing < blind / 2);
    }
    log_free(&log);
}

static void what_has_no_stream_is_refused(void **state)
{
    const Toy *t = *state;
    Method method;
    Message why;
    Fit *fit;
    OK(method_find("es_dfm", &method, message));
    const EstimatorOptions options = toy_options(method.estimator);
    TrainingData data = t->data;
    FitSetup setup = {.method = &method, .options = &options, .data = &data, .key = &toy_key};
    data.plan = NULL;
    assert_int_equal(fit_create(&fit, &setup, &why), STATUS_FAILED);
    assert_string_equal(
        why.text, "estimator 'es_dfm' learns from a stream of clicks, for which the data have no times");
    StreamPlan early = t->plan;
    early.from = 0.5;
    data.plan = &early;
    assert_int_equal(fit_create(&fit, &setup, &why), STATUS_FAILED);
    assert_string_equal(why.text,
                        "no click's attribution window has closed when the stream begins, on day 0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_rest_at_the_truth),
        cmocka_unit_test(weighted_streams_rest_at_the_truth_of_all),
        cmocka_unit_test(ranking_moves_where_predictions_rest),
        cmocka_unit_test(without_ranking_tesla_is_es_dfm),
        cmocka_unit_test(predictions_do_not_know_the_future),
        cmocka_unit_test(streams_begin_with_what_was_learned_before),
        cmocka_unit_test(propensities_go_with_the_stream),
        cmocka_unit_test(a_cut_log_does_not_know_the_future),
        cmocka_unit_test(models_of_the_rest_see_the_time_since_the_click),
        cmocka_unit_test(what_has_no_stream_is_refused),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
