/* The risk layer: estimates of a known loss against it, world by world and then over the worlds. */
#include "results/summary/summary_internal.h"

#include "results/statistics/bias_variance.h"
#include "results/statistics/pooled.h"
#include "results/store/query.h"
#include "results/summary/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sums over the worlds of one predictor and estimator. */
typedef struct Total {
    char predictor[64], estimator[64];
    int predictor_position, estimator_position;
    int64_t replicates;
    Pooled bias, relative;
    double estimate, ideal, bias_theory, variance, variance_theory, mse;
} Total;

/* Closes up the estimates that are defined (a mean of no clicks is not), and returns their number. */
static int keep_defined(double *value, int count)
{
    int n = 0;
    for (int i = 0; i < count; i++)
        if (!isnan(value[i]))
            value[n++] = value[i];
    return n;
}

/* Replaces estimates by |estimate - ideal| / ideal. */
static void to_relative_errors(double *value, int n, double ideal)
{
    for (int i = 0; i < n; i++)
        value[i] = fabs(value[i] - ideal) / ideal;
}

static Status add_world(Total *total, sqlite3_stmt *row, Message *message)
{
    const double ideal = column_double(row, 4);
    const void *estimates = sqlite3_column_blob(row, 7);
    double *value;
    const int count = sqlite3_column_bytes(row, 7) / (int)sizeof *value;
    value = malloc(((size_t)count + 1) * sizeof *value);
    if (!value)
        return fail_memory(message, "a summary of the risk layer");
    if (count > 0)
        memcpy(value, estimates, (size_t)count * sizeof *value);
    const int n = keep_defined(value, count);
    if (n > 0) {
        const ScalarPerformance p = scalar_performance(value, n, ideal);
        const double sd_theory = column_double(row, 6);
        total->replicates += n;
        total->estimate += ideal + p.bias;
        total->ideal += ideal;
        pool(&total->bias, p.bias, p.bias_mcse);
        total->bias_theory += column_double(row, 5);
        total->variance += p.empirical_se * p.empirical_se;
        total->variance_theory += sd_theory * sd_theory;
        total->mse += p.mse;
        to_relative_errors(value, n, ideal);
        const ScalarPerformance relative = scalar_performance(value, n, 0);
        pool(&total->relative, relative.bias, relative.bias_mcse);
    }
    free(value);
    return STATUS_OK;
}

static Status write_total(const SummaryScope *scope, const Total *t, Message *message)
{
    const double w = t->bias.worlds;
    if (t->bias.worlds == 0)
        return STATUS_OK;
    return query_run(scope->store, message,
                     "INSERT INTO summary_risk (experiment, setting, predictor, estimator,"
                     " predictor_position, estimator_position, replicates, estimate_mean, ideal, bias,"
                     " bias_mcse, bias_theory, sd, sd_theory, rmse, relative_error, relative_error_mcse)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
                     "ttttiildddddddddd", scope->experiment, scope->setting, t->predictor, t->estimator,
                     t->predictor_position, t->estimator_position, t->replicates, t->estimate / w,
                     t->ideal / w, pooled_mean(&t->bias), pooled_error_of_these(&t->bias), t->bias_theory / w,
                     sqrt(t->variance / w), sqrt(t->variance_theory / w), sqrt(t->mse / w),
                     pooled_mean(&t->relative), pooled_error(&t->relative));
}

Status summarise_risk(const SummaryScope *scope, Message *message)
{
    sqlite3_stmt *row = NULL;
    Total total = {0};
    Status status = query_prepare(
        scope->store, &row, message,
        "SELECT predictor, estimator, predictor_position, estimator_position, ideal, bias_theory,"
        " sd_theory, estimates FROM risk WHERE experiment = ?1 AND setting = ?2"
        " ORDER BY predictor, estimator, world",
        "tt", scope->experiment, scope->setting);
    while (!status && query_next(scope->store, row, &status, message)) {
        const char *predictor = column_text(row, 0);
        const char *estimator = column_text(row, 1);
        if (strcmp(total.predictor, predictor) != 0 || strcmp(total.estimator, estimator) != 0) {
            status = write_total(scope, &total, message);
            total = (Total){.predictor_position = sqlite3_column_int(row, 2),
                            .estimator_position = sqlite3_column_int(row, 3)};
            snprintf(total.predictor, sizeof total.predictor, "%s", predictor);
            snprintf(total.estimator, sizeof total.estimator, "%s", estimator);
        }
        if (!status)
            status = add_world(&total, row, message);
    }
    sqlite3_finalize(row);
    return status ? status : write_total(scope, &total, message);
}
