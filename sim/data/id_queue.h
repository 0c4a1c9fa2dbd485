/* Ids of a block of rows that are still to be looked up; for files of sim/data alone. So rows are read
 * without waiting for the memory of dictionaries, and by a thread that changes none. */
#pragma once

#include "sim/data/dictionary.h"
#include "sim/log.h"

#include <stdbool.h>

enum { QUEUED_COLUMNS = MAX_CATEGORICAL + 1 };

typedef struct QueuedId {
    ShortText text; /* of one that the queue keeps: a is where it begins in the queue's text */
    uint32_t row;   /* of the block */
    uint32_t length;
} QueuedId;

/* All zero is an empty one. Free with id_queue_free. */
typedef struct IdQueue {
    QueuedId *id[QUEUED_COLUMNS]; /* of each column, in the order of rows; NULL: it has had none */
    size_t count[QUEUED_COLUMNS];
    char *text;
    size_t text_used, text_room;
} IdQueue;

/* Room for the ids of a column of a block of `rows` rows, which have one each at most. False when out of
 * memory. */
bool id_queue_open(IdQueue *queue, int column, size_t rows);

/* One more of these, which the caller fills. NULL when out of memory. */
static inline QueuedId *id_queue_next(IdQueue *queue, int column, size_t rows)
{
    if (!queue->id[column] && !id_queue_open(queue, column, rows))
        return NULL;
    return &queue->id[column][queue->count[column]++];
}

/* Keeps the text of an id, whose length is there. False when out of memory. */
bool id_queue_keep(IdQueue *queue, QueuedId *id, const char *text);

/* Forgets all ids, and keeps the memory. */
void id_queue_clear(IdQueue *queue);
void id_queue_free(IdQueue *queue);
