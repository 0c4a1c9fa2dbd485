/* Streams of real logs with times: of a log that a world has drawn and that is written in Criteo's form, the
 * stream, the log before it and the test are those of the world's own log, by loops over what was written. */
#include "experiments/inputs/source.h"
#include "experiments/spec/spec_read.h"
#include "sim/delay_stream.h"
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

static Program program;

static const char world[] = "name: world\nlog.size: 12000\ntest.size: 100\n"
                            "world: {users: 30, items: 20, latent: 2, context: 1, ctr: 0.4, cvr: 0.2}\n"
                            "delay: {days: 10, window: 2, median: 20}\n"
                            "delayed: {pretrain: 5, step: 6}\n"
                            "estimators: [delay_vanilla]\n";

#define TRAINING                                                                                             \
    "model: {embedding: 2, layers: [8]}\ntrain: {epochs: 3, batch: 128, learning_rate: 0.01}\n"              \
    "delayed: {pretrain: 5, step: 6}\nreplicates: 4\n"

static const char real[] =
    TRAINING "name: real\ndata: {source: criteo, path: FOLDER/criteo, window: 2}\n"
             "estimators: [delay_pretrained, delay_vanilla, delay_oracle, es_dfm, naive]\n";

enum { PRETRAIN = 5, WINDOW = 2 };

static Log clicks; /* of the world, in the order of the file */
static double end; /* of the data */

static void write_criteo(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s/criteo", program.folder);
    assert_int_equal(mkdir(path, 0700), 0);
    strcat(path, "/data.txt");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < clicks.x.rows; i++) {
        const Features *x = &clicks.x;
        const double day = 86400;
        fprintf(file, "%.17g\t", day * clicks.delays->click_time[i]);
        if (clicks.conversion[i])
            fprintf(file, "%.17g", day * clicks.delays->conversion_time[i]);
        for (int d = 0; d < 8; d++)
            fprintf(file, "\t%.9g",
                    d < x->schema.dense ? (double)x->dense[i * (size_t)x->schema.dense + (size_t)d] : 0);
        for (int f = 0; f < 9; f++)
            fprintf(file, f < x->schema.categorical ? "\t%u" : "\t",
                    f < x->schema.categorical ? x->id[i * (size_t)x->schema.categorical + (size_t)f] : 0);
        fputc('\n', file);
    }
    assert_int_equal(fclose(file), 0);
}

static void read_spec(Spec *spec, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", program.folder, name);
    OK(spec_read(spec, NULL, path, message));
}

static void write_spec(const char *name, const char *text)
{
    char filled[2048];
    const char *folder = strstr(text, "FOLDER");
    if (folder)
        snprintf(filled, sizeof filled, "%.*s%s%s", (int)(folder - text), text, program.folder, folder + 6);
    program_write(&program, name, folder ? filled : text);
}

static int setup(void **state)
{
    static Spec spec;
    Source *source;
    Sample sample;
    (void)state;
    refusal_create(&program);
    write_spec("world.yaml", world);
    write_spec("real.yaml", real);
    read_spec(&spec, "world.yaml");
    OK(source_open(&source, &spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &sample, message));
    uint32_t *row = calloc(sample.stream->x.rows, sizeof *row);
    size_t rows = 0;
    for (size_t i = 0; i < sample.stream->x.rows; i++)
        if (sample.stream->click[i])
            row[rows++] = (uint32_t)i;
    OK(log_select(&clicks, sample.stream, row, rows, message));
    free(row);
    for (size_t i = 0; i < rows; i++) {
        end = fmax(end, clicks.delays->click_time[i]);
        if (clicks.conversion[i])
            end = fmax(end, clicks.delays->conversion_time[i]);
    }
    sample_free(&sample);
    source_close(source);
    write_criteo();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_free(&clicks);
    program_free(&program);
    return 0;
}

/* Seconds have become days again. */
static bool same_time(double a, double b)
{
    return fabs(a - b) < 1e-9 || (isinf(a) && isinf(b));
}

static void same_rows(const Log *log, double from, double to)
{
    size_t at = 0;
    for (size_t i = 0; i < clicks.x.rows; i++) {
        if (clicks.delays->click_time[i] < from || clicks.delays->click_time[i] >= to)
            continue;
        assert_true(at < log->x.rows);
        assert_true(same_time(log->delays->click_time[at], clicks.delays->click_time[i]));
        assert_true(same_time(log->delays->conversion_time[at], clicks.delays->conversion_time[i]));
        assert_int_equal(log->conversion[at++], clicks.conversion[i]);
    }
    assert_int_equal(at, log->x.rows);
}

/* The rows of each rule are those of the world's own log. */
static void same_streams(const Log *log, const StreamSpan *span)
{
    static const StreamRule rules[] = {{ENTRY_CLICK, AGAIN_DELAYED},
                                       {ENTRY_HOUR, 0},
                                       {ENTRY_OBSERVED, AGAIN_DELAYED | AGAIN_IMMEDIATE | AGAIN_NEGATIVE},
                                       {ENTRY_CLOSED, 0},
                                       {ENTRY_FUTURE, 0}};
    const StreamWindows windows = {0.02, span->window};
    for (size_t k = 0; k < LENGTH(rules); k++) {
        DelayStream of_file, of_world;
        OK(delay_stream_create(&of_file, log, rules[k], windows, span->from, span->to, message));
        OK(delay_stream_create(&of_world, &clicks, rules[k], windows, PRETRAIN, end - WINDOW, message));
        assert_int_equal(of_file.rows, of_world.rows);
        assert_true(of_file.rows > 500);
        for (size_t i = 0; i < of_file.rows; i++) {
            const StreamRow *a = &of_file.row[i], *b = &of_world.row[i];
            assert_true(a->row == b->row && a->label == b->label && a->kind == b->kind &&
                        a->early == b->early);
            assert_true(same_time(a->time, b->time) && same_time((double)a->delay, (double)b->delay));
        }
        delay_stream_free(&of_file);
        delay_stream_free(&of_world);
    }
}

static void a_log_in_a_file_is_the_worlds(void **state)
{
    (void)state;
    static Spec spec;
    Source *source;
    Sample sample;
    read_spec(&spec, "real.yaml");
    OK(source_open(&source, &spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &sample, message));
    const TestExposures *test = source_test(source);
    assert_true(test->stream.from == PRETRAIN && test->stream.window == WINDOW);
    assert_true(same_time(test->stream.to, end - WINDOW));
    assert_int_equal(test->kind, TEST_LABELS);
    Delays times = {(double *)test->time, NULL};
    size_t tested = 0;
    for (size_t i = 0; i < clicks.x.rows; i++) {
        if (clicks.delays->click_time[i] < PRETRAIN || clicks.delays->click_time[i] >= end - WINDOW)
            continue;
        assert_true(same_time(times.click_time[tested], clicks.delays->click_time[i]));
        assert_true(test->cvr[tested++] == clicks.conversion[i]);
    }
    assert_int_equal(test->x->rows, tested);
    same_rows(sample.log, -INFINITY, PRETRAIN - WINDOW);
    same_rows(sample.stream, -INFINITY, INFINITY);
    same_streams(sample.stream, &test->stream);
    sample_free(&sample);
    source_close(source);
}

static double summary(const char *estimator, const char *space, const char *column)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT %s FROM metric_summary WHERE estimator = '%s' AND metric = 'ratio' AND space = '%s'"
             " AND task = 'cvr'",
             column, estimator, space);
    return store_number("real.db", sql);
}

/* By final labels, with the error of the test sample; at the end of the stream more than over all of it. */
static void late_labels_bias_there_too(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/real.yaml --db $F/real.db");
    assert_int_equal(store_number("real.db", "SELECT count(*) FROM run WHERE status = 'done'"), 20);
    program_succeeds(&program, "table $F/real.db");
    program_succeeds(&program, "table $F/real.db --part relative");
    static const char *const space[] = {"D", "T10"};
    for (int k = 0; k < 2; k++) {
        const double vanilla = summary("delay_vanilla", space[k], "mean"),
                     oracle = summary("delay_oracle", space[k], "mean"),
                     error = hypot(summary("delay_vanilla", space[k], "mcse"),
                                   summary("delay_oracle", space[k], "mcse"));
        assert_true(oracle - vanilla > 4 * error);
        assert_true(fabs(oracle - 1) < 4 * summary("delay_oracle", space[k], "mcse"));
    }
}

/* Rows that were published as a test are the test, where they are of the stream. */
static void a_test_may_be_published(void **state)
{
    (void)state;
    program_needed();
    char text[OUTPUT / 4], *at = stpcpy(text, "user,item,shown,bought,split\n");
    for (int i = 0; i < 400; i++) { /* twelve days from the thousandth on */
        const double shown = 1000.25 + 0.03 * i;
        at += sprintf(at, "%d,%d,%g,", i % 7, i % 5, shown);
        at += i % 3 == 0 ? sprintf(at, "%g", shown + 0.1 * (i % 11)) : 0;
        at += sprintf(at, ",%s\n", i % 4 == 1 && shown >= 1005 && shown < 1010 ? "test" : "train");
    }
    program_write(&program, "shown.csv", text);
    static const char spec[] =
        TRAINING "name: own\nestimators: [delay_vanilla, es_dfm]\n"
                 "data: {source: csv, path: FOLDER/shown.csv, window: 2}\n"
                 "columns: {click: none, conversion: none, click_time: shown, conversion_time: bought,"
                 " time_unit: days, split: split}\n";
    write_spec("own.yaml", spec);
    program_succeeds(&program, "run $F/own.yaml --db $F/own.db");
    assert_int_equal(store_number("own.db", "SELECT count(*) FROM run WHERE status = 'done'"), 8);
    assert_int_equal(store_number("own.db", "SELECT rows FROM test_set"), 41);
    assert_true(store_number("own.db", "SELECT min(value) FROM metric WHERE metric = 'day'") > 1005);
    static const Case cases[] = {
        {"run $F/own.yaml --db $F/new.db --set delayed.pretrain=6",
         2,
         {"shown.csv: found 8 rows of the test before the stream begins, on day 6 after the first of the "
          "log; "
          "expected none"}},
        {"run $F/own.yaml --db $F/new.db --set data.window=4",
         2,
         {"clicks of the test less than data.window (4 days) before the end of the data"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

static void what_is_no_stream_is_refused(void **state)
{
    (void)state;
    program_needed();
    static const Case cases[] = {
        {"run $F/real.yaml --db $F/new.db --set data.window=0",
         2,
         {"data.window: found 0; expected the attribution window of the clicks that are streamed, less than "
          "delayed.pretrain, 5"}},
        {"run $F/real.yaml --db $F/new.db --set data.window=6",
         2,
         {"data.window: found 6; expected the attribution window of the clicks that are streamed"}},
        {"run $F/real.yaml --db $F/new.db --set delayed.pretrain=11",
         2,
         {"found no row of the stream whose attribution window closes before the data end, on day"}},
        {"run $F/real.yaml --db $F/new.db --set data.test_share=0.2",
         2,
         {"data.test_share: found 0.2; expected 0, as a stream is all of the log and its clicks are the "
          "test"}},
        {"run $F/real.yaml --db $F/new.db --set data.cut=864000",
         2,
         {"data.cut: found 864000; expected 0, as a stream"}},
        {"run $F/real.yaml --db $F/new.db --set delayed.auxiliary=oracle",
         2,
         {"delayed.auxiliary: oracle is the truth of a world"}},
        {"run $F/real.yaml --db $F/new.db --set columns.click_time=none --set columns.conversion_time=none",
         2,
         {"delayed.pretrain: found 5 without the times of clicks; expected columns.click_time: NAME"}},
        {"run $F/real.yaml --db $F/new.db --set delayed.pretrain=0",
         2,
         {"estimators: 'delay_pretrained' needs a stream of clicks; set delayed.pretrain above 0"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_in_a_file_is_the_worlds),
        cmocka_unit_test(late_labels_bias_there_too),
        cmocka_unit_test(a_test_may_be_published),
        cmocka_unit_test(what_is_no_stream_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
