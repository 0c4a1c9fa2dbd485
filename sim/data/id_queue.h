/* Ids of a block of rows that are still to be looked up; for files of sim/data alone. So rows are read
 * without waiting for the memory of dictionaries, and by a thread that changes none. */
#pragma once

#include "sim/data/dictionary.h"
#include "sim/log.h"

#include <stdbool.h>

enum { QUEUED_COLUMNS = MAX_CATEGORICAL + 1 };

typedef struct QueuedId {
    DictionaryKey key;
    uint32_t row;  /* of the block */
    uint32_t text; /* where the text begins in that of the queue, if it is there */
} QueuedId;

/* All zero is an empty one. Free with id_queue_free. */
typedef struct IdQueue {
    QueuedId *id[QUEUED_COLUMNS]; /* of each column, in the order of rows; NULL: it has had none */
    size_t count[QUEUED_COLUMNS];
    char *text;
    size_t text_used, text_room;
} IdQueue;

/* One more id of a column of a block of `rows` rows, which have one each at most; the caller fills it. NULL
 * when out of memory. */
QueuedId *id_queue_next(IdQueue *queue, int column, size_t rows);

/* Keeps the text of an id, of the length that its key has. False when out of memory. */
bool id_queue_keep(IdQueue *queue, QueuedId *id, const char *text);

/* Forgets all ids, and keeps the memory. */
void id_queue_clear(IdQueue *queue);
void id_queue_free(IdQueue *queue);
