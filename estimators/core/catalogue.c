/* The tables of estimators and backbones, and finding a method by name. */
#include "estimators/core/estimator.h"
#include "sim/base/suggest.h"

#include <stdio.h>
#include <string.h>

#define ESTIMATOR(name) extern const Estimator(name);
#include "estimators/table.inc"
#undef ESTIMATOR

#define ESTIMATOR(name) &(name),
const Estimator *const estimator_table[] = {
#include "estimators/table.inc"
    NULL,
};
#undef ESTIMATOR

/* mmoe is a backbone and an estimator */
#define BACKBONE(name) extern const Backbone name##_backbone;
#include "estimators/backbones/table.inc"
#undef BACKBONE

#define BACKBONE(name) &name##_backbone,
const Backbone *const backbone_table[] = {
#include "estimators/backbones/table.inc"
    NULL,
};
#undef BACKBONE

static const Estimator *find_estimator(const char *name)
{
    for (const Estimator *const *e = estimator_table; *e; e++)
        if (!strcmp((*e)->name, name))
            return *e;
    return NULL;
}

const Backbone *backbone_find(const char *name)
{
    for (const Backbone *const *b = backbone_table; *b; b++)
        if (!strcmp((*b)->name, name))
            return *b;
    return NULL;
}

static Status unknown_estimator(const char *name, Message *message)
{
    const char *name_of[sizeof estimator_table / sizeof estimator_table[0]];
    KnownNames known = {.name = name_of, .hint = "one of those that `cvrlab list estimators` prints"};
    for (const Estimator *const *e = estimator_table; *e; e++)
        name_of[known.names++] = (*e)->name;
    return fail_unknown(message, NULL, "estimator", name, &known);
}

static Status unknown_backbone(const char *name, Message *message)
{
    const char *name_of[sizeof backbone_table / sizeof backbone_table[0]];
    KnownNames known = {.name = name_of, .hint = "one of those that `cvrlab list estimators` prints"};
    for (const Backbone *const *b = backbone_table; *b; b++)
        name_of[known.names++] = (*b)->name;
    return fail_unknown(message, NULL, "backbone", name, &known);
}

Status method_find(const char *name, Method *method, Message *message)
{
    char backbone[64] = "";
    const char *plus = strchr(name, '+'), *estimator = plus ? plus + 1 : name;
    if (plus)
        snprintf(backbone, sizeof backbone, "%.*s", (int)(plus - name), name);
    method->estimator = find_estimator(estimator);
    if (!method->estimator)
        return unknown_estimator(estimator, message);
    if (!plus)
        snprintf(backbone, sizeof backbone, "%s",
                 method->estimator->backbone ? method->estimator->backbone : "towers");
    method->backbone = backbone_find(backbone);
    return method->backbone ? STATUS_OK : unknown_backbone(backbone, message);
}

unsigned method_needs(const Method *method)
{
    const Estimator *estimator = method->estimator;
    unsigned needs = estimator->needs;
    for (int k = 0; k < MAX_NETS && estimator->net[k]; k++)
        needs |= estimator->own[k] ? estimator->own[k]->needs : method->backbone->needs;
    return needs;
}

const char *family_name(Family family)
{
    static const char *const name[] = {
        [FAMILY_CLICK_SPACE] = "click space",        [FAMILY_ENTIRE_SPACE] = "entire space",
        [FAMILY_PROPENSITY] = "propensity",          [FAMILY_COUNTERFACTUAL] = "counterfactual",
        [FAMILY_CONFOUNDING] = "hidden confounding", [FAMILY_MULTI_TASK] = "multi-task",
        [FAMILY_DELAYED] = "delayed feedback",
    };
    return name[family];
}

const char *source_kind_name(SourceKind kind)
{
    static const char *const name[] = {[READ_ACCOUNT] = "account",
                                       [READ_PAPER] = "paper",
                                       [READ_PUBLIC_CODE] = "public code",
                                       [READ_AUTHORS_CODE] = "authors' code",
                                       [READ_MEMORY] = "memory"};
    return name[kind];
}

int constant_count(const Estimator *estimator)
{
    int count = 0;
    while (estimator->constant && estimator->constant[count].key)
        count++;
    return count;
}

bool constant_is_from_memory(const Estimator *estimator, int k)
{
    return estimator->from_memory && !strcmp(estimator->constant[k].key, estimator->from_memory);
}
