/* Looking rows up in embedding tables, and the gradients that go back to them. Rows lie all over tables that
 * may not fit in the cache, so the loops fetch some rows ahead. */
#include "estimators/nn/table_kernel.h"
#include "sim/base/vector.h"

enum { AHEAD = 16 };

static inline const uint32_t *ids_of(const RowSet *rows, int r)
{
    return rows->x->id + (size_t)rows->row[r] * (size_t)rows->x->schema.categorical;
}

static inline int later(int r, int by, int rows)
{
    return r + by < rows ? r + by : rows - 1;
}

static inline void prefetch(const float *from, int columns)
{
    enum { LINE_FLOATS = 16 };
    for (int c = 0; c < columns; c += LINE_FLOATS)
        __builtin_prefetch(from + c);
    __builtin_prefetch(from + columns - 1);
}

/* A few numbers, for which a call would take longer. */
static inline void copy(int n, const float *restrict from, float *restrict to)
{
    int c = 0;
    for (; c + PARTS <= n; c += PARTS)
        *(PartsInMemory *)(to + c) = *(const PartsInMemory *)(from + c);
    for (; c < n; c++)
        to[c] = from[c];
}

/* A row's old gradient is masked out or kept. */
static inline void add_to_row(Table *table, uint32_t row, const float *restrict from)
{
    int known, c = 0;
    float *restrict to = table->grad + (size_t)table_touch(table, row, &known) * (size_t)table->stride;
    const PartsMask keep = (PartsMask){0} - known;
    for (; c + PARTS <= table->width; c += PARTS)
        *(Parts *)(to + c) =
            (Parts)((PartsMask) * (Parts *)(to + c) & keep) + *(const PartsInMemory *)(from + c);
    if (c < table->width) {
        Parts rest = {0};
        for (int k = 0; c + k < table->width; k++)
            rest[k] = from[c + k];
        *(Parts *)(to + c) = (Parts)((PartsMask) * (Parts *)(to + c) & keep) + rest;
    }
}

/* The mean of the embeddings of a bag's values; 0 of none. */
static void embed_bag(const Table *table, const Bags *bags, uint32_t bag, float *restrict to)
{
    const uint32_t first = bags->first[bag], end = bags->first[bag + 1];
    for (int c = 0; c < table->width; c++)
        to[c] = 0;
    for (uint32_t m = first; m < end; m++) {
        const float *from = table_row(table, bags->member[m]);
        for (int c = 0; c < table->width; c++)
            to[c] += from[c];
    }
    for (int c = 0; end > first && c < table->width; c++)
        to[c] /= (float)(end - first);
}

/* Of most logs no column has bags, so that rows need not ask. */
static bool has_bags(const Schema *schema)
{
    bool found = false;
    for (int f = 0; f < schema->categorical; f++)
        found |= schema->bags[f] != NULL;
    return found;
}

static void add_to_bag(Table *table, const Bags *bags, uint32_t bag, const float *from)
{
    const uint32_t first = bags->first[bag], end = bags->first[bag + 1];
    float share[table->width];
    for (int c = 0; c < table->width; c++)
        share[c] = from[c] / (float)(end - first);
    for (uint32_t m = first; m < end; m++)
        add_to_row(table, bags->member[m], share);
}

static void add_gradient(Table *table, uint32_t row, const float *from)
{
    add_to_row(table, row, from);
}

static void embed_backward(Node *node)
{
    const TableLookup *lookup = node->saved;
    const Schema *schema = &lookup->rows.x->schema;
    const bool bags = has_bags(schema);
    int fields = schema->categorical;
    for (int r = 0; r < node->rows; r++) {
        const uint32_t *id = ids_of(&lookup->rows, r);
        const uint32_t *next = ids_of(&lookup->rows, later(r, AHEAD, node->rows));
        const float *from = node->grad + (size_t)r * (size_t)node->cols;
        for (int f = 0; f < fields; f++) {
            Table *table = &lookup->tables[f];
            if (!table->width)
                continue;
            if (bags && schema->bags[f]) {
                add_to_bag(table, schema->bags[f], id[f], from);
            } else {
                __builtin_prefetch(table->slot + next[f]);
                add_to_row(table, id[f], from);
            }
            from += table->width;
        }
    }
}

/* Copies the columns of some groups. */
static void copy_groups(const Schema *schema, const bool *group, const float *from, float *to)
{
    for (int g = 0; g < schema->groups; from += schema->group[g++].columns)
        if (group[g]) {
            copy(schema->group[g].columns, from, to);
            to += schema->group[g].columns;
        }
}

static void embed_forward(Node *node)
{
    const TableLookup *lookup = node->saved;
    const RowSet *rows = &lookup->rows;
    const Features *x = rows->x;
    const Table *tables = lookup->tables;
    const bool bags = has_bags(&x->schema);
    int fields = x->schema.categorical, dense = x->schema.dense;
    for (int r = 0; r < rows->rows; r++) {
        int ahead = later(r, AHEAD, rows->rows);
        const uint32_t *id = ids_of(rows, r), *next = ids_of(rows, ahead);
        float *to = node->value + (size_t)r * (size_t)node->cols;
        __builtin_prefetch(ids_of(rows, later(r, 2 * AHEAD, rows->rows)));
        for (int f = 0; f < fields; f++) {
            if (!tables[f].width)
                continue;
            if (bags && x->schema.bags[f]) {
                embed_bag(&tables[f], x->schema.bags[f], id[f], to);
            } else {
                prefetch(table_row(&tables[f], next[f]), tables[f].width);
                copy(tables[f].width, table_row(&tables[f], id[f]), to);
            }
            to += tables[f].width;
        }
        prefetch(x->dense + (size_t)rows->row[ahead] * (size_t)dense, dense);
        if (lookup->group)
            copy_groups(&x->schema, lookup->group, x->dense + (size_t)rows->row[r] * (size_t)dense, to);
        else if (dense)
            copy(dense, x->dense + (size_t)rows->row[r] * (size_t)dense, to);
    }
}

static inline const float *row_or(const Table *table, uint32_t row, const float *none)
{
    return table->width ? table_row(table, row) : none;
}

/* du += dy (g v + bias), a vector of a row. */
static inline void add_factor(float *du, int known, float dy, const float *g, const float *v,
                              const float *bias)
{
    const PartsMask keep = (PartsMask){0} - known;
    Parts slope = *(const Parts *)g * *(const Parts *)v + *(const Parts *)bias;
    *(Parts *)du = (Parts)((PartsMask) * (Parts *)du & keep) + dy * slope;
}

/* To a row of `table`, from the one of the other. */
static inline void factor_backward(Table *table, uint32_t row, const TableLookup *lookup, const float *g,
                                   float dy, const float *v, int stride)
{
    int known = 0;
    float *du = table->width ? table->grad + (size_t)table_touch(table, row, &known) * (size_t)stride
                             : lookup->none + stride;
    for (int c = 0; c < stride; c += PARTS)
        add_factor(du + c, known, dy, g + c, v + c, lookup->bias + c);
}

/* What later rows take: the ids of those far ahead, and with the ids of those nearer, which are there by
 * then, their vectors. */
static inline void prefetch_factors(const TableLookup *lookup, int r)
{
    const RowSet *rows = &lookup->rows;
    const uint32_t *near = ids_of(rows, later(r, AHEAD, rows->rows));
    __builtin_prefetch(ids_of(rows, later(r, 2 * AHEAD, rows->rows)));
    if (lookup->user->width)
        __builtin_prefetch(table_row(lookup->user, near[FIELD_USER]));
    if (lookup->item->width)
        __builtin_prefetch(table_row(lookup->item, near[FIELD_ITEM]));
}

static void factorise_backward(Node *node)
{
    const TableLookup *lookup = node->saved;
    Table *user = lookup->user, *item = lookup->item;
    const Node *weight = node->input[0];
    float *dg = weight && weight->needs_grad ? gradient(node->input[0]) : NULL;
    int stride = user->width ? user->stride : item->stride;
    float *g = tape_floats(node->tape, (size_t)stride);
    for (int c = 0; c < stride; c++)
        g[c] = node->number * lookup->weight[c];
    for (int r = 0; r < node->rows; r++) {
        prefetch_factors(lookup, r);
        const uint32_t *id = ids_of(&lookup->rows, r);
        const float *u = row_or(user, id[FIELD_USER], lookup->none);
        const float *v = row_or(item, id[FIELD_ITEM], lookup->none);
        float dy = node->grad[r];
        if (user->moves) {
            factor_backward(user, id[FIELD_USER], lookup, g, dy, v, stride);
            factor_backward(item, id[FIELD_ITEM], lookup, g, dy, u, stride);
        }
        for (int c = 0; dg && c < lookup->dimension; c++)
            dg[c] += dy * u[c] * v[c];
    }
}

INLINED void factorise_rows(int stride, const TableLookup *lookup, int rows, float *value)
{
    for (int r = 0; r < rows; r++) {
        prefetch_factors(lookup, r);
        const uint32_t *id = ids_of(&lookup->rows, r);
        const float *u = row_or(lookup->user, id[FIELD_USER], lookup->none);
        const float *v = row_or(lookup->item, id[FIELD_ITEM], lookup->none);
        Parts terms = {0};
        for (int c = 0; c < stride; c += PARTS) {
            const Parts a = *(const Parts *)(u + c), b = *(const Parts *)(v + c);
            terms +=
                *(const Parts *)(lookup->weight + c) * a * b + *(const Parts *)(lookup->bias + c) * (a + b);
        }
        value[r] = parts_total(&terms);
    }
}

static void factorise_forward(Node *node)
{
    const TableLookup *lookup = node->saved;
    int stride = lookup->user->width ? lookup->user->stride : lookup->item->stride;
    if (stride == PARTS) /* most are as short, and then there is no loop over columns */
        factorise_rows(PARTS, lookup, node->rows, node->value);
    else
        factorise_rows(stride, lookup, node->rows, node->value);
}

const TableKernels KERNEL(table_kernels) = {embed_forward, embed_backward, factorise_forward,
                                            factorise_backward, add_gradient};
