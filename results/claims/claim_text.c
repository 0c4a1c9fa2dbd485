/* Parses claims word by word; a message names what was found and what was expected. */
#include "results/claims/claim_text.h"

#include "results/selection/filter.h"
#include "results/selection/measure.h"
#include "results/statistics/metric_names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const claim_metrics[] = {"mean_bias", "abs_bias", "variance", "bias_sq", NULL};

const char *const claim_risk_metrics[] = {"risk_bias", "relative_error", NULL};

bool claim_is_of_risk(const Quantity *quantity)
{
    for (const char *const *metric = claim_risk_metrics; *metric; metric++)
        if (!strcmp(quantity->metric, *metric))
            return true;
    return false;
}

/* The next word of *rest, which moves past it; NULL at the end. */
static char *next_word(char **rest)
{
    char *word = strsep(rest, " \t");
    while (word && !*word)
        word = strsep(rest, " \t");
    return word;
}

static bool keep(char room[CLAIM_WORD], const char *word)
{
    return word && snprintf(room, CLAIM_WORD, "%s", word) < CLAIM_WORD;
}

/* What follows `at`: every word of it KEY=VALUE. */
static Status parse_at(char *rest, Quantity *quantity, Message *message)
{
    size_t used = 0;
    for (char *word = next_word(&rest); word; word = next_word(&rest)) {
        const char *equals = strchr(word, '=');
        if (!equals || equals == word || !equals[1])
            return fail(message, STATUS_USAGE, "found '%s' after 'at'; expected KEY=VALUE", word);
        used += (size_t)snprintf(quantity->at + used, CLAIM_TEXT - used, "%s%s", used ? " " : "", word);
    }
    return used > 0 ? STATUS_OK : fail(message, STATUS_USAGE, "found nothing after 'at'; expected KEY=VALUE");
}

static Status parse_quantity(char *text, Quantity *quantity, Message *message)
{
    char *rest = text;
    const char *estimator = next_word(&rest), *metric = next_word(&rest);
    if (!keep(quantity->estimator, estimator) ||
        !keep(quantity->metric, metric ? measure_canonical(metric) : NULL))
        return fail(message, STATUS_USAGE,
                    "found a side without two names; expected ESTIMATOR METRIC, such as naive mean_bias");
    const MetricPlace usual = metric_place(quantity->metric);
    keep(quantity->task, usual.metric ? usual.task : "cvr");
    keep(quantity->space, usual.metric ? usual.space : "D");
    for (char *word = next_word(&rest); word; word = next_word(&rest)) {
        if (strcmp(word, "at") == 0)
            return parse_at(rest, quantity, message);
        char *room = !strcmp(word, "of") ? quantity->task : !strcmp(word, "over") ? quantity->space : NULL;
        if (!room)
            return fail(message, STATUS_USAGE,
                        "found '%s' after '%s %s'; expected 'of TASK', 'over SPACE' or 'at KEY=VALUE'", word,
                        quantity->estimator, metric);
        if (!keep(room, next_word(&rest)))
            return fail(message, STATUS_USAGE, "found nothing after '%s'; expected a name", word);
    }
    return STATUS_OK;
}

/* The relation stands between blanks, so that it is not the = of KEY=VALUE. */
static char *find_relation(char *text)
{
    for (char *c = text; *c; c++)
        if (strchr("<>=", *c) && c > text && c[-1] == ' ' && c[1] == ' ')
            return c;
    return NULL;
}

static bool is_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return end > text && (!*end || *end == ' ') && isfinite(*number);
}

/* NUMBER [at KEY=VALUE ...]; what follows `at` goes to the left side when that has none. */
static Status parse_number(char *text, Claim *claim, Message *message)
{
    char *rest = text;
    next_word(&rest);
    char *word = next_word(&rest);
    if (word && strcmp(word, "at") != 0) {
        return fail(message, STATUS_USAGE, "found '%s' after a number; expected nothing or 'at KEY=VALUE'",
                    word);
    }
    if (word && claim->left.at[0]) {
        return fail(message, STATUS_USAGE,
                    "found a second 'at'; expected one, since a number has no setting");
    }
    return word ? parse_at(rest, &claim->left, message) : STATUS_OK;
}

Status claim_parse(const char *text, Claim *claim, Message *message)
{
    char copy[CLAIM_TEXT];
    *claim = (Claim){0};
    if (snprintf(copy, sizeof copy, "%s", text) >= CLAIM_TEXT) {
        return fail(message, STATUS_USAGE, "found a claim that is too long; expected at most %d bytes",
                    CLAIM_TEXT - 1);
    }
    char *relation = find_relation(copy);
    if (!relation) {
        return fail(message, STATUS_USAGE,
                    "found no relation; expected 'QUANTITY < QUANTITY' (or > or =) with blanks around it");
    }
    claim->relation = *relation;
    *relation = 0;
    claim->is_number = is_number(relation + 2, &claim->number);
    Status status = parse_quantity(copy, &claim->left, message);
    if (status)
        return status;
    if (claim->is_number)
        return parse_number(relation + 1, claim, message);
    status = parse_quantity(relation + 1, &claim->right, message);
    if (!claim->left.at[0])
        memcpy(claim->left.at, claim->right.at, CLAIM_TEXT);
    else if (!claim->right.at[0])
        memcpy(claim->right.at, claim->left.at, CLAIM_TEXT);
    return status;
}

bool claim_at(const char *at, const SettingPairs *setting)
{
    char copy[CLAIM_TEXT];
    SettingPair wanted;
    snprintf(copy, sizeof copy, "%s", at);
    char *rest = copy;
    for (char *word = next_word(&rest); word; word = next_word(&rest)) {
        const char *value = filter_pair(word, &wanted) ? setting_pairs_find(setting, wanted.key) : NULL;
        if (!value || !value_equal(value, wanted.value))
            return false;
    }
    return true;
}
