/* Values, differences and orders of the estimators for every kind of table, out of the results. */
#include "results/tables/table_context.h"

#include "results/statistics/places.h"
#include "results/summary/unit_read.h"

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

static bool is_seconds(const Measure *measure)
{
    return measure->column && !strcmp(measure->column, "seconds");
}

/* Whether the chosen estimator is a model from outside. */
static bool is_outside(const Page *page, int estimator)
{
    return page->chosen->results->outside[page->chosen->place[estimator]];
}

CellKind measure_kind(const Measure *measure)
{
    if (measure->column && !strcmp(measure->column, "relative_bias"))
        return CELL_PERCENT;
    if (is_seconds(measure))
        return CELL_NUMBER;
    if (measure->column && !strcmp(measure->column, "parameters"))
        return CELL_COUNT;
    return measure_is_rank(measure) ? CELL_RANK : CELL_ESTIMATE;
}

bool needs_replicates(const Measure *measure)
{
    return measure->column && (!strcmp(measure->column, "bias_sq") || !strcmp(measure->column, "variance"));
}

double measure_scale(const Measure *measure, bool truth)
{
    /* CELL_PERCENT scales by itself. */
    return truth && measure_kind(measure) != CELL_PERCENT ? measure->scale : 1;
}

bool page_has(const Page *page, unsigned parts)
{
    return page->options->parts == 0 || (page->options->parts & parts) != 0;
}

const char *page_name(const Page *page, int estimator)
{
    return page->format->data ? page->chosen->estimator[estimator] : page->chosen->label[estimator];
}

const char *page_baseline(const Page *page)
{
    return page->format->data ? page->baseline : results_label(page->chosen->results, page->baseline);
}

const EstimatorResults *page_cell(const Page *page, const ChosenSetting *setting, int estimator)
{
    return results_cell(page->chosen->results, setting->index, page->chosen->place[estimator]);
}

static Status read_ranks(const Page *page, const ChosenSetting *setting, const Measure *measure,
                         CellColumn column, Message *message)
{
    MetricGroup *group;
    Status status =
        results_metric_group(page->chosen->results, setting->index, measure_metric(measure), &group, message);
    if (status)
        return status;
    Rank *rank = calloc((size_t)group->count + 1, sizeof *rank);
    UnitValues *values = metric_group_values(group);
    status = !rank || !values                 ? fail_memory(message, "the ranks")
             : !strcmp(measure->name, "rank") ? places_alone(values, group->count, rank, message)
                                              : places_jointly(values, group->count, rank, message);
    for (int e = 0; e < page->chosen->estimators && !status; e++) {
        const int place = metric_group_find(group, page->chosen->estimator[e]);
        if (place < 0)
            continue;
        Cell *to = column.cell + (size_t)e * column.stride;
        to->value = rank[place].place;
        to->low = rank[place].low;
        to->high = rank[place].high;
    }
    free(values);
    free(rank);
    return status;
}

Status page_values(const Page *page, const ChosenSetting *setting, const Measure *measure, CellColumn column,
                   Message *message)
{
    for (int e = 0; e < page->chosen->estimators; e++) {
        const Estimate value = chosen_value(page->chosen, setting, e, measure);
        Cell *cell = &column.cell[(size_t)e * column.stride];
        *cell = cell_estimate(value.value, value.mcse);
        if (is_seconds(measure) && is_outside(page, e))
            snprintf(cell->text, sizeof cell->text, "†");
    }
    return measure_is_rank(measure) ? read_ranks(page, setting, measure, column, message) : STATUS_OK;
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
    for (int e = 0; e < chosen->estimators; e++)
        compared[e] = (Compared){unknown, unknown, false};
    if (!measure->metric || measure_is_rank(measure))
        return STATUS_OK;
    MetricGroup *group;
    Status status =
        results_metric_group(chosen->results, setting->index, measure_metric(measure), &group, message);
    const int baseline = status ? -1 : metric_group_find(group, page->baseline);
    if (baseline < 0)
        return status;
    status = metric_group_compare(group, baseline, message);
    for (int e = 0; e < chosen->estimators && !status; e++) {
        const int place = metric_group_find(group, chosen->estimator[e]);
        if (place >= 0 && group->pairs[place] > 0)
            compared[e] = compare_one(group, place);
    }
    return status;
}

/* Adds to each loss that of a setting, and counts the settings that have the value. */
static Status add_losses(const Page *page, const ChosenSetting *setting, double *loss, int *count,
                         Message *message)
{
    const int n = page->chosen->estimators;
    Cell *cell = calloc((size_t)n + 1, sizeof *cell);
    Status status = cell ? page_values(page, setting, page->sort, (CellColumn){cell, 1}, message)
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
            if (!((count[other] > 0 ? loss[other] / count[other] : INFINITY) > mine))
                break;
            order[at] = other;
        }
        order[at] = e;
    }
}

Status page_order(const Page *page, const ChosenSetting *setting, int settings, int *order, Message *message)
{
    const int n = page->chosen->estimators;
    for (int e = 0; e < n; e++)
        order[e] = e;
    if (!page->sort)
        return STATUS_OK;
    double *loss = calloc((size_t)n + 1, sizeof *loss);
    int *count = calloc((size_t)n + 1, sizeof *count);
    Status status = loss && count ? STATUS_OK : fail_memory(message, "the order of the estimators");
    for (int s = 0; s < settings && !status; s++)
        status = add_losses(page, &setting[s], loss, count, message);
    if (!status)
        sort_by_loss(loss, count, order, n);
    free(loss);
    free(count);
    return status;
}

static Status marks_of_metric(const Page *page, const ChosenSetting *setting, const Measure *measure,
                              int *mark, Message *message)
{
    MetricGroup *group;
    Status status =
        results_metric_group(page->chosen->results, setting->index, measure_metric(measure), &group, message);
    if (status)
        return status;
    int *first = calloc((size_t)group->count + 1, sizeof *first);
    UnitValues *values = metric_group_values(group);
    status = first && values ? places_first(values, group->count, measure->better, 1, first, message)
                             : fail_memory(message, "the best estimators");
    for (int e = 0; e < page->chosen->estimators && !status; e++) {
        const int place = metric_group_find(group, page->chosen->estimator[e]);
        mark[e] = place < 0 ? -1 : first[place];
    }
    free(values);
    free(first);
    return status;
}

/* Seconds of models from outside are no seconds of computing: they are neither compared nor marked. */
static Status marks_of_seconds(const Page *page, const ChosenSetting *setting, int *mark, Message *message)
{
    const int n = page->chosen->estimators;
    UnitValues *values = calloc((size_t)n + 1, sizeof *values);
    Status status = values ? STATUS_OK : fail_memory(message, "the best estimators");
    for (int e = 0; e < n && !status; e++) {
        const EstimatorResults *cell = page_cell(page, setting, e);
        for (int r = 0; r < cell->runs && !status; r++) {
            const UnitRun *run = &cell->run[r];
            if (run->done && !is_outside(page, e) && !isnan(run->seconds))
                status = unit_values_add(&values[e], (UnitValue){run->world, run->replicate, run->seconds},
                                         message);
        }
    }
    if (!status)
        status = places_first(values, n, BETTER_LOW, 0, mark, message);
    for (int e = 0; values && e < n; e++)
        unit_values_clear(&values[e]);
    free(values);
    return status;
}

static void marks_of_bias(const Page *page, const ChosenSetting *setting, const Measure *measure, int *mark)
{
    for (int e = 0; e < page->chosen->estimators; e++) {
        const BiasVarianceSummary *all = &page_cell(page, setting, e)->all;
        mark[e] = !strcmp(measure->column, "bias_sq")    ? all->bias_sq_first
                  : !strcmp(measure->column, "variance") ? all->variance_first
                                                         : all->bias_first;
    }
}

Status mark_best(const Page *page, const ChosenSetting *setting, const Measure *measure, CellColumn column,
                 Message *message)
{
    const int n = page->chosen->estimators;
    const CellKind kind = measure_kind(measure);
    /* A small model is no better one. */
    if (kind == CELL_RANK || kind == CELL_COUNT || measure->centred || measure->decile > 0)
        return STATUS_OK;
    int *mark = calloc((size_t)n + 1, sizeof *mark);
    Status status = mark ? STATUS_OK : fail_memory(message, "the best estimators");
    if (!status && measure->metric)
        status = marks_of_metric(page, setting, measure, mark, message);
    else if (!status && kind == CELL_NUMBER)
        status = marks_of_seconds(page, setting, mark, message);
    else if (!status)
        marks_of_bias(page, setting, measure, mark);
    for (int e = 0; e < n && !status; e++)
        column.cell[(size_t)e * column.stride].best = mark[e] == 1;
    free(mark);
    return status;
}

/* What the errors of values of real data do not hold. */
typedef struct TestSampleGaps {
    bool few;   /* there is no error, since the test sample has too few labels of a class */
    bool seeds; /* the error is over seeds alone */
} TestSampleGaps;

static void find_gaps(const Page *page, const ChosenSetting *setting, TestSampleGaps *gaps)
{
    const Chosen *chosen = page->chosen;
    for (int e = 0; e < chosen->estimators; e++) {
        for (int m = 0; m < page->measures; m++) {
            const Measure *measure = &page->measure[m];
            if (!measure->metric || measure_is_rank(measure))
                continue;
            const MetricCentre centre = results_metric_centre(chosen->results, setting->index,
                                                              chosen->place[e], measure_metric(measure));
            const bool known = centre.replicates > 1 && !isnan(centre.mean.value);
            gaps->few |= known && isnan(centre.mean.mcse);
            gaps->seeds |= known && !isnan(centre.mean.mcse) && isnan(centre.test_error);
        }
    }
}

/* What the errors are, and the marks. */
static void note_errors(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE])
{
    TestSampleGaps gaps = {0};
    bool labels = false;
    for (int s = 0; s < settings; s++) {
        labels |= !setting[s].truth;
        if (!setting[s].truth)
            find_gaps(page, &setting[s], &gaps);
    }
    note_add(note, ". ± %s",
             !labels ? "Monte Carlo standard error"
             : gaps.seeds
                 ? "standard error over replicates alone, since a program ran them that did not record "
                   "how they depend on the test sample"
                 : "standard error over replicates and the test sample");
    if (gaps.few)
        note_add(note, ", without it and without a mark where that has fewer than %d labels of a class",
                 FEWEST_LABELS);
    note_add(note, ", %s", page->format->mark);
}

/* Adds ": ips 1, dr 2", the units of each chosen estimator that has any. */
static void note_each(const Page *page, const int *units, char note[NOTE])
{
    for (int e = 0, named = 0; e < page->chosen->estimators; e++)
        if (units[e] > 0)
            note_add(note, "%s %s %d", named++ ? "," : ":", page_name(page, e), units[e]);
}

Status note_units(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE],
                  Message *message)
{
    const int n = page->chosen->estimators, worlds = page->chosen->results->worlds;
    int *diverged_of = calloc(3 * (size_t)n + 1, sizeof *diverged_of);
    int fewest = INT32_MAX, most = 0, diverged = 0, failed = 0, shared = 0;
    if (!diverged_of)
        return fail_memory(message, "the counts of units");
    int *failed_of = diverged_of + n, *shared_of = failed_of + n;
    for (int s = 0; s < settings; s++) {
        for (int e = 0; e < n; e++) {
            const EstimatorResults *cell = page_cell(page, &setting[s], e);
            if (cell->runs == 0)
                continue;
            fewest = cell->done < fewest ? cell->done : fewest;
            most = cell->done > most ? cell->done : most;
            diverged_of[e] += cell->diverged;
            diverged += cell->diverged;
            failed_of[e] += cell->failed;
            failed += cell->failed;
            shared_of[e] += cell->shared;
            shared += cell->shared;
        }
    }
    note_add(note, fewest < most ? "%d to %d" : "%d", fewest, most);
    note_add(note, " replicate%s an estimator%s in %d world%s, %d diverged", most == 1 ? "" : "s",
             settings > 1 ? " and setting" : "", worlds, worlds == 1 ? "" : "s", diverged);
    note_each(page, diverged_of, note);
    if (failed > 0)
        note_add(note, "; %d failed", failed);
    note_each(page, failed_of, note);
    if (shared > 0)
        note_add(note, "; %d trained in another setting, which does not differ for them", shared);
    note_each(page, shared_of, note);
    note_errors(page, setting, settings, note);
    free(diverged_of);
    return STATUS_OK;
}

void note_tuning(const Page *page, char note[NOTE])
{
    const Chosen *chosen = page->chosen;
    const ExperimentResults *r = chosen->results;
    int train = 0, named = 0;
    if (r->tuned_truth)
        note_add(note, " Options were chosen by the truth of held-out exposures, which no real log has.");
    if (!r->tuned_unbiased)
        return;
    for (int e = 0; e < chosen->estimators; e++)
        train += r->trains_unbiased[chosen->place[e]];
    note_add(note, " Options were chosen on rows of the unbiased sample that nothing is trained on; ");
    for (int e = 0; e < chosen->estimators; e++)
        if (r->trains_unbiased[chosen->place[e]])
            note_add(note, "%s%s", named++ == 0 ? "" : named == train ? " and " : ", ", page_name(page, e));
    note_add(note, train == 0   ? "no method here trains on its other rows"
                   : train == 1 ? " trains on its other rows"
                                : " train on its other rows");
    if (train < chosen->estimators)
        note_add(note, ", and %s saw the sample through this choice alone%s",
                 train ? "the other methods" : "all",
                 r->naive_bayes ? ", but for the propensities of naive Bayes" : "");
    note_add(note, ".");
}

void note_few_worlds(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE])
{
    bool named = false;
    for (int e = 0; e < page->chosen->estimators; e++) {
        const BiasVarianceSummary *least = NULL;
        for (int s = 0; s < settings; s++) {
            const BiasVarianceSummary *all = &page_cell(page, &setting[s], e)->all;
            const bool some = all->variance_worlds > 0 && all->variance_worlds < all->worlds;
            if (some && (!least || all->variance_worlds < least->variance_worlds))
                least = all;
        }
        if (!least)
            continue;
        note_add(note, named ? ", " : "; worlds with the two replicates that bias² and variance need: ");
        note_add(note, "%s %d of %d", page->chosen->estimator[e], least->variance_worlds, least->worlds);
        named = true;
    }
}

void note_seconds(const Page *page, const Measure *measure, char note[NOTE])
{
    bool outside = false;
    for (int e = 0; e < page->chosen->estimators; e++)
        outside |= is_outside(page, e);
    if (outside && is_seconds(measure))
        note_add(note, "; † by the wall clock or as the model says, and not to be compared with the others'");
}

void note_rank(const Measure *measure, char note[NOTE])
{
    if (measure_is_rank(measure))
        note_add(note, "; %s by mse, with %s", measure->name,
                 strcmp(measure->name, "rank") != 0 ? "sets that hold all places at once with 95 % confidence"
                                                    : "a 95 % confidence set of each estimator by itself");
}
