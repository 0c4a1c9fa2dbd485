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

/* Margins of metrics whose size says by itself what is small. */
static const struct {
    const char *metric;
    Margin margin;
} usual_margin[] = {
    {"mean_bias", {MARGIN_OF_TRUTH, 0.05}}, {"abs_bias", {MARGIN_OF_TRUTH, 0.05}},
    {"mse", {MARGIN_OF_RIGHT, 0.2}},        {"auc", {MARGIN_ABSOLUTE, 0.005}},
    {"gauc", {MARGIN_ABSOLUTE, 0.005}},     {"uauc", {MARGIN_ABSOLUTE, 0.005}},
    {"ndcg", {MARGIN_ABSOLUTE, 0.005}},     {"ratio", {MARGIN_ABSOLUTE, 0.05}},
};

static Margin metric_margin(const char *metric)
{
    for (size_t i = 0; i < sizeof usual_margin / sizeof *usual_margin; i++)
        if (!strcmp(usual_margin[i].metric, metric))
            return usual_margin[i].margin;
    return (Margin){0};
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
                        "found '%s' after '%s %s'; expected 'of TASK', 'over SPACE' or 'at KEY=VALUE', or "
                        "'everywhere' at the end of the claim",
                        word, quantity->estimator, metric);
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
        return fail(message, STATUS_USAGE,
                    "found '%s' after a number; expected nothing, 'at KEY=VALUE' or 'everywhere'", word);
    }
    if (word && claim->left.at[0]) {
        return fail(message, STATUS_USAGE,
                    "found a second 'at'; expected one, since a number has no setting");
    }
    return word ? parse_at(rest, &claim->left, message) : STATUS_OK;
}

/* Takes ` within NUMBER [%]` out of the text behind the relation, if it is there. */
static Status parse_margin(char *text, Claim *claim, Message *message)
{
    static const char within[] = " within ";
    char *at = strstr(text, within), *end;
    if (!at)
        return STATUS_OK;
    const char *number = at + strlen(within);
    const double size = strtod(number, &end);
    if (claim->relation != '=')
        return fail(message, STATUS_USAGE, "found 'within' in a claim of %c; expected it in one of = alone",
                    claim->relation);
    const char *percent = end + strspn(end, " ");
    const bool share = *percent == '%';
    const char *rest = share ? percent + 1 : end;
    if (end == number || !isfinite(size) || size <= 0 || (*rest && *rest != ' '))
        return fail(message, STATUS_USAGE,
                    "found '%s' after 'within'; expected a number above 0, or one with %%", number);
    claim->states_margin = true;
    claim->margin = (Margin){share ? MARGIN_OF_RIGHT : MARGIN_ABSOLUTE, share ? size / 100 : size};
    memmove(at, rest, strlen(rest) + 1);
    return STATUS_OK;
}

/* The margin of a claim of = whose sides are known. */
static void settle_margin(Claim *claim)
{
    const Margin usual = metric_margin(claim->left.metric);
    const Margin other = claim->is_number ? usual : metric_margin(claim->right.metric);
    if (!claim->states_margin && usual.unit == other.unit && usual.size == other.size)
        claim->margin = usual;
    else if (claim->margin.unit == MARGIN_OF_RIGHT && usual.unit == MARGIN_OF_TRUTH)
        claim->margin.unit = MARGIN_OF_TRUTH;
}

Status claim_check_margin(const Claim *claim, Message *message)
{
    if (claim->relation != '=')
        return STATUS_OK;
    if (claim->margin.unit == MARGIN_NONE)
        return fail(message, STATUS_USAGE,
                    "a claim of = needs a margin, which %s has not by itself; expected 'within NUMBER' or "
                    "'within NUMBER %%' at its end",
                    claim->left.metric);
    if (claim->margin.unit == MARGIN_OF_RIGHT && claim->is_number && claim->number == 0)
        return fail(message, STATUS_USAGE, "a share of 0 is no margin; expected 'within NUMBER' at its end");
    return STATUS_OK;
}

static const char everywhere[] = " everywhere";

/* Bytes of the text before its final `everywhere`; all of it where there is none. */
static size_t before_everywhere(const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t", text[length - 1]))
        length--;
    const size_t word = strlen(everywhere);
    const bool is_there = length > word && !strncmp(text + length - word, everywhere, word);
    return is_there ? length - word : strlen(text);
}

void claim_with_margin(const char *text, const Claim *claim, char with[CLAIM_MARGIN_TEXT])
{
    const bool share = claim->margin.unit != MARGIN_ABSOLUTE;
    if (claim->margin.unit == MARGIN_NONE || claim->states_margin)
        snprintf(with, CLAIM_MARGIN_TEXT, "%s", text);
    else
        snprintf(with, CLAIM_MARGIN_TEXT, "%.*s within %g%s%s", (int)before_everywhere(text), text,
                 claim->margin.size * (share ? 100 : 1), share ? " %" : "",
                 claim->everywhere ? everywhere : "");
}

static Status parse_sides(char *left, char *right, Claim *claim, Message *message)
{
    claim->is_number = is_number(right + 1, &claim->number);
    Status status = parse_quantity(left, &claim->left, message);
    if (status)
        return status;
    if (claim->is_number)
        return parse_number(right, claim, message);
    status = parse_quantity(right, &claim->right, message);
    if (!claim->left.at[0])
        memcpy(claim->left.at, claim->right.at, CLAIM_TEXT);
    else if (!claim->right.at[0])
        memcpy(claim->right.at, claim->left.at, CLAIM_TEXT);
    return status;
}

Status claim_parse(const char *text, Claim *claim, Message *message)
{
    char copy[CLAIM_TEXT];
    *claim = (Claim){0};
    if (snprintf(copy, sizeof copy, "%s", text) >= CLAIM_TEXT) {
        return fail(message, STATUS_USAGE, "found a claim that is too long; expected at most %d bytes",
                    CLAIM_TEXT - 1);
    }
    const size_t length = before_everywhere(copy);
    claim->everywhere = copy[length] != 0;
    copy[length] = 0;
    char *relation = find_relation(copy);
    if (!relation) {
        return fail(message, STATUS_USAGE,
                    "found no relation; expected 'QUANTITY < QUANTITY' (or > or =) with blanks around it");
    }
    claim->relation = *relation;
    *relation = 0;
    Status status = parse_margin(relation + 1, claim, message);
    if (!status)
        status = parse_sides(copy, relation + 1, claim, message);
    if (!status && claim->everywhere && !claim->is_number && strcmp(claim->left.at, claim->right.at) != 0)
        status = fail(message, STATUS_USAGE,
                      "found 'at %s' and 'at %s'; expected one 'at', since both sides of a claim of "
                      "everywhere are of the same setting",
                      claim->left.at, claim->right.at);
    if (!status && claim->relation == '=')
        settle_margin(claim);
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
