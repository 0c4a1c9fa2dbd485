/* Training on a log that is never held whole: the same statistics as on one in memory, the same bits with any
 * number of workers, bounded memory, and what is refused. */
#include "tests/support/monte_carlo.h"
#include "tests/support/program.h"
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

/* autodebias looks ahead through a step on the log, to a risk on the unbiased sample. */
static const char spec[] = "name: small\n"
                           "replicates: 60\n"
                           "log.size: 3000\n"
                           "test.size: 300\n"
                           "world: {users: 40, items: 20, latent: 2, context: 1, ctr: 0.3}\n"
                           "model: {embedding: 2, layers: [4]}\n"
                           "train: {epochs: 3, batch: 64, learning_rate: 0.01}\n"
                           "unbiased.size: 200\n"
                           "estimators: [naive, esmm, ips, dr_jl, escm2_ips, multi_dr, autodebias]\n";
static const char in_blocks[] = "--set log.order=blocks --set log.window=600";

static Program program;

static int create(void **state)
{
    char arguments[256];
    (void)state;
    program_create(&program);
    program_write(&program, "small.yaml", spec);
    if (!getenv("CVRLAB"))
        return 0;
    program_succeeds(&program, "run $F/small.yaml --db $F/whole.db");
    snprintf(arguments, sizeof arguments, "run $F/small.yaml --db $F/blocks.db -j 1 %s", in_blocks);
    program_succeeds(&program, arguments);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* Mean of a metric over replicates, and the variance of that. */
static double mean_metric(const char *store, const char *space, const char *estimator, const char *metric,
                          double *variance)
{
    char sql[512];
    const char *format = "SELECT %s FROM metric WHERE space = '%s' AND task = 'cvr' AND estimator = '%s' AND "
                         "metric = '%s'";
    snprintf(sql, sizeof sql, format, "avg(value)", space, estimator, metric);
    const double mean = store_number(store, sql);
    snprintf(sql, sizeof sql, format, "avg(value * value)", space, estimator, metric);
    const double square = store_number(store, sql);
    snprintf(sql, sizeof sql, format, "count(*)", space, estimator, metric);
    *variance = (square - mean * mean) / (store_number(store, sql) - 1);
    return mean;
}

/* The logs are independent draws from one world, so a difference is Monte Carlo error. */
static void statistics_are_those_of_a_whole_log(void **state)
{
    static const char *const estimators[] = {"naive",     "esmm",     "ips",       "dr_jl",
                                             "escm2_ips", "multi_dr", "autodebias"};
    static const char *const metrics[] = {"mse", "auc", "log_loss", "ratio"};
    (void)state;
    program_needed();
    for (size_t e = 0; e < LENGTH(estimators); e++)
        for (size_t m = 0; m < LENGTH(metrics); m++) {
            double of_whole, of_blocks;
            const double whole = mean_metric("whole.db", "D", estimators[e], metrics[m], &of_whole);
            const double blocks = mean_metric("blocks.db", "D", estimators[e], metrics[m], &of_blocks);
            assert_true(whole > 0 && of_whole > 0);
            within_error(estimators[e], blocks, whole, sqrt(of_whole + of_blocks));
        }
}

static void bits_do_not_depend_on_workers(void **state)
{
    char arguments[256];
    (void)state;
    program_needed();
    snprintf(arguments, sizeof arguments, "run $F/small.yaml --db $F/three.db -j 3 %s", in_blocks);
    program_succeeds(&program, arguments);
    stores_same("blocks.db", "three.db");
}

/* A csv whose conversions depend on the item, read whole and in blocks. */
static const char real_spec[] = "name: real\n"
                                "replicates: 60\n"
                                "data: {source: csv, path: none}\n"
                                "columns.split: split\n"
                                "model: {embedding: 2, layers: [4]}\n"
                                "train: {epochs: 3, batch: 64, learning_rate: 0.01}\n"
                                "estimators: [naive, esmm, ips, dr_jl, escm2_ips]\n";

static void write_log(void)
{
    char text[6000 * 32];
    size_t length = (size_t)snprintf(text, sizeof text, "user,item,click,conversion,split\n");
    uint32_t draw = 1;
    for (int i = 0; i < 4000; i++) {
        draw = draw * 1664525u + 1013904223u;
        const unsigned user = draw >> 27, item = (draw >> 20) % 20, click = (draw >> 9) % 100 < 10 + 2 * item,
                       conversion = click && (draw >> 2) % 100 < 20 + user;
        length += (size_t)snprintf(text + length, sizeof text - length, "%u,%u,%u,%u,%s\n", user, item, click,
                                   conversion, i % 4 ? "train" : "test");
    }
    program_write(&program, "log.csv", text);
}

/* On held-out clicks. Draws of starts and batches are all that differs between replicates. */
static void a_log_of_real_data_is_read_in_blocks(void **state)
{
    static const char *const estimators[] = {"naive", "esmm", "ips", "dr_jl", "escm2_ips"};
    (void)state;
    program_needed();
    write_log();
    program_write(&program, "real.yaml", real_spec);
    program_succeeds(&program, "run $F/real.yaml --data $F/log.csv --db $F/read.db");
    program_succeeds(&program,
                     "run $F/real.yaml --data $F/log.csv --db $F/filed.db -j 1 --set log.order=blocks --set "
                     "log.window=700");
    program_succeeds(&program,
                     "run $F/real.yaml --data $F/log.csv --db $F/filed2.db -j 2 --set log.order=blocks --set "
                     "log.window=700");
    stores_same("filed.db", "filed2.db");
    for (size_t e = 0; e < LENGTH(estimators); e++) {
        double of_whole, of_blocks;
        const double whole = mean_metric("read.db", "O", estimators[e], "log_loss", &of_whole);
        const double blocks = mean_metric("filed.db", "O", estimators[e], "log_loss", &of_blocks);
        assert_true(whole > 0 && of_whole > 0);
        within_error(estimators[e], blocks, whole, sqrt(of_whole + of_blocks));
    }
}

/* Ten times the log takes no more than a few pages more. */
static void memory_does_not_grow_with_the_log(void **state)
{
    static const char run[] = "run $F/small.yaml --db $F/%d.db -j 1 -n 1 --only naive --set train.epochs=1 "
                              "--set train.batch=1024 --set log.order=blocks --set log.window=20000 "
                              "--set log.size=%d";
    long peak[2];
    (void)state;
    program_needed();
    slow_under_valgrind();
    for (int k = 0; k < 2; k++) {
        char arguments[512];
        const int size = k ? 1000000 : 100000;
        snprintf(arguments, sizeof arguments, run, size, size);
        program_succeeds(&program, arguments);
        peak[k] = program.peak;
    }
    assert_true(peak[1] < peak[0] + 4096); /* a whole log would take 40 bytes more a row, 36 MB */
}

#define BLOCKS "log.order: blocks\nestimators: "
static void what_needs_a_whole_log_is_refused(void **state)
{
    static const Case wrong[] = {
        {BLOCKS "[naive]\ntrain.draw: clicks\n",
         2,
         {"log.order: blocks: 'naive' draws its batches from all"}},
        {BLOCKS "[naive]\ndata: {source: coat, path: $F}\n",
         2,
         {"log.order: blocks: data.source has a log of every user and item"}},
        {BLOCKS "[naive]\npropensity.source: oracle\n", 2, {"log.order: blocks: a propensity.source other"}},
        {BLOCKS "[naive]\npropensity.noise: 1\n",
         2,
         {"log.order: blocks: propensity.noise is drawn for each"}},
        {BLOCKS "[naive]\nimputation.source: oracle\n", 2, {"log.order: blocks: an imputation.source other"}},
        {BLOCKS "[naive]\ntune: {trials: 2, range: {l2: 1e-6..1e-3}}\n",
         2,
         {"log.order: blocks: tune.trials holds rows out"}},
        {BLOCKS "[naive]\ndata: {source: csv, path: $F}\ncolumns: {click_time: a, conversion_time: b}\n",
         2,
         {"log.order: blocks: columns.click_time are times of a whole log"}},
        {"log.size: 1e9\nworld.latent: 64\nestimators: [naive]\n",
         2,
         {"log.size: 1000000000 exposures take ", " GB are available; expected a smaller log.size or "
                                                  "'log.order: blocks'"}},
    };
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        program_write(&program, "bad.yaml", wrong[i].wrong);
        refuses(&program, "run $F/bad.yaml --db $F/bad.db", &wrong[i]);
    }
}

static void an_export_is_refused(void **state)
{
    static const Case wrong = {"", 2, {"log.order: blocks: an export writes whole logs"}};
    (void)state;
    program_needed();
    refuses(&program, "export $F/small.yaml -o $F/out --set log.order=blocks", &wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_those_of_a_whole_log),
        cmocka_unit_test(bits_do_not_depend_on_workers),
        cmocka_unit_test(a_log_of_real_data_is_read_in_blocks),
        cmocka_unit_test(memory_does_not_grow_with_the_log),
        cmocka_unit_test(what_needs_a_whole_log_is_refused),
        cmocka_unit_test(an_export_is_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
