/* Ids of texts: dense numbers in order of first appearance. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What a text is found by. One of up to 16 bytes is in its key: the first and the last 8 bytes, which with
 * the length say it all; of a longer one the key has a hash. */
typedef struct DictionaryKey {
    uint64_t a, b, hash;
    size_t length;
} DictionaryKey;

enum { SHORT_TEXT = 16 };

/* Writes it where it is wanted: a copy would wait for what was just written. */
void dictionary_key(const char *text, size_t length, DictionaryKey *key);

/* An open-addressing hash table. All zero is an empty one. It grows with the number of different texts: about
 * 40 bytes for each short one, and the text itself besides for a longer one. */
typedef struct Dictionary {
    struct DictionarySlot *slot; /* a power of two of them */
    size_t slots;
    uint32_t entries; /* the highest id */
    char *text;       /* the long texts, one after the other */
    size_t text_used, text_room;
} Dictionary;

#define DICTIONARY_FULL UINT32_MAX

/* The id of a text: 1, 2, ... in order of first appearance. DICTIONARY_FULL when out of memory or ids. `text`
 * is read for long ones only. */
uint32_t dictionary_id(Dictionary *dictionary, const DictionaryKey *key, const char *text);

/* The id of a text that is there, else 0. */
uint32_t dictionary_find(const Dictionary *dictionary, const char *text, size_t length);

/* Asks for the memory that the key will be looked up in, some look-ups ahead: in a large dictionary each is a
 * cache miss otherwise. */
void dictionary_prefetch(const Dictionary *dictionary, const DictionaryKey *key);

void dictionary_free(Dictionary *dictionary);
