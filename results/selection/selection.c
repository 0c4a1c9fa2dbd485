#include "results/selection/selection.h"

#include "results/store/query.h"
#include "sim/base/suggest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KNOWN = 256, WORD = WORD_TEXT };

static Status parse_measures(const Words *words, Measure measure[MOST_MEASURES], int *measures,
                             Message *message)
{
    char part[WORD];
    Status status = STATUS_OK;
    for (WordsAt at = {0}; !status && words_next(words, &at, part);) {
        if (*measures == MOST_MEASURES) {
            return fail(message, STATUS_USAGE, "--metric: expected at most %d names", MOST_MEASURES);
        }
        status = measure_parse(part, &measure[(*measures)++], message);
    }
    return status;
}

/* What was asked for, or else the experiment's own, `shown`. */
static Status choose_measures(Chosen *chosen, const Selection *selection, const char *shown, Message *message)
{
    const Words words = {&shown, *shown ? 1 : 0};
    if (selection->measures == 0) {
        return parse_measures(&words, chosen->measure, &chosen->measures, message);
    }
    memcpy(chosen->measure, selection->measure, sizeof chosen->measure);
    chosen->measures = selection->measures;
    return STATUS_OK;
}

/* STATUS_USAGE when `name` is not in the first column of the query's rows; `what` it is. */
static Status check_known(Store *store, const char *what, const char *name, const char *sql, Message *message)
{
    char *known[MOST_KNOWN];
    int count = 0;
    int found = 0;
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message, sql, "");
    while (!status && query_next(store, statement, &status, message)) {
        found |= !strcmp(column_text(statement, 0), name);
        char *copy = count < MOST_KNOWN ? strdup(column_text(statement, 0)) : NULL;
        if (copy) {
            known[count++] = copy;
        }
    }
    sqlite3_finalize(statement);
    const char *nearest = nearest_name(name, (const char *const *)known, count);
    if (!status && !found && nearest) {
        status = fail(message, STATUS_USAGE, "%s: unknown %s '%s'; did you mean '%s'?", store_path(store),
                      what, name, nearest);
    } else if (!status && !found) {
        status = fail(message, STATUS_USAGE, "%s: has no %s '%s'", store_path(store), what, name);
    }
    while (count > 0) {
        free(known[--count]);
    }
    return status;
}

Status selection_check_estimator(Store *store, const char *name, Message *message)
{
    return check_known(store, "estimator", name, "SELECT DISTINCT estimator FROM estimator", message);
}

static Status check_estimators(Store *store, const Words *words, Message *message)
{
    char part[WORD];
    Status status = STATUS_OK;
    for (WordsAt at = {0}; !status && words_next(words, &at, part);) {
        status = check_known(store, "estimator", part,
                             "SELECT estimator FROM estimator UNION SELECT estimator FROM risk", message);
    }
    return status;
}

/* Adds the text to a set in order of first appearance; its place, or -1 when out of memory. */
static int add_text(char ***set, int *count, const char *text)
{
    for (int i = 0; i < *count; i++) {
        if (!strcmp((*set)[i], text)) {
            return i;
        }
    }
    char **larger = reallocarray(*set, (size_t)*count + 1, sizeof **set);
    if (!larger) {
        return -1;
    }
    *set = larger;
    larger[*count] = strdup(text);
    return larger[*count] ? (*count)++ : -1;
}

static void free_texts(char **text, int count)
{
    for (int i = 0; i < count; i++) {
        free(text[i]);
    }
    free(text);
}

static Status read_settings(Chosen *chosen, Store *store, const Words *asked, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        store, &statement, message,
        "SELECT setting, count(*) OVER (), EXISTS (SELECT 1 FROM summary_bias_variance b WHERE b.experiment ="
        " s.experiment AND b.setting = s.setting), NOT EXISTS (SELECT 1 FROM summary_metric m WHERE "
        "m.experiment ="
        " s.experiment AND m.setting = s.setting AND m.task = 'cvr' AND m.space = 'D') AND EXISTS (SELECT 1 "
        "FROM"
        " summary_metric m WHERE m.experiment = s.experiment AND m.setting = s.setting AND m.task = 'cvr' AND"
        " m.space = 'O') FROM setting s WHERE experiment = ?1 ORDER BY position,"
        " setting",
        "t", chosen->experiment);
    while (!status && query_next(store, statement, &status, message)) {
        if (!chosen->setting) {
            chosen->setting = calloc((size_t)sqlite3_column_int(statement, 1), sizeof *chosen->setting);
        }
        chosen->all_settings++;
        const char *text = column_text(statement, 0);
        if (chosen->setting && !setting_fits(text, asked)) {
            continue;
        }
        char *copy = chosen->setting ? strdup(text) : NULL;
        if (!copy) {
            status = fail_memory(message, "the settings");
            break;
        }
        chosen->setting[chosen->settings++] = (ChosenSetting){.text = copy,
                                                              .number = chosen->all_settings,
                                                              .truth = sqlite3_column_int(statement, 2),
                                                              .clicked = sqlite3_column_int(statement, 3)};
    }
    sqlite3_finalize(statement);
    return status;
}

static Status read_estimators(Chosen *chosen, Store *store, const Words *asked, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(store, &statement, message,
                      "SELECT estimator, position, count(*) OVER () FROM estimator e WHERE experiment = ?1"
                      " AND EXISTS (SELECT 1 FROM run r WHERE r.experiment = e.experiment AND"
                      " r.estimator = e.estimator) ORDER BY position",
                      "t", chosen->experiment);
    while (!status && query_next(store, statement, &status, message)) {
        const char *name = column_text(statement, 0);
        if (!chosen->place) {
            chosen->place = calloc((size_t)sqlite3_column_int(statement, 2), sizeof *chosen->place);
        }
        if (!words_have(asked, name)) {
            continue;
        }
        const int at = chosen->place ? add_text(&chosen->estimator, &chosen->estimators, name) : -1;
        if (at < 0) {
            status = fail_memory(message, "the names of the estimators");
        } else {
            chosen->place[at] = sqlite3_column_int(statement, 1);
        }
    }
    sqlite3_finalize(statement);
    return status;
}

/* The keys of the settings, with their values; those of one value only go to `fixed`. */
static Status find_keys(Chosen *chosen, Message *message)
{
    char key[WORD];
    char value[WORD];
    size_t size = 1;
    const char *text = chosen->settings > 0 ? chosen->setting[0].text : "";
    assert(text);
    size += strlen(text);
    chosen->fixed = calloc(size, 1);
    if (!chosen->fixed) {
        return fail_memory(message, "the settings");
    }
    while (setting_pair(&text, key, value)) {
        SweepKey sweep = {0};
        for (int s = 0; s < chosen->settings; s++) {
            ChosenSetting *setting = &chosen->setting[s];
            int place =
                setting_value(setting->text, key, value) ? add_text(&sweep.value, &sweep.values, value) : 0;
            if (place < 0) {
                free_texts(sweep.value, sweep.values);
                return fail_memory(message, "the settings");
            }
            if (chosen->keys < MOST_KEYS) {
                setting->value[chosen->keys] = place;
            }
        }
        if (sweep.values > 1 && chosen->keys < MOST_KEYS) {
            sweep.name = strdup(key);
            chosen->key[chosen->keys++] = sweep;
        } else {
            size_t used = strlen(chosen->fixed);
            snprintf(chosen->fixed + used, size - used, "%s%s=%s", used ? " " : "", key, value);
            free_texts(sweep.value, sweep.values);
        }
    }
    return STATUS_OK;
}

static void chosen_clear(Chosen *chosen)
{
    free(chosen->experiment);
    free(chosen->question);
    free(chosen->baseline);
    free(chosen->fixed);
    free_texts(chosen->estimator, chosen->estimators);
    free(chosen->place);
    for (int s = 0; s < chosen->settings; s++) {
        free(chosen->setting[s].text);
    }
    free(chosen->setting);
    for (int k = 0; k < chosen->keys; k++) {
        free(chosen->key[k].name);
        free_texts(chosen->key[k].value, chosen->key[k].values);
    }
}

void selection_clear(Selection *selection)
{
    for (int i = 0; i < selection->experiments; i++) {
        chosen_clear(&selection->experiment[i]);
    }
    free(selection->experiment);
    *selection = (Selection){0};
}

static Status read_experiment(Chosen *chosen, Store *store, const Filter *filter, Message *message)
{
    if (!chosen->experiment || !chosen->question || !chosen->baseline) {
        return fail_memory(message, "the experiments");
    }
    Status status = read_settings(chosen, store, &filter->setting, message);
    if (!status) {
        status = read_estimators(chosen, store, &filter->estimator, message);
    }
    return status ? status : find_keys(chosen, message);
}

static Status read_experiments(Selection *selection, Store *store, const Filter *filter, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT name, question, baseline, top_k, EXISTS (SELECT 1 FROM risk WHERE "
                                  "experiment = name), count(*) OVER (), shown"
                                  " FROM experiment WHERE name = ?1 OR ?1 IS NULL ORDER BY name",
                                  "t", filter->experiment);
    while (!status && query_next(store, statement, &status, message)) {
        if (!selection->experiment) {
            selection->experiment =
                calloc((size_t)sqlite3_column_int(statement, 5), sizeof *selection->experiment);
        }
        if (!selection->experiment) {
            status = fail_memory(message, "the experiments");
            break;
        }
        Chosen *chosen = &selection->experiment[selection->experiments++];
        *chosen = (Chosen){.experiment = strdup(column_text(statement, 0)),
                           .question = strdup(column_text(statement, 1)),
                           .baseline = strdup(column_text(statement, 2)),
                           .top_k = sqlite3_column_int(statement, 3),
                           .risk = sqlite3_column_int(statement, 4)};
        status = read_experiment(chosen, store, filter, message);
        if (!status) {
            status = choose_measures(chosen, selection, column_text(statement, 6), message);
        }
        if (!status && (chosen->settings == 0 || (chosen->estimators == 0 && !chosen->risk))) {
            chosen_clear(chosen);
            selection->experiments--;
        }
    }
    sqlite3_finalize(statement);
    return status;
}

/* All keys of the settings, or all values of one key. */
static Status read_words(Store *store, const char *name, char ***set, int *count, Message *message)
{
    char key[WORD];
    char value[WORD];
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT setting FROM setting ORDER BY experiment, position, setting", "");
    while (!status && query_next(store, statement, &status, message)) {
        for (const char *text = column_text(statement, 0); setting_pair(&text, key, value);) {
            int wanted = !name || !strcmp(name, key);
            if (wanted && add_text(set, count, name ? value : key) < 0) {
                status = fail_memory(message, "the settings");
            }
        }
    }
    sqlite3_finalize(statement);
    return status;
}

/* "a, b or c" */
static void join(char *const *set, int count, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count && used < size; i++) {
        const char *between = i == 0 ? "" : i + 1 < count ? ", " : " or ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", between, set[i]);
    }
}

/* Is the pair's key swept in the store, and has it the value? */
static Status check_pair(Store *store, const char *pair, Message *message)
{
    char key[WORD];
    char value[WORD];
    char list[512];
    char **keys = NULL;
    char **values = NULL;
    int key_count = 0;
    int value_count = 0;
    int found = 0;
    const char *text = pair;
    if (!setting_pair(&text, key, value)) {
        return fail(message, STATUS_USAGE, "--setting: found '%s'; expected KEY=VALUE", pair);
    }
    Status status = read_words(store, NULL, &keys, &key_count, message);
    if (!status) {
        status = read_words(store, key, &values, &value_count, message);
    }
    for (int i = 0; i < value_count; i++) {
        found |= value_equal(values[i], value);
    }
    const char *nearest = nearest_name(key, (const char *const *)keys, key_count);
    if (!status && value_count == 0 && key_count == 0) {
        status = fail(message, STATUS_USAGE, "%s: has no sweep; found --setting %s", store_path(store), pair);
    } else if (!status && value_count == 0) {
        join(keys, key_count, list, sizeof list);
        status = nearest ? fail(message, STATUS_USAGE, "%s: unknown key '%s'; did you mean '%s'?",
                                store_path(store), key, nearest)
                         : fail(message, STATUS_USAGE, "%s: unknown key '%s'; expected %s", store_path(store),
                                key, list);
    } else if (!status && !found) {
        join(values, value_count, list, sizeof list);
        status = fail(message, STATUS_USAGE, "%s: %s: found '%s'; expected %s", store_path(store), key, value,
                      list);
    }
    free_texts(keys, key_count);
    free_texts(values, value_count);
    return status;
}

Status selection_read(Selection *selection, Store *store, const Filter *filter, Message *message)
{
    *selection = (Selection){0};
    Status status = parse_measures(&filter->metric, selection->measure, &selection->measures, message);
    if (!status) {
        status = check_estimators(store, &filter->estimator, message);
    }
    for (int i = 0; i < filter->setting.words && !status; i++) {
        status = check_pair(store, filter->setting.word[i], message);
    }
    return status ? status : read_experiments(selection, store, filter, message);
}

const ChosenSetting *chosen_setting(const Chosen *chosen, const int value[MOST_KEYS])
{
    for (int s = 0; s < chosen->settings; s++) {
        const int *has = chosen->setting[s].value;
        if (memcmp(has, value, (size_t)chosen->keys * sizeof *has) == 0) {
            return &chosen->setting[s];
        }
    }
    return NULL;
}

int chosen_estimator(const Chosen *chosen, const char *name)
{
    for (int e = 0; e < chosen->estimators; e++) {
        if (!strcmp(chosen->estimator[e], name)) {
            return 1;
        }
    }
    return 0;
}
