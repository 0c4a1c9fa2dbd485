/* What a name means, from the tables that hold it. Each kind of name has a function that says whether it
 * knows the name, and one that lists its names for the message about an unknown one. */
#include "experiments/cli/explain.h"

#include "estimators/core/estimator.h"
#include "experiments/cli/estimator_list.h"
#include "experiments/cli/program_files.h"
#include "experiments/risk/risk.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/spec_read.h"
#include "plots/figures.h"
#include "results/statistics/metric_names.h"
#include "results/tables/grid.h"
#include "sim/base/suggest.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NAMES = 1024 };

typedef struct NameList {
    const char *name[MOST_NAMES];
    int names;
} NameList;

static void add_name(NameList *list, const char *name)
{
    if (list->names < MOST_NAMES)
        list->name[list->names++] = name;
}

/* The experiments that use an estimator, as they are found. */
typedef struct UseList {
    const Estimator *estimator;
    int uses;
} UseList;

/* A shipped file that does not read uses nothing. */
static Status print_use(const char *name, const char *path, void *context, Message *message)
{
    UseList *list = context;
    Spec spec;
    Message why;
    (void)message;
    if (spec_read(&spec, NULL, path, &why))
        return STATUS_OK;
    for (int i = 0; i < spec.estimators; i++) {
        Method method;
        if (spec_find_method(&spec, spec.estimator[i], &method, &why) || method.estimator != list->estimator)
            continue;
        printf("%s%s", list->uses++ ? ", " : "", name);
        return STATUS_OK;
    }
    return STATUS_OK;
}

static Status explain_estimator(const char *name, bool *known, Message *message)
{
    Method method;
    Message why;
    if (method_find(name, &method, &why))
        return STATUS_OK;
    UseList list = {.estimator = method.estimator};
    *known = true;
    estimator_list_one(&method);
    fputs("\n  used by       ", stdout);
    Status status = program_specs(print_use, &list, message);
    puts(list.uses ? "" : "no shipped experiment");
    return status;
}

static void name_estimators(NameList *list)
{
    for (const Estimator *const *e = estimator_table; *e; e++)
        add_name(list, (*e)->name);
}

static Status explain_backbone(const char *name, bool *known, Message *message)
{
    const Backbone *backbone = backbone_find(name);
    (void)message;
    if (!backbone)
        return STATUS_OK;
    *known = true;
    printf("%s: a backbone\n\n  %s.\n  %s+ESTIMATOR puts an estimator on it.\n", name, backbone->summary,
           name);
    return STATUS_OK;
}

static void name_backbones(NameList *list)
{
    for (const Backbone *const *b = backbone_table; *b; b++)
        add_name(list, (*b)->name);
}

static Status explain_metric(const char *name, bool *known, Message *message)
{
    static const char *const better[] = {"low", "high", "near 1", "near that of the truth", "neither"};
    (void)message;
    for (int i = 0; metric_at(i).metric; i++) {
        const Metric *m = metric_at(i).metric;
        Message why;
        if (strcmp(m->name, name) != 0)
            continue;
        printf("%s%s: a metric of %s\n\n  %s.\n\n  better   %s\n  places   ", *known ? "\n" : "", name,
               metric_at(i).task, m->meaning, better[m->better]);
        *known = true;
        const char *before = "";
        for (const MetricTask *task = metric_task_table; task->name; task++) {
            for (int s = 0; metric_spaces[s]; s++) {
                /* A name of two kinds has the task propensity for one of them alone. */
                const bool own =
                    !strcmp(metric_at(i).task, "propensity") == !strcmp(task->name, "propensity");
                if (!own || metric_check_place(name, metric_spaces[s], task->name, &why))
                    continue;
                printf("%s%s/%s/%s", before, name, metric_spaces[s], task->name);
                before = ", ";
            }
        }
        printf("\n  alone    %s means %s/%s/%s\n", name, name, metric_place(name).space,
               metric_place(name).task);
    }
    return STATUS_OK;
}

static void name_metrics(NameList *list)
{
    for (int i = 0; metric_at(i).metric; i++)
        add_name(list, metric_at(i).metric->name);
}

static void print_key(const Field *field)
{
    char range[EXPECTED_TEXT];
    field->type->range(field, range);
    printf("%s: a key of an experiment file\n\n  ", field->key);
    grid_text_wrapped(field->meaning, 2, stdout);
    printf("\n\n  type     %s\n", field->type->name);
    if (*field->unit)
        printf("  unit     %s\n", field->unit);
    if (*range)
        printf("  range    %s\n", range);
    printf("  default  %s\n  example  %s: %s\n", *field->standard ? field->standard : "none", field->key,
           *field->standard ? field->standard : "...");
}

static void print_key_line(const Field *field)
{
    const int start = printf("  %-22s ", field->key);
    grid_text_wrapped(field->meaning, start, stdout);
    puts("");
}

void explain_all_keys(void)
{
    for (int i = 0; i < field_count; i++)
        print_key_line(&field_table[i]);
    puts("\n`cvrlab list keys KEY` says the type, range and default of a key.");
}

static bool in_group(const char *key, const char *group)
{
    const size_t length = strlen(group);
    return !strncmp(key, group, length) && key[length] == '.';
}

static Status explain_key(const char *name, bool *known, Message *message)
{
    const Field *field = field_find(name);
    (void)message;
    if (field)
        print_key(field);
    *known |= field != NULL;
    if (!field_first_of_group(name))
        return STATUS_OK;
    *known = true;
    printf("%s%s: a group of keys of an experiment file\n\n", field ? "\n" : "", name);
    for (int i = 0; i < field_count; i++)
        if (in_group(field_table[i].key, name))
            print_key_line(&field_table[i]);
    return STATUS_OK;
}

static void name_keys(NameList *list)
{
    for (int i = 0; i < field_count; i++)
        add_name(list, field_table[i].key);
}

static Status explain_figure(const char *name, bool *known, Message *message)
{
    (void)message;
    for (const FigureKind *f = figure_table; f->name; f++) {
        if (strcmp(f->name, name) != 0)
            continue;
        *known = true;
        printf("%s: a figure\n\n  %s.\n\n  drawn by  cvrlab plot DB --figure %s\n", name, f->caption, name);
    }
    return STATUS_OK;
}

static void name_figures(NameList *list)
{
    for (const FigureKind *f = figure_table; f->name; f++)
        add_name(list, f->name);
}

static Status explain_risk(const char *name, bool *known, Message *message)
{
    (void)message;
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++) {
        if (strcmp(e->name, name) != 0)
            continue;
        printf("%s%s: an estimator of the risk layer, a name for risk.estimators\n\n  %s.\n",
               *known ? "\n" : "", name, e->meaning);
        *known = true;
    }
    for (const RiskPredictor *p = risk_predictor_table; p->name; p++) {
        if (strcmp(p->name, name) != 0)
            continue;
        printf("%s%s: predictions of the risk layer, a name for risk.predictors\n\n  %s.\n",
               *known ? "\n" : "", name, p->meaning);
        *known = true;
    }
    return STATUS_OK;
}

static void name_risk(NameList *list)
{
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++)
        add_name(list, e->name);
    for (const RiskPredictor *p = risk_predictor_table; p->name; p++)
        add_name(list, p->name);
}

Status explain_name(const char *name, Message *message)
{
    static const struct {
        Status (*explain)(const char *name, bool *known, Message *message);
        void (*names)(NameList *list);
    } kind[] = {{explain_estimator, name_estimators}, {explain_backbone, name_backbones},
                {explain_metric, name_metrics},       {explain_key, name_keys},
                {explain_figure, name_figures},       {explain_risk, name_risk}};
    enum { KINDS = sizeof kind / sizeof *kind };
    NameList list = {.names = 0};
    bool before = false;
    for (int i = 0; i < KINDS; i++) {
        bool known = false;
        kind[i].names(&list);
        Status status = kind[i].explain(name, &known, message);
        if (status)
            return status;
        if (known)
            puts("");
        before |= known;
    }
    static const char *const lists[] = {"estimators", "experiments", "metrics", "risk", "keys"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        add_name(&list, lists[i]);
    const KnownNames all = {list.name, list.names, "one of those that `cvrlab list` prints"};
    return before ? STATUS_OK : fail_unknown(message, "list", "name", name, &all);
}

Status explain_estimators(const char *name, Message *message)
{
    bool known = false;
    NameList list = {.names = 0};
    Status status = explain_estimator(name, &known, message);
    name_estimators(&list);
    const KnownNames estimators = {list.name, list.names,
                                   "one of those that `cvrlab list estimators` prints"};
    return status || known ? status
                           : fail_unknown(message, "list estimators", "estimator", name, &estimators);
}

Status explain_keys(const char *name, Message *message)
{
    bool known = false;
    NameList list = {.names = 0};
    Status status = explain_key(name, &known, message);
    name_keys(&list);
    const KnownNames keys = {list.name, list.names, "one of those that `cvrlab list keys` prints"};
    return status || known ? status : fail_unknown(message, "list keys", "key", name, &keys);
}
