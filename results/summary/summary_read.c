/* Fills ExperimentResults: one query for each kind of row, whose rows find their place by the names of
 * setting and estimator. Rows come in the order of these names, so the place of the last row is mostly that
 * of the next. */
#include "results/summary/summary_read.h"

#include "results/store/query.h"
#include "results/store/setting_key.h"
#include "results/summary/summary.h"
#include "results/summary/unit_read.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond what any experiment has: a million settings that a file claims to have must not take the memory. */
enum { MOST_CELLS = 1 << 20 };

/* An experiment while it is read. */
typedef struct Reading {
    ExperimentResults *results;
    Message *message;
    int setting, estimator, metric; /* of the last row */
} Reading;

typedef Status (*TakeRow)(Reading *reading, sqlite3_stmt *row);

/* Calls `take` with each row of a query about the experiment. */
static Status read_rows(Reading *reading, const char *sql, TakeRow take)
{
    ExperimentResults *r = reading->results;
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(r->store, &row, reading->message, sql, "t", r->name);
    while (!status && query_next(r->store, row, &status, reading->message))
        status = take(reading, row);
    sqlite3_finalize(row);
    return status;
}

/* Room for one more after `count`: it doubles at 0, 1, 2, 4, ... NULL when out of memory, and the array is as
 * it was. */
static void *grow(void *array, int count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return array;
    return reallocarray(array, count ? 2 * (size_t)count : 1, size);
}

static Estimate estimate_at(sqlite3_stmt *row, int column)
{
    return (Estimate){column_double(row, column), column_double(row, column + 1)};
}

static const Estimate unknown = {NAN, NAN};
static const MetricCentre no_centre = {0, {NAN, NAN}, NAN, NAN, NAN};

static Status take_setting(Reading *reading, sqlite3_stmt *row)
{
    ExperimentResults *r = reading->results;
    SettingResults *larger = grow(r->setting, r->settings, sizeof *larger);
    if (!larger)
        return fail_memory(reading->message, "the settings");
    r->setting = larger;
    SettingResults *setting = &larger[r->settings++];
    *setting = (SettingResults){.text = strdup(column_text(row, 0)),
                                .log = strdup(column_text(row, 1)),
                                .truth = sqlite3_column_int(row, 2),
                                .clicked = sqlite3_column_int(row, 3)};
    return setting->text && setting->log ? STATUS_OK : fail_memory(reading->message, "the settings");
}

static Status take_estimator(Reading *reading, sqlite3_stmt *row)
{
    ExperimentResults *r = reading->results;
    char **names = grow(r->estimator, r->estimators, sizeof *names);
    if (names)
        r->estimator = names;
    char **labels = grow(r->label, r->estimators, sizeof *labels);
    if (labels)
        r->label = labels;
    bool *unbiased = grow(r->trains_unbiased, r->estimators, sizeof *unbiased);
    if (unbiased)
        r->trains_unbiased = unbiased;
    bool *outside = grow(r->outside, r->estimators, sizeof *outside);
    if (outside)
        r->outside = outside;
    if (!names || !labels || !unbiased || !outside)
        return fail_memory(reading->message, "the names of the estimators");
    const int e = r->estimators++;
    names[e] = strdup(column_text(row, 0));
    labels[e] = strdup(column_text(row, 1));
    unbiased[e] = sqlite3_column_int(row, 2);
    outside[e] = sqlite3_column_int(row, 3);
    return names[e] && labels[e] ? STATUS_OK : fail_memory(reading->message, "the names of the estimators");
}

static Status take_claim(Reading *reading, sqlite3_stmt *row)
{
    ExperimentResults *r = reading->results;
    StoredClaim *larger = grow(r->claim, r->claims, sizeof *larger);
    if (!larger)
        return fail_memory(reading->message, "the claims");
    r->claim = larger;
    StoredClaim *claim = &larger[r->claims++];
    *claim = (StoredClaim){strdup(column_text(row, 0)), strdup(column_text(row, 1))};
    return claim->says && claim->that ? STATUS_OK : fail_memory(reading->message, "the claims");
}

static BiasVarianceSummary no_summary(void)
{
    return (BiasVarianceSummary){.mean_bias = unknown,
                                 .relative_bias = unknown,
                                 .bias_sq = unknown,
                                 .variance = unknown,
                                 .mse = unknown,
                                 .seconds = unknown,
                                 .mean_p_o = NAN,
                                 .bias_first = -1,
                                 .bias_sq_first = -1,
                                 .variance_first = -1};
}

static int first_at(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? -1 : sqlite3_column_int(row, column);
}

static Status make_cells(ExperimentResults *r, Message *message)
{
    const size_t cells = (size_t)r->settings * (size_t)r->estimators;
    if (cells > MOST_CELLS || (cells + 1) * ((size_t)r->metrics + 1) > 100 * (size_t)MOST_CELLS)
        return fail(message, STATUS_FAILED,
                    "%s: experiment '%s' has %d settings, %d estimators and %d metrics; expected fewer",
                    store_path(r->store), r->name, r->settings, r->estimators, r->metrics);
    r->cell = calloc(cells + 1, sizeof *r->cell);
    if (!r->cell)
        return fail_memory(message, "the summaries");
    for (size_t i = 0; i < cells; i++) {
        EstimatorResults *cell = &r->cell[i];
        cell->seconds = cell->parameters = NAN;
        cell->all = no_summary();
        for (int d = 0; d < DECILES; d++)
            cell->decile[d] = no_summary();
    }
    return STATUS_OK;
}

/* Moves to the setting of that name; false if the experiment has none. */
static bool find_setting(Reading *reading, const char *name)
{
    const ExperimentResults *r = reading->results;
    for (int i = 0; i < r->settings; i++) {
        const int s = (reading->setting + i) % r->settings;
        if (!strcmp(r->setting[s].text, name)) {
            reading->setting = s;
            return true;
        }
    }
    return false;
}

/* Moves to the setting and the estimator that the row names in its first two columns: their cell, or NULL. */
static EstimatorResults *find_cell(Reading *reading, sqlite3_stmt *row)
{
    ExperimentResults *r = reading->results;
    if (!find_setting(reading, column_text(row, 0)))
        return NULL;
    const char *name = column_text(row, 1);
    if (reading->estimator < 0 || strcmp(r->estimator[reading->estimator], name) != 0)
        reading->estimator = results_estimator(r, name);
    if (reading->estimator < 0)
        return NULL;
    return &r->cell[reading->setting * r->estimators + reading->estimator];
}

static Status read_keys(Reading *reading)
{
    ExperimentResults *r = reading->results;
    SettingKeyList list;
    Status status = setting_keys_read(&list, r->store, r->name, reading->message);
    for (int i = 0; i < list.rows && !status; i++) {
        const SettingKeyRow *row = &list.row[i];
        if (find_setting(reading, row->setting))
            status = setting_pairs_add(&r->setting[reading->setting].pairs, row->key, row->value,
                                       reading->message);
    }
    setting_keys_clear(&list);
    return status;
}

static Status take_run(Reading *reading, sqlite3_stmt *row)
{
    EstimatorResults *cell = find_cell(reading, row);
    if (!cell)
        return STATUS_OK;
    UnitRun *larger = grow(cell->run, cell->runs, sizeof *larger);
    if (!larger)
        return fail_memory(reading->message, "the units");
    cell->run = larger;
    const char *status = column_text(row, 4);
    const UnitRun run = {.world = sqlite3_column_int(row, 2),
                         .replicate = sqlite3_column_int(row, 3),
                         .done = !strcmp(status, "done"),
                         .diverged = !strcmp(status, "diverged"),
                         .seconds = column_double(row, 5),
                         .parameters = column_double(row, 6),
                         .shared = sqlite3_column_int(row, 7)};
    cell->parameters = fmax(cell->parameters, run.parameters);
    larger[cell->runs++] = run;
    *(run.done ? &cell->done : run.diverged ? &cell->diverged : &cell->failed) += 1;
    cell->shared += run.shared;
    return STATUS_OK;
}

static Status find_medians(ExperimentResults *r, Message *message)
{
    int most = 0;
    for (int i = 0; i < r->settings * r->estimators; i++)
        most = r->cell[i].done > most ? r->cell[i].done : most;
    double *seconds = calloc((size_t)most + 1, sizeof *seconds);
    if (!seconds)
        return fail_memory(message, "training times");
    for (int i = 0; i < r->settings * r->estimators; i++) {
        EstimatorResults *cell = &r->cell[i];
        size_t known = 0;
        for (int u = 0; u < cell->runs; u++)
            if (cell->run[u].done && !isnan(cell->run[u].seconds))
                seconds[known++] = cell->run[u].seconds;
        if (known > 0)
            cell->seconds = gsl_stats_median(seconds, 1, known);
    }
    free(seconds);
    return STATUS_OK;
}

static Status take_bias_variance(Reading *reading, sqlite3_stmt *row)
{
    EstimatorResults *cell = find_cell(reading, row);
    if (!cell)
        return STATUS_OK;
    cell->all = (BiasVarianceSummary){.replicates = sqlite3_column_int(row, 2),
                                      .mean_bias = estimate_at(row, 3),
                                      .relative_bias = estimate_at(row, 5),
                                      .bias_sq = estimate_at(row, 7),
                                      .variance = estimate_at(row, 9),
                                      .mse = estimate_at(row, 11),
                                      .seconds = {column_double(row, 13), NAN},
                                      .worlds = sqlite3_column_int(row, 14),
                                      .variance_worlds = sqlite3_column_int(row, 15),
                                      .mean_p_o = NAN,
                                      .bias_first = first_at(row, 16),
                                      .bias_sq_first = first_at(row, 17),
                                      .variance_first = first_at(row, 18)};
    return STATUS_OK;
}

static Status take_decile(Reading *reading, sqlite3_stmt *row)
{
    EstimatorResults *cell = find_cell(reading, row);
    const int decile = sqlite3_column_int(row, 2);
    if (!cell || decile < 1 || decile > DECILES)
        return STATUS_OK;
    BiasVarianceSummary *to = &cell->decile[decile - 1];
    to->replicates = sqlite3_column_int(row, 3);
    to->mean_p_o = column_double(row, 4);
    to->mean_bias = estimate_at(row, 5);
    to->bias_sq = estimate_at(row, 7);
    to->variance = estimate_at(row, 9);
    return STATUS_OK;
}

static Status take_bin(Reading *reading, sqlite3_stmt *row)
{
    EstimatorResults *cell = find_cell(reading, row);
    const int bin = sqlite3_column_int(row, 2);
    if (cell && bin >= 1 && bin <= CALIBRATION_BINS)
        cell->bin[bin - 1] =
            (CalibrationBin){sqlite3_column_int(row, 3), estimate_at(row, 4), estimate_at(row, 6)};
    return STATUS_OK;
}

/* A metric owns its three texts as one. */
static Status take_metric(Reading *reading, sqlite3_stmt *row)
{
    ExperimentResults *r = reading->results;
    MetricName *larger = grow(r->metric, r->metrics, sizeof *larger);
    char *text = NULL;
    const char *space = column_text(row, 0);
    const int length =
        larger ? asprintf(&text, "%s%c%s%c%s", space, 0, column_text(row, 1), 0, column_text(row, 2)) : -1;
    if (larger)
        r->metric = larger;
    if (length < 0)
        return fail_memory(reading->message, "the metrics");
    const char *task = text + strlen(text) + 1;
    larger[r->metrics++] = (MetricName){text, task, task + strlen(task) + 1};
    return STATUS_OK;
}

static bool same_metric(MetricName a, MetricName b)
{
    return !strcmp(a.metric, b.metric) && !strcmp(a.task, b.task) && !strcmp(a.space, b.space);
}

static Status take_metric_centre(Reading *reading, sqlite3_stmt *row)
{
    ExperimentResults *r = reading->results;
    const EstimatorResults *cell = find_cell(reading, row);
    const MetricName name = {column_text(row, 2), column_text(row, 3), column_text(row, 4)};
    for (int i = 0; cell && i < r->metrics; i++) {
        const int m = (reading->metric + i) % r->metrics;
        if (!same_metric(r->metric[m], name))
            continue;
        r->metric_centre[(cell - r->cell) * r->metrics + m] =
            (MetricCentre){.mean = estimate_at(row, 5),
                           .median = column_double(row, 7),
                           .trimmed_mean = column_double(row, 8),
                           .test_error = column_double(row, 9),
                           .replicates = sqlite3_column_int(row, 10)};
        reading->metric = m;
        break;
    }
    return STATUS_OK;
}

static Status make_centres(ExperimentResults *r, Message *message)
{
    const size_t centres = (size_t)r->settings * (size_t)r->estimators * (size_t)r->metrics;
    r->metric_centre = calloc(centres + 1, sizeof *r->metric_centre);
    if (!r->metric_centre)
        return fail_memory(message, "the metrics");
    for (size_t i = 0; i < centres; i++)
        r->metric_centre[i] = no_centre;
    return STATUS_OK;
}

static Status take_risk(Reading *reading, sqlite3_stmt *row)
{
    ExperimentResults *r = reading->results;
    if (!find_setting(reading, column_text(row, 0)))
        return STATUS_OK;
    RiskSummary *larger = grow(r->risk_row, r->risk_rows, sizeof *larger);
    if (!larger)
        return fail_memory(reading->message, "the summaries of the risk layer");
    r->risk_row = larger;
    RiskSummary *to = &larger[r->risk_rows++];
    *to = (RiskSummary){.setting = reading->setting,
                        .replicates = sqlite3_column_int(row, 3),
                        .estimate_mean = column_double(row, 4),
                        .ideal = column_double(row, 5),
                        .bias = estimate_at(row, 6),
                        .bias_theory = column_double(row, 8),
                        .sd = column_double(row, 9),
                        .sd_theory = column_double(row, 10),
                        .rmse = column_double(row, 11),
                        .relative_error = estimate_at(row, 12),
                        .left_out = column_double(row, 14)};
    snprintf(to->predictor, sizeof to->predictor, "%s", column_text(row, 1));
    snprintf(to->estimator, sizeof to->estimator, "%s", column_text(row, 2));
    return STATUS_OK;
}

/* What is read first, since the cells need room for it. */
static Status read_names(Reading *reading)
{
    Status status =
        read_rows(reading,
                  "SELECT setting, coalesce(l.log, setting),"
                  " EXISTS (SELECT 1 FROM summary_bias_variance b WHERE b.experiment = s.experiment"
                  " AND b.setting = s.setting),"
                  " NOT EXISTS (SELECT 1 FROM summary_metric m WHERE m.experiment = s.experiment AND"
                  " m.setting = s.setting AND m.task = 'cvr' AND m.space = 'D')"
                  " AND EXISTS (SELECT 1 FROM summary_metric m WHERE m.experiment = s.experiment AND"
                  " m.setting = s.setting AND m.task = 'cvr' AND m.space = 'O')"
                  " FROM setting s LEFT JOIN setting_log l USING (experiment, setting) WHERE experiment = ?1"
                  " ORDER BY position, setting",
                  take_setting);
    if (!status)
        status = read_keys(reading);
    if (!status)
        status = read_rows(reading,
                           "SELECT estimator, coalesce(label, estimator), unbiased,"
                           " coalesce(base IN ('outside', 'command', 'plugin'), 0) FROM estimator LEFT JOIN "
                           "method USING (experiment,"
                           " estimator)"
                           " WHERE experiment = ?1 ORDER BY position",
                           take_estimator);
    if (!status)
        status = read_rows(
            reading,
            "SELECT DISTINCT space, task, metric FROM summary_metric WHERE experiment = ?1 ORDER BY 1, 2, 3",
            take_metric);
    if (!status)
        status = make_cells(reading->results, reading->message);
    return status ? status : make_centres(reading->results, reading->message);
}

/* Rows of cells come in the order of the tables' keys. */
static const struct {
    const char *sql;
    TakeRow take;
} cell_query[] = {
    {"SELECT says, that FROM claim WHERE experiment = ?1 ORDER BY position", take_claim},
    {"SELECT setting, estimator, world, replicate, status, seconds, parameters,"
     " shared IS NOT NULL FROM run WHERE "
     "experiment = ?1"
     " ORDER BY setting, estimator, world, replicate",
     take_run},
    {"SELECT setting, estimator, replicates, mean_bias, mean_bias_mcse, relative_bias, relative_bias_mcse,"
     " bias_sq, bias_sq_mcse, variance, variance_mcse, mse, mse_mcse, seconds, worlds, variance_worlds,"
     " bias_first, bias_sq_first, variance_first FROM summary_bias_variance WHERE experiment = ?1",
     take_bias_variance},
    {"SELECT setting, estimator, decile, replicates, mean_p_o, mean_bias, mean_bias_mcse, bias_sq, "
     "bias_sq_mcse,"
     " variance, variance_mcse FROM summary_decile WHERE experiment = ?1",
     take_decile},
    {"SELECT setting, estimator, bin, replicates, predicted, predicted_mcse, p_r, p_r_mcse"
     " FROM summary_calibration WHERE experiment = ?1",
     take_bin},
    {"SELECT setting, estimator, space, task, metric, mean, mcse, median, trimmed_mean, test_se,"
     " replicates FROM summary_metric WHERE experiment = ?1",
     take_metric_centre},
    {"SELECT r.setting, r.predictor, r.estimator, coalesce(s.replicates, 0), s.estimate_mean, s.ideal, "
     "s.bias,"
     " s.bias_mcse, s.bias_theory, s.sd, s.sd_theory, s.rmse, s.relative_error, s.relative_error_mcse,"
     " r.left_out"
     " FROM (SELECT experiment, setting, predictor, estimator, min(predictor_position) AS predictor_position,"
     " min(estimator_position) AS estimator_position, avg(left_out) AS left_out FROM risk"
     " WHERE experiment = ?1 GROUP BY 1, 2, 3, 4) r"
     " JOIN setting t USING (experiment, setting)"
     " LEFT JOIN summary_risk s USING (experiment, setting, predictor, estimator)"
     " ORDER BY t.position, r.setting, r.predictor_position, r.estimator_position",
     take_risk},
};

static Status read_experiment(ExperimentResults *results, Message *message)
{
    Reading reading = {.results = results, .message = message, .estimator = -1};
    Status status = read_names(&reading);
    for (size_t i = 0; i < sizeof cell_query / sizeof *cell_query && !status; i++)
        status = read_rows(&reading, cell_query[i].sql, cell_query[i].take);
    return status ? status : find_medians(results, message);
}

/* From a row (name, question, baseline, shown, top_k, has risk, worlds, tuned on unbiased rows, naive Bayes,
 * precision). */
static Status begin_experiment(StoreResults *results, sqlite3_stmt *row, Message *message)
{
    ExperimentResults *larger = grow(results->experiment, results->experiments, sizeof *larger);
    if (!larger)
        return fail_memory(message, "the experiments");
    results->experiment = larger;
    ExperimentResults *r = &larger[results->experiments++];
    *r = (ExperimentResults){.store = results->store,
                             .name = strdup(column_text(row, 0)),
                             .question = strdup(column_text(row, 1)),
                             .baseline = strdup(column_text(row, 2)),
                             .shown = strdup(column_text(row, 3)),
                             .top_k = sqlite3_column_int(row, 4),
                             .risk = sqlite3_column_int(row, 5),
                             .worlds = sqlite3_column_int(row, 6),
                             .tuned_unbiased = sqlite3_column_int(row, 7),
                             .naive_bayes = sqlite3_column_int(row, 8),
                             .tuned_truth = sqlite3_column_int(row, 9),
                             .precision = strdup(column_text(row, 10))};
    r->kept = kept_metrics_create();
    return r->name && r->question && r->baseline && r->shown && r->precision && r->kept
               ? STATUS_OK
               : fail_memory(message, "the experiments");
}

Status results_read(StoreResults *results, Store *store, Message *message)
{
    *results = (StoreResults){.store = store};
    Status status = summary_refresh(store, message);
    if (status)
        return status;
    sqlite3_stmt *row = NULL;
    status =
        query_prepare(store, &row, message,
                      "SELECT name, question, baseline, shown, top_k,"
                      " EXISTS (SELECT 1 FROM risk WHERE experiment = name),"
                      " (SELECT count(DISTINCT world) FROM run WHERE experiment = name),"
                      " EXISTS (SELECT 1 FROM fingerprint f JOIN fingerprint g USING (experiment)"
                      " WHERE experiment = name AND f.key = 'tune.on' AND f.value = 'unbiased'"
                      " AND g.key = 'tune.trials' AND g.value <> '0')"
                      " AND NOT EXISTS (SELECT 1 FROM method WHERE experiment = name AND unbiased IS NULL),"
                      " EXISTS (SELECT 1 FROM fingerprint WHERE experiment = name"
                      " AND key = 'propensity.source' AND value = 'naive_bayes'),"
                      " EXISTS (SELECT 1 FROM fingerprint f JOIN fingerprint g USING (experiment)"
                      " WHERE experiment = name AND f.key = 'tune.on' AND f.value = 'truth'"
                      " AND g.key = 'tune.trials' AND g.value <> '0'),"
                      " coalesce((SELECT asked FROM precision p WHERE p.experiment = name), '')"
                      " FROM experiment ORDER BY name",
                      "");
    while (!status && query_next(store, row, &status, message))
        status = begin_experiment(results, row, message);
    sqlite3_finalize(row);
    for (int i = 0; i < results->experiments && !status; i++)
        status = read_experiment(&results->experiment[i], message);
    return status;
}

static void experiment_clear(ExperimentResults *r)
{
    free(r->name);
    free(r->question);
    free(r->baseline);
    free(r->shown);
    free(r->precision);
    for (int i = 0; r->cell && i < r->settings * r->estimators; i++)
        free(r->cell[i].run);
    free(r->cell);
    for (int e = 0; e < r->estimators; e++) {
        free(r->estimator[e]);
        free(r->label[e]);
    }
    free(r->estimator);
    free(r->label);
    free(r->trains_unbiased);
    free(r->outside);
    for (int s = 0; s < r->settings; s++) {
        free(r->setting[s].text);
        free(r->setting[s].log);
        setting_pairs_clear(&r->setting[s].pairs);
    }
    free(r->setting);
    for (int m = 0; m < r->metrics; m++)
        free((void *)r->metric[m].space);
    free(r->metric);
    free(r->metric_centre);
    free(r->risk_row);
    for (int c = 0; c < r->claims; c++) {
        free(r->claim[c].says);
        free(r->claim[c].that);
    }
    free(r->claim);
    kept_metrics_free(r->kept);
}

void results_clear(StoreResults *results)
{
    for (int i = 0; i < results->experiments; i++)
        experiment_clear(&results->experiment[i]);
    free(results->experiment);
    *results = (StoreResults){0};
}

Status results_open(StoreResults *results, const char *path, Message *message)
{
    *results = (StoreResults){0};
    Store *store;
    Status status = store_open(&store, path, STORE_READ, message);
    return status ? status : results_read(results, store, message);
}

void results_close(StoreResults *results)
{
    Store *store = results->store;
    results_clear(results);
    store_close(store);
}

int results_estimator(const ExperimentResults *results, const char *name)
{
    for (int e = 0; e < results->estimators; e++)
        if (!strcmp(results->estimator[e], name))
            return e;
    return -1;
}

const EstimatorResults *results_cell(const ExperimentResults *results, int setting, int estimator)
{
    return &results->cell[setting * results->estimators + estimator];
}

const char *results_label(const ExperimentResults *results, const char *name)
{
    const int e = results_estimator(results, name);
    return e < 0 ? name : results->label[e];
}

bool results_has_runs(const ExperimentResults *results, int estimator)
{
    for (int s = 0; s < results->settings; s++)
        if (results_cell(results, s, estimator)->runs > 0)
            return true;
    return false;
}

MetricCentre results_metric_centre(const ExperimentResults *results, int setting, int estimator,
                                   MetricName metric)
{
    const int cell = setting * results->estimators + estimator;
    for (int m = 0; m < results->metrics; m++)
        if (same_metric(results->metric[m], metric))
            return results->metric_centre[cell * results->metrics + m];
    return no_centre;
}
