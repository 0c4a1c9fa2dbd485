/* Tables: digits, escapes, and every format of the same numbers. */
#include "results/store/query.h"
#include "results/tables/grid.h"
#include "results/tables/table.h"

#include "tests/support/store_fixture.h"

static char *folder;
static Store *store;

static int setup(void **state)
{
    (void)state;
    char path[128];
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    remove_folder(folder);
    return 0;
}

/* The table of what the store holds now. */
static Status print_store(const TableOptions *options, FILE *file, Message *why)
{
    StoreResults results;
    Status status = results_read(&results, store, why);
    if (!status)
        status = table_print(&results, options, file, why);
    results_clear(&results);
    return status;
}

static char *print_options(const TableOptions *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    OK(print_store(options, file, message));
    assert_int_equal(fclose(file), 0);
    return text;
}

static char *print_table(const GridFormat *format)
{
    const TableOptions options = {.format = format, .full = true};
    return print_options(&options);
}

static char *print_cells(const GridFormat *format, const Column *column, const Cell *cell, int columns,
                         int rows)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    const Grid grid = {"e", "a=1, b=2", "Title", "Note.", column, columns, rows, cell, 0, NULL, NULL};
    OK(grid_print(&grid, format, true, file, message));
    assert_int_equal(fclose(file), 0);
    return text;
}

/* Text out of a store is text, whatever it holds. */
static void text_is_escaped(void **state)
{
    (void)state;
    static const Column column[] = {{"a", "<i>a|b", CELL_TEXT, 1}, {"b", "b", CELL_ESTIMATE, 1}};
    const Cell cell[] = {{.text = "<script>\"'&|"},
                         {.value = 0.5, .low = 0.01, .best = true},
                         {.text = "1 < 2\n</td>"},
                         {.value = NAN, .low = NAN}};
    char *text = print_cells(&grid_html, column, cell, 2, 2);
    assert_string_equal(
        text,
        "<figure class=\"table\">\n<figcaption>Title</figcaption>\n<div class=\"scroll\"><table>\n"
        "<thead style=\"position:sticky;top:0;background:var(--page,Canvas)\"><tr><th "
        "scope=\"col\">&lt;i&gt;a|b</th><th scope=\"col\" class=\"n\">b</th></tr></thead>\n"
        "<tbody>\n<tr><td>&lt;script&gt;&quot;&#39;&amp;|</td><td class=\"n\" data-value=\"0.5\">"
        "<b class=\"v\">0.500</b> <span class=\"e\" style=\"min-width:7ch\">± 0.010</span></td></tr>\n"
        "<tr><td>1 &lt; 2\n&lt;/td&gt;</td><td class=\"n\"><span class=\"v\">–</span> <span class=\"e\" "
        "style=\"min-width:7ch\"></span></td></tr>\n</tbody></table></div>\n<p "
        "class=\"note\">Note.</p>\n</figure>\n");
    free(text);
    text = print_cells(&grid_markdown, column, cell, 2, 2);
    assert_string_equal(text,
                        "Title\n\n| \\<i>a\\|b | b |\n| --- | ---: |\n| \\<script>\"'&\\| | 0.500 ± 0.010* "
                        "|\n| 1 < 2 \\</td> | - |\n\nNote.\n\n");
    free(text);
}

/* An error to two significant digits, also where it rounds up to the next power of ten, and the value to
 * match. */
static void digits_follow_the_error(void **state)
{
    (void)state;
    static const Column column[] = {{"estimator", "estimator", CELL_TEXT, 1},
                                    {"mse", "mse (1e-4)", CELL_ESTIMATE, 1e4},
                                    {"bias", "bias %", CELL_PERCENT, 1},
                                    {"d", "difference", CELL_INTERVAL, 1},
                                    {"p", "p", CELL_P, 1},
                                    {"s", "seconds", CELL_NUMBER, 1}};
    const Cell cell[] = {
        {.text = "a_b"},
        {.value = 0.00123456, .low = 0.0000099612, .best = true},
        {.value = 0.1234, .low = NAN},
        {.value = 0.5, .low = 0.25, .high = 0.75},
        {.value = 0.00001},
        {.value = 1234.5},
        {.text = "naive"},
        {.value = 0.0123456, .low = NAN},
        {.value = -0.05, .low = NAN},
        {.value = -1.25, .low = NAN, .high = NAN},
        {.value = 0.04567},
        {.value = NAN},
    };
    char *text = print_cells(&grid_text, column, cell, 6, 2);
    assert_string_equal(text, "Title\n"
                              "estimator     mse (1e-4)  bias %             difference       p  seconds\n"
                              "a_b        12.35 ± 0.10*   +12.3   +0.50 [+0.25, +0.75]  <0.001     1234\n"
                              "naive      123.5            -5.0  -1.250                  0.046        -\n"
                              "Note.\n\n");
    free(text);
    text = print_cells(&grid_markdown, column, cell, 6, 2);
    assert_string_equal(text, "Title\n\n"
                              "| estimator | mse (1e-4) | bias % | difference | p | seconds |\n"
                              "| --- | ---: | ---: | ---: | ---: | ---: |\n"
                              "| a_b | 12.35 ± 0.10* | +12.3 | +0.50 [+0.25, +0.75] | <0.001 | 1234 |\n"
                              "| naive | 123.5 | -5.0 | -1.250 | 0.046 | - |\n"
                              "\nNote.\n\n");
    free(text);
    text = print_cells(&grid_latex, column, cell, 6, 2);
    assert_non_null(
        strstr(text, "a\\_b & $\\mathbf{12.35}$ & $\\pm 0.10$ & $+12.3$ &  & $+0.50$ & $[+0.25, +0.75]$ &"
                     " $<0.001$ &  & $1234$ &  \\\\\n"));
    assert_non_null(
        strstr(text, "estimator & \\multicolumn{2}{c}{mse (1e-4)} & \\multicolumn{2}{c}{bias \\%} &"));
    assert_non_null(strstr(text, "\\begin{tabular}{lr@{\\,}lr@{\\,}lr@{\\,}lr@{\\,}lr@{\\,}l}\n\\toprule\n"));
    assert_non_null(strstr(text, "\\begin{table*}\n\\centering\n\\caption{Title}\n\\label{tab:Title}\n"));
    assert_null(strstr(text, "resizebox"));
    free(text);
    text = print_cells(&grid_csv, column, cell, 6, 2);
    assert_string_equal(
        text, "experiment,setting,estimator,mse,mse_mcse,bias,bias_mcse,d,d_low,d_high,p,s\n"
              "e,\"a=1, b=2\",a_b,0.00123456,9.9612000000000004e-06,0.1234,,0.5,0.25,0.75,"
              "1.0000000000000001e-05,1234.5\n"
              "e,\"a=1, b=2\",naive,0.0123456,,-0.050000000000000003,,-1.25,,,0.045670000000000002,\n");
    free(text);
}

/* An object a row, of names and numbers, and one list of them all. */
static void json_is_exact(void **state)
{
    (void)state;
    static const Column column[] = {{"estimator", "estimator", CELL_TEXT, 1},
                                    {"mse", "mse (1e-4)", CELL_ESTIMATE, 1e4},
                                    {"d", "difference", CELL_INTERVAL, 1},
                                    {NULL, "not there", CELL_COUNT, 1}};
    const Cell cell[] = {{.text = "a\"b\\c"},
                         {.value = 0.5, .low = 0.25},
                         {.value = 1, .low = -1, .high = 2},
                         {.value = 3},
                         {.text = "naive"},
                         {.value = NAN, .low = INFINITY},
                         {.value = NAN, .low = NAN, .high = NAN},
                         {.value = 3}};
    char *text = print_cells(&grid_json, column, cell, 4, 2), *document = NULL;
    assert_string_equal(
        text,
        "{\"table\": \"\", \"experiment\": \"e\", \"setting\": \"a=1, b=2\", \"estimator\": \"a\\\"b\\\\c\","
        " \"mse\": 0.5, \"mse_mcse\": 0.25, \"d\": 1, \"d_low\": -1, \"d_high\": 2}\n"
        "{\"table\": \"\", \"experiment\": \"e\", \"setting\": \"a=1, b=2\", \"estimator\": \"naive\","
        " \"mse\": null, \"mse_mcse\": null, \"d\": null, \"d_low\": null, \"d_high\": null}\n");
    free(text);
    size_t size = 0;
    FILE *file = open_memstream(&document, &size);
    grid_json.document("{1}\n\n{2}\n", file);
    grid_json.document("", file);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(document, "[\n{1},\n{2}\n]\n[\n]\n");
    free(document);
}

static const char *line_after(const char *text, const char *start)
{
    const char *line = strstr(text, start);
    assert_non_null(line);
    return line;
}

static void text_has_a_block_for_each_setting(void **state)
{
    (void)state;
    fixture_fill(store);
    char *text = print_table(&grid_text);
    assert_memory_equal(text, "compare: Which one?\n\nworld.ctr=0.1\nestimator", 44);
    const char *second = line_after(text, "\nworld.ctr=0.2\nestimator");
    /* Estimators in the order of the spec, the smallest mse marked. */
    const char *naive = line_after(second, "\nnaive ");
    const char *ips = line_after(naive, "\nips ");
    const char *dr = line_after(ips, "\ndr_jl ");
    assert_non_null(strstr(dr, "10 replicates an estimator in 2 worlds, 0 diverged. "));
    assert_true(memchr(naive, '*', (size_t)(ips - naive)) != NULL);
    assert_non_null(strstr(text, "9 to 10 replicates an estimator in 2 worlds, 1 diverged: ips 1. "));
    assert_non_null(strstr(second, "Paired difference from naive, world.ctr=0.2; "));
    free(text);
}

/* On a narrow terminal no line is longer than it, and every column is there. */
static void text_fits_the_terminal(void **state)
{
    (void)state;
    static const Column column[] = {{"estimator", "estimator", CELL_TEXT, 1},
                                    {"mse", "mse", CELL_ESTIMATE, 1},
                                    {"bias", "bias", CELL_ESTIMATE, 1},
                                    {"verdict", "verdict", CELL_TEXT, 1},
                                    {"says", "claim", CELL_TEXT, 1}};
    const Cell cell[] = {cell_text("naive"),
                         {.value = 0.5, .low = 0.01, .best = true},
                         cell_estimate(1, 0.1),
                         cell_text("holds"),
                         cell_text("a claim of very many words that needs two lines")};
    grid_text_terminal(&(GridTerminal){.width = 40});
    char *text = print_cells(&grid_text, column, cell, 5, 1);
    assert_string_equal(text, "Title\n"
                              "estimator             mse         bias\n"
                              "naive      0.500 ± 0.010*  1.00 ± 0.10\n"
                              "\nMore columns of the same rows:\n"
                              "estimator  verdict\n"
                              "naive      holds\n"
                              "\nMore columns of the same rows:\n"
                              "estimator  claim\n"
                              "naive      a claim of very many words\n"
                              "           that needs two lines\n"
                              "Note.\n\n");
    free(text);
    grid_text_terminal(&(GridTerminal){.colour = true});
    text = print_cells(&grid_text, column, cell, 5, 1);
    assert_non_null(strstr(text, "\033[1m0.500 ± 0.010*\033[0m"));
    assert_non_null(strstr(text, "\033[32mholds\033[0m"));
    free(text);
    grid_text_terminal(&(GridTerminal){0});
    text = print_cells(&grid_text, column, cell, 5, 1);
    assert_null(strstr(text, "\033"));
    assert_null(strstr(text, "More columns"));
    free(text);
}

/* CSV holds the very numbers of the view. */
static void csv_is_exact(void **state)
{
    (void)state;
    fixture_fill(store);
    char *text = print_table(&grid_csv);
    assert_memory_equal(text,
                        "experiment,setting,estimator,replicates,diverged,failed,shared,mean_bias,mean_bias_"
                        "mcse,relative_bias,",
                        102);
    sqlite3_stmt *statement = NULL;
    int rows = 0;
    OK(query_prepare(store, &statement, message,
                     "SELECT setting, estimator, replicates, diverged, failed, 0, mean_bias, mean_bias_mcse, "
                     "relative_bias,"
                     " relative_bias_mcse, bias_sq,"
                     " bias_sq_mcse, variance, variance_mcse, mse, mse_mcse FROM bias_variance",
                     ""));
    for (char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1, rows++) {
        char start[96];
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        snprintf(start, sizeof start, "compare,%s,%s,", column_text(statement, 0), column_text(statement, 1));
        assert_memory_equal(line, start, strlen(start));
        char *at = line + strlen(start);
        for (int c = 2; c < sqlite3_column_count(statement); c++) {
            assert_true(strtod(at, &at) == column_double(statement, c));
            assert_true(*at++ == ',');
        }
    }
    assert_int_equal(rows, 6);
    sqlite3_finalize(statement);
    free(text);
}

/* Without truth: metrics of labels, with the k of the experiment. */
static void real_data_shows_metrics(void **state)
{
    (void)state;
    const ExperimentRow row = fixture_experiment();
    OK(store_experiment(store, &row, message));
    OK(store_setting(store, &(SettingRow){.experiment = "compare", .setting = ""}, message));
    for (int i = 0; i < 2; i++) {
        const MetricRow metric[] = {{"D", "cvr", "auc", 0.7 + 0.02 * i, NULL},
                                    {"D", "cvr", "ndcg", 0.6, NULL}};
        const RunRow run = {.experiment = "compare",
                            .setting = "",
                            .estimator = "naive",
                            .replicate = i,
                            .status = "done",
                            .seconds = 2,
                            .metric = metric,
                            .metrics = 2};
        OK(store_run(store, &run, message));
    }
    char *text = print_table(&grid_text);
    assert_string_equal(
        text, "compare: Which one?\n\n"
              "estimator           NDCG@5  Recall@5  F1@5            AUC  mse  log loss  seconds\n"
              "naive      0.6000 ± 0.0000         -     -  0.710 ± 0.010    -         -     2.00\n"
              "2 replicates an estimator in 1 world, 0 diverged. ± standard error over replicates "
              "alone, since a program ran them that did not record how they depend on the test "
              "sample, * may be the best of its column, by 95 % confidence sets that hold for all at "
              "once.\n\n");
    free(text);
}

static void empty_store_is_an_error(void **state)
{
    (void)state;
    const TableOptions options = {0};
    Message failure = {""};
    assert_int_equal(print_store(&options, stdout, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "a.db: has no runs"));
}

static void full_output_is_an_error(void **state)
{
    (void)state;
    fixture_fill(store);
    FILE *file = fopen("/dev/full", "w");
    Message failure;
    assert_non_null(file);
    const TableOptions options = {0};
    assert_int_equal(print_store(&options, file, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "No space left"));
    fclose(file);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_follow_the_error),
        cmocka_unit_test(json_is_exact),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(text_fits_the_terminal),
        cmocka_unit_test_setup_teardown(text_has_a_block_for_each_setting, setup, teardown),
        cmocka_unit_test_setup_teardown(csv_is_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(real_data_shows_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_store_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(full_output_is_an_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
