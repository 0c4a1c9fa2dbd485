/* An open-addressing hash table whose keys are the texts themselves where they are short, as nearly all ids
 * are: a look-up then touches one line of memory. */
#include "sim/data/dictionary.h"
#include "sim/base/huge_pages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024, FIRST_TEXT = 4096 };

typedef struct DictionarySlot {
    ShortText text; /* of a long one its hash, and where it is */
    uint32_t id;    /* 0: the slot is empty */
    uint32_t length;
} DictionarySlot;

/* The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdU;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53U;
    return h ^ h >> 33;
}

static uint64_t short_hash(const ShortText *text, size_t length)
{
    uint64_t c = text->b * 0x9e3779b97f4a7c15U;
    return mix(text->a ^ (c << 32 | c >> 32) ^ length);
}

void dictionary_short_key(const ShortText *text, size_t length, DictionaryKey *key)
{
    *key = (DictionaryKey){*text, short_hash(text, length), length};
}

void dictionary_key(const char *text, size_t length, DictionaryKey *key)
{
    ShortText last;
    uint64_t h = length, eight;
    size_t left = length;
    for (; left > SHORT_TEXT; left -= sizeof eight, text += sizeof eight) {
        memcpy(&eight, text, sizeof eight);
        h = mix(h ^ eight);
    }
    short_text(text, left, &last);
    dictionary_short_key(&last, left, key);
    if (left == length)
        return;
    h = mix(h ^ key->hash);
    *key = (DictionaryKey){{h, 0}, h, length};
}

static uint64_t slot_hash(const DictionarySlot *slot)
{
    return slot->length > SHORT_TEXT ? slot->text.a : short_hash(&slot->text, slot->length);
}

static int is_same(const Dictionary *d, const DictionarySlot *slot, const DictionaryKey *key,
                   const char *text)
{
    if (slot->length != key->length || slot->text.a != key->text.a)
        return 0;
    if (key->length <= SHORT_TEXT)
        return slot->text.b == key->text.b;
    return memcmp(d->text + slot->text.b, text, key->length) == 0;
}

/* The slot of the text, or the empty one where it would be. */
static DictionarySlot *find(const Dictionary *d, const DictionaryKey *key, const char *text)
{
    size_t mask = d->slots - 1, i = key->hash & mask;
    while (d->slot[i].id && !is_same(d, &d->slot[i], key, text))
        i = (i + 1) & mask;
    return &d->slot[i];
}

static int grow(Dictionary *d)
{
    Dictionary larger = *d;
    larger.slots = d->slots ? 2 * d->slots : FIRST_SLOTS;
    larger.slot = calloc(larger.slots, sizeof *larger.slot);
    if (!larger.slot)
        return 0;
    huge_pages_ask(larger.slot, larger.slots * sizeof *larger.slot);
    for (size_t i = 0; i < d->slots; i++) {
        size_t at = slot_hash(&d->slot[i]) & (larger.slots - 1);
        if (!d->slot[i].id)
            continue;
        while (larger.slot[at].id)
            at = (at + 1) & (larger.slots - 1);
        larger.slot[at] = d->slot[i];
    }
    free(d->slot);
    *d = larger;
    return 1;
}

static int keep_text(Dictionary *d, const char *text, size_t length)
{
    size_t room = d->text_room ? d->text_room : FIRST_TEXT;
    while (room - d->text_used < length)
        room *= 2;
    if (room > d->text_room) {
        char *larger = realloc(d->text, room);
        if (!larger)
            return 0;
        d->text = larger;
        d->text_room = room;
    }
    memcpy(d->text + d->text_used, text, length);
    d->text_used += length;
    return 1;
}

uint32_t dictionary_id(Dictionary *d, const DictionaryKey *key, const char *text)
{
    if (d->entries >= d->slots / 2 && !grow(d))
        return DICTIONARY_FULL;
    DictionarySlot *slot = find(d, key, text);
    if (slot->id)
        return slot->id;
    bool is_long = key->length > SHORT_TEXT;
    uint64_t where = d->text_used;
    if (d->entries == DICTIONARY_FULL - 1 || key->length > UINT32_MAX ||
        (is_long && !keep_text(d, text, key->length)))
        return DICTIONARY_FULL;
    *slot =
        (DictionarySlot){{key->text.a, is_long ? where : key->text.b}, ++d->entries, (uint32_t)key->length};
    return slot->id;
}

uint32_t dictionary_find(const Dictionary *d, const char *text, size_t length)
{
    if (!d->slots)
        return 0;
    DictionaryKey key;
    dictionary_key(text, length, &key);
    return find(d, &key, text)->id;
}

void dictionary_prefetch(const Dictionary *d, const DictionaryKey *key)
{
    if (!d->slots)
        return;
    /* Slots lie across lines, and the text may be in the one after. */
    const DictionarySlot *slot = &d->slot[key->hash & (d->slots - 1)];
    __builtin_prefetch(slot);
    __builtin_prefetch((const char *)(slot + 2) - 1);
}

void dictionary_free(Dictionary *d)
{
    free(d->slot);
    free(d->text);
    *d = (Dictionary){0};
}
