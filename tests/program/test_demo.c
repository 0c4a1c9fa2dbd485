/* cvrlab demo: its numbers are those of the store, and it runs once. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <math.h>
#include <stdlib.h>

static Program program;

static int setup(void **state)
{
    (void)state;
    program_create(&program);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* The number after a text. */
static double after(const char *text)
{
    const char *at = strstr(program.output, text);
    if (!at)
        fail_msg("no '%s' in '%s'", text, program.output);
    at += strlen(text);
    return strtod(at + strcspn(at, "0123456789"), NULL);
}

static void near(double shown, double percent)
{
    if (!(fabs(shown - percent) <= 0.05 + 1e-9)) /* one decimal is shown */
        fail_msg("%g is shown, %g is stored", shown, percent);
}

static void numbers_are_those_of_the_store(void **state)
{
    (void)state;
    program_needed();
    shell("cd $F && ($(cd - >/dev/null && realpath $CVRLAB) demo >out 2>err || { cat err; exit 1; })");
    program_slurp(&program, "out", program.output);
    const double bias =
        store_number("results/demo.db", "SELECT mean_bias FROM bias_variance WHERE estimator = 'naive'");
    const double relative =
        store_number("results/demo.db", "SELECT relative_bias FROM bias_variance WHERE estimator = 'naive'");
    const double all = after("true, of every exposure"), clicked = after("true, of the clicked ones");
    assert_true(clicked > all + 1);                        /* selection, in percent */
    assert_true(fabs(all / 100 - bias / relative) < 0.02); /* a mean of ratios is not the ratio of means */
    near(after("trained on clicks alone") - all, 100 * bias);
    near(after("clicks and a random sample") - all,
         100 * store_number("results/demo.db",
                            "SELECT mean_bias FROM bias_variance WHERE estimator = 'combine'"));
    assert_non_null(strstr(program.output, "\n1. ") && strstr(program.output, "\n2. ")
                        ? strstr(program.output, "\n3. ")
                        : NULL);
    assert_null(strstr(program.output, "In this run"));
    shell("test -s $F/plots/out/demo-bias_variance.svg");
}

static void runs_once(void **state)
{
    (void)state;
    program_needed();
    shell("cd $F && ($(cd - >/dev/null && realpath $CVRLAB) demo >again 2>err || { cat err; exit 1; }) && "
          "cmp out again");
    program_slurp(&program, "err", program.errors);
    assert_non_null(strstr(program.errors, "0 units run"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_store),
        cmocka_unit_test(runs_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
