/* `cvrlab audit` on files: a log without test rows, one with a column that tells the label, and a simulated
 * world. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include <gsl/gsl_randist.h>
#include <math.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

static Program program;

/* An order's number stands in rows that convert alone, and a dense column in clicked ones. */
static void write_log(const char *name, const char *columns, bool order, bool dwell)
{
    enum { USERS = 60, ITEMS = 30, ROWS = 4000 };
    char path[PATH_MAX];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    snprintf(path, sizeof path, "%s/%s", program.folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "user,item,click,conversion,price%s\n", columns);
    for (int i = 0; i < ROWS; i++) {
        const double price = gsl_ran_ugaussian(rng);
        const bool click = gsl_rng_uniform(rng) < 1 / (1 + exp(1 - price));
        const bool bought = click && gsl_rng_uniform(rng) < 0.3;
        fprintf(file, "%lu,%lu,%d,%d,%.3f", gsl_rng_uniform_int(rng, USERS), gsl_rng_uniform_int(rng, ITEMS),
                click, bought, price);
        if (order)
            fputs(bought ? ",o" : ",-", file);
        if (dwell && click)
            fprintf(file, ",%.3f", gsl_rng_uniform(rng));
        else if (dwell)
            fputc(',', file);
        fputc('\n', file);
    }
    gsl_rng_free(rng);
    assert_int_equal(fclose(file), 0);
}

static int create(void **state)
{
    (void)state;
    program_create(&program);
    write_log("plain.csv", "", false, false);
    write_log("leaks.csv", ",order_id,dwell", true, true);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void a_log_without_test_rows_has_all_sections(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "audit $F/plain.csv --set 'columns.dense=[price]' --strict --break-even 0.2");
    for (int section = 1; section <= 10; section++) {
        char number[16];
        snprintf(number, sizeof number, "\n%d. ", section);
        assert_non_null(strstr(program.output, number));
    }
    assert_non_null(strstr(program.output, "no column tells a label"));
    assert_non_null(strstr(program.output, "no rows with forced outcomes"));
    assert_non_null(strstr(program.output, "a break-even CVR of 0.2000 is reached at Gamma "));
}

static void leaks_are_named(void **state)
{
    (void)state;
    program_needed();
    static const char run[] =
        "audit $F/leaks.csv --set 'columns.categorical=[order_id]' --set 'columns.dense=[price,dwell]'";
    char strict[256];
    program_succeeds(&program, run);
    assert_non_null(strstr(program.output, "LEAKS: order_id, dwell ("));
    snprintf(strict, sizeof strict, "%s --strict", run);
    program_run(&program, strict);
    assert_int_equal(program.code, 1);
    assert_non_null(strstr(program.errors, "2 columns that leak a label"));
}

/* Rows with forced outcomes show the gap. Test rows are not forced because all of them are clicked: these
 * were held out, or shown at random and clicked by choice. */
static void test_rows_that_are_all_clicked_are_not_forced(void **state)
{
    (void)state;
    static const struct {
        const char *set, *says;
        bool forced;
    } cases[] = {{"columns.unbiased=u", "test rows shown at random with forced outcomes", true},
                 {"columns.random=u", "test rows shown at random and clicked by choice", false},
                 {"columns.split=s", "test rows held out of the log", false}};
    program_needed();
    char path[PATH_MAX], run[256];
    snprintf(path, sizeof path, "%s/kinds.csv", program.folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,u,s\n", file);
    for (int i = 0; i < 1200; i++) {
        const bool test = i % 3 == 0;
        fprintf(file, "%d,%d,%d,%d,%d,%s\n", i % 101, i % 7, test || i % 2, i % 5 < 2, test,
                test ? "test" : "train");
    }
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        snprintf(run, sizeof run, "audit $F/kinds.csv --set %s --set train.epochs=1", cases[i].set);
        program_succeeds(&program, run);
        assert_non_null(strstr(program.errors, cases[i].says));
        assert_int_equal(!strstr(program.output, "no rows with forced outcomes"), cases[i].forced);
    }
}

static void programs_get_verdicts(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "audit $F/leaks.csv --set 'columns.categorical=[order_id]' --format json");
    assert_non_null(strstr(program.output, "{\"table\": \"verdicts\""));
    assert_non_null(
        strstr(program.output, "\"section\": \"leaks\", \"holds\": 0, \"verdict\": \"LEAKS: order_id "));
}

/* A hidden cause of strength 1 in clicks and conversions: random rows show it. */
static void a_world_shows_its_gamma(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "audit '" CVRLAB_ROOT "/experiments/demo.yaml' --set train.epochs=20");
    assert_non_null(strstr(program.output, "hidden confounding"));
    assert_non_null(strstr(program.output, "no column tells a label"));
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    program_needed();
    program_run(&program, "audit $F/plain.csv --break-even 2");
    assert_int_equal(program.code, 2);
    assert_non_null(strstr(program.errors, "--break-even: found '2'; expected a number between 0 and 1"));
    program_run(&program, "audit $F/nothing.yaml");
    assert_int_not_equal(program.code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_without_test_rows_has_all_sections),
        cmocka_unit_test(leaks_are_named),
        cmocka_unit_test(test_rows_that_are_all_clicked_are_not_forced),
        cmocka_unit_test(programs_get_verdicts),
        cmocka_unit_test(a_world_shows_its_gamma),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
