/* The words of the command line: lists with commas, and settings that have one of several values. */
#include "results/selection/filter.h"

#include <stdio.h>
#include <string.h>

bool words_next(const Words *words, WordsAt *at, char part[WORD_TEXT])
{
    while (at->word < words->words) {
        const char *text = words->word[at->word] + at->offset;
        const size_t length = strcspn(text, ",");
        snprintf(part, WORD_TEXT, "%.*s", (int)length, text);
        at->offset += length + 1;
        if (!text[length])
            *at = (WordsAt){.word = at->word + 1};
        if (length > 0)
            return true;
    }
    return false;
}

bool words_have(const Words *words, const char *text)
{
    char part[WORD_TEXT];
    for (WordsAt at = {0}; words_next(words, &at, part);)
        if (!strcmp(part, text))
            return true;
    return words->words == 0;
}

bool filter_pair(const char *word, SettingPair *pair)
{
    const char *equals = strchr(word, '=');
    if (!equals)
        return false;
    snprintf(pair->key, sizeof pair->key, "%.*s", (int)(equals - word), word);
    snprintf(pair->value, sizeof pair->value, "%s", equals + 1);
    return true;
}

/* Whether a word of the filter names this key with this value. */
static bool value_fits(const char *key, const char *value, const Words *asked)
{
    SettingPair pair;
    for (int i = 0; i < asked->words; i++)
        if (filter_pair(asked->word[i], &pair) && !strcmp(pair.key, key) && value_equal(pair.value, value))
            return true;
    return false;
}

bool filter_fits(const SettingPairs *setting, const Words *asked)
{
    SettingPair pair;
    for (int i = 0; i < asked->words; i++) {
        const char *value = filter_pair(asked->word[i], &pair) ? setting_pairs_find(setting, pair.key) : NULL;
        if (!value || !value_fits(pair.key, value, asked))
            return false;
    }
    return true;
}
