/* Bags by the text of their cells: a cell that was met before costs one look-up, however many values it has.
 */
#include "sim/data/bag_column.h"

#include <stdlib.h>
#include <string.h>

void bags_free(Bags *bags)
{
    free(bags->first);
    free(bags->member);
    *bags = (Bags){0};
}

void bag_column_free(BagColumn *column)
{
    bags_free(&column->bags);
    dictionary_free(&column->cell);
    dictionary_free(&column->value);
    column->room[0] = column->room[1] = 0;
}

/* Room for one more of `count` numbers. */
static bool make_room(uint32_t **numbers, size_t *room, size_t count)
{
    if (count < *room)
        return true;
    const size_t more = *room ? 2 * *room : 64;
    uint32_t *grown = realloc(*numbers, more * sizeof *grown);
    if (!grown)
        return false;
    *numbers = grown;
    *room = more;
    return true;
}

static bool add_value(BagColumn *c, const char *text, size_t length, int64_t buckets)
{
    Bags *bags = &c->bags;
    uint32_t *last = &bags->first[c->cell.entries + 1]; /* the end of the bag that is being filled */
    DictionaryKey key;
    dictionary_key(text, length, &key);
    const uint32_t id = buckets ? 1 + (uint32_t)(key.hash % (uint64_t)buckets)
                                : dictionary_id(&c->value, &key, text),
                   end = *last;
    if (id == DICTIONARY_FULL || end == UINT32_MAX || !make_room(&bags->member, &c->room[1], end))
        return false;
    bags->member[end] = id;
    ++*last;
    bags->values = id >= bags->values ? id + 1 : bags->values;
    return true;
}

/* The values of a cell that is new become the bag at the end. */
static bool add_bag(BagColumn *c, const BagCell *cell, int64_t buckets)
{
    Bags *bags = &c->bags;
    const uint32_t bag = c->cell.entries;
    if (!make_room(&bags->first, &c->room[0], (size_t)bag + 1))
        return false;
    bags->first[bag + 1] = bags->first[bag];
    for (size_t at = 0; at <= cell->length; at++) {
        const char *end = memchr(cell->text + at, cell->separator, cell->length - at);
        const size_t length = end ? (size_t)(end - cell->text) - at : cell->length - at;
        if (length && !add_value(c, cell->text + at, length, buckets))
            return false;
        at += length;
    }
    const uint32_t values = bags->first[bag + 1] - bags->first[bag];
    bags->longest = values > bags->longest ? values : bags->longest;
    return true;
}

Status bag_column_id(BagColumn *column, const BagCell *cell, int64_t buckets, uint32_t *id, Message *message)
{
    Bags *bags = &column->bags;
    DictionaryKey key;
    dictionary_key(cell->text, cell->length, &key);
    const uint32_t before = column->cell.entries;
    if (!before) {
        if (!make_room(&bags->first, &column->room[0], 1))
            return fail_memory(message, "the bags of a column");
        bags->first[0] = bags->first[1] = 0;
        bags->values = 1;
    }
    *id = cell->length ? dictionary_id(&column->cell, &key, cell->text) : 0;
    if (*id == DICTIONARY_FULL || (*id > before && !add_bag(column, cell, buckets)))
        return fail_memory(message, "the bags of a column");
    return STATUS_OK;
}

bool bag_text_add(BagText *bag, const char *value, size_t length, char separator)
{
    const size_t needed = bag->length + length + 1;
    if (needed > bag->room) {
        char *text = realloc(bag->text, 2 * needed);
        if (!text)
            return false;
        bag->text = text;
        bag->room = 2 * needed;
    }
    if (bag->length)
        bag->text[bag->length++] = separator;
    memcpy(bag->text + bag->length, value, length);
    bag->length += length;
    return true;
}

void bag_text_free(BagText *bag)
{
    free(bag->text);
    *bag = (BagText){0};
}
