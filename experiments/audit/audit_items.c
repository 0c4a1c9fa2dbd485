/* 3. Overlap by item: what the weighted clicks of rare and of popular items are worth. */
#include "experiments/audit/audit.h"

#include <math.h>
#include <stdlib.h>

typedef struct ItemCount {
    size_t id, rows;
} ItemCount;

/* Items of equally many rows in the order of their ids. */
static int by_rows(const void *a, const void *b)
{
    const ItemCount *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows < y->rows ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Of each id the tenth that it is in, among the ids that occur. */
static void set_tenths(uint8_t *tenth, ItemCount *item, size_t ids)
{
    size_t none = 0;
    qsort(item, ids, sizeof *item, by_rows);
    while (none < ids && item[none].rows == 0)
        none++;
    for (size_t place = none; place < ids; place++)
        tenth[item[place].id] = (uint8_t)((place - none) * AUDIT_DECILES / (ids - none));
}

static void fill_tenths(AuditItems *to, const AuditLog *audit, const uint8_t *tenth)
{
    const Log *log = &audit->data->log;
    double sum[AUDIT_DECILES] = {0}, squares[AUDIT_DECILES] = {0};
    for (size_t i = 0; i < log->x.rows; i++) {
        const uint8_t k = tenth[log->x.id[i * (size_t)log->x.schema.categorical + FIELD_ITEM]];
        to[k].rows++;
        if (!log->click[i])
            continue;
        const double w = audit_weight(audit, i, AUDIT_ALL);
        to[k].clicks++;
        sum[k] += w;
        squares[k] += w * w;
    }
    for (int k = 0; k < AUDIT_DECILES; k++) {
        to[k].ess = to[k].clicks ? sum[k] * sum[k] / squares[k] : (double)NAN;
        to[k].ess_share = to[k].clicks ? to[k].ess / (double)to[k].clicks : (double)NAN;
    }
}

Status audit_items(AuditItems tenth[AUDIT_DECILES], const AuditLog *audit, Message *message)
{
    const Log *log = &audit->data->log;
    const size_t ids = log->x.schema.cardinality[FIELD_ITEM];
    ItemCount *item = calloc(ids + 1, sizeof *item);
    uint8_t *of_id = calloc(ids + 1, sizeof *of_id);
    const bool room = item && of_id;
    for (int k = 0; k < AUDIT_DECILES; k++)
        tenth[k] = (AuditItems){0};
    for (size_t id = 0; room && id < ids; id++)
        item[id].id = id;
    for (size_t i = 0; room && i < log->x.rows; i++)
        item[log->x.id[i * (size_t)log->x.schema.categorical + FIELD_ITEM]].rows++;
    if (room) {
        set_tenths(of_id, item, ids);
        for (size_t j = 0; j < ids; j++)
            tenth[of_id[item[j].id]].items += item[j].rows > 0;
        fill_tenths(tenth, audit, of_id);
    }
    free(item);
    free(of_id);
    return room ? STATUS_OK : fail_memory(message, "the items of an audit");
}
