/* The data of a setting. Each kind of source opens what its replicates share and fills one TestExposures, so
 * that no code after it depends on the kind of source. */
#include "experiments/inputs/source.h"

#include "estimators/core/train.h"
#include "experiments/inputs/forced_outcomes.h"
#include "experiments/inputs/held_out.h"
#include "experiments/inputs/imputations.h"
#include "experiments/inputs/rating_completion.h"
#include "experiments/inputs/stream_sample.h"
#include "experiments/spec/features.h"
#include "experiments/spec/named_method.h"
#include "sim/data/log_times.h"

#include <math.h>
#include <stdlib.h>

struct Source {
    const Spec *spec;
    StreamKey key;       /* of the world, in every replicate */
    World *world;        /* of simulated data, */
    RatingMatrix matrix; /* of semi-synthetic, */
    RealData real;       /* and of real data; */
    Plasmode *plasmode;  /* their rows' outcomes, where a model draws them. What is not there is empty */
    Log drawn_test;      /* the memory of test exposures where the truth is known */
    Truth drawn_truth;
    double *label; /* of real test exposures: conversion, then click */
    TestExposures test;
    TestSubset stored;
};

/* The key of what all settings share: those that differ in neither world nor data are scored on the same test
 * exposures. */
static StreamKey shared_key(const Source *s)
{
    return (StreamKey){
        .seed = s->key.seed, .setting = "", .world = s->key.world, .replicate = EVERY_REPLICATE};
}

/* The test exposures are those that were drawn into the source. */
static void take_drawn_test(Source *s)
{
    const Truth *truth = &s->drawn_truth;
    s->test = (TestExposures){
        .kind = TEST_TRUTH,
        .x = &s->drawn_test.x,
        .cvr = truth->p_r,
        .ctr = truth->p_o,
        .q = truth->q,
        .reachable = truth->reachable,
        .click = s->drawn_test.click,
        .potential = truth->potential,
        .time = s->drawn_test.delays ? s->drawn_test.delays->click_time : NULL,
        .set = {truth->rows, truth->p_r, truth->p_o, truth->q, s->drawn_test.click},
    };
}

/* The share of the days that is before the stream: exposures are uniform over days. */
static double stream_share(const Spec *spec)
{
    return spec->delayed.pretrain ? (double)spec->delayed.pretrain / spec->world.delay.days : 0;
}

static Status open_world(Source *s, SampleCache *samples, Message *message)
{
    const StreamKey key = shared_key(s);
    const ExposureDraw test = {&key, "test", SAMPLE_EXPOSURES, (size_t)s->spec->test_size,
                               stream_share(s->spec)};
    Status status = world_create_from(&s->world, &s->spec->world, key.seed, key.world, samples, message);
    if (!status)
        status = world_draw(s->world, &test, &s->drawn_test, &s->drawn_truth, message);
    if (status)
        return status;
    take_drawn_test(s);
    if (s->spec->delayed.pretrain) {
        const DelayOptions *delay = &s->spec->world.delay;
        s->test.stream = (StreamSpan){s->spec->delayed.pretrain, delay->days, delay->window};
    }
    return STATUS_OK;
}

/* All worlds have the same matrix, and draw other outcomes from it. */
static Status open_matrix(Source *s, Message *message)
{
    const StreamKey key = shared_key(s);
    size_t rows = (size_t)s->spec->test_size;
    Status status = rating_completion_create(&s->matrix, s->spec, message);
    if (status)
        return status;
    uint32_t *pair = matrix_pairs_of_users(&s->matrix, &key, "test/users", &rows);
    if (!pair)
        return fail_memory(message, "pairs of users and items");
    const PairDraw test = {&key, "test", pair, rows, false};
    status = rating_matrix_draw(&s->matrix, &test, &s->drawn_test, &s->drawn_truth, message);
    free(pair);
    if (!status)
        take_drawn_test(s);
    return status;
}

static Status check_columns(const Spec *spec, const Schema *schema, Message *message)
{
    Message why;
    Status status = features_check_schema(schema, spec->omit, &why);
    if (status)
        return fail(message, status, "propensity.omit: %s", why.text);
    status = features_check_schema(schema, spec->model.omit, &why);
    return status ? fail(message, status, "model.omit: %s", why.text) : STATUS_OK;
}

/* Needs of data that only reading them can show. */
static Status check_samples(const Spec *spec, const RealData *data, Message *message)
{
    Status status;
    if (spec->propensity == PROPENSITY_LOGGED && !data->propensity)
        return fail(message, STATUS_USAGE,
                    "propensity.source: logged needs propensities; expected columns.propensity: NAME");
    if (spec->risk_estimators && data->kind != REAL_TEST_FORCED)
        return fail(message, STATUS_USAGE,
                    "risk.estimators: the risk layer needs the outcomes of rows that were not clicked by "
                    "choice (columns.unbiased), which %s does not have; expected []",
                    spec->data);
    if (data->unbiased.x.rows)
        return STATUS_OK;
    const char *by_choice = data->kind == REAL_TEST_RANDOM && spec->random_clicks == SWITCH_OFF
                                ? "; users chose the clicks of its rows shown at random, which "
                                  "data.random_clicks: on takes all the same"
                                : "";
    if (spec->propensity == PROPENSITY_NAIVE_BAYES)
        return fail(message, STATUS_USAGE,
                    "propensity.source: naive_bayes needs unbiased ratings, which %s does not have%s",
                    spec->data, by_choice);
    if (spec->tune.trials > 0 && spec->tune.on == TUNE_UNBIASED)
        return fail(message, STATUS_USAGE,
                    "tune.on: unbiased needs unbiased ratings, which %s does not have%s", spec->data,
                    by_choice);
    for (int i = 0; i < spec->estimators; i++) {
        unsigned needs;
        status = spec_method_needs(spec, spec->estimator[i], &needs, message);
        if (status)
            return status;
        if (needs & NEEDS_UNBIASED)
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs an unbiased sample, which %s does not have%s",
                        spec->estimator[i], spec->data, by_choice);
    }
    return STATUS_OK;
}

/* The test exposures are those of the real data. */
static Status take_real_test(Source *s, Message *message)
{
    const Log *test = &s->real.test;
    size_t rows = test->x.rows;
    s->label = calloc(2 * rows, sizeof *s->label);
    if (!s->label)
        return fail_memory(message, "the labels of the test ratings");
    for (size_t i = 0; i < rows; i++) {
        s->label[i] = test->conversion[i];
        s->label[rows + i] = test->click[i];
        log_passed(test, i);
    }
    const bool all_clicked = s->real.kind != REAL_TEST_RANDOM && log_clicks(test) == rows;
    s->test = (TestExposures){
        .kind = all_clicked ? TEST_LABELS : TEST_OBSERVED,
        .x = &test->x,
        .cvr = s->label,
        .ctr = all_clicked ? NULL : s->label + rows,
        .click = all_clicked ? NULL : test->click,
        .group = s->real.group,
        .time = test->delays ? test->delays->click_time : NULL,
        .streamed = test->memory ? test : NULL,
        .set = {.rows = rows},
    };
    return STATUS_OK;
}

/* Chooses the rows at times in [from, to) and allocates them. */
static Status choose_rows(const Log *log, double from, double to, uint32_t **row, size_t *rows,
                          Message *message)
{
    *rows = 0;
    *row = calloc(log->x.rows + 1, sizeof **row);
    if (!*row)
        return fail_memory(message, "the rows of a time");
    for (size_t i = 0; i < log->x.rows; i++) {
        if (log->delays->click_time[i] >= from && log->delays->click_time[i] < to)
            (*row)[(*rows)++] = (uint32_t)i;
        log_passed(log, i);
    }
    return STATUS_OK;
}

/* log_select() into a file. */
static Status select_in_file(Log *part, const Log *log, const uint32_t *row, size_t rows, Message *message)
{
    Status status = log_create_in_file(part, log, rows, message);
    for (size_t i = 0; !status && i < rows; i++) {
        log_copy_rows(part, i, log, row[i], 1);
        log_passed(part, i);
        log_passed(log, i);
    }
    log_let_go(part);
    log_let_go(log);
    return status;
}

/* The days of a real log are counted from the midnight before its first row. Test rows that were published
 * as such are of the stream too; without them the test is the rows of the stream whose windows close by the
 * end of the data, and these are trained on in their turn once they have been predicted. */
static Status plan_real_stream(Source *s, StreamSpan *stream, Message *message)
{
    RealData *real = &s->real;
    const double window = s->spec->window, end = fmax(log_times_end(&real->log), log_times_end(&real->test));
    double first = INFINITY;
    uint32_t *row = NULL;
    size_t rows = 0;
    for (size_t i = 0; i < real->log.x.rows; i++) {
        first = fmin(first, real->log.delays->click_time[i]);
        log_passed(&real->log, i);
    }
    *stream = (StreamSpan){floor(first) + s->spec->delayed.pretrain, end - window, window};
    if (real->test.x.rows) {
        for (size_t i = 0; i < real->test.x.rows; i++)
            rows += real->test.delays->click_time[i] < stream->from;
        return rows
                   ? fail(
                         message, STATUS_USAGE,
                         "%s: found %zu rows of the test before the stream begins, on day %g after the first "
                         "of the log; expected none",
                         s->spec->data, rows, stream->from - floor(first))
                   : STATUS_OK;
    }
    Status status = choose_rows(&real->log, stream->from, stream->to, &row, &rows, message);
    if (!status && !rows)
        status =
            fail(message, STATUS_USAGE,
                 "%s: found no row of the stream whose attribution window closes before the data end, on "
                 "day %g; expected delayed.pretrain and data.window below that together",
                 s->spec->data, end - floor(first));
    log_free(&real->test);
    if (!status)
        status = select_in_file(&real->test, &real->log, row, rows, message);
    free(row);
    return status;
}

/* A log with outcomes of a model that is fitted to those of its own. */
static Status open_plasmode(Source *s, const StreamKey *key, Message *message)
{
    const RowDraw test = {.key = key, .purpose = "test/outcomes", .rows = &s->real.test};
    Status status = plasmode_create(&s->plasmode, &s->real.log, &s->spec->plasmode, message);
    if (!status)
        status = plasmode_draw(s->plasmode, &test, &s->drawn_test, &s->drawn_truth, message);
    if (status)
        return status;
    take_drawn_test(s);
    s->test.group = s->real.group;
    return STATUS_OK;
}

/* Each world has another share of the random ratings as its unbiased sample, or of the log as its test. */
static Status open_real(Source *s, Message *message)
{
    const Spec *spec = s->spec;
    const StreamKey key = shared_key(s);
    const LoadOptions options = {.reader = spec->reader,
                                 .unbiased_share = spec->unbiased_share,
                                 .random_clicks = spec->random_clicks == SWITCH_ON,
                                 .pairs = spec->pairs,
                                 .log_in_file = spec->log_order == LOG_BLOCKS,
                                 .log_let_go = spec->delayed.pretrain > 0,
                                 .test_share = spec->test_share,
                                 .test_by = spec->test_by,
                                 .test_optional = spec->delayed.pretrain > 0,
                                 .cut = spec->cut,
                                 .window = spec->window};
    Status status = load_real_data(&s->real, spec->layout, spec->data, &options, &key, message);
    if (!status)
        status = check_columns(spec, &s->real.log.x.schema, message);
    if (status)
        return status;
    if (spec_is_plasmode(spec))
        return open_plasmode(s, &key, message);
    StreamSpan stream = {0};
    status = check_samples(spec, &s->real, message);
    if (!status && spec->delayed.pretrain)
        status = plan_real_stream(s, &stream, message);
    if (!status)
        status = take_real_test(s, message);
    s->test.stream = stream;
    return status;
}

Status source_open(Source **source, const Spec *setting, const char *log, uint32_t world,
                   SampleCache *samples, Message *message)
{
    *source = NULL;
    Source *s = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "a source of data");
    s->spec = setting;
    s->key = (StreamKey){(uint64_t)setting->seed, log, spec_world_number(setting, world), EVERY_REPLICATE};
    const StreamKey shared = shared_key(s);
    Status status = !setting->layout                       ? open_world(s, samples, message)
                    : layout_is_completed(setting->layout) ? open_matrix(s, message)
                                                           : open_real(s, message);
    if (!status)
        status = test_subset_create(&s->stored, &s->test.set, setting->test_stored, &shared, message);
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
    plasmode_free(source->plasmode);
    log_free(&source->drawn_test);
    truth_free(&source->drawn_truth);
    free(source->label);
    test_subset_free(&source->stored);
    free(source);
}

Status source_check(const Spec *spec, Message *message)
{
    if (!spec->layout)
        return STATUS_OK;
    Source *source;
    Status status = source_open(&source, spec, "", 0, NULL, message);
    source_close(source);
    return status;
}

const TestExposures *source_test(const Source *source)
{
    return &source->test;
}

const TestSubset *source_test_subset(const Source *source)
{
    return &source->stored;
}

bool source_needs_truth(const Spec *spec)
{
    PropensitySource source = spec->propensity;
    return imputations_need_truth(spec) || spec->delayed.auxiliary == AUXILIARY_ORACLE ||
           (spec->tune.trials > 0 && spec->tune.on == TUNE_TRUTH) || source == PROPENSITY_ORACLE ||
           source == PROPENSITY_FULL || source == PROPENSITY_INVERTED;
}

/* A log with the imputations of the setting: `rows` exposures of a world, all pairs of a matrix, all rows of
 * a log. */
static Status draw_log(const Source *s, const ExposureDraw *draw, Log *log, Truth *truth, Message *message)
{
    const PairDraw pairs = {draw->key, draw->purpose, NULL, 0, false};
    const RowDraw rows = {.key = draw->key, .purpose = draw->purpose, .rows = &s->real.log};
    Status status = s->world      ? world_draw(s->world, draw, log, truth, message)
                    : s->plasmode ? plasmode_draw(s->plasmode, &rows, log, truth, message)
                                  : rating_matrix_draw(&s->matrix, &pairs, log, truth, message);
    return status ? status : imputations_fill(s->spec, draw->key, truth, log, message);
}

/* Rows of the log at random, each as often as it is drawn, all clicked. */
static Status draw_unbiased_rows(const Source *s, const StreamKey *key, Log *unbiased, Message *message)
{
    const size_t count = (size_t)s->spec->unbiased_size;
    uint32_t *row = calloc(count, sizeof *row);
    gsl_rng *random = stream_open(key, "unbiased/rows");
    Status status = row && random ? STATUS_OK : fail_memory(message, "the unbiased sample");
    for (size_t i = 0; !status && i < count; i++)
        row[i] = (uint32_t)gsl_rng_uniform_int(random, s->real.log.x.rows);
    if (!status)
        status = plasmode_draw(s->plasmode, &(RowDraw){key, "unbiased", &s->real.log, row, count, true},
                               unbiased, NULL, message);
    free(row);
    gsl_rng_free(random);
    return status;
}

static Status draw_unbiased(const Source *s, const StreamKey *key, Log *unbiased, Message *message)
{
    size_t rows = (size_t)s->spec->unbiased_size;
    if (s->plasmode)
        return draw_unbiased_rows(s, key, unbiased, message);
    if (s->world)
        return world_draw(s->world, &(ExposureDraw){key, "unbiased", SAMPLE_UNBIASED, rows, 0}, unbiased,
                          NULL, message);
    uint32_t *pair = matrix_random_pairs(&s->matrix, key, "unbiased/pairs", &rows);
    if (!pair)
        return fail_memory(message, "pairs of users and items");
    Status status = rating_matrix_draw(&s->matrix, &(PairDraw){key, "unbiased", pair, rows, true}, unbiased,
                                       NULL, message);
    free(pair);
    return status;
}

static Status draw_blocks(const Source *s, Sample *sample, Message *message)
{
    sample->drawn = (BlockSource){s->world, &sample->key};
    sample->blocks = world_blocks(&sample->drawn, (size_t)s->spec->log_size, (size_t)s->spec->log_window);
    return log_blocks_start(&sample->blocks, &sample->own[0], message);
}

/* Gives the sample of a real stream a log: its exposures whose attribution windows, if they were clicked,
 * have closed when it begins. */
static Status take_closed(const StreamSpan *stream, Sample *sample, Message *message)
{
    uint32_t *row;
    size_t rows;
    Status status =
        choose_rows(sample->stream, -INFINITY, stream->from - stream->window, &row, &rows, message);
    if (!status)
        status = select_in_file(&sample->own[0], sample->stream, row, rows, message);
    free(row);
    return status;
}

static Status draw_sample(const Source *s, Sample *sample, Message *message)
{
    const Spec *spec = s->spec;
    Truth *truth = source_needs_truth(spec) ? &sample->truth : NULL;
    Log *log = &sample->own[0], *unbiased = &sample->own[1];
    const ExposureDraw biased = {&sample->key, "log", SAMPLE_EXPOSURES, (size_t)spec->log_size, 0};
    const bool streamed = s->world && spec->delayed.pretrain;
    Status status = spec->log_order == LOG_BLOCKS ? draw_blocks(s, sample, message)
                    : streamed ? stream_sample_draw(s->world, spec, &s->test.stream, truth, sample, message)
                               : draw_log(s, &biased, log, truth, message);
    if (!status && spec->unbiased_size > 0)
        status = draw_unbiased(s, &sample->key, unbiased, message);
    sample->log = log;
    sample->unbiased = spec->unbiased_size > 0 ? unbiased : NULL;
    return status;
}

/* A log of real data as it is in memory, or in blocks of its file. */
static Status take_real(const Source *s, Sample *sample, Message *message)
{
    const RealData *real = &s->real;
    sample->unbiased = real->unbiased.x.rows ? &real->unbiased : NULL;
    sample->log = &real->log;
    if (s->spec->delayed.pretrain) {
        sample->stream = &real->log;
        sample->log = &sample->own[0];
        return take_closed(&s->test.stream, sample, message);
    }
    sample->logged = real->propensity;
    if (!real->file)
        return STATUS_OK;
    sample->log = &sample->own[0];
    sample->blocks = log_file_blocks(real->file, (size_t)s->spec->log_window);
    return log_blocks_start(&sample->blocks, &sample->own[0], message);
}

Status source_draw(const Source *source, uint32_t replicate, Sample *sample, Message *message)
{
    *sample = (Sample){.key = source->key};
    sample->key.replicate = replicate;
    Status status = STATUS_OK;
    if (source->test.kind == TEST_TRUTH) {
        status = draw_sample(source, sample, message);
    } else {
        status = take_real(source, sample, message);
    }
    if (!status && source->spec->tune.trials > 0)
        status = sample_hold_out(sample, &source->spec->tune, message);
    if (status)
        sample_free(sample);
    return status;
}

Status source_draw_risk(const Source *source, Sample *sample, Message *message)
{
    *sample = (Sample){.key = shared_key(source)};
    Log *log = &sample->own[0];
    const ExposureDraw risk = {&sample->key, "risk", SAMPLE_EXPOSURES, (size_t)source->spec->risk_size, 0};
    Status status =
        source->test.kind == TEST_TRUTH
            ? draw_log(source, &risk, log, &sample->truth, message)
            : forced_outcomes_make(source->spec, &source->real, &sample->key, log, &sample->truth, message);
    if (status)
        sample_free(sample);
    sample->log = log;
    return status;
}

void sample_free(Sample *sample)
{
    truth_free(&sample->truth);
    truth_free(&sample->held_truth);
    truth_free(&sample->stream_truth);
    streamed_part_free(&sample->streamed);
    log_free(&sample->held);
    free(sample->own_logged);
    log_free(&sample->own[0]);
    log_free(&sample->own[1]);
    *sample = (Sample){0};
}
