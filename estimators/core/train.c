/* The training loop and prediction: for each batch the phases of the estimator in turn, each a pass, a
 * backward pass and a step of Adam on the nets that it moves. */
#include "estimators/core/train.h"

#include "estimators/core/lookahead.h"
#include "sim/base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Fit {
    Method method;
    EstimatorOptions options;
    const TrainingData *data;
    Sampler *sampler;
    PassContext context;
    double decay;       /* of the teacher */
    int64_t last_steps; /* of the last stage; -1: it has all epochs */
    bool double_learning;
    bool unread; /* the last batch could not be */
    int stage;
    unsigned asked;             /* AskedFor */
    UsedRows used_rows;         /* of the epoch */
    unsigned turn;              /* only phases that move these nets run; 0: all of the stage */
    int64_t done, planned;      /* steps of the stage */
    DelayStream closed, stream; /* of a method that learns from one: what is known before it, and itself */
    Pass pass;
};

/* The constant that a member of the descriptor names; `otherwise` where it names none. */
static double named_constant(const Estimator *estimator, const EstimatorOptions *options, const char *key,
                             double otherwise)
{
    for (int k = 0; key && k < constant_count(estimator); k++)
        if (!strcmp(estimator->constant[k].key, key))
            return options->constant[k];
    return otherwise;
}

static double constant_named(const Fit *f, const char *key, double otherwise)
{
    return named_constant(f->method.estimator, &f->options, key, otherwise);
}

double observation_window(const Estimator *estimator, const EstimatorOptions *options, double attribution)
{
    return fmin(named_constant(estimator, options, "observation", HUGE_VAL) / 24, attribution);
}

double propensity_clip(const TrainOptions *train, const Log *log)
{
    return train->clip >= 0 ? train->clip : 0.1 * (log_clicked_weight(log) / log_weight(log));
}

static Status create_streams(Fit *f, Message *message)
{
    const Estimator *estimator = f->method.estimator;
    const StreamPlan *plan = f->data->plan;
    const Log *log = f->data->log;
    if (!estimator->stream)
        return STATUS_OK;
    if (!plan || !log->delays)
        return fail(message, STATUS_FAILED,
                    "estimator '%s' learns from a stream of clicks, for which the data have no times",
                    estimator->name);
    StreamRule rule = *estimator->stream;
    if (constant_named(f, estimator->immediate, 1) == 0)
        rule.again &= ~(unsigned)AGAIN_IMMEDIATE;
    const StreamWindows windows = {observation_window(estimator, &f->options, plan->attribution),
                                   plan->attribution};
    Status status = delay_stream_create(&f->closed, log, (StreamRule){.entry = ENTRY_CLOSED}, windows,
                                        -HUGE_VAL, plan->from, message);
    if (!status && !f->closed.rows)
        status =
            fail(message, STATUS_FAILED,
                 "no click's attribution window has closed when the stream begins, on day %g", plan->from);
    const double before = fmin(constant_named(f, estimator->deadline, 0), plan->attribution);
    if (!status && estimator->deadline)
        status =
            delay_stream_add_deadline(&f->closed, log, windows, plan->from - before, plan->from, message);
    const StreamSteps steps = {plan->from, plan->to, plan->step};
    if (!status)
        status = plan->cut ? delay_stream_cut(&f->stream, log, rule.entry, windows, plan->from, message)
                           : delay_stream_open(&f->stream, log, rule, windows, &steps, message);
    if (!status)
        sampler_feed(f->sampler, f->closed.row, f->closed.rows, true);
    return status;
}

/* Nothing that is known later than a method's training begins. */
static void start_at_rates(Fit *f)
{
    const Log *log = f->data->log;
    const float *inverse = f->data->plan ? f->data->plan->weight : NULL;
    double converted = 0, clicks = 0;
    if (!f->method.estimator->stream) {
        model_start_at_rates(f->context.model, log);
        return;
    }
    for (size_t i = 0; i < f->closed.rows; i++) {
        const StreamRow *row = &f->closed.row[i];
        if (row->kind == STREAM_DEADLINE)
            continue;
        const double weight =
            (log->weight ? (double)log->weight[row->row] : 1) * (inverse ? (double)inverse[row->row] : 1);
        clicks += weight;
        converted += row->label ? weight : 0;
    }
    model_start_at_rate(f->context.model, converted, clicks);
}

Status fit_create(Fit **fit, const FitSetup *setup, Message *message)
{
    const LearnedPropensity undistorted = {.distortion = {.scale = 1}};
    *fit = NULL;
    Fit *f = calloc(1, sizeof *f);
    if (!f)
        return fail_memory(message, "a fit");
    f->method = *setup->method;
    f->options = *setup->options;
    f->data = setup->data;
    f->context.constants = f->options.constant;
    f->context.asked = &f->asked;
    f->context.used_rows = &f->used_rows;
    f->context.clip = propensity_clip(&f->options.train, f->data->log);
    f->decay = constant_named(f, f->method.estimator->teacher, 0);
    f->last_steps = llround(constant_named(f, f->method.estimator->last_steps, -1));
    f->double_learning = constant_named(f, f->method.estimator->double_learning, 0) != 0;
    f->context.learned = setup->learned ? *setup->learned : undistorted;
    const ModelSetup model = {.method = &f->method,
                              .options = &f->options.model,
                              .schema = &f->data->log->x.schema,
                              .lookups = batch_lookups(&f->options.train),
                              .key = setup->key};
    Status status = tape_create(&f->context.tape, message);
    if (!status)
        status = sampler_create(&f->sampler, f->data, &f->options.train, setup->key, message);
    if (!status)
        status = create_streams(f, message);
    if (!status)
        status = model_create(&f->context.model, &model, message);
    if (!status && f->options.model.prior_start == SWITCH_ON)
        start_at_rates(f);
    if (!status)
        status = trial_create(&f->context.trial, f->method.estimator, f->context.model, message);
    log_let_go(f->data->log);
    if (status)
        fit_free(f);
    else
        *fit = f;
    return status;
}

void fit_free(Fit *f)
{
    if (!f)
        return;
    trial_free(f->context.trial);
    model_free(f->context.model);
    sampler_free(f->sampler);
    delay_stream_free(&f->closed);
    delay_stream_free(&f->stream);
    tape_free(f->context.tape);
    free(f);
}

static bool runs(const Fit *f, const Phase *phase)
{
    return phase->stage == f->stage && (!f->turn || phase->moves == f->turn) &&
           constant_named(f, phase->only, 1) != 0 && constant_named(f, phase->unless, 0) == 0;
}

bool fit_step(Fit *f, double *loss)
{
    const TrainOptions *train = &f->options.train;
    *loss = 0;
    f->unread = !sampler_next(f->sampler);
    if (f->unread)
        return false;
    f->context.share_done = f->planned ? (double)f->done / (double)f->planned : 0;
    f->done++;
    for (const Phase *phase = f->method.estimator->phase; phase->loss; phase++) {
        if (!runs(f, phase))
            continue;
        double risk = phase->lookahead ? trial_run(phase->lookahead, &f->context, f->sampler) : 0;
        if (!isfinite(risk)) {
            *loss = risk;
            return false;
        }
        tape_reset(f->context.tape);
        model_move(f->context.model, phase->moves);
        pass_start(&f->pass, &f->context, f->sampler);
        Var value = phase->loss(&f->pass);
        /* A step of few rows counts as few: hours of night, which have few clicks and the conversions of
         * many, would else weigh as much as those of day. */
        if (f->stage > 0 && sampler_is_fed(f->sampler) && !f->data->plan->cut)
            value = scale(value, (float)sampler_block(f->sampler, O)->rows / (float)train->batch);
        *loss += (double)value->value[0];
        if (!isfinite(*loss))
            return false;
        tape_backward(f->context.tape, value);
        model_update(f->context.model, train->learning_rate * constant_named(f, phase->rate, 1), train->l2);
    }
    if (f->method.estimator->teacher)
        model_teach(f->context.model, f->decay);
    return true;
}

/* True when `patience` epochs in a row have brought no relative improvement above the tolerance. */
static bool stalled(const TrainOptions *train, double loss, double *best, int *waited)
{
    bool better = isinf(*best) || loss < *best - train->tolerance * fabs(*best);
    *waited = better ? 0 : *waited + 1;
    if (loss < *best)
        *best = loss;
    return train->patience > 0 && *waited >= train->patience;
}

/* What goes into a run of the tape, and what comes out of it. */
typedef struct Training {
    Fit *fit;
    FitReport *report;
    const StreamTest *test; /* NULL: nothing is predicted on the way */
    const uint32_t *order;  /* its rows by time */
} Training;

/* Steps on new batches of an epoch until a loss is not finite; their mean loss. */
static double train_steps(Fit *f, FitReport *report, int64_t steps)
{
    double total = 0;
    f->used_rows = (UsedRows){0};
    sampler_epoch(f->sampler);
    for (int64_t k = 0; !report->diverged && k < steps; k++) {
        double loss;
        report->diverged = !fit_step(f, &loss);
        report->steps++;
        total += loss;
    }
    if (f->used_rows.rows > 0)
        report->left_out = 1 - f->used_rows.used / f->used_rows.rows;
    return total / (double)steps;
}

/* The turns of double learning: nets 1 and 0, then what is learned beside them. */
static const unsigned turns[] = {1U << 1, 1U << 0, 1U << 2};
enum { TURNS = sizeof turns / sizeof *turns };

static bool has_turn(const Fit *f, unsigned moves)
{
    for (const Phase *phase = f->method.estimator->phase; phase->loss; phase++)
        if (phase->stage == f->stage && phase->moves == moves)
            return true;
    return false;
}

static double train_epoch(Fit *f, FitReport *report)
{
    int steps = sampler_steps(f->sampler);
    double loss = 0;
    if (!f->double_learning)
        return train_steps(f, report, steps);
    model_copy(f->context.model, 0, 1);
    for (int k = 0; k < TURNS; k++)
        if (has_turn(f, turns[k])) {
            f->turn = turns[k];
            loss += train_steps(f, report, steps);
        }
    f->turn = 0;
    return loss;
}

/* Passes over the batches that an epoch of the stage makes. */
static int passes_of_epoch(const Fit *f)
{
    int passes = f->double_learning ? 0 : 1;
    for (int k = 0; f->double_learning && k < TURNS; k++)
        passes += has_turn(f, turns[k]);
    return passes;
}

static void train_stage(Fit *f, FitReport *report)
{
    const TrainOptions *train = &f->options.train;
    double best = HUGE_VAL;
    int waited = 0;
    report->epochs = 0;
    f->planned = (int64_t)train->epochs * sampler_steps(f->sampler) * passes_of_epoch(f);
    while (!report->diverged && report->epochs < train->epochs) {
        report->loss = train_epoch(f, report);
        report->epochs++;
        if (stalled(train, report->loss, &best, &waited))
            break;
    }
}

static int last_stage(const Estimator *estimator)
{
    int last = 0;
    for (const Phase *phase = estimator->phase; phase->loss; phase++)
        last = phase->stage > last ? phase->stage : last;
    return last;
}

static Var predict_conversion(Pass *pass)
{
    return sigmoid(logit(pass, CVR, D));
}

typedef struct Prediction {
    Fit *fit;
    const Features *x;
    const uint32_t *row; /* which rows of x; NULL: all of them, in their order */
    size_t rows;
    float *cvr, *ctr; /* of all rows of x; NULL: not wanted */
} Prediction;

static void predict_rows(void *argument)
{
    enum { ROWS = 240 }; /* a pass over few enough for the cache; whole tiles of the dense kernels */
    uint32_t row[ROWS];
    const Prediction *p = argument;
    Fit *f = p->fit;
    Model *model = f->context.model;
    PredictFunction *predict =
        f->method.estimator->predict ? f->method.estimator->predict : predict_conversion;
    bool have_ctr = p->ctr && model_predicts_clicks(model);
    model_move(model, MOVE_NOTHING);
    for (size_t first = 0; first < p->rows; first += ROWS) {
        int n = p->rows - first < ROWS ? (int)(p->rows - first) : ROWS;
        for (int i = 0; i < n; i++)
            row[i] = p->row ? p->row[first + (size_t)i] : (uint32_t)(first + (size_t)i);
        tape_reset(f->context.tape);
        pass_start_prediction(&f->pass, &f->context, &(RowSet){.x = p->x, .row = row, .rows = n});
        const float *cvr = p->cvr ? predict(&f->pass)->value : NULL,
                    *ctr = have_ctr ? sigmoid(logit(&f->pass, CTR, D))->value : NULL;
        for (int i = 0; cvr && i < n; i++)
            p->cvr[row[i]] = cvr[i];
        for (int i = 0; p->ctr && i < n; i++)
            p->ctr[row[i]] = ctr ? ctr[i] : NAN;
    }
}

static bool has_stage(const Fit *f, int stage)
{
    for (const Phase *phase = f->method.estimator->phase; phase->loss; phase++)
        if (phase->stage == stage)
            return true;
    return false;
}

/* Predicts what is tested within each step before it trains on what is learned within it. A log in a file is
 * in memory as far as a step uses it. */
static void train_stream(const Training *training)
{
    Fit *f = training->fit;
    FitReport *report = training->report;
    DelayStream *stream = &f->stream;
    const StreamTest *test = training->test;
    const bool trains = has_stage(f, 1);
    size_t predicted = 0;
    f->stage = 1;
    f->done = 0;
    f->planned = 0;
    log_let_go(f->data->log);
    for (size_t k = 0; !report->diverged && k < stream->count; k++) {
        const double end = k + 1 < stream->count ? stream_step_end(&stream->steps, k) : HUGE_VAL;
        const size_t first_test = predicted;
        while (test && predicted < test->x->rows && test->time[training->order[predicted]] < end)
            predicted++;
        if (predicted > first_test)
            predict_rows(&(Prediction){.fit = f,
                                       .x = test->x,
                                       .row = training->order + first_test,
                                       .rows = predicted - first_test,
                                       .cvr = test->cvr,
                                       .ctr = test->ctr});
        if (test)
            log_let_go(test->log);
        if (trains)
            delay_stream_next(stream);
        if (!stream->rows)
            continue;
        sampler_feed(f->sampler, stream->row, stream->rows, false);
        report->loss = train_steps(f, report, sampler_steps(f->sampler));
        log_let_go(f->data->log);
    }
}

/* Trains on the log as it is known when the stream would begin, and then predicts. */
static void train_cut(const Training *training)
{
    Fit *f = training->fit;
    const StreamTest *test = training->test;
    f->stage = 1;
    f->done = 0;
    sampler_feed(f->sampler, f->stream.row, f->stream.rows, true);
    train_stage(f, training->report);
    if (test && !training->report->diverged)
        predict_rows(&(Prediction){f, test->x, NULL, test->x->rows, test->cvr, test->ctr});
}

/* The rounds before the stream, after the first. */
static void train_rounds(const Training *training)
{
    Fit *f = training->fit;
    const int rounds = (int)llround(constant_named(f, f->method.estimator->rounds, 1));
    f->turn = 1U << 1;
    for (int k = 1; !training->report->diverged && k < rounds; k++) {
        model_copy_tables(f->context.model, 0, 1);
        f->done = 0;
        train_stage(f, training->report);
    }
    f->turn = 0;
}

static void train_stages(void *argument)
{
    const Training *training = argument;
    Fit *f = training->fit;
    int last = last_stage(f->method.estimator);
    if (f->method.estimator->stream && f->data->plan->cut) {
        train_cut(training);
        return;
    }
    if (f->method.estimator->stream) {
        f->stage = 0;
        f->done = 0;
        sampler_feed(f->sampler, f->closed.row, f->closed.rows, true);
        train_stage(f, training->report);
        train_rounds(training);
        train_stream(training);
        return;
    }
    for (int stage = 0; !training->report->diverged && stage <= last; stage++) {
        f->stage = stage;
        f->done = 0;
        if (stage < last || f->last_steps < 0 || !last)
            train_stage(f, training->report);
        else if (training->report->epochs > 0 && f->last_steps > 0)
            train_steps(f, training->report, f->planned = f->last_steps);
    }
}

static Status train_all(const Training *training, Message *message)
{
    Fit *f = training->fit;
    FitReport *report = training->report;
    double start = clock_thread_seconds();
    *report = (FitReport){.parameters = model_parameters(f->context.model), .left_out = (double)NAN};
    const bool whole = tape_run(f->context.tape, train_stages, (void *)training);
    const char *lacks = whole ? NULL : tape_stopped(f->context.tape);
    if (lacks)
        return fail(message, STATUS_FAILED, "estimator '%s': a loss asks for %s", f->method.estimator->name,
                    lacks);
    if (!whole)
        return fail(
            message, STATUS_FAILED,
            "a step needs more than the tape's 1 GiB; expected a smaller train.batch or narrower layers");
    report->seconds = clock_thread_seconds() - start;
    return f->unread ? log_blocks_failed(message) : STATUS_OK;
}

Status fit_train(Fit *f, FitReport *report, Message *message)
{
    return train_all(&(Training){.fit = f, .report = report}, message);
}

/* A row of the test exposures of a stream. */
typedef struct TimedRow {
    double time;
    uint32_t row;
} TimedRow;

static int compare_times(const void *a, const void *b)
{
    const TimedRow *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

Status fit_stream(Fit *f, const StreamTest *test, FitReport *report, Message *message)
{
    const size_t rows = test->x->rows;
    TimedRow *timed = calloc(rows + 1, sizeof *timed);
    uint32_t *order = calloc(rows + 1, sizeof *order);
    Status status = timed && order ? STATUS_OK : fail_memory(message, "the order of the test exposures");
    for (size_t i = 0; !status && i < rows; i++) {
        timed[i] = (TimedRow){test->time[i], (uint32_t)i};
        log_passed(test->log, i);
    }
    if (!status) {
        qsort(timed, rows, sizeof *timed, compare_times);
        for (size_t i = 0; i < rows; i++)
            order[i] = timed[i].row;
        status = train_all(&(Training){f, report, test, order}, message);
    }
    free(timed);
    free(order);
    return status;
}

Status fit_predict(Fit *f, const Features *x, float *cvr, float *ctr, Message *message)
{
    if (tape_run(f->context.tape, predict_rows, &(Prediction){f, x, NULL, x->rows, cvr, ctr}))
        return STATUS_OK;
    return fail(message, STATUS_FAILED,
                "prediction needs more than the tape's 1 GiB; expected narrower layers");
}

unsigned fit_asked(const Fit *f)
{
    return f->asked;
}

Status fit_p_hat(Fit *f, float *p_hat, Message *message)
{
    const Log *log = f->data->log;
    const LearnedPropensity *how = &f->context.learned;
    if (log->propensity) {
        memcpy(p_hat, log->propensity, log->x.rows * sizeof *p_hat);
        return STATUS_OK;
    }
    Status status = fit_predict(f, &log->x, NULL, p_hat, message);
    if (!status)
        distort(&how->distortion, how->mean, how->noise, log->x.rows, p_hat);
    return status;
}

static Var click_loss(Pass *pass)
{
    return mean(bce(logit(pass, CTR, D), clicks(pass)));
}

static Var click_probability(Pass *pass)
{
    return sigmoid(logit(pass, CTR, D));
}

/* The first stage of two-stage methods, as a method of its own: not in the table, since its "conversion" is
 * the click. */
static const Estimator propensity_model = {
    .name = "propensity",
    .net = {HEAD(CTR)},
    .phase = {{.loss = click_loss}},
    .predict = click_probability,
};

Status fit_propensity(Fit **fit, const PropensitySetup *setup, FitReport *report, Message *message)
{
    Method method = {.estimator = &propensity_model, .backbone = setup->backbone};
    EstimatorOptions options = {.model = *setup->model, .train = *setup->train};
    options.train.draw = DRAW_EXPOSURES;
    options.model.omit[0] = 0; /* propensities are of all that the log has */
    const FitSetup of_clicks = {
        .method = &method, .options = &options, .data = setup->data, .key = setup->key};
    Status status = fit_create(fit, &of_clicks, message);
    if (!status)
        status = fit_train(*fit, report, message);
    if (status) {
        fit_free(*fit);
        *fit = NULL;
    }
    return status;
}

/* The same of a log with times. Every exposure is a click of it, and a click its conversion, which comes at
 * once: attribution windows of no length. */
static Var exposure_loss(Pass *pass)
{
    return mean(bce(logit(pass, CVR, O), conversions(pass, O)));
}

static const StreamRule at_once = {.entry = ENTRY_FUTURE};

static const Estimator stream_propensity_model = {
    .name = "propensity",
    .net = {HEAD(CVR)},
    .stream = &at_once,
    .phase = {{.loss = exposure_loss}, {.loss = exposure_loss, .stage = 1}},
};

static Status fit_exposures(const PropensitySetup *setup, float *p, FitReport *report, Message *message)
{
    const Log *log = setup->data->log;
    const Method method = {.estimator = &stream_propensity_model, .backbone = setup->backbone};
    EstimatorOptions options = {.model = *setup->model, .train = *setup->train};
    options.model.omit[0] = 0;
    Fit *fit;
    Status status = fit_create(
        &fit, &(FitSetup){.method = &method, .options = &options, .data = setup->data, .key = setup->key},
        message);
    if (!status)
        status =
            fit_stream(fit, &(StreamTest){&log->x, log->delays->click_time, p, NULL, log}, report, message);
    fit_free(fit);
    return status;
}

Status fit_stream_propensity(const PropensitySetup *setup, float *p, FitReport *report, Message *message)
{
    const Log *log = setup->data->log;
    const StreamPlan *of_clicks = setup->data->plan;
    const size_t rows = log->x.rows;
    Log exposures = {.x = log->x, .conversion = log->click, .weight = log->weight};
    Delays delays = {.click_time = log->delays->click_time};
    const StreamPlan plan = {.from = of_clicks->from, .to = of_clicks->to, .step = of_clicks->step};
    const TrainingData data = {.log = &exposures, .plan = &plan};
    PropensitySetup of_exposures = *setup;
    exposures.click = calloc(rows + 1, sizeof *exposures.click);
    delays.conversion_time = calloc(rows + 1, sizeof *delays.conversion_time);
    exposures.delays = &delays;
    of_exposures.data = &data;
    Status status = exposures.click && delays.conversion_time
                        ? STATUS_OK
                        : fail_memory(message, "the exposures of a stream");
    for (size_t i = 0; !status && i < rows; i++) {
        exposures.click[i] = 1;
        delays.conversion_time[i] = log->click[i] ? delays.click_time[i] : HUGE_VAL;
    }
    if (!status)
        status = fit_exposures(&of_exposures, p, report, message);
    free(exposures.click);
    free(delays.conversion_time);
    return status;
}
