#include "results/selection/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = WORD_TEXT };

int words_next(const Words *words, WordsAt *at, char part[WORD_TEXT])
{
    while (at->word < words->words) {
        const char *text = words->word[at->word] + at->offset;
        size_t length = strcspn(text, ",");
        snprintf(part, WORD, "%.*s", (int)length, text);
        at->offset += length + 1;
        if (!text[length]) {
            *at = (WordsAt){.word = at->word + 1};
        }
        if (length > 0) {
            return 1;
        }
    }
    return 0;
}

int words_have(const Words *words, const char *text)
{
    char part[WORD];
    for (WordsAt at = {0}; words_next(words, &at, part);) {
        if (!strcmp(part, text)) {
            return 1;
        }
    }
    return words->words == 0;
}

int setting_pair(const char **text, char key[WORD], char value[WORD])
{
    const char *equals = strchr(*text, '=');
    if (!equals) {
        return 0;
    }
    snprintf(key, WORD, "%.*s", (int)(equals - *text), *text);
    const char *end = strchr(equals + 1, '=');
    if (end) {
        while (end > equals && *end != ' ') {
            end--;
        }
    }
    end = end && end > equals ? end : equals + strlen(equals);
    snprintf(value, WORD, "%.*s", (int)(end - equals - 1), equals + 1);
    *text = *end ? end + 1 : end;
    return 1;
}

int setting_value(const char *setting, const char *name, char value[WORD])
{
    char key[WORD];
    while (setting_pair(&setting, key, value)) {
        if (!strcmp(key, name)) {
            return 1;
        }
    }
    return 0;
}

int value_equal(const char *a, const char *b)
{
    char *end_a;
    char *end_b;
    double x = strtod(a, &end_a);
    double y = strtod(b, &end_b);
    int numbers = end_a > a && end_b > b && !*end_a && !*end_b;
    return numbers ? x == y : !strcmp(a, b);
}

/* 1 if `has` is one of the values that are asked for of the key. */
static int value_fits(const char *name, const char *has, const Words *asked)
{
    char key[WORD];
    char value[WORD];
    for (int i = 0; i < asked->words; i++) {
        const char *text = asked->word[i];
        if (setting_pair(&text, key, value) && !strcmp(key, name) && value_equal(value, has)) {
            return 1;
        }
    }
    return 0;
}

int setting_fits(const char *setting, const Words *asked)
{
    char key[WORD];
    char value[WORD];
    for (int i = 0; i < asked->words; i++) {
        const char *text = asked->word[i];
        if (!setting_pair(&text, key, value) || !setting_value(setting, key, value) ||
            !value_fits(key, value, asked)) {
            return 0;
        }
    }
    return 1;
}
