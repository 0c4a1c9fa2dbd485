/* What the command line asks of a table or a figure, and how settings fit it. */
#pragma once

#include <stddef.h>

/* Words of the command line, each one value or several with commas between. */
typedef struct Words {
    const char *const *word;
    int words;
} Words;

/* The next of the parts between commas, into `part`; 0 at the end. `at` starts as {0}. */
enum { WORD_TEXT = 256 };
typedef struct WordsAt {
    int word;
    size_t offset;
} WordsAt;
int words_next(const Words *words, WordsAt *at, char part[WORD_TEXT]);

/* 1 if the words are empty or hold the text. */
int words_have(const Words *words, const char *text);

/* What was asked for. Empty: all. */
typedef struct Filter {
    Words metric;           /* see results/selection/measure.h */
    Words estimator;        /* names */
    Words setting;          /* "KEY=VALUE"; several of one key: any of them. Numbers are equal by value */
    const char *experiment; /* NULL: all */
} Filter;

/* Takes the next "KEY=VALUE" off the text of a setting: a value ends before a word that has a '='. 0 at the
 * end. */
int setting_pair(const char **text, char key[WORD_TEXT], char value[WORD_TEXT]);

/* The value of the key in a setting; 0 if it has none. */
int setting_value(const char *setting, const char *name, char value[WORD_TEXT]);

/* 1 if the two are the same number, or else the same text. */
int value_equal(const char *a, const char *b);

/* 1 if the setting has each key that is asked for, with one of the values. */
int setting_fits(const char *setting, const Words *asked);
