/* Figures of a store whose numbers are known: which there are, their data, and what gnuplot makes of them. */
#include "plots/gnuplot.h"
#include "plots/plot.h"
#include "results/store/query.h"

#include "tests/support/store_fixture.h"

#include <dirent.h>
#include <sys/stat.h>

static char *folder;
static Store *store;
static char out[160];

/* The figures of single settings. */
static const char *const setting_names[] = {"bias_variance,decile", "calibration"};
#define OF_SETTINGS .figure = {setting_names, 2}

static int setup(void **state)
{
    (void)state;
    char path[128];
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    snprintf(out, sizeof out, "%s/new/out", folder);
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

/* Draws what the store holds now. */
static Status plot(const PlotOptions *options, FigureDrawn *drawn, void *context, Message *said)
{
    StoreResults results;
    Status status = results_read(&results, store, said);
    if (!status)
        status = plot_results(&results, options, drawn, context, said);
    results_clear(&results);
    return status;
}

static char *read_text(const char *name)
{
    char path[320];
    snprintf(path, sizeof path, "%s/%s", out, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static int files_in(const char *name)
{
    DIR *directory = opendir(name);
    int files = 0;
    if (!directory) {
        return 0;
    }
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        files += entry->d_name[0] != '.';
    }
    closedir(directory);
    return files;
}

static Status count_written(const Figure *figure, void *context, Message *said)
{
    (void)said;
    assert_int_equal(access(figure->path, R_OK), 0);
    ++*(int *)context;
    return STATUS_OK;
}

static void every_figure_of_every_setting(void **state)
{
    (void)state;
    int written = 0;
    fixture_fill(store);
    const PlotOptions options = {out, "plots", "svg,png,pdf", 0, OF_SETTINGS};
    OK(plot(&options, count_written, &written, message));
    assert_int_equal(written, 2 * 3 * 3);
    assert_int_equal(files_in(out), 2 * 3 * 3); /* and nothing else: no data, no temporary file */
    static const char *const figure[] = {"bias_variance", "decile", "calibration"};
    for (int i = 0; i < 6; i++) {
        char name[64];
        snprintf(name, sizeof name, "compare-%s-world.ctr=0.%d.svg", figure[i / 2], i % 2 + 1);
        char *text = read_text(name);
        for (int e = 0; e < 3; e++) {
            assert_non_null(strstr(text, fixture_estimator[e]));
        }
        assert_non_null(strstr(text, i % 2 ? "world.ctr=0.2" : "world.ctr=0.1"));
        free(text);
    }
}

/* The data beside a figure are those of the view, so that a script can be copied and edited. */
static void data_are_kept_on_request(void **state)
{
    (void)state;
    int written = 0;
    fixture_fill(store);
    const PlotOptions options = {out, "plots", "svg", 1, OF_SETTINGS};
    OK(plot(&options, count_written, &written, message));
    assert_int_equal(written, 2 * 3 * 2);
    char *text = read_text("compare-bias_variance-world.ctr=0.1.tsv");
    sqlite3_stmt *statement = NULL;
    char line[256];
    OK(query_prepare(
        store, &statement, message,
        "SELECT bias_sq, variance, mse, mse_mcse FROM bias_variance WHERE setting = 'world.ctr=0.1' AND"
        " estimator = 'ips'",
        ""));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    snprintf(line, sizeof line, "\nips\t%.10g\t%.10g\t%.10g\t%.10g\n", column_double(statement, 0),
             column_double(statement, 1), column_double(statement, 2), column_double(statement, 3));
    sqlite3_finalize(statement);
    assert_non_null(strstr(text, line));
    free(text);
}

/* One estimator, one replicate: no variance, no errors, and a folder that gnuplot's own quoting would trip
 * over. */
static void smallest_store_is_drawn(void **state)
{
    static const char *const figures[] = {"decile,calibration,replicates,cost"};
    (void)state;
    int written = 0;
    fixture_begin(store);
    OK(fixture_run(store, 2, message));
    snprintf(out, sizeof out, "%s/it's \"here\" $(now) \\n %%d", folder);
    const PlotOptions options = {out, "plots", "svg,png,pdf,tikz", 0, .figure = {figures, 1}};
    OK(plot(&options, count_written, &written, message));
    assert_int_equal(written, 4 * 4);
}

/* A sweep of two keys, a value for each estimator and replicate, no truth. */
static void fill_grid(void)
{
    static const char *const setting[] = {"a=0.1 b=x y", "a=0.1 b=z", "a=3 b=x y", "a=3 b=z"};
    const ExperimentRow row = fixture_experiment();
    OK(store_experiment(store, &row, message));
    for (int s = 0; s < 4; s++) {
        const KeyValue key[] = {{"a", s < 2 ? "0.1" : "3"}, {"b", s % 2 ? "z" : "x y"}};
        OK(store_setting(store, &(SettingRow){"compare", setting[s], s, key, 2, NULL}, message));
        for (int i = 0; i < 3 * REPLICATES; i++) {
            const MetricRow metric = {"D", "cvr", "auc", 0.6 + 0.1 * (i % 3) + 0.001 * (i * 7 % 5) - 0.02 * s,
                                      NULL};
            const RunRow run = {.experiment = "compare",
                                .setting = setting[s],
                                .estimator = fixture_estimator[i % 3],
                                .replicate = i / 3,
                                .status = "done",
                                .seconds = 1 + i % 3,
                                .metric = &metric,
                                .metrics = 1};
            OK(store_run(store, &run, message));
        }
    }
}

static void sweeps_are_drawn_as_a_whole(void **state)
{
    static const char *const loop[] = {"nested_loop"};
    (void)state;
    int written = 0;
    fill_grid();
    const PlotOptions options = {.directory = out, .scripts = "plots", .formats = "svg,tikz", .keep_data = 1};
    OK(plot(&options, count_written, &written, message));
    assert_int_equal(written, 2 * 3);
    /* The third estimator is the best by far in all four settings. */
    char *text = read_text("compare-heatmap-auc.tsv");
    assert_non_null(strstr(text, "\n1\t1\tx y\t0.1\t2\tdr\\\\_jl\t \t \t0\n"));
    assert_non_null(strstr(text, "\n2\t2\tz\t3\t2\tdr\\\\_jl\t \t \t0\n"));
    free(text);
    text = read_text("compare-sweep-auc.tsv");
    assert_non_null(strstr(text, "\na = 3\tnaive\t2\tz\t0.54"));
    free(text);
    text = read_text("compare-sweep-auc.tex");
    assert_non_null(strstr(text, "dr\\_jl"));
    free(text);
    /* A part of the sweep has a name of its own. */
    static const char *const sweep[] = {"sweep"}, *const part[] = {"b=x y"};
    const PlotOptions of_part = {
        out, "plots", "svg", 0, .figure = {sweep, 1}, .filter = {.setting = {part, 1}}};
    OK(plot(&of_part, NULL, NULL, message));
    free(read_text("compare-sweep-auc-b=x_y.svg"));
    const PlotOptions loops = {out, "plots", "svg,png,pdf,tikz", 0, .figure = {loop, 1}};
    written = 0;
    OK(plot(&loops, count_written, &written, message));
    assert_int_equal(written, 4);
}

/* Joint settings that pair the values of two keys: half of the grid, and no panel, row or step of the other
 * half. */
static void what_no_setting_fills_is_left_out(void **state)
{
    static const char *const setting[] = {"a=0 c=u b=1", "a=0 c=u b=2", "a=7 c=v b=1", "a=7 c=v b=2"};
    static const char *const figures[] = {"sweep,heatmap,nested_loop"};
    (void)state;
    int written = 0;
    const ExperimentRow row = fixture_experiment();
    OK(store_experiment(store, &row, message));
    for (int s = 0; s < 4; s++) {
        const KeyValue key[] = {{"a", s < 2 ? "0" : "7"}, {"c", s < 2 ? "u" : "v"}, {"b", s % 2 ? "2" : "1"}};
        OK(store_setting(store, &(SettingRow){"compare", setting[s], s, key, 3, NULL}, message));
        for (int i = 0; i < 3 * REPLICATES; i++) {
            const MetricRow metric = {"D", "cvr", "auc", 0.6 + 0.1 * (i % 3) + 0.01 * s, NULL};
            const RunRow run = {.experiment = "compare",
                                .setting = setting[s],
                                .estimator = fixture_estimator[i % 3],
                                .replicate = i / 3,
                                .status = "done",
                                .seconds = 1,
                                .metric = &metric,
                                .metrics = 1};
            OK(store_run(store, &run, message));
        }
    }
    const PlotOptions options = {out, "plots", "svg", 1, .figure = {figures, 1}};
    OK(plot(&options, count_written, &written, message));
    char *text = read_text("compare-sweep-auc.tsv");
    int blocks = 1;
    for (const char *at = text; (at = strstr(at, "\n\n\n")); at += 3)
        blocks++;
    assert_int_equal(blocks, 2 * 3);
    assert_non_null(strstr(text, "\na = 0, c = u\tnaive\t1\t1\t0.6\t"));
    assert_non_null(strstr(text, "\n\n\na = 7, c = v\tdr_jl\t1\t1\t0.82\t"));
    assert_null(strstr(text, "a = 0, c = v"));
    assert_null(strstr(text, "a = 7, c = u"));
    free(text);
    text = read_text("compare-heatmap-auc.tsv");
    assert_non_null(strstr(text, "\n2\t1\t2\t0, u\t"));
    assert_non_null(strstr(text, "\n1\t2\t1\t7, v\t"));
    free(text);
    text = read_text("compare-nested_loop-auc.tsv");
    assert_non_null(
        strstr(text, "\nkey\tc\t1\t0\tu\t2\nkey\tc\t2\t0\tu\t0\nkey\tc\t3\t1\tv\t2\nkey\tc\t4\t1\tv\t0\n\n"));
    assert_non_null(strstr(text, "\nestimator\tnaive\t3\t0.62\t"));
    assert_null(strstr(text, "NaN"));
    free(text);
}

static Status note_figure(const Figure *figure, void *context, Message *said)
{
    char caption[FIGURE_CAPTION];
    const size_t used = strlen(context);
    (void)said;
    figure_caption(figure, caption);
    snprintf((char *)context + used, 1024 - used, "%s %s %s: %s\n", figure->kind->name,
             figure->format ? figure->format->name : "data", figure->setting ? figure->setting->text : "all",
             caption);
    return STATUS_OK;
}

/* What a figure shows comes with it, and need not be read off its file's name. */
static void a_drawn_figure_says_what_it_shows(void **state)
{
    static const char *const names[] = {"replicates,sweep"}, *const metrics[] = {"auc/D"},
                             *const setting[] = {"a=3"};
    (void)state;
    char told[1024] = "";
    fill_grid();
    const PlotOptions options = {.directory = out,
                                 .scripts = "plots",
                                 .formats = "svg",
                                 .keep_data = true,
                                 .figure = {names, 1},
                                 .filter = {.metric = {metrics, 1}, .setting = {setting, 1}}};
    OK(plot(&options, note_figure, told, message));
    assert_string_equal(told, "replicates svg a=3 b=x y: The value of each replicate: AUC (D), a=3 b=x y\n"
                              "replicates data a=3 b=x y: The value of each replicate: AUC (D), a=3 b=x y\n"
                              "replicates svg a=3 b=z: The value of each replicate: AUC (D), a=3 b=z\n"
                              "replicates data a=3 b=z: The value of each replicate: AUC (D), a=3 b=z\n"
                              "sweep svg all: Along the sweep: AUC (D)\n"
                              "sweep data all: Along the sweep: AUC (D)\n");
}

static Status fail_at_once(const Figure *figure, void *context, Message *said)
{
    ++*(int *)context;
    return (fail)(said, STATUS_FAILED, "%s: enough", figure->kind->name); /* not the macro of cmocka */
}

static void a_failure_of_the_caller_ends_the_drawing(void **state)
{
    (void)state;
    int drawn = 0;
    Message failure = {""};
    fixture_fill(store);
    const PlotOptions options = {.directory = out, .scripts = "plots", .formats = "svg"};
    assert_int_equal(plot(&options, fail_at_once, &drawn, &failure), STATUS_FAILED);
    assert_string_equal(failure.text, "sweep: enough");
    assert_int_equal(drawn, 1);
}

/* Colours and lines go by the estimator's position in the experiment, so that they are the same in all
 * figures. A part of a sweep does not take the name of the whole. */
static void line_styles_do_not_depend_on_the_choice(void **state)
{
    static const char *const some[] = {"ips,dr_jl"}, *const setting[] = {"b=z"},
                             *const sweep[] = {"sweep,cost"};
    (void)state;
    fill_grid();
    const PlotOptions options = {out,
                                 "plots",
                                 "svg",
                                 1,
                                 .figure = {sweep, 1},
                                 .filter = {.estimator = {some, 1}, .setting = {setting, 1}}};
    OK(plot(&options, NULL, NULL, message));
    char *text = read_text("compare-sweep-auc-b=z.tsv");
    assert_non_null(strstr(text, "# panel\testimator\tx\ta\tvalue\tmcse\tposition\n"));
    const char *line = strstr(text, "\tips\t");
    assert_memory_equal(line + strcspn(line, "\n") - 2, "\t1\n", 3);
    line = strstr(text, "\tdr_jl\t");
    assert_memory_equal(line + strcspn(line, "\n") - 2, "\t2\n", 3);
    free(text);
}

/* Of a sweep of one key: the sweep of bias and MSE, and no figures of its settings. */
static void figures_suit_the_experiment(void **state)
{
    static const char *const all[] = {"bias_variance", "replicates"}, *const one[] = {"world.ctr=0.2"},
                             *const two[] = {"ips,dr_jl"};
    (void)state;
    int written = 0;
    fixture_fill(store);
    const PlotOptions options = {.directory = out, .scripts = "plots", .formats = "svg"};
    OK(plot(&options, count_written, &written, message));
    assert_int_equal(written, 2);
    char *text = read_text("compare-sweep-mean_bias.svg");
    free(text);
    text = read_text("compare-sweep-mse.svg");
    for (int e = 0; e < 3; e++) {
        assert_non_null(strstr(text, fixture_estimator[e]));
    }
    free(text);
    const PlotOptions some = {
        out, "plots", "svg", 0, .figure = {all, 2}, .filter = {.setting = {one, 1}, .estimator = {two, 1}}};
    written = 0;
    OK(plot(&some, count_written, &written, message));
    assert_int_equal(written, 2);
    text = read_text("compare-replicates-mse-world.ctr=0.2.svg");
    assert_non_null(strstr(text, "dr_jl"));
    assert_null(strstr(text, "naive"));
    free(text);
}

/* Estimates with and without spread, and with and without a closed form of it. */
static void fill_risk(void)
{
    static const double wide[] = {0.2, 0.3, 0.4}, equal[] = {0.3, 0.3, 0.3};
    const RiskRow row[] = {
        {.predictor = "one", .estimator = "naive", .bias_theory = 0.045, .sd_theory = 0.11, .estimate = wide},
        {.predictor = "one", .estimator = "dr_jl", .bias_theory = 0.045, .sd_theory = NAN, .estimate = wide},
        {.predictor = "rotate", .estimator = "ips", .bias_theory = 0.045, .sd_theory = 0, .estimate = equal}};
    for (int i = 0; i < 3; i++) {
        RiskRow one = row[i];
        one.experiment = "compare";
        one.setting = "world.ctr=0.1";
        one.predictor_position = i / 2;
        one.estimator_position = i;
        one.ideal = 0.25;
        one.redraws = 3;
        OK(store_risk(store, &one, 1, message));
    }
}

static void theory_is_drawn_beside_simulation(void **state)
{
    static const char *const names[] = {"risk"};
    (void)state;
    int written = 0;
    fixture_fill(store);
    const PlotOptions options = {
        .directory = out, .scripts = "plots", .formats = "svg,png,pdf,tikz", .figure = {names, 1}};
    fill_risk();
    OK(plot(&options, count_written, &written, message));
    assert_int_equal(written, 4);
    char *text = read_text("compare-risk-world.ctr=0.1.svg");
    assert_non_null(strstr(text, "rotate"));
    assert_non_null(strstr(text, "dr_jl"));
    free(text);
}

/* Nothing is written where there are no runs, or no data for a figure that was asked for. */
static void what_has_no_data_is_an_error(void **state)
{
    static const char *const decile[] = {"decile"}, *const heatmap[] = {"heatmap"};
    (void)state;
    Message failure = {""};
    const PlotOptions options = {.directory = out, .scripts = "plots", .formats = "svg", .keep_data = 1};
    assert_int_equal(plot(&options, NULL, NULL, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "a.db: holds no results for any figure"));
    fill_grid();
    const PlotOptions deciles = {out, "plots", "svg", 1, .figure = {decile, 1}};
    assert_int_equal(plot(&deciles, NULL, NULL, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "a.db: holds no results for the figure 'decile'"));
    static const char *const setting[] = {"b=z"};
    const PlotOptions narrow = {
        out, "plots", "svg", 1, .figure = {heatmap, 1}, .filter = {.setting = {setting, 1}}};
    assert_int_equal(plot(&narrow, NULL, NULL, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "'heatmap'; it needs a sweep of two keys"));
    assert_int_equal(files_in(out), 0);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(name, mode), 0);
}

/* Plots with `path` as PATH and scripts from `scripts` fail, say why, and leave nothing. */
static void expect_failure(const char *path, const char *scripts, const char *why)
{
    const char *now = getenv("PATH");
    char *old = strdup(now ? now : "");
    assert_non_null(old);
    Message failure = {""};
    const PlotOptions options = {out, scripts, "svg", 0, OF_SETTINGS};
    setenv("PATH", path ? path : old, 1);
    Status status = plot(&options, NULL, NULL, &failure);
    setenv("PATH", old, 1);
    free(old);
    assert_int_equal(status, STATUS_FAILED);
    if (!strstr(failure.text, why)) {
        fail_msg("'%s' does not say '%s'", failure.text, why);
    }
    assert_null(strchr(failure.text, '\n'));
    assert_int_equal(files_in(out), 0);
}

static void failures_are_passed_on(void **state)
{
    (void)state;
    skipped_under_valgrind("posix_spawn() does not say that a program is missing");
    fixture_fill(store);
    char script[320];
    char fake[320];
    expect_failure("/nonexistent", "plots", "install it");
    expect_failure(NULL, folder, "bias_variance.gp: No such file");
    snprintf(script, sizeof script, "%s/bias_variance.gp", folder);
    write_file(script, "set output ARG2\nplot no_such_function(x)\n", 0644);
    expect_failure(NULL, folder, "no_such_function");
    write_file(script, "set terminal svg\n", 0644);
    expect_failure(NULL, folder, "left the file incomplete");
    /* As on a disk that fills up: half a file and no complaint. */
    snprintf(fake, sizeof fake, "%s/gnuplot", folder);
    write_file(fake,
               "#!/bin/sh\necho '<svg> and then the disk was full, a long way before the end' > \"$5\"\n",
               0755);
    expect_failure(folder, "plots", "left the file incomplete");
    write_file(fake, "#!/bin/sh\nkill -9 $$\n", 0755);
    expect_failure(folder, "plots", "gnuplot failed");
}

static void failed_figure_leaves_the_old_one(void **state)
{
    (void)state;
    fixture_fill(store);
    const PlotOptions options = {out, "plots", "svg", 0, OF_SETTINGS};
    OK(plot(&options, NULL, NULL, message));
    char *before = read_text("compare-bias_variance-world.ctr=0.1.svg");
    char script[320];
    snprintf(script, sizeof script, "%s/bias_variance.gp", folder);
    write_file(script, "set terminal svg; set output ARG2\nplot x\nplot no_such_function(x)\n", 0644);
    const PlotOptions broken = {out, folder, "svg", 0, OF_SETTINGS};
    assert_int_equal(plot(&broken, NULL, NULL, NULL), STATUS_FAILED);
    char *after = read_text("compare-bias_variance-world.ctr=0.1.svg");
    assert_string_equal(before, after);
    assert_int_equal(files_in(out), 2 * 3);
    free(before);
    free(after);
}

static void bad_options_are_named(void **state)
{
    (void)state;
    Message failure = {""};
    const PlotOptions format = {.directory = out, .scripts = "plots", .formats = "svg,gif"};
    assert_int_equal(plot(&format, NULL, NULL, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "'gif'"));
    static const char *const figures[] = {"heatmap,calibraton", "foo"};
    const PlotOptions mistyped = {out, "plots", "svg", 0, .figure = {figures, 1}};
    assert_int_equal(plot(&mistyped, NULL, NULL, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "unknown figure 'calibraton'; did you mean 'calibration'?"));
    const PlotOptions unknown = {out, "plots", "svg", 0, .figure = {figures + 1, 1}};
    assert_int_equal(plot(&unknown, NULL, NULL, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "unknown figure 'foo'; expected bias_variance"));
    assert_int_equal(files_in(out), 0);
    fixture_fill(store);
    char path[128];
    snprintf(path, sizeof path, "%s/a.db", folder);
    const PlotOptions file = {.directory = path, .scripts = "plots", .formats = "svg"};
    assert_int_equal(plot(&file, NULL, NULL, &failure), STATUS_USAGE);
    assert_non_null(strstr(failure.text, "not a directory"));
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_figure_of_every_setting, setup, teardown),
        cmocka_unit_test_setup_teardown(data_are_kept_on_request, setup, teardown),
        cmocka_unit_test_setup_teardown(theory_is_drawn_beside_simulation, setup, teardown),
        cmocka_unit_test_setup_teardown(sweeps_are_drawn_as_a_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(what_no_setting_fills_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_drawn_figure_says_what_it_shows, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_of_the_caller_ends_the_drawing, setup, teardown),
        cmocka_unit_test_setup_teardown(line_styles_do_not_depend_on_the_choice, setup, teardown),
        cmocka_unit_test_setup_teardown(figures_suit_the_experiment, setup, teardown),
        cmocka_unit_test_setup_teardown(smallest_store_is_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(what_has_no_data_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_are_passed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(failed_figure_leaves_the_old_one, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_options_are_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
