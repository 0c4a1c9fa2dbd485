/* Given propensities are computed once a replicate; those of a first stage once for each backbone that a
 * method asks for, since methods on one backbone share it. */
#include "experiments/inputs/propensities.h"

#include "estimators/core/train.h"
#include "sim/base/text.h"
#include "sim/propensity/from_truth.h"
#include "sim/propensity/naive_bayes.h"
#include "sim/propensity/noise.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A first stage that was fitted: propensities of a CTR model on a backbone. */
typedef struct Fitted {
    const Backbone *backbone;
    float *p;
    FitReport report;
} Fitted;

enum { MAX_FITTED = 32 };

struct Propensities {
    const Spec *spec;
    const Sample *sample;
    float *noise; /* N(0,1) a row of the log; NULL without noise */
    double ctr;
    Fitted given; /* of a source other than `learned`, distorted */
    Fitted fitted[MAX_FITTED];
    int fits;
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

/* A logistic regression of the click on the features that are not omitted. */
static Status fit_omitted(Propensities *s, Message *message)
{
    const Log *log = s->sample->log;
    Log lacking = *log;
    Status status = features_create(&lacking.x, &log->x.schema, log->x.rows, message);
    if (status)
        return status;
    memcpy(lacking.x.id, log->x.id, log->x.rows * (size_t)log->x.schema.categorical * sizeof *log->x.id);
    memcpy(lacking.x.dense, log->x.dense, log->x.rows * (size_t)log->x.schema.dense * sizeof *log->x.dense);
    lacking.x.stream = log->x.stream;
    omit_features(s->spec, &lacking.x);
    ModelOptions linear = s->spec->model;
    linear.layers = 0;
    const PropensitySetup setup = {.backbone = backbone_find("towers"),
                                   .model = &linear,
                                   .train = &s->spec->train,
                                   .log = &lacking,
                                   .key = &s->sample->key};
    status = fit_propensity(&setup, s->given.p, &s->given.report, message);
    features_free(&lacking.x);
    return status;
}

static Status compute_given(Propensities *s, Message *message)
{
    const Log *log = s->sample->log;
    s->given.p = calloc(log->x.rows, sizeof *s->given.p);
    if (!s->given.p)
        return fail_memory(message, "the propensities");
    if (s->spec->propensity == PROPENSITY_OMITTED)
        return fit_omitted(s, message);
    if (s->spec->propensity == PROPENSITY_NAIVE_BAYES)
        return naive_bayes_propensity(log, s->sample->unbiased, s->given.p, message);
    if (s->spec->propensity == PROPENSITY_CONSTANT)
        constant_propensity(log->click, log->x.rows, s->given.p);
    else
        truth_propensity(&s->sample->truth, s->spec->propensity, s->given.p);
    return STATUS_OK;
}

static void distort_all(const Propensities *s, float *p)
{
    distort(&s->spec->distortion, s->ctr, s->noise, s->sample->log->x.rows, p);
}

Status propensities_create(Propensities **propensities, const Spec *setting, const Sample *sample,
                           Message *message)
{
    *propensities = NULL;
    Propensities *s = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "the propensities");
    s->spec = setting;
    s->sample = sample;
    s->ctr = (double)log_clicks(sample->log) / (double)sample->log->x.rows;
    Status status = noise_create(&s->noise, &setting->distortion, sample->log->x.rows, &sample->key,
                                 "propensity/noise", message);
    if (!status && setting->propensity != PROPENSITY_LEARNED) {
        status = compute_given(s, message);
        if (!status && !s->given.report.diverged)
            distort_all(s, s->given.p);
    }
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
        free(s->fitted[i].p);
    free(s->given.p);
    free(s->noise);
    free(s);
}

static Status fit_stage(Propensities *s, const Backbone *backbone, Fitted *fitted, Message *message)
{
    const Log *log = s->sample->log;
    *fitted = (Fitted){.backbone = backbone, .p = calloc(log->x.rows, sizeof *fitted->p)};
    if (!fitted->p)
        return fail_memory(message, "the propensities");
    const PropensitySetup setup = {.backbone = backbone,
                                   .model = &s->spec->model,
                                   .train = &s->spec->train,
                                   .log = log,
                                   .key = &s->sample->key};
    Status status = fit_propensity(&setup, fitted->p, &fitted->report, message);
    if (status)
        free(fitted->p);
    else if (!fitted->report.diverged)
        distort_all(s, fitted->p);
    return status;
}

static Status find_stage(Propensities *s, const Backbone *backbone, const Fitted **fitted, Message *message)
{
    Status status = STATUS_OK;
    int i = 0;
    while (i < s->fits && s->fitted[i].backbone != backbone)
        i++;
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
    given->seconds = from->report.seconds;
    given->diverged = from->report.diverged;
    return STATUS_OK;
}
