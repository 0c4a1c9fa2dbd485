/* A column whose cells hold several values each: equal cells are one bag (Bags of sim/log.h), values are
 * numbered like the ids of other columns. */
#pragma once

#include "sim/data/dictionary.h"
#include "sim/log.h"

#include <stdbool.h>

/* All zero is an empty one, whose only bag is the empty one. */
typedef struct BagColumn {
    Bags bags;
    Dictionary cell, value;
    size_t room[2]; /* of bags.first and bags.member */
} BagColumn;

/* What a cell is. */
typedef struct BagCell {
    const char *text;
    size_t length;
    char separator; /* between values; empty ones are none */
} BagCell;

/* The text of a cell that is put together, value by value; all zero is an empty one. */
typedef struct BagText {
    char *text;
    size_t length, room;
} BagText;

/* Adds a value, after a separator where it is not the first. False when out of memory. */
bool bag_text_add(BagText *bag, const char *value, size_t length, char separator);
void bag_text_free(BagText *bag);

/* The bag of a cell; its values get numbers in order of first appearance, from 1, or with `buckets` above 0
 * hashes from 1 to that. An empty cell is bag 0. Once it was called column->bags is of as many bags as there
 * are. STATUS_MEMORY also where there are more of them than ids. */
Status bag_column_id(BagColumn *column, const BagCell *cell, int64_t buckets, uint32_t *id, Message *message);

void bag_column_free(BagColumn *column);

/* Memory of bags alone. */
void bags_free(Bags *bags);
