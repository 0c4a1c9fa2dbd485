/* Chooses by the words of a filter, which are first checked against all that the store has. */
#include "results/selection/selection.h"

#include "sim/base/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Status parse_measures(const Words *words, Measure measure[MOST_MEASURES], int *measures,
                             Message *message)
{
    char part[WORD_TEXT];
    Status status = STATUS_OK;
    for (WordsAt at = {0}; !status && words_next(words, &at, part);) {
        if (*measures == MOST_MEASURES)
            return fail(message, STATUS_USAGE, "--metric: expected at most %d names", MOST_MEASURES);
        status = measure_parse(part, &measure[(*measures)++], message);
    }
    return status;
}

/* The metrics of the filter, or else those that the experiment shows. */
static Status choose_measures(Chosen *chosen, const Selection *selection, Message *message)
{
    const char *shown = chosen->results->shown;
    const Words words = {&shown, *shown ? 1 : 0};
    if (selection->measures == 0)
        return parse_measures(&words, chosen->measure, &chosen->measures, message);
    memcpy(chosen->measure, selection->measure, sizeof chosen->measure);
    chosen->measures = selection->measures;
    return STATUS_OK;
}

/* Different texts in order of first appearance; they belong to somebody else. */
typedef struct TextSet {
    const char **text;
    int texts;
} TextSet;

/* The place of the text, which is added if it is new; -1 when out of memory. */
static int text_set_add(TextSet *set, const char *text)
{
    for (int i = 0; i < set->texts; i++)
        if (!strcmp(set->text[i], text))
            return i;
    const char **larger = reallocarray(set->text, (size_t)set->texts + 1, sizeof *larger);
    if (!larger)
        return -1;
    set->text = larger;
    larger[set->texts] = text;
    return set->texts++;
}

/* Fails about a name that is not in the set. */
static Status check_known(const StoreResults *results, const char *what, const char *name, const TextSet *set,
                          Message *message)
{
    for (int i = 0; i < set->texts; i++)
        if (!strcmp(set->text[i], name))
            return STATUS_OK;
    if (set->texts == 0)
        return fail(message, STATUS_USAGE, "%s: has no %s '%s'", store_path(results->store), what, name);
    const KnownNames known = {set->text, set->texts, NULL};
    return fail_unknown(message, store_path(results->store), what, name, &known);
}

/* The estimators of all experiments and, with `risk`, those of the risk layer. */
static Status list_estimators(TextSet *set, const StoreResults *results, bool risk, Message *message)
{
    bool lost = false;
    for (int i = 0; i < results->experiments; i++) {
        const ExperimentResults *r = &results->experiment[i];
        for (int e = 0; e < r->estimators; e++)
            lost |= text_set_add(set, r->estimator[e]) < 0;
        for (int k = 0; k < r->risk_rows && risk; k++)
            lost |= text_set_add(set, r->risk_row[k].estimator) < 0;
    }
    return lost ? fail_memory(message, "the names of the estimators") : STATUS_OK;
}

Status selection_check_estimator(const StoreResults *results, const char *name, Message *message)
{
    TextSet set = {0};
    Status status = list_estimators(&set, results, false, message);
    if (!status)
        status = check_known(results, "estimator", name, &set, message);
    free((void *)set.text);
    return status;
}

static Status check_estimators(const StoreResults *results, const Words *words, Message *message)
{
    char part[WORD_TEXT];
    TextSet set = {0};
    Status status = list_estimators(&set, results, true, message);
    for (WordsAt at = {0}; !status && words_next(words, &at, part);)
        status = check_known(results, "estimator", part, &set, message);
    free((void *)set.text);
    return status;
}

/* All keys of the settings, or all values of one key. */
static Status list_words(TextSet *set, const StoreResults *results, const char *key, Message *message)
{
    bool lost = false;
    for (int i = 0; i < results->experiments; i++) {
        const ExperimentResults *r = &results->experiment[i];
        for (int s = 0; s < r->settings; s++) {
            const SettingPairs *pairs = &r->setting[s].pairs;
            for (int p = 0; p < pairs->pairs; p++)
                if (!key || !strcmp(key, pairs->pair[p].key))
                    lost |= text_set_add(set, key ? pairs->pair[p].value : pairs->pair[p].key) < 0;
        }
    }
    return lost ? fail_memory(message, "the settings") : STATUS_OK;
}

/* "a, b or c" */
static void join(const TextSet *set, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < set->texts && used < size; i++) {
        const char *between = i == 0 ? "" : i + 1 < set->texts ? ", " : " or ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", between, set->text[i]);
    }
}

static Status check_value(const StoreResults *results, const SettingPair *pair, Message *message)
{
    char list[512];
    TextSet values = {0};
    Status status = list_words(&values, results, pair->key, message);
    bool found = false;
    for (int i = 0; i < values.texts; i++)
        found |= value_equal(values.text[i], pair->value);
    join(&values, list, sizeof list);
    free((void *)values.text);
    if (status || found)
        return status;
    return fail(message, STATUS_USAGE, "%s: %s: found '%s'; expected %s", store_path(results->store),
                pair->key, pair->value, list);
}

/* Is the key of the word swept in the store, and has it the value? */
static Status check_pair(const StoreResults *results, const char *word, Message *message)
{
    SettingPair pair;
    TextSet keys = {0};
    if (!filter_pair(word, &pair))
        return fail(message, STATUS_USAGE, "--setting: found '%s'; expected KEY=VALUE", word);
    Status status = list_words(&keys, results, NULL, message);
    if (!status && keys.texts == 0)
        status = fail(message, STATUS_USAGE, "%s: has no sweep; found --setting %s",
                      store_path(results->store), word);
    if (!status)
        status = check_known(results, "key", pair.key, &keys, message);
    free((void *)keys.text);
    return status ? status : check_value(results, &pair, message);
}

static Status choose_settings(Chosen *chosen, const Words *asked, Message *message)
{
    const ExperimentResults *r = chosen->results;
    chosen->setting = calloc((size_t)r->settings + 1, sizeof *chosen->setting);
    if (!chosen->setting)
        return fail_memory(message, "the settings");
    for (int s = 0; s < r->settings; s++) {
        const SettingResults *setting = &r->setting[s];
        if (filter_fits(&setting->pairs, asked))
            chosen->setting[chosen->settings++] = (ChosenSetting){
                .text = setting->text, .index = s, .truth = setting->truth, .clicked = setting->clicked};
    }
    return STATUS_OK;
}

static Status choose_estimators(Chosen *chosen, const Words *asked, Message *message)
{
    const ExperimentResults *r = chosen->results;
    chosen->estimator = calloc((size_t)r->estimators + 1, sizeof *chosen->estimator);
    chosen->label = calloc((size_t)r->estimators + 1, sizeof *chosen->label);
    chosen->place = calloc((size_t)r->estimators + 1, sizeof *chosen->place);
    if (!chosen->estimator || !chosen->label || !chosen->place)
        return fail_memory(message, "the names of the estimators");
    for (int e = 0; e < r->estimators; e++) {
        if (!results_has_runs(r, e) || !words_have(asked, r->estimator[e]))
            continue;
        chosen->estimator[chosen->estimators] = r->estimator[e];
        chosen->label[chosen->estimators] = r->label[e];
        chosen->place[chosen->estimators++] = e;
    }
    return STATUS_OK;
}

static const SettingPairs *pairs_of(const Chosen *chosen, int setting)
{
    return &chosen->results->setting[chosen->setting[setting].index].pairs;
}

static int compare_values(const void *a, const void *b, void *size)
{
    const ChosenSetting *const *x = a, *const *y = b;
    return memcmp((*x)->value, (*y)->value, *(const size_t *)size);
}

/* Whether the keys so far are different in any two settings. Those of a grid never are before the last one,
 * but joint settings may have further keys, which are no axis of their own. */
static Status told_apart(const Chosen *chosen, bool *told, Message *message)
{
    size_t size = (size_t)chosen->keys * sizeof chosen->setting[0].value[0];
    double places = 1;
    for (int k = 0; k < chosen->keys; k++)
        places *= chosen->key[k].values;
    *told = chosen->keys > 0 && places >= chosen->settings;
    if (!*told)
        return STATUS_OK;
    const size_t place = sizeof(const ChosenSetting *);
    const ChosenSetting **sorted = calloc((size_t)chosen->settings, place);
    if (!sorted)
        return fail_memory(message, "the settings");
    for (int s = 0; s < chosen->settings; s++)
        sorted[s] = &chosen->setting[s];
    qsort_r((void *)sorted, (size_t)chosen->settings, place, compare_values, &size);
    for (int s = 1; *told && s < chosen->settings; s++)
        *told = compare_values(&sorted[s - 1], &sorted[s], &size) != 0;
    free((void *)sorted);
    return STATUS_OK;
}

/* Adds a key of the first setting: to the sweep if it has several values, else to `fixed`, of `size` bytes.
 */
static Status add_key(Chosen *chosen, const SettingPair *pair, size_t size, Message *message)
{
    TextSet values = {0};
    const bool room = chosen->keys < MOST_KEYS;
    bool told;
    Status status = told_apart(chosen, &told, message);
    if (status)
        return status;
    for (int s = 0; s < chosen->settings; s++) {
        const char *value = setting_pairs_find(pairs_of(chosen, s), pair->key);
        const int place = value ? text_set_add(&values, value) : 0;
        if (place < 0) {
            free((void *)values.text);
            return fail_memory(message, "the settings");
        }
        if (room)
            chosen->setting[s].value[chosen->keys] = place;
    }
    if (values.texts > 1 && told) {
        free((void *)values.text);
        return STATUS_OK;
    }
    if (values.texts > 1 && room) {
        chosen->key[chosen->keys++] = (SweepKey){pair->key, values.text, values.texts};
        return STATUS_OK;
    }
    const char *value = values.texts > 0 ? values.text[values.texts - 1] : "";
    const size_t used = strlen(chosen->fixed);
    snprintf(chosen->fixed + used, size - used, "%s%s=%s", used ? " " : "", pair->key, value);
    free((void *)values.text);
    return STATUS_OK;
}

static Status find_keys(Chosen *chosen, Message *message)
{
    const char *text = chosen->settings > 0 ? chosen->setting[0].text : NULL;
    const size_t size = text ? strlen(text) + 1 : 1;
    chosen->fixed = calloc(size, 1);
    if (!chosen->fixed)
        return fail_memory(message, "the settings");
    Status status = STATUS_OK;
    for (int p = 0; chosen->settings > 0 && p < pairs_of(chosen, 0)->pairs && !status; p++)
        status = add_key(chosen, &pairs_of(chosen, 0)->pair[p], size, message);
    double places = 1; /* of a grid of all values: tables and figures are laid out by it */
    for (int k = 0; k < chosen->keys; k++)
        places *= chosen->key[k].values;
    if (!status && places > MOST_COMBINATIONS)
        return fail(
            message, STATUS_FAILED,
            "experiment '%s': the values of its %d keys make a grid of %g places; expected at most %d; "
            "choose some with --setting",
            chosen->experiment, chosen->keys, places, MOST_COMBINATIONS);
    return status;
}

static void chosen_clear(Chosen *chosen)
{
    free(chosen->fixed);
    free((void *)chosen->estimator);
    free((void *)chosen->label);
    free(chosen->place);
    free(chosen->setting);
    for (int k = 0; k < chosen->keys; k++)
        free((void *)chosen->key[k].value);
}

void selection_clear(Selection *selection)
{
    for (int i = 0; i < selection->experiments; i++)
        chosen_clear(&selection->experiment[i]);
    free(selection->experiment);
    *selection = (Selection){0};
}

static Status choose(Chosen *chosen, const Selection *selection, const Filter *filter, Message *message)
{
    Status status = choose_settings(chosen, &filter->setting, message);
    if (!status)
        status = choose_estimators(chosen, &filter->estimator, message);
    if (!status)
        status = find_keys(chosen, message);
    return status ? status : choose_measures(chosen, selection, message);
}

Status selection_make(Selection *selection, const StoreResults *results, const Filter *filter,
                      Message *message)
{
    *selection = (Selection){.results = results};
    Status status = parse_measures(&filter->metric, selection->measure, &selection->measures, message);
    if (!status)
        status = check_estimators(results, &filter->estimator, message);
    for (int i = 0; i < filter->setting.words && !status; i++)
        status = check_pair(results, filter->setting.word[i], message);
    if (status)
        return status;
    selection->experiment = calloc((size_t)results->experiments + 1, sizeof *selection->experiment);
    if (!selection->experiment)
        return fail_memory(message, "the experiments");
    for (int i = 0; i < results->experiments && !status; i++) {
        const ExperimentResults *r = &results->experiment[i];
        if (filter->experiment && strcmp(filter->experiment, r->name) != 0)
            continue;
        Chosen *chosen = &selection->experiment[selection->experiments++];
        *chosen = (Chosen){.results = r,
                           .experiment = r->name,
                           .question = r->question,
                           .baseline = r->baseline,
                           .top_k = r->top_k,
                           .all_settings = r->settings,
                           .risk = r->risk};
        status = choose(chosen, selection, filter, message);
        if (!status && (chosen->settings == 0 || (chosen->estimators == 0 && !chosen->risk))) {
            chosen_clear(chosen);
            selection->experiments--;
        }
    }
    return status;
}

bool chosen_is_grid(const Chosen *chosen)
{
    double places = 1;
    for (int k = 0; k < chosen->keys; k++)
        places *= chosen->key[k].values;
    return places <= 2.0 * chosen->settings;
}

const ChosenSetting *chosen_setting(const Chosen *chosen, const int value[MOST_KEYS])
{
    for (int s = 0; s < chosen->settings; s++) {
        const int *has = chosen->setting[s].value;
        if (memcmp(has, value, (size_t)chosen->keys * sizeof *has) == 0)
            return &chosen->setting[s];
    }
    return NULL;
}

const ChosenSetting *chosen_setting_named(const Chosen *chosen, const char *text)
{
    for (int s = 0; s < chosen->settings; s++)
        if (!strcmp(chosen->setting[s].text, text))
            return &chosen->setting[s];
    return NULL;
}

bool chosen_estimator(const Chosen *chosen, const char *name)
{
    for (int e = 0; e < chosen->estimators; e++)
        if (!strcmp(chosen->estimator[e], name))
            return true;
    return false;
}

Estimate chosen_value(const Chosen *chosen, const ChosenSetting *setting, int estimator,
                      const Measure *measure)
{
    return measure_value(measure, chosen->results, setting->index, chosen->place[estimator]);
}
