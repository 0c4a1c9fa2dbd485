/* The names in a claim against those of its experiment, and the settings that its `at` picks. */
#include "experiments/spec/claims_check.h"

#include "results/statistics/metric_names.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <assert.h>
#include <string.h>

enum { MOST_NAMES = 256 };

/* The names that a word of a claim can be. */
typedef struct ClaimNames {
    const char *what; /* "estimator" */
    const char *name[MOST_NAMES];
    int names;
} ClaimNames;

static void add_name(ClaimNames *names, const char *name)
{
    assert(names->names < MOST_NAMES);
    names->name[names->names++] = name;
}

static bool has_name(const ClaimNames *names, const char *word)
{
    for (int i = 0; i < names->names; i++)
        if (!strcmp(names->name[i], word))
            return true;
    return false;
}

static Status one_of(const ClaimNames *names, const char *word, Message *message)
{
    if (has_name(names, word))
        return STATUS_OK;
    return fail_unknown(message, NULL, names->what, word, &(KnownNames){names->name, names->names, NULL});
}

static Status check_metric(const Quantity *q, Message *message)
{
    ClaimNames metric = {.what = "metric"}, own = {.what = "metric"};
    for (const char *const *name = claim_metrics; *name; name++) {
        add_name(&metric, *name);
        add_name(&own, *name);
    }
    for (int i = 0; metric_at(i).metric; i++)
        add_name(&metric, metric_at(i).metric->name);
    for (const Metric *m = reachable_metric_table; m->name; m++)
        add_name(&own, m->name);
    for (const char *const *name = claim_risk_metrics; *name; name++)
        add_name(&metric, *name);
    Status status = one_of(&metric, q->metric, message);
    if (!status && has_name(&own, q->metric))
        return strcmp(q->task, "cvr") == 0
                   ? STATUS_OK
                   : fail(message, STATUS_USAGE, "%s exists for the task cvr only; found 'of %s'", q->metric,
                          q->task);
    return status ? status : metric_check_place(q->metric, q->space, q->task, message);
}

static Status check_risk_names(const Spec *spec, const Quantity *q, Message *message)
{
    ClaimNames estimator = {.what = "risk estimator"}, predictor = {.what = "predictor"};
    for (int i = 0; i < spec->risk_estimators; i++)
        add_name(&estimator, spec->risk_estimator[i]);
    for (int i = 0; i < spec->risk_predictors; i++)
        add_name(&predictor, spec->risk_predictor[i]);
    if (spec->risk_estimators == 0)
        return fail(message, STATUS_USAGE,
                    "%s belongs to the risk layer; expected risk.estimators in the experiment", q->metric);
    Status status = one_of(&estimator, q->estimator, message);
    if (!status)
        status = one_of(&predictor, q->task, message);
    if (!status && strcmp(q->space, "D") != 0)
        return fail(message, STATUS_USAGE, "%s exists over D only; found 'over %s'", q->metric, q->space);
    return status;
}

static Status check_names(const Spec *spec, const Quantity *q, Message *message)
{
    if (claim_is_of_risk(q))
        return check_risk_names(spec, q, message);
    ClaimNames estimator = {.what = "estimator"}, task = {.what = "task"}, space = {.what = "space"};
    for (const MetricTask *t = metric_task_table; t->name; t++)
        add_name(&task, t->name);
    for (const char *const *name = metric_spaces; *name; name++)
        add_name(&space, *name);
    for (int i = 0; i < spec->estimators; i++)
        add_name(&estimator, spec->estimator[i]);
    Status status = one_of(&estimator, q->estimator, message);
    if (!status)
        status = one_of(&task, q->task, message);
    if (!status)
        status = one_of(&space, q->space, message);
    return status ? status : check_metric(q, message);
}

/* Every key of `at` must be swept: a setting says nothing of the others. */
static Status check_keys(const Spec *spec, const Quantity *q, Message *message)
{
    char copy[CLAIM_TEXT], *rest = copy;
    ClaimNames swept = {.what = "swept key"};
    for (int i = 0; i < spec->sweeps; i++)
        add_name(&swept, spec->sweep[i].key);
    for (int i = 0; i < spec->joint.keys; i++)
        add_name(&swept, spec->joint.key[i]);
    memcpy(copy, q->at, sizeof copy);
    for (char *word = strsep(&rest, " "); word && *word; word = strsep(&rest, " ")) {
        *strchr(word, '=') = 0;
        Status status = swept.names ? one_of(&swept, word, message)
                                    : fail(message, STATUS_USAGE,
                                           "found 'at %s'; expected no 'at', since "
                                           "the experiment has no sweep",
                                           word);
        if (status)
            return status;
    }
    return STATUS_OK;
}

/* `at` picks one setting, or at least one for a claim of everywhere. */
static Status check_setting(const Settings *settings, const Quantity *q, bool everywhere, Message *message)
{
    char list[640] = "";
    int matches = 0;
    Status status = check_keys(settings->spec, q, message);
    if (status)
        return status;
    for (int i = 0; i < settings->count; i++) {
        char text[SPEC_TEXT];
        KeyValue pair[MAX_PAIRS];
        SettingPairs pairs = {0};
        const int keys = settings_pairs(settings, i, pair);
        for (int k = 0; k < keys && !status; k++)
            status = setting_pairs_add(&pairs, pair[k].key, pair[k].value, message);
        matches += !status && claim_at(q->at, &pairs);
        setting_pairs_clear(&pairs);
        if (status)
            return status;
        size_t used = strlen(list);
        settings_text(settings, i, text);
        snprintf(list + used, sizeof list - used, "%s%s", used ? "; " : "", text);
    }
    if (matches == 1 || (matches > 1 && everywhere))
        return STATUS_OK;
    return fail(message, STATUS_USAGE, "%s%s%s fits %s setting; expected one of: %s%s",
                q->at[0] ? "'at " : "", q->at[0] ? q->at : "a side without 'at'", q->at[0] ? "'" : "",
                matches ? "more than one" : "no", list,
                matches ? "; or 'everywhere' at the end of the claim" : "");
}

static Status check_claim(const Settings *settings, const char *text, Message *message)
{
    Claim claim;
    Status status = claim_parse(text, &claim, message);
    for (int side = 0; side < (claim.is_number ? 1 : 2) && !status; side++) {
        const Quantity *q = side ? &claim.right : &claim.left;
        status = check_names(settings->spec, q, message);
        if (!status)
            status = check_setting(settings, q, claim.everywhere, message);
    }
    return status;
}

Status claims_check(const Settings *settings, Message *message)
{
    const Spec *spec = settings->spec;
    for (int i = 0; i < spec->claims; i++) {
        char text[SHOWN_TEXT];
        Message why;
        Status status = check_claim(settings, spec->claim[i].that, &why);
        if (status)
            return fail(message, status, "claims: '%s': %s (claims=[] removes the claims)",
                        shown(spec->claim[i].that, text), why.text);
    }
    return STATUS_OK;
}
