/* A column has room for a whole block from its first id on, so that only texts ever grow. */
#include "sim/data/id_queue.h"

#include <stdlib.h>
#include <string.h>

QueuedId *id_queue_next(IdQueue *queue, int column, size_t rows)
{
    QueuedId **all = &queue->id[column];
    if (!*all && !(*all = malloc(rows * sizeof **all)))
        return NULL;
    return &(*all)[queue->count[column]++];
}

bool id_queue_keep(IdQueue *queue, QueuedId *id, const char *text)
{
    const size_t needed = queue->text_used + id->key.length;
    if (needed > UINT32_MAX)
        return false;
    if (needed > queue->text_room) {
        char *grown = realloc(queue->text, 2 * needed);
        if (!grown)
            return false;
        queue->text = grown;
        queue->text_room = 2 * needed;
    }
    memcpy(queue->text + queue->text_used, text, id->key.length);
    id->text = (uint32_t)queue->text_used;
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
