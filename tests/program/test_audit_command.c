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
    program_succeeds(&program, "audit $F/leaks.csv");
    assert_non_null(strstr(program.output, "not looked at, since no key of columns names them: "));
    program_succeeds(&program, run);
    assert_non_null(strstr(program.output, "LEAKS: order_id, dwell ("));
    assert_null(strstr(program.output, "not looked at"));
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

static void conversions_without_a_click_are_counted(void **state)
{
    (void)state;
    program_needed();
    shell("awk -F, -v OFS=, 'NR > 1 && NR < 40 && $3 == 0 { $4 = 1; n++ } { print } END { print n "
          ">\"/dev/stderr\" }' "
          "$F/plain.csv >$F/unclicked.csv 2>$F/count");
    program_succeeds(&program, "audit $F/unclicked.csv --format csv >$F/audit.csv");
    shell("test \"$(cat $F/count)\" -gt 5 && grep -q \"conversions without a click,$(cat "
          "$F/count)\\(\\.0*\\)\\?,\" "
          "$F/audit.csv");
}

static void benchmarks_and_tans_model_are_asked_for(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "audit $F/plain.csv --set 'columns.dense=[price]' --set train.epochs=2");
    assert_null(strstr(program.output, "Tan's model"));
    assert_null(strstr(program.output, "without price"));
    program_succeeds(
        &program,
        "audit $F/plain.csv --set 'columns.dense=[price]' --set train.epochs=2 --benchmarks --model tan");
    assert_non_null(strstr(program.output, "as in rd_ips (Tan's model)"));
    assert_null(strstr(program.output, "without user ")); /* whom models do not see */
    assert_non_null(strstr(program.output, "without item "));
    assert_non_null(strstr(program.output, "without price "));
}

static void programs_get_verdicts(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "audit $F/leaks.csv --set 'columns.categorical=[order_id]' --format json");
    assert_non_null(strstr(program.output, "{\"table\": \"verdicts\""));
    const char *finding = strstr(program.output, "\"finding\": \"LEAKS: order_id (");
    assert_non_null(finding);
    const char *verdict = strstr(finding, "\"section\": \"leaks\", \"verdict\": \"does not hold\"}");
    assert_non_null(verdict);
    assert_true(verdict < strchr(finding, '}'));
}

/* Errors hold refits, or the audit says that they do not. */
static void refits_are_asked_for(void **state)
{
    (void)state;
    program_needed();
    char *other[2];
    static const char *const how[] = {"--quick", "--refits 3"};
    for (int i = 0; i < 2; i++) {
        char run[256];
        snprintf(run, sizeof run, "audit $F/plain.csv --set 'columns.dense=[price]' --set train.epochs=2 %s",
                 how[i]);
        program_succeeds(&program, run);
        other[i] = strdup(program.output);
        assert_non_null(other[i]);
    }
    assert_non_null(strstr(other[0], "the interval lacks what other users would change of the models"));
    assert_null(strstr(other[1], "the interval lacks"));
    free(other[0]);
    free(other[1]);
    program_run(&program, "audit $F/plain.csv --refits 51");
    assert_int_equal(program.code, 2);
    assert_non_null(strstr(program.errors, "--refits: found 51; expected at most 50"));
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

static char *slurp(const char *name)
{
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/%s", program.folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_true(getdelim(&text, &size, 0, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

static int count(const char *text, const char *word)
{
    int found = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        found++;
    return found;
}

/* Findings first, each beside its threshold; then the sections, with their figures in the page itself. */
static void a_page_that_needs_nothing_else(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(
        &program,
        "audit $F/leaks.csv --set 'columns.categorical=[order_id]' --break-even 0.2 -o $F/new/page.html");
    assert_non_null(strstr(program.output, "/new/page.html\n"));
    char *page = slurp("new/page.html");
    static const char *const order[] = {
        "<!DOCTYPE html>",
        "LEAKS: order_id (AUC above .95",
        "<span class=\"under\">8. Leaks</span></td><td class=\"verdict does-not-hold\">does not hold",
        "<h2>1. Counts and rates</h2>",
        "<h2>3. Overlap</h2>",
        "fitted click propensity, logit scale",
        "<h2>4. Calibration of the models</h2>",
        "predicted click rate, log scale",
        "<h2>5. Balance of clicks and all rows</h2>",
        "distance of clicks from all",
        "<h2>6. Sensitivity: CVR of all rows</h2>",
        "without an assumption; red:",
        "<h2>7. Predicted over observed conversions of clicks</h2>",
        "predicted / observed",
        "<h2>8. Leaks</h2>",
        "<p class=\"warning\">LEAKS: order_id (",
        "<h2>10. Power</h2>",
        "</html>",
    };
    const char *at = page;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        at = strstr(at, order[i]);
        if (!at)
            fail_msg("'%s' is not in the page, or not in its place", order[i]);
    }
    assert_non_null(strstr(page, "class=\"verdict not-known\">not known")); /* no other rows */
    static const char *const outside[] = {"<link", " src=", "@import", "url(http", "href=\"http", "<?xml"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        assert_null(strstr(page, outside[i]));
    assert_int_equal(count(page, "<figure class=\"plot\">"), 5);
    assert_int_equal(count(page, "<svg"), count(page, "</svg>"));
    shell("test \"$(ls -A \"$F/new\")\" = page.html");
    program_succeeds(&program, "audit $F/leaks.csv --set 'columns.categorical=[order_id]' --break-even 0.2 "
                               "--format html >$F/printed.html");
    char *printed = slurp("printed.html");
    assert_string_equal(printed, page);
    free(printed);
    free(page);
}

/* A page that cannot be drawn leaves the old one, and nothing beside it. */
static void a_page_that_fails_is_not_there(void **state)
{
    (void)state;
    program_needed();
    char *path = strdup(getenv("PATH"));
    program_write(&program, "old.html", "old");
    assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
    program_run(&program, "audit $F/plain.csv -o $F/old.html");
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    assert_int_equal(program.code, 1);
    assert_non_null(strstr(program.errors, "cannot start gnuplot"));
    shell("test \"$(cat \"$F/old.html\")\" = old && ! ls -A \"$F\" | grep -q '^.cvrlab'");
    program_run(&program, "audit $F/plain.csv --format csv -o $F/old.csv");
    assert_int_equal(program.code, 2);
    assert_non_null(strstr(program.errors, "--format csv: expected html, which is what --output writes"));
    shell("test ! -e \"$F/old.csv\"");
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
        cmocka_unit_test(conversions_without_a_click_are_counted),
        cmocka_unit_test(benchmarks_and_tans_model_are_asked_for),
        cmocka_unit_test(programs_get_verdicts),
        cmocka_unit_test(refits_are_asked_for),
        cmocka_unit_test(a_world_shows_its_gamma),
        cmocka_unit_test(a_page_that_needs_nothing_else),
        cmocka_unit_test(a_page_that_fails_is_not_there),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
