#include "experiments/report/coverage.h"

#include "results/store/query.h"

#include <stdlib.h>
#include <string.h>

/* One row of counts: done, diverged, and of the risk layer those with fewer redraws than the spec asks for.
 */
static Status read_count(Store *store, const Provenance *experiment, const Spec *spec, UnitCount *count,
                         int64_t *known, Message *message)
{
    sqlite3_stmt *statement = NULL;
    const bool trained = !count->predictor[0];
    Status status =
        trained ? query_prepare(store, &statement, message,
                                "SELECT count(*) FILTER (WHERE status = 'done'), count(*) FILTER (WHERE"
                                " status = 'diverged'), 0 FROM run WHERE experiment = ?1 AND setting = ?2 AND"
                                " estimator = ?3 AND world < ?4 AND replicate < ?5",
                                "tttii", experiment->name, count->setting, count->estimator, spec->worlds,
                                spec->replicates)
                : query_prepare(store, &statement, message,
                                "SELECT count(*) FILTER (WHERE redraws >= ?5), 0, count(*) FILTER (WHERE"
                                " redraws < ?5) FROM risk WHERE experiment = ?1 AND setting = ?2 AND"
                                " estimator = ?3 AND world < ?4 AND predictor = ?6",
                                "tttiit", experiment->name, count->setting, count->estimator, spec->worlds,
                                spec->risk_redraws, count->predictor);
    if (!status && query_next(store, statement, &status, message)) {
        count->done = sqlite3_column_int64(statement, 0);
        count->diverged = sqlite3_column_int64(statement, 1);
        *known += count->done + count->diverged + sqlite3_column_int64(statement, 2);
    }
    sqlite3_finalize(statement);
    const int64_t all = trained ? (int64_t)spec->worlds * spec->replicates : spec->worlds;
    count->missing = all - count->done - count->diverged;
    return status;
}

/* Rows of one setting, not yet counted. */
static void list_setting(Coverage *coverage, const Spec *spec, const char *text)
{
    for (int e = 0; e < spec->estimators; e++) {
        UnitCount *count = &coverage->count[coverage->counts++];
        snprintf(count->setting, sizeof count->setting, "%s", text);
        snprintf(count->estimator, sizeof count->estimator, "%s", spec->estimator[e]);
    }
    for (int p = 0; p < spec->risk_predictors; p++)
        for (int e = 0; e < spec->risk_estimators; e++) {
            UnitCount *count = &coverage->count[coverage->counts++];
            snprintf(count->setting, sizeof count->setting, "%s", text);
            snprintf(count->predictor, sizeof count->predictor, "%s", spec->risk_predictor[p]);
            snprintf(count->estimator, sizeof count->estimator, "%s", spec->risk_estimator[e]);
        }
}

static Status list_counts(Coverage *coverage, const Spec *spec, Message *message)
{
    Spec *setting = malloc(sizeof *setting);
    char text[SPEC_TEXT];
    coverage->settings = spec_settings(spec);
    size_t each = (size_t)spec->estimators + (size_t)spec->risk_predictors * (size_t)spec->risk_estimators;
    coverage->count = calloc((size_t)coverage->settings * each + 1, sizeof *coverage->count);
    Status status = setting && coverage->count ? STATUS_OK : fail_memory(message, "the units");
    for (int s = 0; !status && s < coverage->settings; s++) {
        status = spec_setting(spec, s, setting, text, message);
        if (!status)
            list_setting(coverage, spec, text);
    }
    free(setting);
    return status;
}

static Status count_all(Store *store, const char *experiment, int64_t *all, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT (SELECT count(*) FROM run WHERE experiment = ?1) +"
                                  " (SELECT count(*) FROM risk WHERE experiment = ?1)",
                                  "t", experiment);
    if (!status && query_next(store, statement, &status, message))
        *all = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

Status coverage_read(Coverage *coverage, Store *store, const Provenance *experiment, Message *message)
{
    int64_t all = 0, known = 0;
    Message why;
    *coverage = (Coverage){0};
    Spec *spec = coverage->spec = malloc(sizeof *spec);
    Status status = spec ? STATUS_OK : fail_memory(message, "the experiment");
    if (!status && spec_read_text(spec, experiment->spec, experiment->name, &why))
        status = fail(message, STATUS_FAILED, "%s: the spec stored by cvrlab %s: %s", store_path(store),
                      experiment->version, why.text);
    if (!status)
        status = list_counts(coverage, spec, message);
    for (int i = 0; !status && i < coverage->counts; i++) {
        UnitCount *count = &coverage->count[i];
        status = read_count(store, experiment, spec, count, &known, message);
        coverage->done += count->done;
        coverage->diverged += count->diverged;
        coverage->missing += count->missing;
    }
    if (!status)
        status = count_all(store, experiment->name, &all, message);
    coverage->beyond = all - known;
    return status;
}

void coverage_free(Coverage *coverage)
{
    free(coverage->count);
    free(coverage->spec);
    *coverage = (Coverage){0};
}
