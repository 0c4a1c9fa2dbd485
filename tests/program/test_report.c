/* cvrlab report: the page and its markdown, from stores that are whole, hostile or unfit. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include "experiments/report/svg.h"

#include <sys/stat.h>

static Program program;

static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    if (getenv("CVRLAB"))
        program_write(
            &program, "sweep.yaml",
            "name: swept\nquestion: Which?\nreplicates: 3\nlog.size: 500\ntest.size: 50\n"
            "world: {users: 20, items: 10, latent: 2, context: 1}\nmodel: {embedding: 2, layers: [4]}\n"
            "train: {epochs: 1, batch: 128}\nestimators: [naive, ips]\n"
            "risk: {estimators: [ips, dr], predictors: [truth], size: 200, redraws: 20}\n"
            "sweep: {world.ctr: [0.1, 0.2]}\n"
            "claims: [{says: A bias, that: naive bias > 0 at world.ctr=0.1}]\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* A whole file of the folder of the tests; free() it. */
static char *slurp(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", program.folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = NULL;
    size_t size = 0;
    assert_true(getdelim(&text, &size, 0, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void has(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("expected '%s'", expected);
}

static void lacks(const char *text, const char *unexpected)
{
    const char *at = strstr(text, unexpected);
    if (at)
        fail_msg("found '%.80s'", at);
}

static int count(const char *text, const char *word)
{
    int found = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        found++;
    return found;
}

static void a_page_that_needs_nothing_else(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/sweep.yaml --db $F/swept.db");
    program_succeeds(&program, "report $F/swept.db -o $F/a/page");
    has(program.output, "/a/page/index.html\n");
    char *page = slurp("a/page/index.html");
    static const char *const parts[] = {
        "<!DOCTYPE html>",
        "<h1>swept</h1>",
        "<p class=\"question\">Which?</p>",
        "<h2>Settings</h2>",
        "<h2>Findings</h2>",
        "<p>Of 1 claim 1 ",
        "A bias",
        "naive bias &gt; 0",
        "<h2>Results</h2>",
        "<h2>Figures</h2>",
        "<h2>Provenance</h2>",
        "<h2>Reproduce</h2>",
        "cvrlab run swept.yaml --db",
        "<details><summary>swept.yaml</summary>",
        "sweep.world.ctr: [0.1, 0.2]",
        "</html>",
        "Estimates of the ideal loss",
        "world.ctr = 0.1, 0.2",
        ("Simulated: 20 users, 10 items, a log of 500 exposures, 50 test exposures, 200 exposures of the "
         "risk "
         "layer."),
        ">asymptotic bias of clicks</th>",
        "<span class=\"under\">naive bias &gt; 0 at world.ctr=0.1</span></td><td class=\"verdict ",
        "@media screen and (prefers-color-scheme: dark)",
    };
    for (size_t i = 0; i < LENGTH(parts); i++)
        has(page, parts[i]);
    static const char *const order[] = {"<h2>Findings</h2>", "<h2>Figures</h2>", "<h2>Settings</h2>",
                                        "<h2>Results</h2>", "<h2>Provenance</h2>"};
    for (size_t i = 1; i < LENGTH(order); i++)
        assert_true(strstr(page, order[i - 1]) < strstr(page, order[i]));
    static const char *const outside[] = {"<link",       " src=", "@import", "url(http",
                                          "href=\"http", "<?xml", "Gnuplot"};
    for (size_t i = 0; i < LENGTH(outside); i++)
        lacks(page, outside[i]);
    /* Two figures, each in one or two widths, and ids of their own. */
    assert_int_equal(count(page, "<figure class=\"plot\">"), 2);
    assert_true(count(page, "<svg") >= 2 && count(page, "<svg") == count(page, "</svg>"));
    assert_int_equal(count(page, " id='f0only-gpDot'") + count(page, " id='f0wide-gpDot'"), 1);
    lacks(page, " id='gp");
    lacks(page, "href='#gp");
    lacks(page, "not complete");
    free(page);

    char *markdown = slurp("a/page/report.md");
    has(markdown, "# swept\n\nWhich?\n\n## Findings\n\nOf 1 claim 1 ");
    has(markdown, "](<swept-sweep-mse.svg>)");
    has(markdown, "```\nname: swept\n");
    free(markdown);
    shell("test -s $F/a/page/swept-sweep-mse.svg && test -s $F/a/page/swept-sweep-mean_bias.svg"
          " && test $(ls -A $F/a/page | wc -l) = 4");

    /* The spec of the page is that of the store, and a second report takes the place of the first. */
    program_succeeds(&program, "run $F/sweep.yaml --db $F/swept.db --set seed=1 --replicates 4 --only naive");
    program_succeeds(&program, "report $F/swept.db -o $F/a/page");
    page = slurp("a/page/index.html");
    has(page, "replicates: 4");
    has(page, "This run is not complete: 2 of its 20 units are missing.");
    free(page);
    shell("test $(ls -A $F/a/page | wc -l) = 4");
}

/* A metric of a space has no place in a file name as it is written; its heading is in the caption all the
 * same. */
static void captions_have_headings_of_metrics(void **state)
{
    (void)state;
    program_needed();
    shell("sed -e 's/swept/shown/' -e '$a metrics.shown: [mean_bias, auc/O]' $F/sweep.yaml > $F/shown.yaml");
    program_succeeds(&program, "run $F/shown.yaml --db $F/shown.db");
    program_succeeds(&program, "report $F/shown.db -o $F/shown");
    char *page = slurp("shown/index.html");
    has(page, "<figcaption>Along the sweep: mean bias</figcaption>");
    has(page, "<figcaption>Along the sweep: AUC (O)</figcaption>");
    lacks(page, "auc_O<");
    free(page);
    char *markdown = slurp("shown/report.md");
    has(markdown, "![Along the sweep: AUC (O)](<shown-sweep-auc_O.svg>)");
    free(markdown);
}

static void several_experiments_stand_in_one_page(void **state)
{
    (void)state;
    program_needed();
    shell("sed s/small/other/ $F/good.yaml > $F/other.yaml && cp $F/there.db $F/two.db");
    program_succeeds(&program, "run $F/other.yaml --db $F/two.db");
    program_succeeds(&program, "report $F/two.db -o $F/two");
    char *page = slurp("two/index.html");
    has(page, "<title>other and 1 more</title>");
    assert_int_equal(count(page, "<h1>"), 2);
    /* One title and no other "small" before the second heading: no figure or table of the other experiment.
     */
    const char *second = strstr(page, "<h1>small</h1>");
    assert_non_null(second);
    const char *first_small = strstr(page, "small");
    assert_true(first_small > second - 10);
    free(page);
}

/* Whatever the texts of a store hold, they are texts on the page. */
static void text_of_a_store_is_no_markup(void **state)
{
    (void)state;
    program_needed();
    shell(
        "cp $F/there.db $F/hostile.db && sqlite3 $F/hostile.db \"PRAGMA foreign_keys = OFF;"
        "UPDATE experiment SET question = '<script>alert(1)</script>|**x**', host = '\\\"><img src=x>',"
        " spec = spec || '# </code></pre><script>evil()</script>' || char(10) || '\\`\\`\\`\\`' || char(10),"
        " version = '<b>1</b>', baseline = '<i>', name = 'a; rm -rf \\$HOME</h1><u>';"
        "UPDATE estimator SET experiment = (SELECT name FROM experiment), estimator = replace(estimator, "
        "'ips',"
        " '</td><script>');"
        "UPDATE method SET experiment = (SELECT name FROM experiment), label = '<script>' || label,"
        " estimator = replace(estimator, 'ips', '</td><script>');"
        "UPDATE setting SET experiment = (SELECT name FROM experiment);"
        "UPDATE test_set SET experiment = (SELECT name FROM experiment);"
        "UPDATE series SET experiment = (SELECT name FROM experiment), estimator = replace(estimator, 'ips',"
        " '</td><script>');"
        "UPDATE run SET experiment = (SELECT name FROM experiment), estimator = replace(estimator, 'ips',"
        " '</td><script>');"
        "INSERT INTO claim SELECT name, 0, '<em>so</em>', 'naive bias > 0' FROM experiment;"
        "UPDATE experiment SET stale = 1\"");
    program_succeeds(&program, "report $F/hostile.db -o $F/hostile");
    char *page = slurp("hostile/index.html");
    assert_int_equal(count(page, "<script>"), 1);
    assert_int_equal(count(page, "</script>"), 1);
    static const char *const tags[] = {
        "<img", "<em>", "<u>", "<i>", "<b>1", "</td><script", "rm -rf $HOME.yaml"};
    for (size_t i = 0; i < LENGTH(tags); i++)
        lacks(page, tags[i]);
    has(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
    has(page, "cvrlab run experiment.yaml --db experiment.db");
    free(page);
    char *markdown = slurp("hostile/report.md");
    has(markdown, "\\<script>alert(1)\\</script>\\|");
    has(markdown, "\n`````\nname: "); /* a fence longer than that in the text */
    free(markdown);
}

/* A page without figures or trained estimators is a page. */
static void what_there_is_is_told(void **state)
{
    (void)state;
    program_needed();
    shell(
        "sed -e s/swept/risky/ -e /^sweep/d -e /^claims/d -e 's/estimators: .naive, ips.$//' $F/sweep.yaml > "
        "$F/risky.yaml && cp $F/risky.yaml $F/risky2.yaml && echo 'sweep: {world.ctr: [0.1, 0.2]}' >> "
        "$F/risky2.yaml");
    program_succeeds(&program, "run $F/risky.yaml --db $F/risky.db");
    program_succeeds(&program, "report $F/risky.db -o $F/risky");
    char *page = slurp("risky/index.html");
    has(page, "Estimates of the ideal loss");
    assert_int_equal(count(page, "<figure class=\"plot\">"), 2); /* risk and coverage */
    lacks(page, "Estimator:");
    free(page);
    program_succeeds(&program, "run $F/risky2.yaml --db $F/risky2.db");
    program_succeeds(&program, "report $F/risky2.db -o $F/risky2");
    page = slurp("risky2/index.html");
    has(page, "2 settings: world.ctr = 0.1, 0.2.");
    lacks(page, "<h2>Figures</h2>");
    free(page);
    shell(
        "cp $F/there.db $F/diverged.db && sqlite3 $F/diverged.db \"DELETE FROM metric_value; UPDATE run SET "
        "status = "
        "'diverged', predictions = NULL; UPDATE experiment SET stale = 1\"");
    program_succeeds(&program, "report $F/diverged.db -o $F/diverged");
    page = slurp("diverged/index.html");
    has(page, "0 done, 2 diverged, 0 missing");
    free(page);
}

static void nothing_half_done_is_left(void **state)
{
    (void)state;
    program_needed();
    /* Without gnuplot's scripts, and with a disk that fills up, there is neither page nor folder; an old page
     * stays. */
    setenv("CVRLAB_HOME", program.folder, 1);
    program_run(&program, "report $F/there.db -o $F/none");
    unsetenv("CVRLAB_HOME");
    assert_int_equal(program.code, 1);
    has(program.errors, "report.css");
    shell("! test -e $F/none");
    program_succeeds(&program, "report $F/there.db -o $F/old");
    shell("cp -r $F/old $F/kept");
    program.largest_file = 9000;
    program_run(&program, "report $F/there.db -o $F/old");
    program.largest_file = 0;
    assert_int_equal(program.code, 1);
    shell("diff -r $F/old $F/kept");
}

static void refuses_wrong_input(void **state)
{
    (void)state;
    program_needed();
    program_write(&program, "empty.db", "");
    program_write(&program, "file", "in the way");
    shell("cp $F/there.db $F/newer.db && sqlite3 $F/newer.db 'PRAGMA user_version = 99'");
    shell("sqlite3 $F/foreign.db 'CREATE TABLE a (b)'");
    shell("cp $F/there.db $F/hollow.db && sqlite3 $F/hollow.db 'DELETE FROM metric_value; DELETE FROM "
          "series; DELETE FROM run;"
          " DELETE FROM test_set; DELETE FROM setting; DELETE FROM estimator; DELETE FROM experiment'");
    static const Case cases[] = {
        {"report $F/none.db -o $F/made", 1, {"none.db", "No such file"}},
        {"report $F/empty.db -o $F/made", 2, {"empty.db", "an empty file"}},
        {"report $F/foreign.db -o $F/made", 2, {"foreign.db", "another program"}},
        {"report $F/newer.db -o $F/made", 2, {"newer.db", "a newer cvrlab"}},
        {"report $F/hollow.db -o $F/made", 1, {"hollow.db", "has no experiment"}},
        {"report $F/there.db -o $F/file", 2, {"file: not a directory"}},
        {"report $F/there.db -o $F/file/below", 1, {"file/below", "Not a directory"}},
        {"report $F/there.db -o /proc/none", 1, {"/proc/none"}},
        {"report $F/there.db -o ''", 1, {"No such file"}},
        {"report -o $F/made", 2, {"expected DB"}},
        {"report $F/there.db --ouput $F/made", 2, {"did you mean '--output'"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
    shell("! test -e $F/made");
}

static void refuses_a_folder_it_may_not_write(void **state)
{
    (void)state;
    program_needed();
    if (geteuid() != 0) {
        print_message("needs root to run as another user: skipped\n");
        skip();
    }
    shell("chmod 755 $F && mkdir -p $F/locked && chmod 555 $F/locked && chmod 644 $F/there.db");
    program.user = 65534;
    program_run(&program, "report $F/there.db -o $F/locked");
    program.user = 0;
    assert_int_equal(program.code, 1);
    has(program.errors, "locked: Permission denied");
    shell("test -z \"$(ls -A $F/locked)\"");
}

static void svg_becomes_part_of_a_page(void **state)
{
    (void)state;
    static const char svg[] =
        "<?xml version=\"1.0\"?>\n<svg width=\"700\" height=\"4\"><title>Gnuplot</title>\n"
        "<desc>by</desc><g id=\"a\" class='id'><use xlink:href='#b' id='c'/> id='d'"
        "<path fill='url(#e)'/></g></svg>\n";
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    OK(svg_inline(svg, "p-", "a \"b\"", file, message));
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "<svg role=\"img\" aria-label=\"a &quot;b&quot;\" width=\"700\" height=\"4\">\n"
                              "<g id=\"p-a\" class='id'><use xlink:href='#p-b' id='p-c'/> id='d'"
                              "<path fill='url(#p-e)'/></g></svg>\n");
    free(text);
    assert_true(svg_width(svg) == 700);
    assert_true(svg_width("nothing") == 0);
    Message message;
    assert_int_equal(svg_inline("nothing", "p", "l", stderr, &message), STATUS_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(svg_becomes_part_of_a_page),
        cmocka_unit_test(a_page_that_needs_nothing_else),
        cmocka_unit_test(captions_have_headings_of_metrics),
        cmocka_unit_test(several_experiments_stand_in_one_page),
        cmocka_unit_test(text_of_a_store_is_no_markup),
        cmocka_unit_test(what_there_is_is_told),
        cmocka_unit_test(nothing_half_done_is_left),
        cmocka_unit_test(refuses_wrong_input),
        cmocka_unit_test(refuses_a_folder_it_may_not_write),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
