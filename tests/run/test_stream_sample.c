/* The sample of a stream in a world: its log and its stream have the rows of the world's own log, drawn
 * whole, with their truth and imputations, by loops over that. */
#include "experiments/inputs/source.h"
#include "experiments/run/log_memory.h"
#include "experiments/spec/spec_read.h"
#include "tests/support/refusal.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { ROWS = 9000, PRETRAIN = 5, WINDOW = 2 };

static const char text[] = "name: sample\nlog.size: 9000\ntest.size: 100\n"
                           "world: {users: 30, items: 20, latent: 2, context: 1, ctr: 0.4, cvr: 0.2}\n"
                           "behaviour.rate: 0.5\n"
                           "delay: {days: 10, window: 2, median: 20, confounding: 0.3}\n"
                           "delayed: {pretrain: 5, step: 6}\n"
                           "estimators: [delay_vanilla, naive]\n";

static Program program;

typedef struct Drawn {
    Spec spec;
    World *world;
    Log log; /* of replicate 3, whole */
    Truth truth;
    Source *source;
    Sample sample;
} Drawn;

static void read_spec(Spec *spec, const char *more)
{
    char path[256], whole[1024];
    snprintf(whole, sizeof whole, "%s%s", text, more);
    program_write(&program, "sample.yaml", whole);
    snprintf(path, sizeof path, "%s/sample.yaml", program.folder);
    OK(spec_read(spec, NULL, path, message));
}

static void draw(Drawn *d, const char *more)
{
    read_spec(&d->spec, more);
    OK(source_open(&d->source, &d->spec, "", 0, NULL, message));
    OK(source_draw(d->source, 3, &d->sample, message));
    const StreamKey key = d->sample.key;
    OK(world_create(&d->world, &d->spec.world, key.seed, key.world, message));
    OK(world_draw(d->world, &(ExposureDraw){&key, "log", SAMPLE_EXPOSURES, ROWS, 0}, &d->log, &d->truth,
                  message));
}

static void clear(Drawn *d)
{
    sample_free(&d->sample);
    source_close(d->source);
    log_free(&d->log);
    truth_free(&d->truth);
    world_free(d->world);
}

static void same_row(const Log *part, size_t at, const Log *log, size_t i)
{
    const size_t ids = (size_t)log->x.schema.categorical, dense = (size_t)log->x.schema.dense;
    assert_true(at < part->x.rows);
    assert_memory_equal(part->x.id + at * ids, log->x.id + i * ids, ids * sizeof *log->x.id);
    assert_memory_equal(part->x.dense + at * dense, log->x.dense + i * dense, dense * sizeof *log->x.dense);
    assert_int_equal(part->click[at], log->click[i]);
    assert_int_equal(part->conversion[at], log->conversion[i]);
    assert_int_equal(part->behaviour->action[at], log->behaviour->action[i]);
    assert_true(part->delays->click_time[at] == log->delays->click_time[i]);
    assert_true(part->delays->conversion_time[at] == log->delays->conversion_time[i]);
}

static void same_truth(const Truth *part, size_t at, const Truth *truth, size_t i)
{
    assert_true(at < part->rows);
    assert_true(part->p_r[at] == truth->p_r[i] && part->p_o[at] == truth->p_o[i]);
    assert_true(part->q[at] == truth->q[i] && part->potential[at] == truth->potential[i]);
    assert_true(part->delay->log_scale[at] == truth->delay->log_scale[i]);
}

/* Times before the stream together, and then by day. */
static void check(const Drawn *d, bool exposures, bool truth)
{
    const Log *log = &d->log, *closed = d->sample.log, *stream = d->sample.stream;
    size_t at = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (log->delays->click_time[i] < PRETRAIN - WINDOW) {
            if (truth)
                same_truth(&d->sample.truth, at, &d->truth, i);
            same_row(closed, at++, log, i);
        }
    assert_true(at == closed->x.rows && at > ROWS / 5);
    assert_int_equal(d->sample.truth.rows, truth ? at : 0);
    at = 0;
    for (int day = PRETRAIN - 1; day < 10; day++)
        for (size_t i = 0; i < ROWS; i++) {
            if (fmax(floor(log->delays->click_time[i]), PRETRAIN - 1) != day || !(exposures || log->click[i]))
                continue;
            if (truth)
                same_truth(&d->sample.stream_truth, at, &d->truth, i);
            same_row(stream, at++, log, i);
        }
    assert_int_equal(at, stream->x.rows);
    assert_int_equal(at, exposures ? ROWS : log_clicks(log));
    assert_int_equal(d->sample.stream_truth.rows, truth ? at : 0);
}

static void rows_are_those_of_the_log(void **state)
{
    static const struct {
        const char *more;
        bool exposures, truth;
    } cases[] = {{"", false, false},
                 {"delayed.selection: ips\n", true, false},
                 {"delayed.auxiliary: oracle\n", false, true},
                 {"propensity.source: oracle\ndelayed.selection: ips\n", true, true}};
    (void)state;
    slow_under_valgrind();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        Drawn d = {.world = NULL};
        draw(&d, cases[k].more);
        check(&d, cases[k].exposures, cases[k].truth);
        clear(&d);
    }
}

/* They are those of the whole log: of rows that are not closed too, and without the truth of the sample. */
static void imputations_are_of_the_whole_log(void **state)
{
    Drawn d = {.world = NULL};
    double clicks = 0, conversions = 0;
    (void)state;
    draw(&d, "imputation.source: constant\n");
    check(&d, false, false);
    for (size_t i = 0; i < ROWS; i++) {
        clicks += d.log.click[i];
        conversions += d.log.conversion[i];
    }
    for (size_t i = 0; i < d.sample.log->x.rows; i++)
        assert_true(fabs((double)d.sample.log->imputation[i] - conversions / clicks) < 1e-6);
    clear(&d);
}

/* But for a place in an order a row: held in memory it has features, labels and times besides. */
static void a_log_in_files_fits_into_memory(void **state)
{
    static const struct {
        const char *more;
        Status status;
    } cases[] = {{"", STATUS_OK},
                 {"imputation.source: constant\n", STATUS_USAGE},
                 {"delayed.auxiliary: oracle\n", STATUS_USAGE}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        Message message;
        Spec spec;
        read_spec(&spec, cases[k].more);
        assert_int_equal(log_memory_check(&spec, 1, ROWS * 20, &message), cases[k].status);
        assert_int_equal(log_memory_check(&spec, 1, ROWS * 100, &message), STATUS_OK);
    }
}

static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_those_of_the_log),
        cmocka_unit_test(imputations_are_of_the_whole_log),
        cmocka_unit_test(a_log_in_files_fits_into_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
