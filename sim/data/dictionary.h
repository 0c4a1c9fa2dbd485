/* Ids of texts: dense numbers in order of first appearance. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHORT_TEXT = 16 };

/* A text of up to 16 bytes: the first and the last 8 bytes of it, which with its length say it all. */
typedef struct ShortText {
    uint64_t a, b;
} ShortText;

/* What a text is found by: itself where it is short, and of a longer one the hash. */
typedef struct DictionaryKey {
    ShortText text; /* of a longer one its hash, and 0 */
    uint64_t hash;
    size_t length;
} DictionaryKey;

/* Of length <= SHORT_TEXT. Written where it is wanted: a copy would wait for what was just written. */
static inline void short_text(const char *text, size_t length, ShortText *made)
{
    uint32_t low, high;
    made->a = made->b = 0;
    if (length >= sizeof made->a) {
        memcpy(&made->a, text, sizeof made->a);
        memcpy(&made->b, text + length - sizeof made->b, sizeof made->b);
    } else if (length >= sizeof low) {
        memcpy(&low, text, sizeof low);
        memcpy(&high, text + length - sizeof high, sizeof high);
        made->a = low | (uint64_t)high << 32;
    } else if (length) {
        made->a = (uint8_t)text[0] | (unsigned)(uint8_t)text[length / 2] << 8 |
                  (unsigned)(uint8_t)text[length - 1] << 16;
    }
}

/* The key of a text of any length, and of a short one that was made. */
void dictionary_key(const char *text, size_t length, DictionaryKey *key);
void dictionary_short_key(const ShortText *text, size_t length, DictionaryKey *key);

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
