/* Embedding tables: which rows a step touches, looking rows up, and the gradients that go back to them. Rows
 * lie all over tables that may not fit in the cache, so the loops fetch some rows ahead. */
#include "estimators/nn/table.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

/* Rows are whole vectors of this many floats, and prefetched this many rows ahead. */
enum { VECTOR_FLOATS = 8, AHEAD = 16 };
typedef float Vector __attribute__((vector_size(VECTOR_FLOATS * sizeof(float))));
typedef int Mask __attribute__((vector_size(VECTOR_FLOATS * sizeof(float))));

Status table_create(Table *table, uint32_t rows, int width, size_t lookups, Message *message)
{
    int stride = (width + VECTOR_FLOATS - 1) / VECTOR_FLOATS * VECTOR_FLOATS;
    uint32_t capacity = lookups < rows ? (uint32_t)lookups : rows;
    *table = (Table){.rows = rows, .width = width, .stride = stride, .capacity = capacity};
    size_t row_bytes = 3 * (size_t)stride * sizeof(float);
    table->value = aligned_alloc(64, (rows * row_bytes + 63) / 64 * 64);
    table->grad = aligned_alloc(64, ((size_t)capacity * (size_t)stride * sizeof(float) + 63) / 64 * 64);
    table->touched = calloc(capacity, sizeof *table->touched);
    table->slot = calloc(rows, sizeof *table->slot);
    if (!table->value || !table->grad || !table->touched || !table->slot) {
        table_free(table);
        return fail_memory(message, "an embedding table");
    }
    memset(table->value, 0, rows * row_bytes);
    return STATUS_OK;
}

void table_free(Table *table)
{
    free(table->value);
    free(table->grad);
    free(table->touched);
    free(table->slot);
    *table = (Table){0};
}

void table_randomise(Table *table, gsl_rng *generator, int columns, double sd)
{
    for (uint32_t r = 0; r < table->rows; r++)
        for (int c = 0; c < columns; c++)
            table_row(table, r)[c] = (float)gsl_ran_gaussian_ziggurat(generator, sd);
}

/* Whether a row of a batch has come before is as good as random, so there is no branch on it that the
 * processor could guess: the row's old gradient is masked out or kept. */
float *table_gradient(Table *table, uint32_t row)
{
    uint32_t slot = table->slot[row];
    int known = (slot < table->count) & (table->touched[slot] == row);
    slot = known ? slot : table->count;
    assert(slot < table->capacity);
    table->count += !known;
    table->slot[row] = slot;
    table->touched[slot] = row;
    float *grad = table->grad + (size_t)slot * (size_t)table->stride;
    for (int c = 0; c < table->stride; c += VECTOR_FLOATS)
        *(Vector *)(grad + c) = (Vector)((Mask) * (Vector *)(grad + c) & -known);
    return grad;
}

void table_update(Table *table, const AdamStep *step)
{
    elementwise_kernels()->adam_update_rows(table->count, table->touched, table->stride, step, table->grad,
                                            table->value);
    table->count = 0;
}

/* What embed and factorise keep for their backward passes. */
typedef struct TableLookup {
    Table *tables; /* embed: one a field */
    Table *user, *item;
    const float *weight; /* factorise, of each column of a row: of its part in u . v, */
    const float *bias;   /* and 1 at the bias */
    float *none;         /* the row of a table of width 0, and room for its gradient, which is not kept */
    int dimension;
    RowSet rows;
} TableLookup;

static const uint32_t *ids_of(const RowSet *rows, int r)
{
    return rows->x->id + (size_t)rows->row[r] * (size_t)rows->x->schema.categorical;
}

static TableLookup *keep(Tape *tape, const TableLookup *lookup)
{
    TableLookup *kept = tape_bytes(tape, sizeof *kept);
    *kept = *lookup;
    return kept;
}

static int later(int r, int by, int rows)
{
    return r + by < rows ? r + by : rows - 1;
}

static void embed_backward(Node *node)
{
    const TableLookup *lookup = node->saved;
    int fields = lookup->rows.x->schema.categorical;
    for (int r = 0; r < node->rows; r++) {
        const uint32_t *id = ids_of(&lookup->rows, r);
        const uint32_t *next = ids_of(&lookup->rows, later(r, AHEAD, node->rows));
        const float *from = node->grad + (size_t)r * (size_t)node->cols;
        for (int f = 0; f < fields; f++) {
            Table *table = &lookup->tables[f];
            if (!table->width)
                continue;
            __builtin_prefetch(table->slot + next[f]);
            float *to = table_gradient(table, id[f]);
            for (int c = 0; c < table->width; c++)
                to[c] += from[c];
            from += table->width;
        }
    }
}

static void prefetch(const float *from, int columns)
{
    enum { LINE_FLOATS = 16 };
    for (int c = 0; c < columns; c += LINE_FLOATS)
        __builtin_prefetch(from + c);
    __builtin_prefetch(from + columns - 1);
}

/* Copies the columns of some groups. */
static void copy_groups(const Schema *schema, const bool *group, const float *from, float *to)
{
    for (int g = 0; g < schema->groups; from += schema->group[g++].columns)
        if (group[g]) {
            memcpy(to, from, (size_t)schema->group[g].columns * sizeof(float));
            to += schema->group[g].columns;
        }
}

static int dense_read(const Schema *schema, const bool *group)
{
    int columns = group ? 0 : schema->dense;
    for (int g = 0; group && g < schema->groups; g++)
        columns += group[g] ? schema->group[g].columns : 0;
    return columns;
}

Var embed(Tape *tape, Table *tables, const bool *group, const RowSet *rows)
{
    const Features *x = rows->x;
    int fields = x->schema.categorical, dense = x->schema.dense, embedded = 0;
    for (int f = 0; f < fields; f++)
        embedded += tables[f].width;
    Var node = tape_node(tape, rows->rows, embedded + dense_read(&x->schema, group), NULL, NULL, NULL,
                         embed_backward);
    node->needs_grad = tables[0].moves && embedded > 0;
    node->grad_cols = embedded;
    node->saved = keep(tape, &(TableLookup){.tables = tables, .rows = *rows});
    for (int r = 0; r < rows->rows; r++) {
        int ahead = later(r, AHEAD, rows->rows);
        const uint32_t *id = ids_of(rows, r), *next = ids_of(rows, ahead);
        float *to = node->value + (size_t)r * (size_t)node->cols;
        __builtin_prefetch(ids_of(rows, later(r, 2 * AHEAD, rows->rows)));
        for (int f = 0; f < fields; f++) {
            if (!tables[f].width)
                continue;
            prefetch(table_row(&tables[f], next[f]), tables[f].width);
            memcpy(to, table_row(&tables[f], id[f]), (size_t)tables[f].width * sizeof(float));
            to += tables[f].width;
        }
        prefetch(x->dense + (size_t)rows->row[ahead] * (size_t)dense, dense);
        if (group)
            copy_groups(&x->schema, group, x->dense + (size_t)rows->row[r] * (size_t)dense, to);
        else if (dense)
            memcpy(to, x->dense + (size_t)rows->row[r] * (size_t)dense, (size_t)dense * sizeof(float));
    }
    return node;
}

static inline Vector at(const float *x, int c)
{
    return *(const Vector *)(x + c);
}

/* The sum of its numbers, pairs first: a short chain of additions. */
static inline float total(Vector x)
{
    return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}

static const float *row_or(const Table *table, uint32_t row, const float *none)
{
    return table->width ? table_row(table, row) : none;
}

static float *gradient_or(Table *table, uint32_t row, float *none)
{
    return table->width ? table_gradient(table, row) : none;
}

static void factorise_backward(Node *node)
{
    const TableLookup *lookup = node->saved;
    Table *user = lookup->user, *item = lookup->item;
    const Node *weight = node->input[0];
    float *dg = weight && weight->needs_grad ? gradient(node->input[0]) : NULL;
    const float *weights = lookup->weight, *bias = lookup->bias;
    int stride = user->width ? user->stride : item->stride;
    for (int r = 0; r < node->rows; r++) {
        const uint32_t *id = ids_of(&lookup->rows, r);
        const float *u = row_or(user, id[FIELD_USER], lookup->none);
        const float *v = row_or(item, id[FIELD_ITEM], lookup->none);
        float dy = node->grad[r];
        if (user->moves) {
            float *du = gradient_or(user, id[FIELD_USER], lookup->none + stride);
            float *dv = gradient_or(item, id[FIELD_ITEM], lookup->none + stride);
            for (int c = 0; c < stride; c += VECTOR_FLOATS) {
                Vector g = node->number * at(weights, c), one = at(bias, c);
                *(Vector *)(du + c) += dy * (g * at(v, c) + one);
                *(Vector *)(dv + c) += dy * (g * at(u, c) + one);
            }
        }
        for (int c = 0; dg && c < lookup->dimension; c++)
            dg[c] += dy * u[c] * v[c];
    }
}

/* Whole rows at a time: [g | 0] and [0 | 1 at the bias | 0] pick the vectors and the biases out of them. */
Var factorise(Tape *tape, Table *user, Table *item, Var weight, int dimension, int bias, const RowSet *rows)
{
    int stride = user->width ? user->stride : item->stride;
    assert(!item->width || item->stride == stride);
    Var node = tape_node(tape, rows->rows, 1, weight, NULL, NULL, factorise_backward);
    float *g = memset(tape_floats(tape, 4 * (size_t)stride), 0, 4 * (size_t)stride * sizeof(float));
    float *one = g + stride, *none = one + stride;
    for (int c = 0; c < dimension; c++)
        g[c] = weight ? weight->value[c] : 1.0F;
    one[dimension + bias] = 1;
    node->number = 1;
    node->needs_grad = node->needs_grad || user->moves;
    node->saved = keep(tape, &(TableLookup){.user = user,
                                            .item = item,
                                            .weight = g,
                                            .bias = one,
                                            .none = none,
                                            .dimension = dimension,
                                            .rows = *rows});
    for (int r = 0; r < rows->rows; r++) {
        const uint32_t *id = ids_of(rows, r);
        const float *u = row_or(user, id[FIELD_USER], none), *v = row_or(item, id[FIELD_ITEM], none);
        Vector terms = {0};
        for (int c = 0; c < stride; c += VECTOR_FLOATS)
            terms += at(g, c) * at(u, c) * at(v, c) + at(one, c) * (at(u, c) + at(v, c));
        node->value[r] = total(terms);
    }
    return node;
}
