/* Sections that need no model: 1. counts, 8. leaks, 9. parts and 10. power. */
#include "experiments/audit/audit_section_internal.h"

#include <math.h>
#include <string.h>

Status fill_counts(AuditSection *section, const AuditResults *results, Message *message)
{
    const AuditCounts *c = &results->counts;
    const NamedEstimate line[] = {
        {"rows", plain_number((double)c->rows)},
        {"clicks", plain_number((double)c->clicks)},
        {"conversions", plain_number((double)c->conversions)},
        {"click rate", c->ctr},
        {"CVR of clicks", c->cvr},
        {"CTCVR", c->ctcvr},
        {"design effect of the click rate", plain_number(c->design[0])},
        {"design effect of the CVR of clicks", plain_number(c->design[1])},
        {"users", plain_number((double)c->users)},
        {"users with one row", plain_number((double)c->users_once)},
        {"items", plain_number((double)c->items)},
        {"items with one row", plain_number((double)c->items_once)},
        {"rows of a user and item met before", plain_number((double)c->repeated_pairs)},
        {"rows equal to an earlier one", plain_number((double)c->duplicates)},
        {"conversions without a click", plain_number((double)c->unclicked)},
    };
    const bool enough = c->conversions >= 200;
    section_conclude(section, enough ? AUDIT_HOLDS : AUDIT_FAILS,
                     "%zu conversions: %s the 200 below which what follows is mostly noise", c->conversions,
                     enough ? "no fewer than" : "fewer than");
    return section_named(section, NAMED(line), message);
}

/* --- 8. */

/* "order_id, dwell and 3 more", as far as there is room. */
static void name_leaks(const AuditResults *results, char *names, size_t size)
{
    const int leaks = audit_count_leaks(results);
    size_t used = 0;
    int named = 0;
    names[0] = '\0';
    for (int j = 0; j < results->columns && used + (size_t)2 * AUDIT_COLUMN < size; j++) {
        if (!results->leak[j].leaks)
            continue;
        used +=
            (size_t)snprintf(names + used, size - used, "%s%s", named ? ", " : "", results->leak[j].column);
        named++;
    }
    if (named < leaks)
        snprintf(names + used, size - used, " and %d more", leaks - named);
}

Status fill_leaks(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"auc_click", "auc_conversion", "click_told", NULL};
    const TableLook look = {.name = "column", .number = number, .mark = "leaks"};
    char names[AUDIT_COLUMN * 4];
    const AuditTable *table = section_begin(section, &look, results->columns, message);
    if (!table)
        return STATUS_FAILED;
    for (int j = 0; j < results->columns; j++) {
        const AuditLeak *l = &results->leak[j];
        table_name(table, j, l->column);
        table_numbers(table, j, 0, (const double[]){l->click, l->conversion, l->told}, 3);
        table_mark(table, j, l->leaks ? "yes" : "");
    }
    const char *unread = results->log.data->unread;
    name_leaks(results, names, sizeof names);
    section_conclude(
        section, names[0] ? AUDIT_FAILS : AUDIT_HOLDS,
        "%s%s (AUC above .95, or above .85 and .15 above the next column; or more than .9 of the "
        "click told)%s%.160s",
        names[0] ? "LEAKS: " : "no column tells a label", names,
        unread ? "; not looked at, since no key of columns names them: " : "", unread ? unread : "");
    return STATUS_OK;
}

/* --- 9. */

/* What a model of the whole log is worth on the other rows, with and without ids that it does not know. */
static Status fill_seen(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"#rows", "#clicks", "#conversions", "auc_click", "auc_conversion",
                                         "ratio", NULL};
    const TableLook look = {"seen", "A model of the log on these rows, and on those whose ids it has seen",
                            "rows of", number, NULL};
    const AuditPartScore *score[] = {&results->seen.all, &results->seen.seen};
    const AuditTable *table = section_begin(section, &look, 2, message);
    if (!table)
        return STATUS_FAILED;
    for (int k = 0; k < 2; k++) {
        const AuditPartScore *s = score[k];
        const double value[] = {(double)s->rows, (double)s->clicks, (double)s->conversions,
                                s->click_auc,    s->conversion_auc, s->ratio};
        table_name(table, k, k ? "seen ids" : "all ids");
        table_numbers(table, k, 0, value, 6);
    }
    return STATUS_OK;
}

/* "item .68, context[3] .61 and user .55" */
static void name_telling(const AuditResults *results, char *text, size_t size)
{
    const AuditClassifier *c = &results->classifier;
    size_t used = 0;
    text[0] = '\0';
    for (int t = 0; t < AUDIT_TELLING && c->telling[t] >= 0 && used < size; t++)
        used += (size_t)snprintf(text + used, size - used, "%s%s %.2f", t ? ", " : "",
                                 results->drift[c->telling[t]].column, c->column_auc[c->telling[t]]);
}

Status fill_parts(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"auc",          "distance",       "#unseen_rows",
                                         "unseen_share", "expected_share", NULL};
    const TableLook look = {.name = "column", .number = number};
    const AuditClassifier *c = &results->classifier;
    char telling[3 * AUDIT_COLUMN];
    if (!results->drift) {
        section_conclude(section, AUDIT_UNKNOWN, "no test rows and no random rows to hold against the log");
        return STATUS_OK;
    }
    const AuditTable *table = section_begin(section, &look, results->columns, message);
    if (!table)
        return STATUS_FAILED;
    for (int j = 0; j < results->columns; j++) {
        const AuditDrift *d = &results->drift[j];
        const double value[] = {c->column_auc[j], d->distance,
                                d->categorical ? (double)d->unseen : (double)NAN, d->unseen_share,
                                d->expected};
        table_name(table, j, d->column);
        table_numbers(table, j, 0, value, 5);
    }
    name_telling(results, telling, sizeof telling);
    section_conclude(section, c->auc < 0.55 ? AUDIT_HOLDS : AUDIT_FAILS,
                     "%s rows are told from the log with an AUC of %.3f [%.3f, %.3f] (threshold .55); by "
                     "single columns: %s",
                     results->other == &results->log.data->random ? "random" : "test", c->auc, c->low,
                     c->high, telling);
    return results->log.fitted ? fill_seen(section, results, message) : STATUS_OK;
}

/* --- 10. */

Status fill_power(AuditSection *section, const AuditResults *results, Message *message)
{
    const Log *test = results->other ? results->other : &results->log.data->log;
    size_t clicks = 0, conversions = 0;
    for (size_t i = 0; i < test->x.rows; i++) {
        clicks += test->click[i];
        conversions += test->click[i] && test->conversion[i];
    }
    const double cvr = results->counts.cvr.value;
    const double error = audit_auc_error(0.75, conversions, clicks - conversions);
    const NamedEstimate line[] = {
        {"labelled rows to test on", plain_number((double)clicks)},
        {"conversions of them", plain_number((double)conversions)},
        {"standard error of an AUC of .75", plain_number(error)},
        {"random rows that show a gap of .05 CVR", plain_number(audit_rows_for_gap(cvr, 0.05 * cvr))},
        {"random rows that show a gap of .1 CVR", plain_number(audit_rows_for_gap(cvr, 0.1 * cvr))},
        {"random rows that show a gap of .25 CVR", plain_number(audit_rows_for_gap(cvr, 0.25 * cvr))},
    };
    section_conclude(section, error < 0.01 ? AUDIT_HOLDS : AUDIT_FAILS,
                     "%zu clicks, %zu conversions: AUCs that differ by less than %.3f are noise unless their "
                     "rows are paired (threshold: a standard error of .01)",
                     clicks, conversions, 1.959964 * sqrt(2) * error);
    return section_named(section, NAMED(line), message);
}
