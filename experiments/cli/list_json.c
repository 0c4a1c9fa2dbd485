/* Each list writes its rows from its own table; what they share is how a row is written. */
#include "experiments/cli/list_json.h"

#include "estimators/core/estimator.h"
#include "experiments/cli/program_files.h"
#include "experiments/risk/risk.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/spec_read.h"
#include "results/statistics/metric_names.h"
#include "results/tables/markup.h"
#include "sim/base/suggest.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list on its way to the standard output. */
typedef struct JsonList {
    const char *name;
    bool some; /* rows before */
} JsonList;

static void begin_row(JsonList *list, const char *name)
{
    fputs(list->some ? ",\n{\"list\": " : "\n{\"list\": ", stdout);
    json_text(stdout, list->name);
    fputs(", \"name\": ", stdout);
    json_text(stdout, name);
    list->some = true;
}

static void put(const char *key, const char *text)
{
    printf(", \"%s\": ", key);
    json_text(stdout, text ? text : "");
}

static void put_constants(const Estimator *e)
{
    fputs(", \"constants\": [", stdout);
    for (int i = 0; i < constant_count(e); i++) {
        const Constant *c = &e->constant[i];
        printf("%s{\"key\": \"%s\", \"default\": %.17g, \"low\": %.17g, \"high\": %.17g", i ? ", " : "",
               c->key, c->value, c->low, c->high);
        put("meaning", c->meaning);
        if (constant_is_from_memory(e, i))
            fputs(", \"from_memory\": true", stdout);
        putchar('}');
    }
    putchar(']');
}

static Status list_estimators(JsonList *list, Message *message)
{
    (void)message;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        begin_row(list, (*e)->name);
        printf(", \"year\": %d", (*e)->year);
        put("family", family_name((*e)->family));
        put("summary", (*e)->summary);
        put("citation", (*e)->cite);
        put("follows", (*e)->follows);
        put("idea", (*e)->idea);
        put("formula", (*e)->formula);
        put("assumes", (*e)->assumes);
        put("fails", (*e)->fails);
        put("backbone", (*e)->backbone ? (*e)->backbone : "towers");
        put("source", source_kind_name((*e)->source));
        put("differs", (*e)->differs);
        put_constants(*e);
        putchar('}');
    }
    return STATUS_OK;
}

static Status list_backbones(JsonList *list, Message *message)
{
    (void)message;
    for (const Backbone *const *b = backbone_table; *b; b++) {
        begin_row(list, (*b)->name);
        put("summary", (*b)->summary);
        putchar('}');
    }
    return STATUS_OK;
}

static Status list_experiment(const char *name, const char *path, void *context, Message *message)
{
    Spec *spec = malloc(sizeof *spec);
    if (!spec)
        return fail_memory(message, "an experiment");
    Status status = spec_read(spec, NULL, path, message);
    if (!status) {
        begin_row(context, name);
        put("question", spec->question);
        putchar('}');
    }
    free(spec);
    return status;
}

static Status list_experiments(JsonList *list, Message *message)
{
    return program_specs(list_experiment, list, message);
}

static Status list_metrics(JsonList *list, Message *message)
{
    static const char *const better[] = {"low", "high", "near 1", "truth", "neither"};
    (void)message;
    for (int i = 0; metric_at(i).metric; i++) {
        const MetricPlace place = metric_at(i);
        begin_row(list, place.metric->name);
        put("space", place.space);
        put("task", place.task);
        put("better", better[place.metric->better]);
        put("meaning", place.metric->meaning);
        putchar('}');
    }
    return STATUS_OK;
}

static Status list_risk(JsonList *list, Message *message)
{
    (void)message;
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++) {
        begin_row(list, e->name);
        put("kind", "estimator");
        put("meaning", e->meaning);
        putchar('}');
    }
    for (const RiskPredictor *p = risk_predictor_table; p->name; p++) {
        begin_row(list, p->name);
        put("kind", "predictor");
        put("meaning", p->meaning);
        putchar('}');
    }
    return STATUS_OK;
}

static void list_fields(JsonList *list, const char *prefix, const Field *table, int count)
{
    for (int i = 0; i < count; i++) {
        const Field *field = &table[i];
        char key[2 * SPEC_WORD], range[EXPECTED_TEXT];
        snprintf(key, sizeof key, "%s%s", prefix, field->key);
        field->type->range(field, range);
        begin_row(list, key);
        put("type", field->type->name);
        put("unit", field->unit);
        put("range", range);
        put("default", field->standard);
        put("meaning", field->meaning);
        putchar('}');
    }
}

static Status list_keys(JsonList *list, Message *message)
{
    (void)message;
    list_fields(list, "", field_table, field_count);
    list_fields(list, "methods.NAME.", outside_field_table, outside_field_count);
    return STATUS_OK;
}

static const struct {
    const char *name;
    Status (*print)(JsonList *list, Message *message);
} lists[] = {
    {"estimators", list_estimators}, {"backbones", list_backbones}, {"experiments", list_experiments},
    {"metrics", list_metrics},       {"risk", list_risk},           {"keys", list_keys}};
enum { LISTS = sizeof lists / sizeof *lists };

Status list_json(const char *name, Message *message)
{
    const char *known[LISTS];
    bool found = !name;
    for (int i = 0; i < LISTS; i++) {
        known[i] = lists[i].name;
        found |= name && !strcmp(name, known[i]);
    }
    if (!found)
        return fail_unknown(message, "list", "list", name, &(KnownNames){known, LISTS, NULL});
    JsonList list = {0};
    Status status = STATUS_OK;
    putchar('[');
    for (int i = 0; i < LISTS && !status; i++) {
        list.name = lists[i].name;
        if (!name || !strcmp(name, list.name))
            status = lists[i].print(&list, message);
    }
    puts("\n]");
    return status;
}
