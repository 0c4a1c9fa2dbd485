/* The table by Gamma: who may be the best at which, how biased the present method is, and where the choice
 * tips, of stores whose predictions are off by known amounts. */
#include "results/tables/table.h"

#include "tests/support/store_fixture.h"

enum { GAMMAS = 3, METHODS = 3, LOGS = 6 };

static char *folder;
static Store *store;
static double mean_p;

static const char *const method[METHODS] = {"naive", "esmm", "dcmt"};

static int setup(void **state)
{
    (void)state;
    char path[128];
    FixtureTruth truth;
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    fixture_truth(&truth, 0, 0);
    mean_p = 0;
    for (int j = 0; j < ROWS; j++)
        mean_p += truth.p_r[j] / ROWS;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    remove_folder(folder);
    return 0;
}

/* One world, in which all predictions of a unit are off by the bias of its Gamma and method, and by a part of
 * the log that has this sd. */
typedef struct GammaStore {
    const char *gamma[GAMMAS]; /* in the order of the experiment */
    double bias[GAMMAS][METHODS];
    double sd;
} GammaStore;

static void add_unit(const GammaStore *of, const char *setting, int g, int m, int replicate)
{
    FixtureTruth truth;
    float prediction[ROWS];
    gsl_rng *generator = fixture_generator((unsigned long)(100 * g + 10 * m + replicate));
    const double off = of->bias[g][m] + of->sd * gsl_ran_ugaussian(generator);
    double mse = 0;
    gsl_rng_free(generator);
    fixture_truth(&truth, 0, 0);
    for (int j = 0; j < ROWS; j++) {
        prediction[j] = (float)(truth.p_r[j] + off);
        mse += off * off / ROWS;
    }
    const MetricRow metric = {"D", "cvr", "mse", mse, NULL};
    const RunRow row = {.experiment = "twin",
                        .setting = setting,
                        .estimator = method[m],
                        .replicate = replicate,
                        .status = "done",
                        .seconds = 1,
                        .steps = 100,
                        .prediction = prediction,
                        .rows = ROWS,
                        .metric = &metric,
                        .metrics = 1};
    OK(store_run(store, &row, message));
}

static void fill(const GammaStore *of)
{
    static const MethodRow methods[METHODS] = {{.name = "naive"}, {.name = "esmm"}, {.name = "dcmt"}};
    FixtureTruth truth;
    ExperimentRow row = fixture_experiment();
    row.name = "twin";
    row.method = methods;
    OK(store_experiment(store, &row, message));
    fixture_truth(&truth, 0, 0);
    for (int g = 0; g < GAMMAS; g++) {
        char setting[64];
        const KeyValue key = {"world.hidden_odds", of->gamma[g]};
        const TestSet test = {ROWS, truth.p_r, truth.p_o, truth.q, truth.click};
        snprintf(setting, sizeof setting, "world.hidden_odds=%s", of->gamma[g]);
        OK(store_setting(store, &(SettingRow){"twin", setting, g, &key, 1, NULL}, message));
        OK(store_test_set(store, "twin", setting, 0, &test, message));
        for (int m = 0; m < METHODS; m++)
            for (int r = 0; r < LOGS; r++)
                add_unit(of, setting, g, m, r);
    }
}

static char *print(const TableOptions *options)
{
    char *text = NULL;
    size_t size = 0;
    StoreResults results;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    OK(results_read(&results, store, message));
    OK(table_print(&results, options, file, message));
    results_clear(&results);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void has(const char *text, const char *wanted)
{
    if (!strstr(text, wanted))
        fail_msg("no '%s' in: %s", wanted, text);
}

/* naive is best at 1, ties with esmm at 1.5, and is the worst at 3. */
static const GammaStore tipping = {.gamma = {"3", "1", "1.5"},
                                   .bias = {{0.09, 0.05, 0.01}, {0.01, 0.05, 0.09}, {0.04, 0.04, 0.09}},
                                   .sd = 0.004};

/* Rows stand by Gamma, and the best are those that the differences of mse say. */
static void rows_say_who_may_be_best(void **state)
{
    (void)state;
    static const struct {
        const char *gamma, *least, *first;
        double bias;
    } want[] = {
        {"1", "naive", "naive", 0.05}, {"1.5", NULL, "\"naive, esmm\"", 0.04}, {"3", "dcmt", "dcmt", 0.05}};
    fill(&tipping);
    const TableOptions options = {.format = &grid_csv, .parts = TABLE_GAMMA, .baseline = "esmm"};
    char *csv = print(&options);
    const char *line = csv;
    has(csv, "experiment,setting,gamma,baseline_relative_bias,baseline_relative_bias_mcse,baseline_mse_ratio,"
             "least_mse,may_be_best\n");
    for (int r = 0; r < GAMMAS; r++) {
        char start[64], end[64];
        double bias, mcse, ratio;
        line = strchr(line, '\n') + 1;
        snprintf(start, sizeof start, "twin,,%s,", want[r].gamma);
        snprintf(end, sizeof end, ",%s\n", want[r].first);
        assert_int_equal(strncmp(line, start, strlen(start)), 0);
        assert_int_equal(sscanf(line + strlen(start), "%lf,%lf,%lf", &bias, &mcse, &ratio), 3);
        const double error = tipping.sd / sqrt(LOGS) / mean_p; /* of the bias */
        assert_true(fabs(bias - want[r].bias / mean_p) < 4.5 * error);
        assert_true(mcse > 0 && (r == 1 ? ratio < 1.5 : ratio > 10)); /* 25, but for the logs' part */
        assert_int_equal(strncmp(strchr(line, '\n') - strlen(end) + 1, end, strlen(end)), 0);
        if (want[r].least)
            has(line, want[r].least);
    }
    assert_null(strchr(strchr(line, '\n') + 1, ',')); /* and nothing else */
    free(csv);
}

static void sentences_say_where_the_choice_tips(void **state)
{
    (void)state;
    fill(&tipping);
    TableOptions options = {.parts = TABLE_GAMMA, .baseline = "esmm"};
    char *text = print(&options);
    has(text,
        "naive has the least mse at Gamma 1. The choice tips at Gamma 3: there it is not among the best, "
        "and dcmt has the least.");
    has(text, "The bias of esmm goes from +");
    has(text, "; by mse it may be the best at Gamma 1.5 alone. Clicks do not tell Gamma.");
    assert_null(strstr(text, "no method is told"));
    free(text);
    options.baseline = NULL; /* that of the experiment */
    text = print(&options);
    has(text, "by mse it may be the best at Gamma 1, 1.5 alone.");
    has(text, "The bias of naive goes from +");
    free(text);
    options.parts = 0; /* below the grids of the sweep, but not where metrics are chosen */
    text = print(&options);
    has(text, "\nBy Gamma, which clicks do not tell (world.hidden_odds)\n");
    free(text);
    static const char *const metric[] = {"mse"};
    options.filter.metric = (Words){metric, 1};
    text = print(&options);
    assert_null(strstr(text, "By Gamma"));
    free(text);
}

/* Where all are off alike, nothing is told, and the sentence says that and not that Gamma does not matter. */
static void what_is_not_told_is_said(void **state)
{
    (void)state;
    static const GammaStore alike = {.gamma = {"1", "1.5", "3"},
                                     .bias = {{0.05, 0.05, 0.05}, {0.05, 0.05, 0.05}, {0.05, 0.05, 0.05}},
                                     .sd = 0.02};
    fill(&alike);
    const TableOptions options = {.parts = TABLE_GAMMA};
    char *text = print(&options);
    has(text,
        "no other is better than it beyond error at any Gamma here. At Gamma 1, 1.5, 3 no method is told "
        "from the best: more worlds or logs may tell.");
    has(text, "it may be the best at every Gamma.");
    free(text);
}

/* Another sweep has no such table. */
static void other_sweeps_have_none(void **state)
{
    (void)state;
    fixture_fill(store);
    const TableOptions all = {.format = NULL}, alone = {.parts = TABLE_GAMMA};
    char *text = print(&all);
    assert_null(strstr(text, "Gamma"));
    free(text);
    text = print(&alone);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_say_who_may_be_best, setup, teardown),
        cmocka_unit_test_setup_teardown(sentences_say_where_the_choice_tips, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_told_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(other_sweeps_have_none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
