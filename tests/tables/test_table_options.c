/* What is chosen for a table, sweeps as grids, and the numbers held against others' arithmetic. */
#include "results/statistics/places.h"
#include "results/store/query.h"
#include "results/summary/metric_group.h"
#include "results/tables/table.h"

#include "tests/support/store_fixture.h"

static char *folder;
static Store *store;

static void open_store(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    OK(store_open(&store, path, STORE_WRITE, message));
}

static int setup(void **state)
{
    (void)state;
    folder = temporary_folder();
    open_store("a.db");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    remove_folder(folder);
    return 0;
}

static Words words(const char *const *word)
{
    int count = 0;
    while (word && word[count]) {
        count++;
    }
    return (Words){word, count};
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

static char *print(const TableOptions *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    OK(print_store(options, file, message));
    assert_int_equal(fclose(file), 0);
    return text;
}

/* The number in a column of the csv line of one estimator and setting; an empty cell is NaN. */
static double csv_value(const char *csv, const char *setting, const char *estimator, const char *column)
{
    char start[128];
    int place = 0;
    char *names = strndup(csv, strcspn(csv, "\n"));
    assert_non_null(names);
    char *rest = names;
    for (char *name = strsep(&rest, ","); name && strcmp(name, column) != 0; name = strsep(&rest, ",")) {
        place++;
        assert_non_null(rest);
    }
    free(names);
    snprintf(start, sizeof start, "\ncompare,%s,%s,", setting, estimator);
    const char *at = strstr(csv, start);
    assert_non_null(at);
    for (at++; place > 0; place--) {
        at = strchr(at, ',') + 1;
    }
    return *at == ',' || *at == '\n' ? (double)NAN : strtod(at, NULL);
}

static double view_value(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    OK(query_prepare(store, &statement, message, sql, ""));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    double value = column_double(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* Bias and variance written out exposure by exposure from the blobs, errors from as many estimates without
 * one replicate each. */
typedef struct Plain {
    double mean_bias, bias_sq, variance, mse;
} Plain;

typedef struct Blobs {
    int replicates;
    float prediction[REPLICATES][ROWS];
    double p[ROWS];
} Blobs;

static void read_blobs(Blobs *blobs, const char *setting, const char *estimator, int world)
{
    sqlite3_stmt *statement = NULL;
    *blobs = (Blobs){0};
    OK(query_prepare(store, &statement, message,
                     "SELECT predictions, p_r FROM run JOIN test_set USING (experiment, setting, world) WHERE"
                     " setting = ?1 AND estimator = ?2 AND world = ?3 AND status = 'done' ORDER BY replicate",
                     "tti", setting, estimator, world));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        assert_int_equal(sqlite3_column_bytes(statement, 1), sizeof blobs->p);
        memcpy(blobs->prediction[blobs->replicates++], sqlite3_column_blob(statement, 0),
               sizeof blobs->prediction[0]);
        memcpy(blobs->p, sqlite3_column_blob(statement, 1), sizeof blobs->p);
    }
    sqlite3_finalize(statement);
}

static Plain plain(const Blobs *blobs, int without)
{
    Plain result = {0};
    const double n = blobs->replicates - (without >= 0);
    for (int j = 0; j < ROWS; j++) {
        double m = 0;
        double s = 0;
        double square = 0;
        for (int b = 0; b < blobs->replicates; b++) {
            m += b == without ? 0 : (double)blobs->prediction[b][j] / n;
        }
        for (int b = 0; b < blobs->replicates; b++) {
            double x = (double)blobs->prediction[b][j];
            s += b == without ? 0 : (x - m) * (x - m) / (n - 1);
            square += b == without ? 0 : (x - blobs->p[j]) * (x - blobs->p[j]) / n;
        }
        result.mean_bias += (m - blobs->p[j]) / ROWS;
        result.bias_sq += ((m - blobs->p[j]) * (m - blobs->p[j]) - s / n) / ROWS;
        result.variance += s / ROWS;
        result.mse += square / ROWS;
    }
    return result;
}

/* The jackknife error of one field of Plain. */
static double jackknife_of(const Blobs *blobs, size_t field)
{
    double without[REPLICATES];
    double mean = 0;
    double sum = 0;
    assert_in_range(blobs->replicates, 1, REPLICATES);
    for (int b = 0; b < blobs->replicates; b++) {
        Plain one = plain(blobs, b);
        memcpy(&without[b], (const char *)&one + field, sizeof(double));
        mean += without[b] / blobs->replicates;
    }
    for (int b = 0; b < blobs->replicates; b++) {
        sum += (without[b] - mean) * (without[b] - mean);
    }
    return sqrt(sum * (blobs->replicates - 1) / blobs->replicates);
}

/* The error of one field: of variance and bias_sq with the correction of the jackknife for few replicates. */
static double error_of(const Blobs *blobs, size_t field)
{
    const double n = blobs->replicates, own = jackknife_of(blobs, field);
    const double v = pow(jackknife_of(blobs, offsetof(Plain, variance)), 2);
    if (field == offsetof(Plain, variance))
        return sqrt(v * (n - 2) / (n - 1));
    if (field == offsetof(Plain, bias_sq))
        return sqrt(fmax(own * own - v / (n - 1), v * (n - 2) / n / (n - 1)));
    return own;
}

static void close_to(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * (1e-3 + fabs(expected)))) {
        fail_msg("found %.17g; expected %.17g", got, expected);
    }
}

/* Of the first `worlds` worlds. The error is the jackknife's within a single one; of the mean of two it is sd
 * / sqrt(2), half their distance. */
static void table_agrees(const char *csv, const char *setting, const char *estimator, int worlds)
{
    static const struct {
        const char *name, *error;
        size_t field;
    } column[] = {{"mean_bias", "mean_bias_mcse", offsetof(Plain, mean_bias)},
                  {"bias_sq", "bias_sq_mcse", offsetof(Plain, bias_sq)},
                  {"variance", "variance_mcse", offsetof(Plain, variance)},
                  {"mse", "mse_mcse", offsetof(Plain, mse)}};
    static Blobs blobs[WORLDS];
    Plain whole[WORLDS];
    for (int w = 0; w < worlds; w++) {
        read_blobs(&blobs[w], setting, estimator, w);
        whole[w] = plain(&blobs[w], -1);
    }
    for (size_t c = 0; c < sizeof column / sizeof *column; c++) {
        double value[WORLDS] = {0};
        for (int w = 0; w < worlds; w++) {
            memcpy(&value[w], (const char *)&whole[w] + column[c].field, sizeof value[w]);
        }
        const double error =
            worlds == 1 ? error_of(&blobs[0], column[c].field) : fabs(value[0] - value[1]) / 2;
        close_to(csv_value(csv, setting, estimator, column[c].name), (value[0] + value[1]) / worlds);
        close_to(csv_value(csv, setting, estimator, column[c].error), error);
    }
}

static void table_agrees_with_the_blobs(void **state)
{
    static const char *const settings[] = {"world.ctr=0.1", "world.ctr=0.2"};
    const TableOptions options = {.format = &grid_csv};
    (void)state;
    for (int worlds = 1; worlds <= WORLDS; worlds++) {
        fixture_begin(store);
        for (int unit = 0; unit < UNITS; unit++) {
            if (unit / 3 / REPLICATES % WORLDS < worlds) {
                OK(fixture_run(store, unit, message));
            }
        }
        char *csv = print(&options);
        for (int i = 0; i < 6; i++) {
            table_agrees(csv, settings[i / 3], fixture_estimator[i % 3], worlds);
        }
        free(csv);
    }
}

/* Differences from another baseline are those of a store that was made with it, to the last bit. */
static void baseline_can_be_chosen(void **state)
{
    static const char *const metrics[] = {"mse,auc", "ndcg/O/ctr", "bias_sq/10,variance:1", NULL};
    char sql[256];
    (void)state;
    fixture_fill(store);
    const TableOptions options = {.format = &grid_csv, .filter.metric = words(metrics), .baseline = "ips"};
    char *csv = print(&options);
    store_close(store);
    open_store("b.db");
    fixture_fill(store);
    ExperimentRow row = fixture_experiment();
    row.baseline = "ips";
    OK(store_experiment(store, &row, message));
    free(print(&options)); /* brings the views up to date */
    static const char *const column[][2] = {{"difference", "_difference"},
                                            {"low", "_difference_low"},
                                            {"high", "_difference_high"},
                                            {"p_holm", "_p_holm"}};
    for (int i = 0; i < 4; i++) {
        for (int m = 0; m < 2; m++) {
            char name[64];
            snprintf(sql, sizeof sql,
                     "SELECT %s FROM paired_difference WHERE estimator = 'dr_jl' AND baseline = 'ips' AND"
                     " setting = 'world.ctr=0.1' AND space = 'D' AND task = 'cvr' AND metric = '%s'",
                     column[i][0], m ? "auc" : "mse");
            snprintf(name, sizeof name, "%s%s", m ? "auc" : "mse", column[i][1]);
            assert_true(csv_value(csv, "world.ctr=0.1", "dr_jl", name) == view_value(sql));
        }
    }
    assert_true(isnan(csv_value(csv, "world.ctr=0.1", "ips", "mse_difference")));
    assert_true(csv_value(csv, "world.ctr=0.2", "naive", "ndcg/O/ctr") ==
                view_value("SELECT mean FROM metric_summary WHERE estimator = 'naive' AND metric = 'ndcg' AND"
                           " setting = 'world.ctr=0.2'"));
    assert_true(csv_value(csv, "world.ctr=0.2", "naive", "bias_sq/10_mcse") ==
                view_value("SELECT bias_sq_mcse FROM decile WHERE estimator = 'naive' AND decile = 10 AND"
                           " setting = 'world.ctr=0.2'"));
    assert_true(csv_value(csv, "world.ctr=0.1", "ips", "variance:1") ==
                view_value("SELECT variance FROM decile WHERE estimator = 'ips' AND decile = 1 AND"
                           " setting = 'world.ctr=0.1'"));
    free(csv);
}

/* The experiment's own measures are shown when no metric is asked for, and compared as far as they can be. */
static void experiments_choose_measures(void **state)
{
    static const char *const asked[] = {"bias_sq", NULL};
    (void)state;
    fixture_fill(store);
    ExperimentRow row = fixture_experiment();
    row.shown = "variance,auc,ndcg/O/ctr";
    OK(store_experiment(store, &row, message));
    const TableOptions own = {.format = &grid_csv, .baseline = "naive"},
                       other = {.format = &grid_csv, .filter.metric = words(asked)};
    char *csv = print(&own);
    static const char head[] =
        "experiment,setting,estimator,replicates,diverged,failed,shared,variance,variance_"
        "mcse,auc,auc_mcse,ndcg/O/ctr,";
    assert_memory_equal(csv, head, strlen(head));
    assert_true(csv_value(csv, "world.ctr=0.2", "ips", "auc_difference") ==
                view_value("SELECT difference FROM paired_difference WHERE estimator = 'ips' AND setting ="
                           " 'world.ctr=0.2' AND metric = 'auc'"));
    assert_null(strstr(csv, "mse"));
    free(csv);
    csv = print(&other);
    assert_non_null(strstr(csv, ",bias_sq,"));
    assert_null(strstr(csv, "variance"));
    free(csv);
}

/* Each cell of the grid is the view's number, with its error to two digits. */
static void sweep_is_a_grid(void **state)
{
    static const char *const metrics[] = {"mse", NULL};
    (void)state;
    fixture_fill(store);
    const TableOptions options = {.filter.metric = words(metrics)};
    char *text = print(&options);
    const char *title = "compare: Which one?\n\nmse (1e-4) by world.ctr\nestimator";
    assert_memory_equal(text, title, strlen(title));
    for (int e = 0; e < 3; e++) {
        char line[128];
        snprintf(line, sizeof line, "\n%s ", fixture_estimator[e]);
        char *at = strstr(text, line);
        assert_non_null(at);
        at = strpbrk(at + 1, " ");
        for (int s = 1; s <= 2; s++) {
            double found = strtod(at, &at);
            at = strstr(at, "±") + strlen("±");
            double error = strtod(at, &at);
            at += *at == '*';
            char sql[160];
            snprintf(
                sql, sizeof sql,
                "SELECT 1e4 * mse FROM bias_variance WHERE estimator = '%s' AND setting = 'world.ctr=0.%d'",
                fixture_estimator[e], s);
            double value = view_value(sql);
            snprintf(sql, sizeof sql,
                     "SELECT 1e4 * mse_mcse FROM bias_variance WHERE estimator = '%s' AND setting ="
                     " 'world.ctr=0.%d'",
                     fixture_estimator[e], s);
            double mcse = view_value(sql);
            assert_true(fabs(error - mcse) <= 0.05 * mcse);
            assert_true(fabs(found - value) <= 0.06 * mcse);
        }
    }
    assert_non_null(
        strstr(text, "9 to 10 replicates an estimator and setting in 2 worlds, 1 diverged: ips 1."));
    free(text);
}

/* Rows can be left out and sorted; no number changes by it. */
static void rows_are_chosen_and_sorted(void **state)
{
    static const char *const settings[] = {"world.ctr=0.20", NULL}, *const estimators[] = {"ips,naive", NULL};
    (void)state;
    fixture_fill(store);
    const TableOptions all = {.format = &grid_csv, .baseline = "dr_jl"};
    const TableOptions some = {.format = &grid_csv,
                               .filter = {.setting = words(settings), .estimator = words(estimators)},
                               .baseline = "dr_jl",
                               .sort = "seconds"};
    char *whole = print(&all);
    char *part = print(&some);
    static const char *const column[] = {"mse", "mse_mcse", "rank", "rank_low", "mse_p_holm"};
    for (int c = 0; c < 5; c++) {
        assert_true(csv_value(part, "world.ctr=0.2", "ips", column[c]) ==
                    csv_value(whole, "world.ctr=0.2", "ips", column[c]));
    }
    assert_null(strstr(part, "world.ctr=0.1"));
    assert_null(strstr(part, "\ncompare,world.ctr=0.2,dr_jl"));
    assert_non_null(strstr(part, "\ncompare,world.ctr=0.2,naive"));
    free(whole);
    free(part);
    const TableOptions sorted = {.format = &grid_csv, .sort = "mse", .filter.setting = words(settings)};
    char *csv = print(&sorted);
    double before = 0;
    int lines = 0;
    for (const char *line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1, lines++) {
        char estimator[32];
        assert_int_equal(sscanf(line, "compare,world.ctr=0.2,%31[^,]", estimator), 1);
        double mse = csv_value(csv, "world.ctr=0.2", estimator, "mse");
        assert_true(mse >= before);
        before = mse;
    }
    assert_int_equal(lines, 3);
    free(csv);
}

/* Until the next call. */
static const UnitValues *values_of(const MetricGroup *group)
{
    static UnitValues *values;
    free(values);
    values = metric_group_values(group);
    assert_non_null(values);
    return values;
}

/* The first two cannot be told apart, the third is worse than both in every replicate. */
static void ranks_say_what_is_known(void **state)
{
    (void)state;
    MetricGroup group;
    Rank rank[3];
    fixture_begin(store);
    for (int unit = 0; unit < 3 * REPLICATES; unit++) {
        OK(fixture_run(store, unit, message));
    }
    OK(metric_group_init(&group, store, "compare", "world.ctr=0.1", message));
    static const double value[3][4] = {{1.1, 0.9, 1.0, 1.2}, {1.0, 1.1, 0.9, 1.1}, {2.1, 2.0, 2.2, 2.1}};
    for (int e = 0; e < 3; e++) {
        for (int b = 0; b < 4; b++) {
            OK(metric_group_add(&group, fixture_estimator[e], (UnitValue){0, b, value[e][b]}, NULL, message));
        }
    }
    OK(places_alone(values_of(&group), group.count, rank, message));
    static const Rank expected[] = {{2, 1, 2}, {1, 1, 2}, {3, 3, 3}};
    assert_memory_equal(rank, expected, sizeof rank);
    metric_group_clear(&group);
}

/* Holm over all pairs against Holm over those of one estimator, from p-values of paired t tests. */
static void joint_ranks_correct_for_all_pairs(void **state)
{
    (void)state;
    enum { E = 3, B = 4 };
    MetricGroup group;
    Rank alone[E], joint[E];
    int wider = 0;
    gsl_rng *g = fixture_generator(3);
    fixture_begin(store);
    for (int unit = 0; unit < E * REPLICATES; unit++)
        OK(fixture_run(store, unit, message));
    for (int draw = 0; draw < 200; draw++) {
        double value[E][B], p[E];
        OK(metric_group_init(&group, store, "compare", "world.ctr=0.1", message));
        for (int e = 0; e < E; e++)
            for (int b = 0; b < B; b++) {
                value[e][b] = 0.6 * e + gsl_ran_gaussian(g, 0.25);
                OK(metric_group_add(&group, fixture_estimator[e], (UnitValue){0, b, value[e][b]}, NULL,
                                    message));
            }
        OK(places_alone(values_of(&group), group.count, alone, message));
        OK(places_jointly(values_of(&group), group.count, joint, message));
        double mean[E] = {0};
        for (int e = 0; e < E; e++) { /* pair e leaves out estimator e */
            double gap[B];
            for (int b = 0; b < B; b++) {
                gap[b] = value[(e + 1) % E][b] - value[(e + 2) % E][b];
                mean[e] += value[e][b];
            }
            p[e] = paired_difference(gap, B).p;
        }
        OK(holm(p, E, message));
        for (int e = 0; e < E; e++) {
            Rank expected = {1, 1, E};
            for (int other = 0; other < E; other++) {
                if (other == e)
                    continue;
                const bool known = p[E - e - other] < 0.05;
                expected.place += mean[other] < mean[e];
                expected.low += known && mean[other] < mean[e];
                expected.high -= known && mean[other] > mean[e];
            }
            assert_memory_equal(&joint[e], &expected, sizeof expected);
            assert_true(joint[e].place == alone[e].place && joint[e].low <= alone[e].low &&
                        joint[e].high >= alone[e].high);
            wider += joint[e].low < alone[e].low || joint[e].high > alone[e].high;
        }
        metric_group_clear(&group);
    }
    gsl_rng_free(g);
    assert_true(wider > 5);
}

/* ips differs from naive by 0.1 give or take little, dr_jl by as much as it varies. */
/* Whoever cannot be told from the best is marked, in each direction of a metric, and nobody where nobody can
 * be told from anybody. */
static void marks_are_of_joint_sets(void **state)
{
    (void)state;
    static const double low[3][4] = {{1.1, 0.9, 1.0, 1.2}, {1.0, 1.1, 0.9, 1.1}, {2.1, 2.0, 2.2, 2.1}};
    static const struct {
        Better better;
        double best, shift, scale;
        int first[3];
    } cases[] = {
        {BETTER_LOW, 0, 0, 1, {1, 1, 0}},    {BETTER_HIGH, 0, 0, 1, {0, 0, 1}},
        {BETTER_HIGH, 0, 0, -1, {1, 1, 0}},  {BETTER_ONE, 1, 0, 1, {1, 1, 0}},
        {BETTER_ONE, 0, -2.1, 1, {0, 0, 1}}, {BETTER_TRUTH, 0, 0, 1, {-1, -1, -1}},
    };
    MetricGroup group;
    int first[3];
    fixture_begin(store);
    for (int unit = 0; unit < 3 * REPLICATES; unit++)
        OK(fixture_run(store, unit, message));
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        OK(metric_group_init(&group, store, "compare", "world.ctr=0.1", message));
        for (int e = 0; e < 3; e++)
            for (int b = 0; b < 4; b++)
                OK(metric_group_add(&group, fixture_estimator[e],
                                    (UnitValue){0, b, cases[c].scale * low[e][b] + cases[c].shift}, NULL,
                                    message));
        OK(places_first(values_of(&group), group.count, cases[c].better, cases[c].best, first, message));
        assert_memory_equal(first, cases[c].first, sizeof first);
        assert_true(group.series[0].values.unit[0].value == cases[c].scale * low[0][0] + cases[c].shift);
        metric_group_clear(&group);
    }
    OK(metric_group_init(&group, store, "compare", "world.ctr=0.1", message));
    for (int e = 0; e < 2; e++)
        for (int b = 0; b < 4; b++)
            OK(metric_group_add(&group, fixture_estimator[e], (UnitValue){0, b, low[e][b]}, NULL, message));
    OK(places_first(values_of(&group), group.count, BETTER_LOW, 0, first, message));
    assert_true(first[0] == -1 && first[1] == -1);
    metric_group_clear(&group);
}

static void unresolved_differences_are_named(void **state)
{
    static const double gap[3][4] = {{0, 0, 0, 0}, {0.1, 0.11, 0.1, 0.09}, {0.1, -0.1, 0.05, 0.02}};
    (void)state;
    const ExperimentRow row = fixture_experiment();
    OK(store_experiment(store, &row, message));
    OK(store_setting(store, &(SettingRow){.experiment = "compare", .setting = ""}, message));
    for (int i = 0; i < 12; i++) {
        const MetricRow metric = {"D", "cvr", "auc", 0.7 + 0.01 * (i / 3) + gap[i % 3][i / 3], NULL};
        const RunRow run = {.experiment = "compare",
                            .setting = "",
                            .estimator = fixture_estimator[i % 3],
                            .replicate = i / 3,
                            .status = "done",
                            .metric = &metric,
                            .metrics = 1};
        OK(store_run(store, &run, message));
    }
    const TableOptions options = {0};
    char *text = print(&options);
    assert_non_null(strstr(text, "Too few replicates or test labels for some differences (standard error "
                                 "above a third): AUC: 1 of 2 (dr_jl).\n"));
    free(text);
}

/* With a baseline, a grid of differences follows each grid of values; a star is a p-value below 0.05. */
static void sweep_shows_differences(void **state)
{
    static const char *const metrics[] = {"mse,bias_sq", NULL};
    (void)state;
    fixture_fill(store);
    const TableOptions options = {.filter.metric = words(metrics), .baseline = "naive"};
    char *text = print(&options);
    const char *grid = strstr(text, "\nmse (1e-4), paired difference from naive by world.ctr\nestimator");
    assert_non_null(grid);
    assert_null(strstr(text, "bias² (1e-4), paired difference"));
    const char *line = strstr(grid, "\ndr_jl ") + strlen("\ndr_jl ");
    for (int s = 1; s <= 2; s++) {
        char sql[256];
        static const char *const column[] = {"1e4 * difference", "1e4 * low", "1e4 * high", "p_holm"};
        double value[4];
        for (int i = 0; i < 4; i++) {
            snprintf(
                sql, sizeof sql,
                "SELECT %s FROM paired_difference WHERE estimator = 'dr_jl' AND metric = 'mse' AND setting ="
                " 'world.ctr=0.%d'",
                column[i], s);
            value[i] = view_value(sql);
        }
        char *at = (char *)line;
        for (int i = 0; i < 3; i++) {
            double found = strtod(at, &at);
            assert_true(fabs(found - value[i]) <= 0.02 * (value[2] - value[1]));
            at += strcspn(at, "[,]") + 1;
        }
        assert_int_equal(*at == '*', value[3] < 0.05);
        line = at + 1;
    }
    free(text);
}

static void refuse(const TableOptions *options, const char *why)
{
    Message failure = {""};
    Status status = print_store(options, stdout, &failure);
    assert_int_equal(status, STATUS_USAGE);
    if (!strstr(failure.text, why) || strchr(failure.text, '\n')) {
        fail_msg("'%s' does not say '%s'", failure.text, why);
    }
}

static void wrong_choices_are_named(void **state)
{
    static const struct {
        const char *word, *why;
    } metric[] = {{"mse,aucc", "unknown metric 'aucc'; did you mean 'auc'?"},
                  {"auc/X", "metric 'auc/X': found 'X'; expected a space (D, O or N), a task"},
                  {"auc/3", "metric 'auc/3': only mean_bias, bias_sq and variance are known by decile"},
                  {"variance/median",
                   "metric 'variance/median': only metrics of a single replicate have a median"},
                  {"mse/medain", "found 'medain'; expected a space (D, O or N), a task"},
                  {"zzzzzzzz", "unknown metric 'zzzzzzzz'; expected mean_bias"}},
      setting[] = {{"world.crt=1", "unknown key 'world.crt'; did you mean 'world.ctr'?"},
                   {"nonsense=1", "unknown key 'nonsense'; expected world.ctr"},
                   {"world.ctr=0.3", "world.ctr: found '0.3'; expected 0.1 or 0.2"},
                   {"ctr", "--setting: found 'ctr'; expected KEY=VALUE"}};
    static const char *const estimators[] = {"naive,ipss", NULL};
    (void)state;
    fixture_fill(store);
    for (int i = 0; i < 6; i++) {
        const TableOptions options = {.filter.metric = {&metric[i].word, 1}};
        refuse(&options, metric[i].why);
    }
    for (int i = 0; i < 4; i++) {
        const TableOptions options = {.filter.setting = {&setting[i].word, 1}};
        refuse(&options, setting[i].why);
    }
    refuse(&(TableOptions){.filter.estimator = words(estimators)},
           "a.db: unknown estimator 'ipss'; did you mean 'ips'?");
    refuse(&(TableOptions){.baseline = "dr_jk"}, "unknown estimator 'dr_jk'; did you mean 'dr_jl'?");
    refuse(&(TableOptions){.sort = "msee"}, "unknown metric 'msee'; did you mean 'mse'?");
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(table_agrees_with_the_blobs, setup, teardown),
        cmocka_unit_test_setup_teardown(baseline_can_be_chosen, setup, teardown),
        cmocka_unit_test_setup_teardown(experiments_choose_measures, setup, teardown),
        cmocka_unit_test_setup_teardown(sweep_is_a_grid, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_are_chosen_and_sorted, setup, teardown),
        cmocka_unit_test_setup_teardown(ranks_say_what_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(joint_ranks_correct_for_all_pairs, setup, teardown),
        cmocka_unit_test_setup_teardown(marks_are_of_joint_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(unresolved_differences_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(sweep_shows_differences, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_choices_are_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
