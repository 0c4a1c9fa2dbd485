#include "experiments/inputs/source.h"

#include "estimators/core/train.h"
#include "experiments/inputs/imputations.h"
#include "experiments/inputs/rating_completion.h"
#include "experiments/spec/features.h"
#include "sim/data/coat.h"

#include <stdlib.h>

struct Source {
    const Spec *spec;
    StreamKey key;       /* of the world, in every replicate */
    World *world;        /* of simulated data, */
    RatingMatrix matrix; /* of semi-synthetic, */
    RealData real;       /* and of real data; the others are empty */
    Log test;            /* test exposures where the truth is known */
    Truth test_truth;
    double *label; /* of real test exposures: conversion, then click */
    TestSubset stored;
};

/* The key of what all settings share: those that differ in neither world nor data are scored on the same test
 * exposures. */
static StreamKey shared_key(const Source *s)
{
    return (StreamKey){
        .seed = s->key.seed, .setting = "", .world = s->key.world, .replicate = EVERY_REPLICATE};
}

static Status open_world(Source *s, Message *message)
{
    StreamKey key = shared_key(s);
    Status status = world_create(&s->world, &s->spec->world, key.seed, key.world, message);
    if (status)
        return status;
    return world_draw(s->world, &key, "test", SAMPLE_EXPOSURES, (size_t)s->spec->test_size, &s->test,
                      &s->test_truth, message);
}

/* Pairs of the matrix into a newly created log: those in `pair`, which is freed. */
static Status draw_pairs(const Source *s, const StreamKey *key, const char *purpose, uint32_t *pair,
                         size_t rows, bool forced, Log *log, Truth *truth, Message *message)
{
    Status status =
        pair ? rating_matrix_draw(&s->matrix, key, purpose, pair, rows, forced, log, truth, message)
             : fail_memory(message, "pairs of users and items");
    free(pair);
    return status;
}

/* All worlds have the same matrix, and draw other outcomes from it. */
static Status open_matrix(Source *s, Message *message)
{
    StreamKey key = shared_key(s);
    size_t rows = (size_t)s->spec->test_size;
    Status status = rating_completion_create(&s->matrix, s->spec, message);
    if (status)
        return status;
    uint32_t *pair = matrix_pairs_of_users(&s->matrix, &key, "test/users", &rows);
    return draw_pairs(s, &key, "test", pair, rows, false, &s->test, &s->test_truth, message);
}

/* Needs of data that only reading them can show. */
static Status check_layout(const Spec *spec, const RealData *data, Message *message)
{
    Message why;
    Status status = features_check_schema(&data->log.x.schema, spec->omit, &why);
    if (status)
        return fail(message, status, "propensity.omit: %s", why.text);
    if (data->unbiased.x.rows)
        return STATUS_OK;
    if (spec->propensity == PROPENSITY_NAIVE_BAYES)
        return fail(message, STATUS_USAGE,
                    "propensity.source: naive_bayes needs unbiased ratings, which %s does not have",
                    spec->data);
    for (int i = 0; i < spec->estimators; i++) {
        Method method;
        status = method_find(spec->estimator[i], &method, message);
        if (status)
            return status;
        if (method_needs(&method) & NEEDS_UNBIASED)
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs an unbiased sample, which %s does not have",
                        spec->estimator[i], spec->data);
    }
    return STATUS_OK;
}

static Status read_layout(Source *s, const StreamKey *key, Message *message)
{
    const Spec *spec = s->spec;
    const ReaderDataOptions options = {spec->reader, spec->unbiased_share, spec->pairs};
    const Layout *layout = layout_table[1 + spec->source - DATA_LAYOUT];
    Status status = reader_data_read(&s->real, layout, spec->data, &options, key, message);
    return status ? status : check_layout(spec, &s->real, message);
}

/* Each world has another share of the random ratings as its unbiased sample. */
static Status open_real(Source *s, Message *message)
{
    StreamKey key = shared_key(s);
    Status status = s->spec->source == DATA_COAT
                        ? coat_read(&s->real, s->spec->data, s->spec->unbiased_share, &key, message)
                        : read_layout(s, &key, message);
    if (status)
        return status;
    size_t rows = s->real.test.x.rows;
    s->label = calloc(2 * rows, sizeof *s->label);
    if (!s->label)
        return fail_memory(message, "the labels of the test ratings");
    for (size_t i = 0; i < rows; i++) {
        s->label[i] = s->real.test.conversion[i];
        s->label[rows + i] = s->real.test.click[i];
    }
    return STATUS_OK;
}

Status source_open(Source **source, const Spec *setting, const char *text, uint32_t world, Message *message)
{
    *source = NULL;
    Source *s = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "a source of data");
    s->spec = setting;
    s->key = (StreamKey){(uint64_t)setting->seed, text, world, EVERY_REPLICATE};
    Status status = setting->source == DATA_SIMULATED   ? open_world(s, message)
                    : setting->source == DATA_MOVIELENS ? open_matrix(s, message)
                                                        : open_real(s, message);
    if (!status) {
        const TestSet test = source_test_set(s);
        const StreamKey shared = shared_key(s);
        status = test_subset_create(&s->stored, &test, setting->test_stored, &shared, message);
    }
    if (status)
        source_close(s);
    else
        *source = s;
    return status;
}

void source_close(Source *source)
{
    if (!source)
        return;
    world_free(source->world);
    rating_matrix_free(&source->matrix);
    real_data_free(&source->real);
    log_free(&source->test);
    truth_free(&source->test_truth);
    free(source->label);
    test_subset_free(&source->stored);
    free(source);
}

Status source_check(const Spec *spec, Message *message)
{
    if (spec->source == DATA_SIMULATED)
        return STATUS_OK;
    Source *source;
    Status status = source_open(&source, spec, "", 0, message);
    source_close(source);
    return status;
}

const Features *source_test(const Source *source)
{
    return spec_has_truth(source->spec) ? &source->test.x : &source->real.test.x;
}

TestSet source_test_set(const Source *source)
{
    const Truth *truth = &source->test_truth;
    if (!spec_has_truth(source->spec))
        return (TestSet){.rows = source->real.test.x.rows};
    return (TestSet){truth->rows, truth->p_r, truth->p_o, truth->q, source->test.click};
}

const TestSubset *source_test_subset(const Source *source)
{
    return &source->stored;
}

const uint8_t *source_potential(const Source *source)
{
    return spec_has_truth(source->spec) ? source->test_truth.potential : NULL;
}

const double *source_target(const Source *source)
{
    return spec_has_truth(source->spec) ? source->test_truth.p_r : source->label;
}

const uint8_t *source_click(const Source *source)
{
    const Log *test = &source->real.test;
    return log_clicks(test) < test->x.rows ? test->click : NULL;
}

const double *source_click_target(const Source *source)
{
    return source->label ? source->label + source->real.test.x.rows : NULL;
}

const uint32_t *source_group(const Source *source)
{
    return source->real.group;
}

static bool needs_truth(const Spec *spec)
{
    PropensitySource source = spec->propensity;
    return imputations_need_truth(spec) || source == PROPENSITY_ORACLE || source == PROPENSITY_FULL ||
           source == PROPENSITY_INVERTED;
}

/* The biased log, or the fixed exposures of the risk layer: `rows` of a world, all pairs of a matrix. */
static Status draw_log(const Source *s, const StreamKey *key, const char *purpose, int64_t rows, Log *log,
                       Truth *truth, Message *message)
{
    Status status =
        s->world ? world_draw(s->world, key, purpose, SAMPLE_EXPOSURES, (size_t)rows, log, truth, message)
                 : rating_matrix_draw(&s->matrix, key, purpose, NULL, 0, false, log, truth, message);
    return status ? status : imputations_fill(s->spec, key, truth, log, message);
}

static Status draw_unbiased(const Source *s, const StreamKey *key, Log *unbiased, Message *message)
{
    size_t rows = (size_t)s->spec->unbiased_size;
    if (s->world)
        return world_draw(s->world, key, "unbiased", SAMPLE_UNBIASED, rows, unbiased, NULL, message);
    uint32_t *pair = matrix_random_pairs(&s->matrix, key, "unbiased/pairs", &rows);
    return draw_pairs(s, key, "unbiased", pair, rows, true, unbiased, NULL, message);
}

static Status draw_sample(const Source *s, Sample *sample, Message *message)
{
    const Spec *spec = s->spec;
    Truth *truth = needs_truth(spec) ? &sample->truth : NULL;
    Log *log = &sample->own[0], *unbiased = &sample->own[1];
    Status status = draw_log(s, &sample->key, "log", spec->log_size, log, truth, message);
    if (!status && spec->unbiased_size > 0)
        status = draw_unbiased(s, &sample->key, unbiased, message);
    sample->log = log;
    sample->unbiased = spec->unbiased_size > 0 ? unbiased : NULL;
    return status;
}

Status source_draw(const Source *source, uint32_t replicate, Sample *sample, Message *message)
{
    *sample = (Sample){.key = source->key};
    sample->key.replicate = replicate;
    if (spec_has_truth(source->spec)) {
        Status status = draw_sample(source, sample, message);
        if (status)
            sample_free(sample);
        return status;
    }
    sample->log = &source->real.log;
    sample->unbiased = source->real.unbiased.x.rows ? &source->real.unbiased : NULL;
    return STATUS_OK;
}

Status source_draw_risk(const Source *source, Sample *sample, Message *message)
{
    const Spec *spec = source->spec;
    *sample = (Sample){.key = shared_key(source)};
    Log *log = &sample->own[0];
    Status status = draw_log(source, &sample->key, "risk", spec->risk_size, log, &sample->truth, message);
    if (status)
        sample_free(sample);
    sample->log = log;
    return status;
}

void sample_free(Sample *sample)
{
    truth_free(&sample->truth);
    log_free(&sample->own[0]);
    log_free(&sample->own[1]);
    *sample = (Sample){0};
}
