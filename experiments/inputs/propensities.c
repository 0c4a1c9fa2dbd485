/* Given propensities are computed once a replicate; those of a first stage once for each backbone that a
 * method asks for, since methods on one backbone share it. */
#include "experiments/inputs/propensities.h"

#include "estimators/core/train.h"
#include "experiments/spec/named_method.h"
#include "sim/base/text.h"
#include "sim/propensity/from_truth.h"
#include "sim/propensity/naive_bayes.h"
#include "sim/propensity/noise.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A first stage that was fitted: propensities of a CTR model on a backbone. */
typedef struct Fitted {
    const Backbone *backbone;
    float *p;    /* of the log */
    float *held; /* of the rows that tuning is scored on, if there are any and they are of the log */
    TemporaryFile *blocks; /* of all rows of a log in blocks, of which p has the first window; else NULL */
    FitReport report;
} Fitted;

enum { MAX_FITTED = 32 };

struct Propensities {
    const Spec *spec;
    const Sample *sample;
    TrainingData data; /* the sample's */
    float *noise;      /* N(0,1) a row of the log; NULL without noise */
    float *held_noise; /* likewise, of the rows that tuning is scored on */
    double ctr;
    Fitted given; /* of a source other than `learned`, distorted */
    bool shares;  /* the first stage on towers and `test` are of one click model, and both are needed */
    pthread_mutex_t fitting; /* of what follows: units of several threads ask for it */
    float *test;             /* of metrics.weights, of the test rows; NULL until asked for */
    Fit *kept;               /* that model, while only one of the two has been asked for; else NULL */
    FitReport kept_report;
    Fitted fitted[MAX_FITTED];
    int fits;
    Fitted streamed[MAX_FITTED]; /* likewise of the rows of the stream's log; given ones have no backbone */
    int streams;
};

/* Makes a named column of x the same in every row, so that a model learns nothing from it. */
static void omit_feature(Features *x, const char *name)
{
    const Schema *schema = &x->schema;
    int first = 0, found = 0;
    for (int f = 0; f < schema->categorical; f++) {
        if (strcmp(schema->name[f], name) != 0)
            continue;
        found++;
        for (size_t i = 0; i < x->rows; i++)
            x->id[i * (size_t)schema->categorical + (size_t)f] = 0;
    }
    for (int g = 0; g < schema->groups; first += schema->group[g++].columns) {
        if (strcmp(schema->group[g].name, name) != 0)
            continue;
        found++;
        for (size_t i = 0; i < x->rows; i++)
            memset(x->dense + i * (size_t)schema->dense + first, 0,
                   (size_t)schema->group[g].columns * sizeof *x->dense);
    }
    assert(found); /* spec_check knows the names */
    (void)found;
}

static void omit_features(const Spec *spec, Features *x)
{
    WordList names;
    if (words_split(spec->omit, &names))
        for (int i = 0; i < names.words; i++)
            omit_feature(x, names.word[i]);
}

/* A copy of features without those that are omitted. */
static Status copy_without(const Spec *spec, const Features *x, Features *lacking, Message *message)
{
    Status status = features_create(lacking, &x->schema, x->rows, message);
    if (status)
        return status;
    memcpy(lacking->id, x->id, x->rows * (size_t)x->schema.categorical * sizeof *x->id);
    memcpy(lacking->dense, x->dense, x->rows * (size_t)x->schema.dense * sizeof *x->dense);
    lacking->stream = x->stream;
    omit_features(spec, lacking);
    return STATUS_OK;
}

/* The rows that tuning is scored on, where they are of the log; NULL where there are none. */
static const Log *held_of_log(const Propensities *s)
{
    const bool of_log = s->spec->tune.trials > 0 && s->spec->tune.on != TUNE_UNBIASED;
    return of_log && s->sample->held.x.rows ? &s->sample->held : NULL;
}

/* Room for the propensities of all rows. */
static Status fitted_create(const Propensities *s, Fitted *fitted, Message *message)
{
    const Log *held = held_of_log(s);
    fitted->p = calloc(s->sample->log->x.rows + 1, sizeof *fitted->p);
    fitted->held = held ? calloc(held->x.rows, sizeof *fitted->held) : NULL;
    return fitted->p && (!held || fitted->held) ? STATUS_OK : fail_memory(message, "the propensities");
}

static void fitted_clear(Fitted *fitted)
{
    free(fitted->p);
    free(fitted->held);
    temporary_file_close(fitted->blocks);
}

/* Not exactly 1 where they are distorted, as a logit is taken of them. */
static void take_logged(const Propensities *s, const float *logged, size_t rows, float *p)
{
    const float highest = distortion_is_none(&s->spec->distortion) ? 1 : 1 - FLT_EPSILON;
    for (size_t i = 0; i < rows; i++)
        p[i] = logged[i] < highest ? logged[i] : highest;
}

static void distort_all(const Propensities *s, Fitted *fitted)
{
    distort(&s->spec->distortion, s->ctr, s->noise, s->sample->log->x.rows, fitted->p);
    if (fitted->held)
        distort(&s->spec->distortion, s->ctr, s->held_noise, s->sample->held.x.rows, fitted->held);
}

/* What a fit that diverged says of the held rows. */
static void forget_held(const Propensities *s, Fitted *fitted)
{
    for (size_t i = 0; fitted->held && i < s->sample->held.x.rows; i++)
        fitted->held[i] = NAN;
}

/* Adds the distorted propensities of a window's rows to those of all blocks; `p` has room for them. */
static Status add_window(const Propensities *s, Fit *fit, const Log *window, float *p, Fitted *fitted,
                         Message *message)
{
    Status status = fit_predict(fit, &window->x, p, NULL, message);
    if (status)
        return status;
    distort(&s->spec->distortion, s->ctr, NULL, window->x.rows, p);
    return temporary_file_append(fitted->blocks, p, window->x.rows * sizeof *p, message);
}

/* Propensities of a log in blocks, window by window in its own order. */
static Status predict_blocks(const Propensities *s, Fit *fit, Fitted *fitted, Message *message)
{
    const LogBlocks *blocks = &s->sample->blocks;
    void *reader;
    Log window;
    Status status = temporary_file_create(&fitted->blocks, message);
    if (status)
        return status;
    status = blocks->open(blocks, log_blocks_most(blocks), &reader, &window, message);
    if (status)
        return status;
    float *p = calloc(log_blocks_most(blocks), sizeof *p);
    if (!p)
        status = fail_memory(message, "the propensities of a window");
    for (size_t k = 0; !status && k < blocks->blocks / blocks->window; k++) {
        status = log_blocks_read_window(blocks, reader, k, &window, message);
        if (!status)
            status = add_window(s, fit, &window, p, fitted, message);
    }
    free(p);
    blocks->close(reader);
    log_free(&window);
    return status;
}

/* The features of the rows that a click model is asked for. */
typedef struct ClickRows {
    const Features *log, *held; /* `held` NULL: none */
    bool blocks;                /* and all rows of a log in blocks */
} ClickRows;

/* Predicts and distorts the propensities of rows by a click model that was fitted. */
static Status predict_clicks(const Propensities *s, Fit *fit, const ClickRows *rows, Fitted *fitted,
                             Message *message)
{
    if (fitted->report.diverged)
        return forget_held(s, fitted), STATUS_OK;
    Status status = fit_predict(fit, rows->log, fitted->p, NULL, message);
    if (!status && rows->held)
        status = fit_predict(fit, rows->held, fitted->held, NULL, message);
    if (!status)
        distort_all(s, fitted);
    return status || !rows->blocks ? status : predict_blocks(s, fit, fitted, message);
}

/* A logistic regression of the click on the features that are not omitted. */
static Status fit_omitted(Propensities *s, Message *message)
{
    const Log *log = s->sample->log, *held = held_of_log(s);
    Log lacking = *log;
    Features held_lacking = {.rows = 0};
    Status status = copy_without(s->spec, &log->x, &lacking.x, message);
    if (status)
        return status;
    if (held && (status = copy_without(s->spec, &held->x, &held_lacking, message)))
        return features_free(&lacking.x), status;
    ModelOptions linear = s->spec->model;
    linear.layers = 0;
    const TrainingData data = {.log = &lacking};
    const PropensitySetup setup = {.backbone = backbone_find("towers"),
                                   .model = &linear,
                                   .train = &s->spec->train,
                                   .data = &data,
                                   .key = &s->sample->key};
    Fit *fit;
    status = fit_propensity(&fit, &setup, &s->given.report, message);
    if (!status)
        status = predict_clicks(s, fit, &(ClickRows){&lacking.x, held ? &held_lacking : NULL, false},
                                &s->given, message);
    fit_free(fit);
    features_free(&lacking.x);
    features_free(&held_lacking);
    return status;
}

static Status compute_given(Propensities *s, Message *message)
{
    const Log *log = s->sample->log, *unbiased = s->sample->unbiased, *held = held_of_log(s);
    Status status = fitted_create(s, &s->given, message);
    if (status)
        return status;
    if (s->spec->propensity == PROPENSITY_OMITTED)
        return fit_omitted(s, message);
    if (s->spec->propensity == PROPENSITY_NAIVE_BAYES) {
        status = naive_bayes_propensity(log, unbiased, log, s->given.p, message);
        if (!status && held)
            status = naive_bayes_propensity(log, unbiased, held, s->given.held, message);
    } else if (s->spec->propensity == PROPENSITY_LOGGED) {
        take_logged(s, s->sample->logged, log->x.rows, s->given.p);
        if (held)
            take_logged(s, s->sample->held_logged, held->x.rows, s->given.held);
    } else if (s->spec->propensity == PROPENSITY_CONSTANT) {
        constant_propensity(log, s->given.p);
        for (size_t i = 0; held && i < held->x.rows; i++)
            s->given.held[i] = s->given.p[0];
    } else {
        truth_propensity(&s->sample->truth, s->spec->propensity, s->given.p);
        if (held)
            truth_propensity(&s->sample->held_truth, s->spec->propensity, s->given.held);
    }
    if (!status)
        distort_all(s, &s->given);
    return status;
}

/* Whether some method has propensities of a first stage on towers, as the test rows have. */
static bool has_first_stage(const Spec *spec)
{
    Method method;
    bool has = false;
    for (int i = 0; !has && i < spec->estimators; i++)
        has = !spec_find_method(spec, spec->estimator[i], &method, NULL) &&
              (method.estimator->needs & NEEDS_PROPENSITY) && method.backbone == backbone_find("towers");
    return has;
}

Status propensities_create(Propensities **propensities, const Spec *setting, const Sample *sample,
                           Message *message)
{
    *propensities = NULL;
    Propensities *s = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "the propensities");
    pthread_mutex_init(&s->fitting, NULL);
    s->spec = setting;
    s->sample = sample;
    s->data = (TrainingData){.log = sample->log, .blocks = sample->blocks.rows ? &sample->blocks : NULL};
    s->shares = setting->weights == WEIGHTS_LEARNED && setting->propensity == PROPENSITY_LEARNED &&
                has_first_stage(setting);
    s->ctr = log_clicked_weight(sample->log) / log_weight(sample->log);
    Status status = noise_create(&s->noise, &setting->distortion, sample->log->x.rows, &sample->key,
                                 "propensity/noise", message);
    if (!status && held_of_log(s))
        status = noise_create(&s->held_noise, &setting->distortion, sample->held.x.rows, &sample->key,
                              "propensity/noise/held", message);
    if (!status && setting->propensity != PROPENSITY_LEARNED)
        status = compute_given(s, message);
    if (status)
        propensities_free(s);
    else
        *propensities = s;
    return status;
}

void propensities_free(Propensities *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->fits; i++)
        fitted_clear(&s->fitted[i]);
    for (int i = 0; i < s->streams; i++)
        fitted_clear(&s->streamed[i]);
    fitted_clear(&s->given);
    fit_free(s->kept);
    free(s->test);
    free(s->noise);
    free(s->held_noise);
    pthread_mutex_destroy(&s->fitting);
    free(s);
}

/* With the lock: a click model of the sample on a backbone, the one that was kept where it is that. */
static Status fit_clicks(Propensities *s, const Backbone *backbone, Fit **fit, FitReport *report,
                         Message *message)
{
    if (s->kept && backbone == backbone_find("towers")) {
        *fit = s->kept;
        *report = s->kept_report;
        s->kept = NULL;
        return STATUS_OK;
    }
    const PropensitySetup setup = {.backbone = backbone,
                                   .model = &s->spec->model,
                                   .train = &s->spec->train,
                                   .data = &s->data,
                                   .key = &s->sample->key};
    return fit_propensity(fit, &setup, report, message);
}

/* With the lock: keeps the model where the other one of the two that share it has still to come. */
static void keep_or_free(Propensities *s, Fit *fit, const FitReport *report, bool other)
{
    if (other) {
        s->kept = fit;
        s->kept_report = *report;
    } else {
        fit_free(fit);
    }
}

/* With the lock. */
static Status fit_stage(Propensities *s, const Backbone *backbone, Fitted *fitted, Message *message)
{
    const Log *held = held_of_log(s);
    const ClickRows rows = {&s->sample->log->x, held ? &held->x : NULL, s->data.blocks != NULL};
    Fit *fit;
    *fitted = (Fitted){.backbone = backbone};
    Status status = fitted_create(s, fitted, message);
    if (!status)
        status = fit_clicks(s, backbone, &fit, &fitted->report, message);
    if (status)
        return fitted_clear(fitted), status;
    status = predict_clicks(s, fit, &rows, fitted, message);
    keep_or_free(s, fit, &fitted->report,
                 !status && s->shares && !s->test && backbone == backbone_find("towers"));
    if (status)
        fitted_clear(fitted);
    return status;
}

static int find_fitted(const Propensities *s, const Backbone *backbone)
{
    int i = 0;
    while (i < s->fits && s->fitted[i].backbone != backbone)
        i++;
    return i;
}

/* With the lock: whoever comes while another one fits the stage waits for it. */
static Status fit_or_find(Propensities *s, const Backbone *backbone, const Fitted **fitted, Message *message)
{
    Status status = STATUS_OK;
    const int i = find_fitted(s, backbone);
    if (i == MAX_FITTED)
        return fail(message, STATUS_FAILED, "more than %d backbones with propensities of their own",
                    MAX_FITTED);
    if (i == s->fits) {
        status = fit_stage(s, backbone, &s->fitted[i], message);
        s->fits += !status;
    }
    *fitted = &s->fitted[i];
    return status;
}

static Status find_stage(Propensities *s, const Backbone *backbone, const Fitted **fitted, Message *message)
{
    pthread_mutex_lock(&s->fitting);
    Status status = fit_or_find(s, backbone, fitted, message);
    pthread_mutex_unlock(&s->fitting);
    return status;
}

Status propensities_for(Propensities *s, const Method *method, GivenPropensity *given, Message *message)
{
    const Fitted *from = &s->given;
    *given = (GivenPropensity){.learned = {s->spec->distortion, s->ctr, s->noise}};
    if (!from->p && (method->estimator->needs & NEEDS_PROPENSITY)) {
        Status status = find_stage(s, method->backbone, &from, message);
        if (status)
            return status;
    }
    given->p = from->p;
    given->blocks = from->blocks;
    given->seconds = from->report.seconds;
    given->diverged = from->report.diverged;
    return STATUS_OK;
}

Status propensities_of_held(Propensities *s, const Method *method, const float **p, Message *message)
{
    const Fitted *from = &s->given;
    const Backbone *mf = backbone_find("mf");
    *p = NULL;
    if (!held_of_log(s))
        return STATUS_OK;
    if (!from->p) {
        Status status = find_stage(s, method->backbone == mf ? mf : backbone_find("towers"), &from, message);
        if (status)
            return status;
    }
    *p = from->held;
    return STATUS_OK;
}

/* With the lock. */
static Status fit_test(Propensities *s, const TestExposures *test, float *p, Message *message)
{
    const Backbone *towers = backbone_find("towers");
    Fit *fit;
    FitReport report;
    Status status = fit_clicks(s, towers, &fit, &report, message);
    if (status)
        return status;
    if (!report.diverged)
        status = fit_predict(fit, test->x, p, NULL, message);
    for (size_t i = 0; report.diverged && i < test->x->rows; i++)
        p[i] = NAN;
    keep_or_free(s, fit, &report, !status && s->shares && find_fitted(s, towers) == s->fits);
    return status;
}

/* With the lock. */
static Status test_or_find(Propensities *s, const TestExposures *test, Message *message)
{
    Status status = STATUS_OK;
    if (s->test)
        return STATUS_OK;
    float *p = calloc(test->x->rows + 1, sizeof *p);
    if (!p)
        return fail_memory(message, "the propensities");
    if (s->spec->weights == WEIGHTS_ORACLE)
        for (size_t i = 0; i < test->x->rows; i++)
            p[i] = (float)test->ctr[i];
    else
        status = fit_test(s, test, p, message);
    if (status)
        free(p);
    else
        s->test = p;
    return status;
}

Status propensities_of_test(Propensities *s, const TestExposures *test, const float **p, Message *message)
{
    *p = NULL;
    if (!test->click)
        return STATUS_OK;
    pthread_mutex_lock(&s->fitting);
    Status status = test_or_find(s, test, message);
    pthread_mutex_unlock(&s->fitting);
    *p = s->test;
    return status;
}

/* Undistorted propensities of the stream's log. */
static Status fill_streamed(Propensities *s, const StreamPlan *plan, Fitted *streamed, Message *message)
{
    const Log *log = s->sample->stream;
    const TrainingData data = {.log = log, .plan = plan};
    const PropensitySetup setup = {.backbone = streamed->backbone,
                                   .model = &s->spec->model,
                                   .train = &s->spec->train,
                                   .data = &data,
                                   .key = &s->sample->key};
    if (streamed->backbone)
        return fit_stream_propensity(&setup, streamed->p, &streamed->report, message);
    if (s->spec->propensity != PROPENSITY_CONSTANT)
        truth_propensity(&s->sample->stream_truth, s->spec->propensity, streamed->p);
    for (size_t i = 0; s->spec->propensity == PROPENSITY_CONSTANT && i < log->x.rows; i++)
        streamed->p[i] = (float)s->ctr;
    return STATUS_OK;
}

/* Noise is drawn in the order in which the exposures were. */
static Status order_noise(float *noise, const uint32_t *origin, size_t rows, Message *message)
{
    float *drawn = malloc((rows + 1) * sizeof *drawn);
    if (!drawn)
        return fail_memory(message, "the noise of propensities");
    memcpy(drawn, noise, rows * sizeof *drawn);
    for (size_t i = 0; i < rows; i++)
        noise[i] = drawn[origin[i]];
    free(drawn);
    return STATUS_OK;
}

static Status compute_streamed(Propensities *s, const StreamPlan *plan, const Backbone *backbone,
                               Fitted *streamed, Message *message)
{
    const size_t rows = s->sample->stream->x.rows;
    float *noise = NULL;
    *streamed = (Fitted){.backbone = backbone, .p = calloc(rows + 1, sizeof *streamed->p)};
    Status status = streamed->p ? STATUS_OK : fail_memory(message, "the propensities of a stream");
    if (!status)
        status = noise_create(&noise, &s->spec->distortion, rows, &s->sample->key, "propensity/noise/stream",
                              message);
    if (!status)
        status = fill_streamed(s, plan, streamed, message);
    if (!status && noise && s->sample->streamed.origin)
        status = order_noise(noise, s->sample->streamed.origin, rows, message);
    if (!status && !streamed->report.diverged)
        distort(&s->spec->distortion, s->ctr, noise, rows, streamed->p);
    free(noise);
    if (status)
        fitted_clear(streamed);
    return status;
}

/* With the lock. */
static Status stream_or_find(Propensities *s, const StreamPlan *plan, const Backbone *backbone,
                             const Fitted **streamed, Message *message)
{
    int i = 0;
    while (i < s->streams && s->streamed[i].backbone != backbone)
        i++;
    if (i == MAX_FITTED)
        return fail(message, STATUS_FAILED, "more than %d backbones with propensities of their own",
                    MAX_FITTED);
    if (i == s->streams) {
        Status status = compute_streamed(s, plan, backbone, &s->streamed[i], message);
        if (status)
            return status;
        s->streams++;
    }
    *streamed = &s->streamed[i];
    return STATUS_OK;
}

Status propensities_of_stream(Propensities *s, const Method *method, const StreamPlan *plan,
                              GivenPropensity *given, Message *message)
{
    const Backbone *backbone = s->spec->propensity == PROPENSITY_LEARNED ? method->backbone : NULL;
    const Fitted *from = NULL;
    *given = (GivenPropensity){.p = NULL};
    if (s->spec->delayed.selection == SELECTION_NONE)
        return STATUS_OK;
    pthread_mutex_lock(&s->fitting);
    Status status = stream_or_find(s, plan, backbone, &from, message);
    pthread_mutex_unlock(&s->fitting);
    if (status)
        return status;
    *given =
        (GivenPropensity){.p = from->p, .seconds = from->report.seconds, .diverged = from->report.diverged};
    return STATUS_OK;
}
