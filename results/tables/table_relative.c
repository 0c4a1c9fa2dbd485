/* What each method closes of the gap between a model that is never updated and one that knows the labels of
 * the future, as papers on delayed feedback report it. */
#include "results/tables/grid_builder.h"

#include "results/statistics/improvement.h"
#include "results/summary/unit_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char from[] = "delay_pretrained", to[] = "delay_oracle";

static const char *const of_clicks[] = {"auc/O", "pr_auc/O", "log_loss/O", "mse/O"};
static const char *const of_all[] = {"auc", "pr_auc", "log_loss", "mse"};
enum { USUAL = sizeof of_clicks / sizeof *of_clicks };

/* The metrics of the page that have values per replicate, where any were asked for; else the usual ones, over
 * clicks where others are among the test exposures. */
static Status choose_measures(const Page *page, const ChosenSetting *setting, Measure *measure, int *measures,
                              Message *message)
{
    Status status = STATUS_OK;
    *measures = 0;
    for (int m = 0; m < page->measures && page->chosen->measures > 0; m++)
        if (page->measure[m].metric && !measure_is_rank(&page->measure[m]))
            measure[(*measures)++] = page->measure[m];
    const char *const *usual = setting->truth || setting->clicked ? of_clicks : of_all;
    for (int m = 0; m < USUAL && page->chosen->measures == 0 && !status; m++)
        status = measure_parse(usual[m], &measure[(*measures)++], message);
    return status;
}

static Status add_measure(const Page *page, const ChosenSetting *setting, const Measure *measure,
                          GridBuilder *builder, Message *message)
{
    const Chosen *chosen = page->chosen;
    char header[MEASURE_TEXT], title[MEASURE_TEXT + 8];
    MetricGroup *group;
    measure_header(measure, setting->truth, chosen->top_k, header);
    snprintf(title, sizeof title, "%s, %%", header);
    const int c = builder->columns;
    (void)grid_builder_add(builder, measure->name, title, CELL_INTERVAL, 100);
    Status status =
        results_metric_group(chosen->results, setting->index, measure_metric(measure), &group, message);
    const int low = status ? -1 : metric_group_find(group, from),
              high = status ? -1 : metric_group_find(group, to);
    for (int e = 0; e < chosen->estimators && low >= 0 && high >= 0 && !status; e++) {
        const int place = metric_group_find(group, chosen->estimator[e]);
        Improvement improvement;
        if (place < 0)
            continue;
        status = unit_improvement(&group->series[place].values, &group->series[low].values,
                                  &group->series[high].values, &improvement, message);
        *grid_builder_cell(builder, e, c) =
            cell_interval(improvement.share, improvement.low, improvement.high);
    }
    return status;
}

static Status print_one(const Page *page, const ChosenSetting *setting, bool names, Message *message)
{
    const Chosen *chosen = page->chosen;
    Measure measure[MOST_MEASURES];
    GridBuilder builder = {0};
    char title[TITLE];
    int measures, rows = 0;
    int *row = calloc((size_t)chosen->estimators + 1, sizeof *row);
    Status status =
        row ? choose_measures(page, setting, measure, &measures, message) : fail_memory(message, "a table");
    if (!status)
        status = grid_builder_init(&builder, chosen->estimators, measures + 1, message);
    if (status)
        goto out;
    (void)grid_builder_add(&builder, "estimator", "estimator", CELL_TEXT, 1);
    for (int m = 0; m < measures && !status; m++)
        status = add_measure(page, setting, &measure[m], &builder, message);
    for (int e = 0; e < chosen->estimators; e++) {
        const bool reference = !strcmp(chosen->estimator[e], from) || !strcmp(chosen->estimator[e], to);
        grid_builder_text(&builder, e, 0, page_name(page, e));
        if (!reference && page_cell(page, setting, e)->runs > 0)
            row[rows++] = e;
    }
    if (!status)
        status = grid_builder_arrange(&builder, row, rows, message);
    snprintf(title, sizeof title, "%s%s%s%sRelative improvement, %s 0 and %s 100",
             page->format->floats ? chosen->experiment : "", page->format->floats ? ": " : "", setting->text,
             *setting->text ? ": " : "", from, to);
    if (!status)
        status = grid_builder_print(
            &builder, page,
            &(GridTexts){.setting = setting->text,
                         .title = title,
                         .note = "Of paired means over replicates, with 95 % intervals by Fieller's theorem; "
                                 "-: the two references do not differ beyond their error.",
                         .names = names,
                         .part = "relative"},
            message);
out:
    grid_builder_clear(&builder);
    free(row);
    return status;
}

Status print_relative(const Page *page, Message *message)
{
    const ExperimentResults *results = page->chosen->results;
    const char *const reference[] = {from, to};
    for (int i = 0; i < 2; i++) {
        const int e = results_estimator(results, reference[i]);
        if (e < 0 || !results_has_runs(results, e))
            return fail(message, STATUS_USAGE,
                        "%s has no runs of %s, to which relative improvements are; expected %s and %s among "
                        "its estimators",
                        page->chosen->experiment, reference[i], from, to);
    }
    Status status = STATUS_OK;
    for (int s = 0; s < page->chosen->settings && !status; s++)
        status = print_one(page, &page->chosen->setting[s], s == 0, message);
    return status;
}
