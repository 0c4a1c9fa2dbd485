/* The tables of metrics as one list. */
#include "results/statistics/metric_names.h"

#include "results/statistics/stream_periods.h"
#include "results/statistics/weighted_metrics.h"

#include <stdbool.h>
#include <string.h>

static const char of_weights[] = "propensity";

const char *const metric_spaces[] = {"D", "O", "N", NULL};

const char *metric_space_find(const char *word)
{
    const char *const *const list[] = {metric_spaces, stream_period_spaces};
    for (int i = 0; i < 2; i++)
        for (const char *const *space = list[i]; *space; space++)
            if (!strcmp(*space, word))
                return *space;
    return NULL;
}

MetricPlace metric_at(int index)
{
    if (index < metric_count)
        return (MetricPlace){&metric_table[index], "D", "cvr"};
    index -= metric_count;
    if (index < joint_metric_count)
        return (MetricPlace){&joint_metric_table[index], "D", "ctcvr"};
    index -= joint_metric_count;
    if (index < reachable_metric_count)
        return (MetricPlace){&reachable_metric_table[index], "D", "cvr"};
    index -= reachable_metric_count;
    if (index < period_metric_count)
        return (MetricPlace){&period_metric_table[index], stream_period_spaces[0], "cvr"};
    index -= period_metric_count;
    if (index < filter_metric_count)
        return (MetricPlace){&filter_metric_table[index], "D", "cvr"};
    index -= filter_metric_count;
    if (index < weighted_metric_count)
        return (MetricPlace){&weighted_metric_table[index], "O", "cvr"};
    index -= weighted_metric_count;
    if (index < propensity_metric_count)
        return (MetricPlace){&propensity_metric_table[index].metric, propensity_metric_table[index].space,
                             of_weights};
    return (MetricPlace){NULL, NULL, NULL};
}

MetricPlace metric_place(const char *name)
{
    MetricPlace place = metric_at(0);
    for (int i = 0; place.metric && strcmp(place.metric->name, name) != 0;)
        place = metric_at(++i);
    return place;
}

Status metric_check_place(const char *name, const char *space, const char *task, Message *message)
{
    const bool weights = !strcmp(task, of_weights);
    const MetricPlace first = metric_place(name);
    const Metric *scores = metric_find(name);
    if (scores && !weights && !strcmp(task, "ctcvr_by_cvr") && !scores->ranks)
        return fail(message, STATUS_USAGE, "%s does not exist for the task %s, which has metrics that rank",
                    name, task);
    if (first.metric && !weights && !metric_is_over(first.metric, space))
        return fail(message, STATUS_USAGE, "%s does not exist over %s", name, space);
    if (first.metric && !weights && *space == 'T' && strcmp(task, "cvr") != 0)
        return fail(message, STATUS_USAGE, "%s exists over %s for the task cvr only; found 'of %s'", name,
                    space, task);
    if (first.metric && !weights && (scores || !strcmp(first.task, task)))
        return STATUS_OK;
    if (first.metric && !weights)
        return fail(message, STATUS_USAGE, "%s exists for the task %s only; found 'of %s'", name, first.task,
                    task);
    for (const PropensityMetric *m = propensity_metric_table; weights && m->metric.name; m++) {
        if (strcmp(m->metric.name, name) != 0)
            continue;
        return strcmp(m->space, space) == 0
                   ? STATUS_OK
                   : fail(message, STATUS_USAGE, "%s of %s exists over %s only; found 'over %s'", name,
                          of_weights, m->space, space);
    }
    return fail(message, STATUS_USAGE, "%s does not exist for the task %s", name, task);
}
