/* Selection: which metrics, estimators and settings of a store a table or a figure shows. A view on the
 * arrays of results/summary; it leaves rows out and never changes a number. This file: what the command line
 * asks for. */
#pragma once

#include "results/summary/setting_pairs.h"

#include <stddef.h>

/* Words of the command line, each one value or several with commas between. */
typedef struct Words {
    const char *const *word;
    int words;
} Words;

/* The next of the parts between commas, into `part`; false at the end. `at` starts as {0}. */
enum { WORD_TEXT = 256 };
typedef struct WordsAt {
    int word;
    size_t offset;
} WordsAt;
bool words_next(const Words *words, WordsAt *at, char part[WORD_TEXT]);

/* Whether the words are empty or hold the text. */
bool words_have(const Words *words, const char *text);

/* What the user wants to see. An empty list wants all. */
typedef struct Filter {
    Words metric;           /* see results/selection/measure.h */
    Words estimator;        /* names */
    Words setting;          /* "KEY=VALUE"; several of one key: any of them. Numbers are equal by value */
    const char *experiment; /* NULL: all */
} Filter;

/* Takes the word "KEY=VALUE" apart; false if it has no '='. */
bool filter_pair(const char *word, SettingPair *pair);

/* Whether the setting has, for each key that the words name, one of the values that they name. */
bool filter_fits(const SettingPairs *setting, const Words *asked);
