/* What `cvrlab twin` has to refuse, before it draws anything, and a twin of a log's own rows from a file of
 * them to estimators' bias. What worlds it finds is in tests/twin. */
#include "tests/support/refusal.h"

#include <math.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    return setenv("SAMPLES", CVRLAB_ROOT "/tests/data", 1);
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void faults_are_told(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"twin", 2, {"expected LOG"}},
        {"twin $SAMPLES", 2, {"found no files of a known layout"}},
        {"twin $SAMPLES/csv/log.csv --layout cvs",
         2,
         {"--layout: unknown layout 'cvs'", "did you mean 'csv'?"}},
        {"twin $SAMPLES/csv/log.csv --odds 1,0", 2, {"--odds: found '1,0'", "such as 1,1.5,2"}},
        {"twin $SAMPLES/csv/log.csv --odds 1,,2", 2, {"--odds: found '1,,2'"}},
        {"twin $SAMPLES/csv/log.csv --worlds 65", 2, {"--worlds: found 65", "at most 64"}},
        {"twin $SAMPLES/csv/log.csv --set trian.epochs=2", 2, {"--set: unknown key", "train.epochs"}},
        {"twin $SAMPLES/csv/log.csv", 2, {"conversions", "expected"}},
        {"twin $SAMPLES/csv/log.csv --own-rows", 2, {"conversions", "expected at least 50"}},
        {"twin $SAMPLES/csv/log.csv --own-rows --parameters x.csv", 2, {"--parameters: with --own-rows"}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
}

/* Without clicks there is nothing to fit. */
static void a_log_without_clicks_is_refused(void **state)
{
    (void)state;
    const Case none = {"", 2, {"found 200 rows, 0 clicks and 0 conversions of the log"}};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/rows.csv", program.folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion\n", file);
    for (int row = 0; row < 200; row++)
        fprintf(file, "%d,%d,0,0\n", row % 97, row % 11);
    assert_int_equal(fclose(file), 0);
    refuses(&program, "twin $F/rows.csv", &none);
}

/* The mean bias of naive by setting, of a table in csv. */
static double bias_of(const char *table, const char *setting)
{
    const char *line = strstr(table, setting);
    assert_non_null(line);
    const char *at = strstr(line, "naive,");
    assert_non_null(at);
    for (int comma = 0; comma < 5; comma++)
        at = strchr(at, ',') + 1;
    return strtod(at, NULL);
}

/* Rows of a log are read again, held out and trained on, with outcomes whose Gamma is 1 and 3. naive learns
 * the CVR of clicks, q. To first order q - p_r is log Gamma (1 - p_o) p_r (1 - p_r), here 1.1 x .8 x .16 =
 * .14; a model of 1,300 clicks is shrunk to their mean, and the bounds are half of it off. */
static void own_rows_have_the_bias_of_gamma(void **state)
{
    slow_under_valgrind();
    (void)state;
    program_write(&program, "ads.yaml",
                  "name: ads\nestimators: [naive]\nreplicates: 1\nlog.size: 8000\n"
                  "world: {users: 100, items: 50, ctr: 0.2, cvr: 0.3}\n");
    program_succeeds(&program, "export $F/ads.yaml -o $F/ads --format csv");
    program_succeeds(&program, "twin $F/ads/s0-w0-r0/log.csv --own-rows --odds 1,3 -o $F/rows.yaml "
                               "--set columns.categorical=[segment,category] --set train.epochs=1");
    assert_non_null(strstr(program.output, "same rows"));
    assert_non_null(strstr(program.output, "Limits:"));
    program_succeeds(&program, "run $F/rows.yaml --only naive --db $F/rows.db");
    assert_null(strstr(program.errors, "no effect"));
    program_succeeds(&program, "table $F/rows.db --metric mean_bias --format csv --long");
    const double at_random = bias_of(program.output, "plasmode.hidden_odds=1 "),
                 confounded = bias_of(program.output, "plasmode.hidden_odds=3 ");
    assert_true(fabs(at_random) < 0.05); /* 4.5 standard errors of .01, of 8 logs with 1300 clicks each */
    assert_true(confounded - at_random > 0.07 && confounded - at_random < 0.21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(a_log_without_clicks_is_refused),
        cmocka_unit_test(own_rows_have_the_bias_of_gamma),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
