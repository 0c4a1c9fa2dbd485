/* The memory of a streamed log: what is trained on first, and what the stream has at a time, but not its
 * length. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include <string.h>
#include <sys/stat.h>

static Program program;

static const char spec[] = "name: long\n"
                           "replicates: 1\n"
                           "test.size: 1000\n"
                           "world: {users: 200, items: 100, ctr: 0.4, cvr: 0.1}\n"
                           "delay: {days: 6, window: 1, cycle: 0.6}\n"
                           "delayed: {pretrain: 3, step: 1}\n"
                           "model: {embedding: 2, layers: [4]}\n"
                           "train: {epochs: 1, batch: 1024}\n"
                           "estimators: [es_dfm]\n";

static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    program_write(&program, "long.yaml", spec);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* A stream of three times the days, with as many exposures a day. Held whole, the 300,000 of 6 more days
 * took 100 bytes each, 30 MB. */
static void memory_does_not_grow_with_the_stream(void **state)
{
    enum { A_DAY = 50000 };
    long peak[2];
    (void)state;
    program_needed();
    slow_under_valgrind();
    for (int k = 0; k < 2; k++) {
        const int days = k ? 12 : 6;
        char arguments[256];
        snprintf(arguments, sizeof arguments,
                 "run $F/long.yaml --db $F/%d.db -j 1 --set delay.days=%d --set log.size=%d", days, days,
                 days * A_DAY);
        program_succeeds(&program, arguments);
        peak[k] = program.peak;
    }
    if (peak[1] > peak[0] + 4096)
        fail_msg("%ld kB for 6 days, %ld kB for 12", peak[0], peak[1]);
}

/* Clicks in the form of Criteo's log, in the order of their times; some convert a third of a day later. */
static void write_clicks(int days, int a_day)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%d", program.folder, days);
    assert_int_equal(mkdir(path, 0700), 0);
    strcat(path, "/data.txt");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < days * a_day; i++) {
        const int time = (int)(86400.0 * i / a_day);
        fprintf(file, i % 7 ? "%d\t" : "%d\t%d", time, time + 28800);
        for (int d = 0; d < 8; d++)
            fprintf(file, "\t%d", i * (d + 3) % 11);
        for (int f = 0; f < 9; f++)
            fprintf(file, "\t%d", i * (f + 2) % 53);
        fputc('\n', file);
    }
    assert_int_equal(fclose(file), 0);
}

/* Of a real log the stream is the test as well, so that its labels, predictions and metrics grow with it: by
 * 125 bytes a click. With the log itself, and once more as the test, it was 270. */
static void of_a_real_log_only_results_grow(void **state)
{
    enum { A_DAY = 15000 };
    long peak[2];
    (void)state;
    program_needed();
    slow_under_valgrind();
    program_write(&program, "real.yaml",
                  "name: real\n"
                  "replicates: 1\n"
                  "data: {source: criteo, path: ., window: 1}\n"
                  "delayed: {pretrain: 3, step: 1}\n"
                  "model: {embedding: 2, layers: [4]}\n"
                  "train: {epochs: 1, batch: 1024}\n"
                  "test.stored: 1000\n"
                  "estimators: [es_dfm]\n");
    for (int k = 0; k < 2; k++) {
        const int days = k ? 12 : 6;
        char arguments[256];
        write_clicks(days, A_DAY);
        snprintf(arguments, sizeof arguments, "run $F/real.yaml --db $F/real%d.db -j 1 --set data.path=$F/%d",
                 days, days);
        program_succeeds(&program, arguments);
        peak[k] = program.peak;
    }
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
    if (peak[1] > peak[0] + 4096 + 6 * A_DAY * 150 / 1024)
        fail_msg("%ld kB for 6 days, %ld kB for 12", peak[0], peak[1]);
#endif
}

/* Where there is no room for it, the unit says which folder lacks it. */
static void a_folder_for_the_log_is_needed(void **state)
{
    (void)state;
    program_needed();
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    assert_int_equal(setenv("TMPDIR", "/nowhere", 1), 0);
    program_run(&program, "run $F/long.yaml --db $F/no.db -j 1 --set log.size=10000");
    assert_int_equal(kept ? setenv("TMPDIR", kept, 1) : unsetenv("TMPDIR"), 0);
    free(kept);
    assert_int_equal(program.code, 3);
    assert_int_equal(store_number("no.db", "SELECT count(*) FROM run WHERE status = 'failed'"
                                           " AND message LIKE '%/nowhere%TMPDIR%'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_does_not_grow_with_the_stream),
        cmocka_unit_test(of_a_real_log_only_results_grow),
        cmocka_unit_test(a_folder_for_the_log_is_needed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
