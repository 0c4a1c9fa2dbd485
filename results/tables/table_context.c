#include "results/tables/table_context.h"

#include "results/store/query.h"
#include "results/summary/metric_group.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* An error of the paired difference above this share of it is too large to go by. */
static const double most_relative_error = 1.0 / 3;

static const Cell unknown = {.value = NAN, .low = NAN, .high = NAN};

void note_add(char note[NOTE], const char *format, ...)
{
    const size_t length = strlen(note);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(note + length, NOTE - length, format, values);
    va_end(values);
}

static int is_rank(const Measure *measure)
{
    return measure->column && !strcmp(measure->column, "rank");
}

CellKind measure_kind(const Measure *measure)
{
    if (measure->column && !strcmp(measure->column, "relative_bias")) {
        return CELL_PERCENT;
    }
    if (measure->column && !strcmp(measure->column, "seconds")) {
        return CELL_NUMBER;
    }
    return is_rank(measure) ? CELL_RANK : CELL_ESTIMATE;
}

double measure_scale(const Measure *measure, int truth)
{
    /* CELL_PERCENT scales by itself. */
    return truth && measure_kind(measure) != CELL_PERCENT ? measure->scale : 1;
}

Status page_count(const Page *page, const ChosenSetting *setting, Counted *counted, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(page->store, &statement, message,
                                  "SELECT estimator, status = 'done', count(*) FROM run WHERE experiment = ?1"
                                  " AND setting = ?2 GROUP BY 1, 2",
                                  "tt", page->chosen->experiment, setting->text);
    memset(counted, 0, (size_t)page->chosen->estimators * sizeof *counted);
    while (!status && query_next(page->store, statement, &status, message)) {
        for (int e = 0; e < page->chosen->estimators; e++) {
            if (!strcmp(page->chosen->estimator[e], column_text(statement, 0))) {
                *(sqlite3_column_int(statement, 1) ? &counted[e].done : &counted[e].diverged) =
                    sqlite3_column_int(statement, 2);
            }
        }
    }
    sqlite3_finalize(statement);
    return status;
}

static Status read_group(const Page *page, const ChosenSetting *setting, const Measure *measure,
                         MetricGroup *group, Message *message)
{
    return metric_group_read(group, page->store, page->chosen->experiment, setting->text, measure->space,
                             measure->task, measure->metric, message);
}

static Status read_ranks(const Page *page, const ChosenSetting *setting, const Measure *measure, Cell *cell,
                         size_t stride, Message *message)
{
    MetricGroup group;
    Status status = read_group(page, setting, measure, &group, message);
    Rank *rank = calloc((size_t)group.count + 1, sizeof *rank);
    if (!status) {
        status = rank ? metric_group_ranks(&group, rank, message) : fail_memory(message, "the ranks");
    }
    for (int e = 0; e < page->chosen->estimators && !status; e++) {
        int place = metric_group_find(&group, page->chosen->estimator[e]);
        if (place >= 0) {
            Cell *to = cell + (size_t)e * stride;
            to->value = rank[place].place;
            to->low = rank[place].low;
            to->high = rank[place].high;
        }
    }
    free(rank);
    metric_group_clear(&group);
    return status;
}

Status page_values(const Page *page, const ChosenSetting *setting, const Measure *measure, Cell *cell,
                   size_t stride, Message *message)
{
    const Chosen *chosen = page->chosen;
    Status status = STATUS_OK;
    for (int e = 0; e < chosen->estimators && !status; e++) {
        Cell *to = cell + (size_t)e * stride;
        *to = unknown;
        status = measure_read(page->store, chosen->experiment, setting->text, chosen->estimator[e], measure,
                              setting->truth, &to->value, &to->low, message);
    }
    if (!status && is_rank(measure)) {
        status = read_ranks(page, setting, measure, cell, stride, message);
    }
    return status;
}

static Compared compare_one(const MetricGroup *group, int place)
{
    const PairedDifference *d = &group->difference[place];
    return (Compared){{.value = d->difference, .low = d->low, .high = d->high},
                      {.value = group->p[place], .low = NAN, .high = NAN},
                      !(d->error <= most_relative_error * fabs(d->difference))};
}

Status page_compare(const Page *page, const ChosenSetting *setting, const Measure *measure,
                    Compared *compared, Message *message)
{
    const Chosen *chosen = page->chosen;
    for (int e = 0; e < chosen->estimators; e++) {
        compared[e] = (Compared){unknown, unknown, 0};
    }
    if (!measure->metric || is_rank(measure)) {
        return STATUS_OK;
    }
    MetricGroup group;
    Status status = read_group(page, setting, measure, &group, message);
    int baseline = status ? -1 : metric_group_find(&group, page->baseline);
    if (baseline >= 0) {
        status = metric_group_compare(&group, baseline, message);
    }
    for (int e = 0; e < chosen->estimators && baseline >= 0 && !status; e++) {
        int place = metric_group_find(&group, chosen->estimator[e]);
        if (place >= 0 && group.pairs[place] > 0) {
            compared[e] = compare_one(&group, place);
        }
    }
    metric_group_clear(&group);
    return status;
}

/* Adds to each loss that of a setting, and counts the settings that have the value. */
static Status add_losses(const Page *page, const ChosenSetting *setting, double *loss, int *count,
                         Message *message)
{
    const int n = page->chosen->estimators;
    Cell *cell = calloc((size_t)n + 1, sizeof *cell);
    Status status = cell ? page_values(page, setting, page->sort, cell, 1, message)
                         : fail_memory(message, "the order of the estimators");
    for (int e = 0; e < n && !status; e++) {
        const double more = measure_loss(page->sort, cell[e].value);
        if (!isnan(more)) {
            loss[e] += more;
            count[e]++;
        }
    }
    free(cell);
    return status;
}

/* Insertion sort, which keeps the order of equals; those without a value come last. */
static void sort_by_loss(const double *loss, const int *count, int *order, int n)
{
    for (int i = 1; i < n; i++) {
        const int e = order[i];
        const double mine = count[e] > 0 ? loss[e] / count[e] : INFINITY;
        int at = i;
        for (; at > 0; at--) {
            const int other = order[at - 1];
            if (!((count[other] > 0 ? loss[other] / count[other] : INFINITY) > mine)) {
                break;
            }
            order[at] = other;
        }
        order[at] = e;
    }
}

Status page_order(const Page *page, const ChosenSetting *setting, int settings, int *order, Message *message)
{
    const int n = page->chosen->estimators;
    for (int e = 0; e < n; e++) {
        order[e] = e;
    }
    if (!page->sort) {
        return STATUS_OK;
    }
    double *loss = calloc((size_t)n + 1, sizeof *loss);
    int *count = calloc((size_t)n + 1, sizeof *count);
    Status status = loss && count ? STATUS_OK : fail_memory(message, "the order of the estimators");
    for (int s = 0; s < settings && !status; s++) {
        status = add_losses(page, &setting[s], loss, count, message);
    }
    if (!status) {
        sort_by_loss(loss, count, order, n);
    }
    free(loss);
    free(count);
    return status;
}

void mark_best(const Measure *measure, Cell *cell, int rows, size_t stride)
{
    Cell *best = NULL;
    double least = NAN;
    int known = 0;
    for (int r = 0; r < rows && !is_rank(measure); r++) {
        Cell *one = cell + (size_t)r * stride;
        const double loss = measure_loss(measure, one->value);
        known += !isnan(loss);
        if (!isnan(loss) && !(loss >= least)) {
            best = one;
            least = loss;
        }
    }
    if (best && known > 1) {
        best->best = 1;
    }
}

static Status count_worlds(const Page *page, int *worlds, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(page->store, &statement, message,
                                  "SELECT count(DISTINCT world) FROM run WHERE experiment = ?1", "t",
                                  page->chosen->experiment);
    *worlds = !status && query_next(page->store, statement, &status, message)
                  ? sqlite3_column_int(statement, 0)
                  : 0;
    sqlite3_finalize(statement);
    return status;
}

/* Names the estimators with diverged units. */
static void note_diverged(const Page *page, const Counted *total, char note[NOTE])
{
    int named = 0;
    for (int e = 0; e < page->chosen->estimators; e++) {
        if (total[e].diverged > 0) {
            note_add(note, "%s %s %d", named++ ? "," : ":", page->chosen->estimator[e], total[e].diverged);
        }
    }
}

Status note_units(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE],
                  Message *message)
{
    const int n = page->chosen->estimators;
    Counted *counted = calloc(2 * (size_t)n + 1, sizeof *counted);
    Counted *total = counted + n;
    int worlds = 0;
    int fewest = INT32_MAX;
    int most = 0;
    int diverged = 0;
    Status status =
        counted ? count_worlds(page, &worlds, message) : fail_memory(message, "the counts of units");
    for (int s = 0; s < settings && !status; s++) {
        status = page_count(page, &setting[s], counted, message);
        for (int e = 0; e < n && !status; e++) {
            if (counted[e].done + counted[e].diverged > 0) {
                fewest = counted[e].done < fewest ? counted[e].done : fewest;
                most = counted[e].done > most ? counted[e].done : most;
                total[e].diverged += counted[e].diverged;
                diverged += counted[e].diverged;
            }
        }
    }
    if (!status) {
        note_add(note, fewest < most ? "%d to %d" : "%d", fewest, most);
        note_add(note, " replicate%s an estimator%s in %d world%s, %d diverged", most == 1 ? "" : "s",
                 settings > 1 ? " and setting" : "", worlds, worlds == 1 ? "" : "s", diverged);
        note_diverged(page, total, note);
        note_add(note, ". ± %s, %s",
                 setting->truth ? "Monte Carlo standard error" : "standard error of the mean over replicates",
                 grid_mark(page->options->format));
    }
    free(counted);
    return status;
}
