/* Looking up the events of activity streams: like embed() of estimators/nn/table.c, for every event of a
 * row's user. */
#include "estimators/nn/events.h"

#include "estimators/nn/table_kernel.h"

#include <math.h>
#include <string.h>

int gap_bucket(float days)
{
    const double from = 1 + 24 * (double)days;
    int place = ilogb(from * from); /* twice its binary logarithm, rounded down */
    return place < GAP_BUCKETS - 1 ? place : GAP_BUCKETS - 1;
}

typedef struct Events {
    Table *tables;
    uint32_t *id; /* EVENT_TABLES a row of the node */
} Events;

static void events_backward(Node *node)
{
    const Events *events = node->saved;
    for (int r = 0; r < node->rows; r++) {
        const uint32_t *id = events->id + (size_t)r * EVENT_TABLES;
        const float *from = node->grad + (size_t)r * (size_t)node->cols;
        for (int k = 0; k < EVENT_TABLES; k++) {
            Table *table = &events->tables[k];
            table_kernels()->add_gradient(table, id[k], from);
            from += table->width;
        }
    }
}

static void fill_ids(const RowSet *rows, uint32_t *id)
{
    const Features *x = rows->x;
    size_t length = (size_t)x->schema.events;
    for (size_t t = 0; t < length; t++)
        for (int r = 0; r < rows->rows; r++, id += EVENT_TABLES) {
            size_t user = x->id[(size_t)rows->row[r] * (size_t)x->schema.categorical + FIELD_USER];
            size_t event = user * length + t;
            id[0] = x->stream->item[event];
            id[1] = x->stream->action[event];
            id[2] = (uint32_t)gap_bucket(x->stream->gap[event]);
        }
}

Var embed_events(Tape *tape, Table *tables, const RowSet *rows)
{
    int width = 0;
    for (int k = 0; k < EVENT_TABLES; k++)
        width += tables[k].width;
    Var node = tape_node(tape, rows->x->schema.events * rows->rows, width, NULL, NULL, NULL, events_backward);
    Events *events = tape_bytes(tape, sizeof *events);
    *events = (Events){.tables = tables,
                       .id = tape_bytes(tape, (size_t)node->rows * EVENT_TABLES * sizeof *events->id)};
    node->needs_grad = tables[0].moves;
    node->saved = events;
    fill_ids(rows, events->id);
    float *to = node->value;
    for (size_t k = 0; k < (size_t)node->rows * EVENT_TABLES; k++) {
        const Table *table = &tables[k % EVENT_TABLES];
        memcpy(to, table_row(table, events->id[k]), (size_t)table->width * sizeof *to);
        to += table->width;
    }
    return node;
}
