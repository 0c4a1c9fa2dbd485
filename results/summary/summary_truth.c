/* Bias and variance of each estimator in a setting whose truth is known: world by world, since the blobs of
 * all would not fit into memory, and then pooled over the worlds. */
#include "results/statistics/bias_variance.h"
#include "results/statistics/moments.h"
#include "results/statistics/places.h"
#include "results/statistics/pooled.h"
#include "results/statistics/ranking.h"
#include "results/store/query.h"
#include "results/summary/summary.h"
#include "results/summary/summary_internal.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What estimators are compared by: values of units, or of worlds where there are several. */
enum { BY_BIAS, BY_BIAS_SQ, BY_VARIANCE, COMPARED };

/* What is known of one estimator after some worlds. */
typedef struct Tally {
    char *estimator;
    int replicates;
    UnitValues compared[COMPARED];
    int first[COMPARED]; /* as of places_first */
    Pooled mean_bias, relative_bias, bias_sq, variance, mse;
    struct {
        Pooled p_o, mean_bias, bias_sq, variance;
    } decile[DECILES];
    struct {
        Pooled predicted, p_r;
    } bin[CALIBRATION_BINS];
} Tally;

/* Test exposures of a world in the order of their propensity, so that a decile is a range. */
typedef struct TestWorld {
    int number;
    bool only; /* there is no other */
    size_t rows;
    uint32_t *order;
    double *p_r, *p_o;
} TestWorld;

/* Done runs of one estimator in one world: float prediction[replicate][row], rows as in TestWorld. */
typedef struct WorldRuns {
    int replicates;
    float *memory;
    const float **prediction;
} WorldRuns;

static void world_clear(TestWorld *world)
{
    free(world->order);
    free(world->p_r);
    free(world->p_o);
    *world = (TestWorld){0};
}

static void runs_clear(WorldRuns *runs)
{
    free(runs->memory);
    free((void *)runs->prediction);
    *runs = (WorldRuns){0};
}

/* Equal propensities across the edge of a decile are parted by the sort, in the same way every time. */
static bool rank_by_propensity(TestWorld *world, const double *p_o)
{
    size_t *place = calloc(world->rows + 1, sizeof *place);
    world->order = calloc(world->rows + 1, sizeof *world->order);
    if (!place || !world->order) {
        free(place);
        return false;
    }
    gsl_sort_index(place, p_o, 1, world->rows);
    for (size_t i = 0; i < world->rows; i++)
        world->order[i] = (uint32_t)place[i];
    free(place);
    return true;
}

static Status load_world(Store *store, TestWorld *world, sqlite3_stmt *statement, Message *message)
{
    world->number = sqlite3_column_int(statement, 0);
    world->only = sqlite3_column_int(statement, 4) == 1;
    const int64_t rows = sqlite3_column_int64(statement, 1);
    const size_t bytes = (size_t)sqlite3_column_bytes(statement, 2);
    world->rows = bytes / sizeof(double);
    if (rows < 0 || (uint64_t)rows != world->rows || bytes != world->rows * sizeof(double) ||
        (size_t)sqlite3_column_bytes(statement, 3) != bytes) {
        return fail(message, STATUS_FAILED, "%s: table test_set: a column of world %d is not of %lld rows",
                    store_path(store), world->number, (long long)rows);
    }
    double *p_r = malloc(bytes + 1);
    double *p_o = malloc(bytes + 1);
    world->p_r = malloc(bytes + 1);
    world->p_o = malloc(bytes + 1);
    bool ok = p_r && p_o && world->p_r && world->p_o;
    if (ok && bytes > 0) {
        memcpy(p_r, sqlite3_column_blob(statement, 2), bytes);
        memcpy(p_o, sqlite3_column_blob(statement, 3), bytes);
    }
    ok = ok && rank_by_propensity(world, p_o);
    for (size_t i = 0; ok && i < world->rows; i++) {
        world->p_r[i] = p_r[world->order[i]];
        world->p_o[i] = p_o[world->order[i]];
    }
    free(p_r);
    free(p_o);
    return ok ? STATUS_OK : fail_memory(message, "the test exposures");
}

static Status count_runs(const SummaryScope *scope, const char *estimator, int world, int *count,
                         Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(scope->store, &statement, message,
                      "SELECT count(*) FROM run WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3 AND"
                      " world = ?4 AND status = 'done'",
                      "ttti", scope->experiment, scope->setting, estimator, world);
    *count = !status && query_next(scope->store, statement, &status, message)
                 ? sqlite3_column_int(statement, 0)
                 : 0;
    sqlite3_finalize(statement);
    return status;
}

static Status load_predictions(Store *store, const TestWorld *world, WorldRuns *runs, sqlite3_stmt *statement,
                               Message *message)
{
    Status status = STATUS_OK;
    const int counted = runs->replicates;
    assert(world->order);
    for (int b = runs->replicates = 0; b < counted && query_next(store, statement, &status, message); b++) {
        const unsigned char *bytes = sqlite3_column_blob(statement, 0);
        if ((size_t)sqlite3_column_bytes(statement, 0) != world->rows * sizeof(float))
            return fail(message, STATUS_FAILED, "%s: table run: predictions in world %d are not of %zu rows",
                        store_path(store), world->number, world->rows);
        float *row = runs->memory + (size_t)b * world->rows;
        runs->prediction[b] = row;
        runs->replicates++;
        for (size_t i = 0; i < world->rows; i++)
            memcpy(&row[i], bytes + world->order[i] * sizeof(float), sizeof(float));
    }
    return status;
}

static Status load_runs(const SummaryScope *scope, const char *estimator, const TestWorld *world,
                        WorldRuns *runs, Message *message)
{
    Status status = count_runs(scope, estimator, world->number, &runs->replicates, message);
    if (status || runs->replicates == 0)
        return status;
    runs->memory = calloc((size_t)runs->replicates * world->rows + 1, sizeof *runs->memory);
    runs->prediction = calloc((size_t)runs->replicates, sizeof *runs->prediction);
    if (!runs->memory || !runs->prediction)
        return fail_memory(message, "stored predictions");
    sqlite3_stmt *statement = NULL;
    status = query_prepare(
        scope->store, &statement, message,
        "SELECT predictions FROM run WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3 AND"
        " world = ?4 AND status = 'done' ORDER BY replicate",
        "ttti", scope->experiment, scope->setting, estimator, world->number);
    if (!status)
        status = load_predictions(scope->store, world, runs, statement, message);
    sqlite3_finalize(statement);
    return status;
}

static void tally_deciles(Tally *tally, const TestWorld *world, const WorldRuns *runs, const float **part)
{
    for (size_t d = 0; d < DECILES; d++) {
        const size_t first = d * world->rows / DECILES;
        const size_t rows = (d + 1) * world->rows / DECILES - first;
        if (rows == 0)
            continue;
        for (int b = 0; b < runs->replicates; b++)
            part[b] = runs->prediction[b] + first;
        BiasVariance bv = bias_variance(part, runs->replicates, world->p_r + first, rows);
        pool(&tally->decile[d].p_o, moments_mean(world->p_o + first, rows), 0);
        pool(&tally->decile[d].mean_bias, bv.mean_bias, bv.mean_bias_mcse);
        pool(&tally->decile[d].bias_sq, bv.bias_sq, bv.bias_sq_mcse);
        pool(&tally->decile[d].variance, bv.variance, bv.variance_mcse);
    }
}

/* `memory` has room for 2 x CALIBRATION_BINS x replicates. */
static bool tally_calibration(Tally *tally, const TestWorld *world, const WorldRuns *runs, double *memory)
{
    const size_t n = (size_t)runs->replicates;
    Bin bin[CALIBRATION_BINS] = {{0}};
    for (size_t b = 0; b < n; b++) {
        uint32_t *order = rank_by_prediction(runs->prediction[b], world->rows);
        if (!order)
            return false;
        equal_count_bins(runs->prediction[b], world->p_r, order, world->rows, bin, CALIBRATION_BINS);
        free(order);
        for (size_t i = 0; i < CALIBRATION_BINS; i++) {
            memory[2 * i * n + b] = bin[i].prediction;
            memory[(2 * i + 1) * n + b] = bin[i].target;
        }
    }
    for (size_t i = 0; i < CALIBRATION_BINS; i++) {
        if (bin[i].rows > 0) { /* the same in every replicate */
            pool_sample(&tally->bin[i].predicted, memory + 2 * i * n, runs->replicates);
            pool_sample(&tally->bin[i].p_r, memory + (2 * i + 1) * n, runs->replicates);
        }
    }
    return true;
}

static Status add_compared(Tally *tally, int world, int replicate, const double value[COMPARED],
                           Message *message)
{
    Status status = STATUS_OK;
    for (int c = 0; c < COMPARED && !status; c++)
        if (!isnan(value[c]))
            status = unit_values_add(&tally->compared[c], (UnitValue){world, replicate, value[c]}, message);
    return status;
}

/* The values of a single world's units: bias, and pseudo-values of what is made of all of them. */
static Status compare_units(Tally *tally, const TestWorld *world, const WorldRuns *runs, Message *message)
{
    const size_t n = (size_t)runs->replicates;
    const double mean_p = moments_mean(world->p_r, world->rows);
    double *memory = calloc(2 * n, sizeof *memory);
    const PseudoValues pseudo = {memory, memory + n};
    Status status = memory ? STATUS_OK : fail_memory(message, "the summaries");
    for (size_t b = 0; !status && n < 3 && b < n; b++)
        pseudo.variance[b] = pseudo.bias_sq[b] = NAN;
    if (!status && n >= 3)
        status = bias_variance_pseudo_values(runs->prediction, runs->replicates, world->p_r, world->rows,
                                             &pseudo, message);
    for (int b = 0; b < runs->replicates && !status; b++) {
        double sum = 0;
        for (size_t i = 0; i < world->rows; i++)
            sum += (double)runs->prediction[b][i];
        const double value[COMPARED] = {sum / (double)world->rows - mean_p, pseudo.bias_sq[b],
                                        pseudo.variance[b]};
        status = add_compared(tally, world->number, b, value, message);
    }
    free(memory);
    return status;
}

static Status tally_world(Tally *tally, const TestWorld *world, const WorldRuns *runs, Message *message)
{
    if (runs->replicates == 0 || world->rows == 0)
        return STATUS_OK;
    const size_t n = (size_t)runs->replicates;
    const float **part = calloc(n, sizeof *part);
    double *memory = calloc(2 * n * CALIBRATION_BINS, sizeof *memory);
    const bool ok = part && memory && tally_calibration(tally, world, runs, memory);
    Status status = ok ? STATUS_OK : fail_memory(message, "the summaries");
    if (ok) {
        BiasVariance bv = bias_variance(runs->prediction, runs->replicates, world->p_r, world->rows);
        tally->replicates += runs->replicates;
        pool(&tally->mean_bias, bv.mean_bias, bv.mean_bias_mcse);
        pool(&tally->relative_bias, bv.relative_bias, bv.relative_bias_mcse);
        pool(&tally->bias_sq, bv.bias_sq, bv.bias_sq_mcse);
        pool(&tally->variance, bv.variance, bv.variance_mcse);
        pool(&tally->mse, bv.mse, bv.mse_mcse);
        tally_deciles(tally, world, runs, part);
        const double value[COMPARED] = {bv.mean_bias, bv.bias_sq, bv.variance};
        status = world->only ? compare_units(tally, world, runs, message)
                             : add_compared(tally, world->number, 0, value, message);
    }
    free((void *)part);
    free(memory);
    return status;
}

/* Runs of an estimator in a setting: the median training time of the done ones, and how many are not. */
typedef struct RunCounts {
    double seconds;
    int diverged, failed;
} RunCounts;

static Status read_counts(const SummaryScope *scope, const char *estimator, RunCounts *counts,
                          Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(scope->store, &statement, message,
                                  "SELECT status, seconds, count(*) OVER () FROM run"
                                  " WHERE experiment = ?1 AND setting = ?2 AND estimator = ?3",
                                  "ttt", scope->experiment, scope->setting, estimator);
    double *seconds = NULL;
    size_t done = 0;
    *counts = (RunCounts){0};
    while (!status && query_next(scope->store, statement, &status, message)) {
        if (!seconds)
            seconds = calloc((size_t)sqlite3_column_int(statement, 2), sizeof *seconds);
        const char *is = column_text(statement, 0);
        if (!seconds)
            status = fail_memory(message, "training times");
        else if (!strcmp(is, "done") && !isnan(column_double(statement, 1)))
            seconds[done++] = column_double(statement, 1);
        else if (strcmp(is, "done") != 0)
            ++*(strcmp(is, "diverged") ? &counts->failed : &counts->diverged);
    }
    sqlite3_finalize(statement);
    counts->seconds = done > 0 ? gsl_stats_median(seconds, 1, done) : (double)NAN;
    free(seconds);
    return status;
}

static Status write_parts(const SummaryScope *scope, const Tally *tally, Message *message)
{
    Status status = STATUS_OK;
    for (int d = 0; d < DECILES && !status; d++) {
        if (tally->decile[d].p_o.worlds > 0)
            status =
                query_run(scope->store, message,
                          "INSERT INTO summary_decile (experiment, setting, estimator, decile, replicates,"
                          " mean_p_o, mean_bias, mean_bias_mcse, bias_sq, bias_sq_mcse, variance,"
                          " variance_mcse) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                          "tttiiddddddd", scope->experiment, scope->setting, tally->estimator, d + 1,
                          tally->replicates, pooled_mean(&tally->decile[d].p_o),
                          pooled_mean(&tally->decile[d].mean_bias), pooled_error(&tally->decile[d].mean_bias),
                          pooled_mean(&tally->decile[d].bias_sq), pooled_error(&tally->decile[d].bias_sq),
                          pooled_mean(&tally->decile[d].variance), pooled_error(&tally->decile[d].variance));
    }
    for (int i = 0; i < CALIBRATION_BINS && !status; i++) {
        if (tally->bin[i].p_r.worlds > 0)
            status = query_run(
                scope->store, message,
                "INSERT INTO summary_calibration (experiment, setting, estimator, bin, replicates,"
                " predicted, predicted_mcse, p_r, p_r_mcse) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                " ?9)",
                "tttiidddd", scope->experiment, scope->setting, tally->estimator, i + 1, tally->replicates,
                pooled_mean(&tally->bin[i].predicted), pooled_error(&tally->bin[i].predicted),
                pooled_mean(&tally->bin[i].p_r), pooled_error(&tally->bin[i].p_r));
    }
    return status;
}

static Status write_tally(const SummaryScope *scope, const Tally *tally, Message *message)
{
    RunCounts counts;
    Status status = read_counts(scope, tally->estimator, &counts, message);
    if (status || tally->replicates + counts.diverged + counts.failed == 0)
        return status;
    status = query_run(
        scope->store, message,
        "INSERT INTO summary_bias_variance (experiment, setting, estimator, replicates,"
        " worlds, variance_worlds, mean_bias, mean_bias_mcse, relative_bias,"
        " relative_bias_mcse, bias_sq, bias_sq_mcse, variance, variance_mcse, mse, mse_mcse,"
        " seconds, diverged, failed, bias_first, bias_sq_first, variance_first) VALUES (?1, ?2, ?3, ?4, ?5,"
        " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, nullif(?20, -1), nullif(?21, -1),"
        " nullif(?22, -1))",
        "tttiiidddddddddddiiiii", scope->experiment, scope->setting, tally->estimator, tally->replicates,
        tally->mean_bias.worlds, tally->variance.worlds, pooled_mean(&tally->mean_bias),
        pooled_error(&tally->mean_bias), pooled_mean(&tally->relative_bias),
        pooled_error(&tally->relative_bias), pooled_mean(&tally->bias_sq), pooled_error(&tally->bias_sq),
        pooled_mean(&tally->variance), pooled_error(&tally->variance), pooled_mean(&tally->mse),
        pooled_error(&tally->mse), counts.seconds, counts.diverged, counts.failed, tally->first[BY_BIAS],
        tally->first[BY_BIAS_SQ], tally->first[BY_VARIANCE]);
    return status ? status : write_parts(scope, tally, message);
}

/* The experiment's estimators, in order. */
static Status list_estimators(const SummaryScope *scope, Tally **tally, int *count, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(scope->store, &statement, message,
                                  "SELECT estimator, count(*) OVER () FROM estimator WHERE experiment = ?1"
                                  " ORDER BY position",
                                  "t", scope->experiment);
    while (!status && query_next(scope->store, statement, &status, message)) {
        if (!*tally)
            *tally = calloc((size_t)sqlite3_column_int(statement, 1), sizeof **tally);
        char *name = *tally ? strdup(column_text(statement, 0)) : NULL;
        if (!name) {
            status = fail_memory(message, "the names of the estimators");
            break;
        }
        (*tally)[(*count)++].estimator = name;
    }
    sqlite3_finalize(statement);
    return status;
}

static Status summarise_world(const SummaryScope *scope, sqlite3_stmt *row, Tally *tally, int estimators,
                              Message *message)
{
    TestWorld world = {0};
    Status status = load_world(scope->store, &world, row, message);
    for (int e = 0; e < estimators && !status; e++) {
        WorldRuns runs = {0};
        status = load_runs(scope, tally[e].estimator, &world, &runs, message);
        if (!status)
            status = tally_world(&tally[e], &world, &runs, message);
        runs_clear(&runs);
    }
    world_clear(&world);
    return status;
}

/* Who may be the best by one of what they are compared by. */
static Status find_first(Tally *tally, int estimators, int by, Message *message)
{
    const size_t n = (size_t)estimators;
    int *first = calloc(n + 1, sizeof *first);
    UnitValues *values = calloc(n + 1, sizeof *values);
    for (int e = 0; values && e < estimators; e++)
        values[e] = tally[e].compared[by];
    Status status = first && values ? places_first(values, estimators,
                                                   by == BY_BIAS ? BETTER_ONE : BETTER_LOW, 0, first, message)
                                    : fail_memory(message, "the ranks");
    for (int e = 0; e < estimators && !status; e++)
        tally[e].first[by] = first[e];
    free(first);
    free(values);
    return status;
}

Status summarise_truth(const SummaryScope *scope, Message *message)
{
    Tally *tally = NULL;
    int estimators = 0;
    int worlds = 0;
    sqlite3_stmt *statement = NULL;
    Status status = list_estimators(scope, &tally, &estimators, message);
    if (!status)
        status = query_prepare(
            scope->store, &statement, message,
            "SELECT world, rows, p_r, p_o, (SELECT count(*) FROM test_set WHERE experiment = ?1 AND"
            " setting = ?2 AND p_r IS NOT NULL) FROM test_set WHERE experiment = ?1 AND setting = ?2 AND"
            " p_r IS NOT NULL ORDER BY world",
            "tt", scope->experiment, scope->setting);
    while (!status && query_next(scope->store, statement, &status, message)) {
        worlds++;
        status = summarise_world(scope, statement, tally, estimators, message);
    }
    sqlite3_finalize(statement);
    for (int by = 0; by < COMPARED && !status; by++)
        status = find_first(tally, estimators, by, message);
    for (int e = 0; e < estimators; e++) {
        if (!status && worlds > 0)
            status = write_tally(scope, &tally[e], message);
        free(tally[e].estimator);
        for (int by = 0; by < COMPARED; by++)
            unit_values_clear(&tally[e].compared[by]);
    }
    free(tally);
    return status;
}
