/* A column has room for a whole block from its first id on, so that only texts ever grow. */
#include "sim/data/id_queue.h"

#include <stdlib.h>
#include <string.h>

bool id_queue_open(IdQueue *queue, int column, size_t rows)
{
    queue->id[column] = malloc(rows * sizeof *queue->id[column]);
    return queue->id[column] != NULL;
}

bool id_queue_keep(IdQueue *queue, QueuedId *id, const char *text)
{
    const size_t needed = queue->text_used + id->length;
    if (needed > queue->text_room) {
        char *grown = realloc(queue->text, 2 * needed);
        if (!grown)
            return false;
        queue->text = grown;
        queue->text_room = 2 * needed;
    }
    memcpy(queue->text + queue->text_used, text, id->length);
    id->text.a = queue->text_used;
    queue->text_used = needed;
    return true;
}

void id_queue_clear(IdQueue *queue)
{
    memset(queue->count, 0, sizeof queue->count);
    queue->text_used = 0;
}

void id_queue_free(IdQueue *queue)
{
    for (int column = 0; column < QUEUED_COLUMNS; column++)
        free(queue->id[column]);
    free(queue->text);
    *queue = (IdQueue){0};
}
