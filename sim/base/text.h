/* Small pieces of text: lists written as [a, b], names, and values as messages show them. */
#pragma once

#include <stdbool.h>

enum {
    WORD_SIZE = 64,   /* longest word, with its final 0 */
    MAX_WORDS = 96,   /* of a list */
    LIST_TEXT = 8192, /* longest list in text, with its final 0 */
    SHOWN_TEXT = 64,  /* longest value as a message shows it */
};

typedef struct WordList {
    int words;
    char word[MAX_WORDS][WORD_SIZE];
} WordList;

/* A key and its value, both texts of somebody else. */
typedef struct KeyValue {
    const char *key, *value;
} KeyValue;

/* Reads "[a, b]" or "a, b"; a word may itself be a list in brackets, kept as text. False when a bracket is
 * missing, a word is empty or does not fit, or there are too many. */
bool words_split(const char *text, WordList *list);

/* The list as "[a,b]", in `text` of LIST_TEXT bytes. */
void words_join(const WordList *list, char *text);

/* Whether text may name a file: letters, digits, _ - + and dots, the first of them a letter or digit. */
bool is_name(const char *text);

/* Whether text is well-formed UTF-8 without control characters, so that it is written and read back as it is.
 */
bool is_printable(const char *text);

/* Puts a '?' in the place of each control character but those of `kept`, and of each byte that is not
 * well-formed UTF-8: the text is of a file, and a terminal would obey it. */
void text_clean(char *text, const char *kept);

/* Text for a message: shortened, and without the control characters that would break its line. */
const char *shown(const char *text, char buffer[SHOWN_TEXT]);
