/* Counts of units, by one query over all of an experiment's. */
#include "results/store/unit_tally.h"

#include "results/store/query.h"

#include <stdlib.h>
#include <string.h>

static Status add_tally(UnitTallyList *list, sqlite3_stmt *from, Message *message)
{
    UnitTally *larger = reallocarray(list->tally, (size_t)list->tallies + 1, sizeof *larger);
    if (!larger)
        return fail_memory(message, "the units");
    list->tally = larger;
    UnitTally *tally = &larger[list->tallies++];
    *tally = (UnitTally){.setting = strdup(column_text(from, 0)),
                         .predictor = strdup(column_text(from, 1)),
                         .estimator = strdup(column_text(from, 2)),
                         .done = sqlite3_column_int64(from, 3),
                         .diverged = sqlite3_column_int64(from, 4),
                         .failed = sqlite3_column_int64(from, 5),
                         .short_of = sqlite3_column_int64(from, 6),
                         .all = sqlite3_column_int64(from, 7)};
    return tally->setting && tally->predictor && tally->estimator ? STATUS_OK
                                                                  : fail_memory(message, "the units");
}

/* Both ends are such that the table's key finds the rows: a blob follows every text. */
#define OF_RANGE " AND setting >= coalesce(?5, '') AND setting <= coalesce(?5, x'00')"

Status unit_tally_read(UnitTallyList *list, Store *store, const char *experiment, const UnitRange *range,
                       Message *message)
{
    *list = (UnitTallyList){0};
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        store, &statement, message,
        "SELECT setting, '' AS predictor, estimator,"
        " count(*) FILTER (WHERE status = 'done' AND world < ?2 AND replicate < ?3),"
        " count(*) FILTER (WHERE status = 'diverged' AND world < ?2 AND replicate < ?3),"
        " count(*) FILTER (WHERE status NOT IN ('done', 'diverged') AND world < ?2 AND"
        " replicate < ?3), 0,"
        " count(*) FROM run WHERE experiment = ?1" OF_RANGE " GROUP BY setting, estimator"
        " UNION ALL SELECT setting, predictor, estimator,"
        " count(*) FILTER (WHERE world < ?2 AND redraws >= ?4), 0, 0,"
        " count(*) FILTER (WHERE world < ?2 AND redraws < ?4),"
        " count(*) FROM risk WHERE experiment = ?1" OF_RANGE " GROUP BY setting, predictor, estimator"
        " ORDER BY setting, predictor, estimator",
        "tiiit", experiment, range->worlds, range->replicates, range->redraws, range->setting);
    while (!status && query_next(store, statement, &status, message))
        status = add_tally(list, statement, message);
    sqlite3_finalize(statement);
    return status;
}

void unit_tally_clear(UnitTallyList *list)
{
    for (int i = 0; i < list->tallies; i++) {
        free(list->tally[i].setting);
        free(list->tally[i].predictor);
        free(list->tally[i].estimator);
    }
    free(list->tally);
    *list = (UnitTallyList){0};
}

static Status add_failure(UnitFailureList *list, sqlite3_stmt *from, Message *message)
{
    UnitFailure *larger = reallocarray(list->failure, (size_t)list->failures + 1, sizeof *larger);
    if (!larger)
        return fail_memory(message, "the units that failed");
    list->failure = larger;
    UnitFailure *failure = &larger[list->failures++];
    *failure = (UnitFailure){.estimator = strdup(column_text(from, 0)),
                             .reason = strdup(column_text(from, 1)),
                             .units = sqlite3_column_int64(from, 2),
                             .setting = strdup(column_text(from, 3)),
                             .world = sqlite3_column_int(from, 4),
                             .replicate = sqlite3_column_int(from, 5)};
    return failure->estimator && failure->reason && failure->setting
               ? STATUS_OK
               : fail_memory(message, "the units that failed");
}

Status unit_failures_read(UnitFailureList *list, Store *store, const char *experiment, Message *message)
{
    *list = (UnitFailureList){0};
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        store, &statement, message,
        "WITH failed AS (SELECT r.estimator, e.position AS place, coalesce(r.message, r.status) AS reason,"
        " r.setting, r.world, r.replicate, row_number() OVER (PARTITION BY r.estimator,"
        " coalesce(r.message, r.status) ORDER BY s.position, r.setting, r.world, r.replicate) AS number,"
        " count(*) OVER (PARTITION BY r.estimator, coalesce(r.message, r.status)) AS units"
        " FROM run r JOIN setting s USING (experiment, setting) JOIN estimator e USING (experiment, "
        "estimator)"
        " WHERE r.experiment = ?1 AND (r.message IS NOT NULL OR r.status NOT IN ('done',"
        " 'diverged')))"
        " SELECT estimator, reason, units, setting, world, replicate FROM failed WHERE number = 1"
        " ORDER BY place, estimator, reason",
        "t", experiment);
    while (!status && query_next(store, statement, &status, message))
        status = add_failure(list, statement, message);
    sqlite3_finalize(statement);
    return status;
}

void unit_failures_clear(UnitFailureList *list)
{
    for (int i = 0; i < list->failures; i++) {
        free(list->failure[i].estimator);
        free(list->failure[i].reason);
        free(list->failure[i].setting);
    }
    free(list->failure);
    *list = (UnitFailureList){0};
}

typedef struct TallyName {
    const char *setting, *predictor, *estimator;
} TallyName;

static int compare_name(const void *name, const void *tally)
{
    const TallyName *wanted = name;
    const UnitTally *found = tally;
    int order = strcmp(wanted->setting, found->setting);
    if (!order)
        order = strcmp(wanted->predictor, found->predictor);
    return order ? order : strcmp(wanted->estimator, found->estimator);
}

const UnitTally *unit_tally_find(const UnitTallyList *list, const char *setting, const char *predictor,
                                 const char *estimator)
{
    const TallyName name = {setting, predictor, estimator};
    if (!list->tallies)
        return NULL;
    return bsearch(&name, list->tally, (size_t)list->tallies, sizeof *list->tally, compare_name);
}
