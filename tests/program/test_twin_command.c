/* What `cvrlab twin` has to refuse, before it draws anything. What it finds is in tests/twin. */
#include "tests/support/refusal.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(a_log_without_clicks_is_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
