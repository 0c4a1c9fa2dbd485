/* Embedding tables, and the operations that look rows up in them; the loops are in table_kernel.c. */
#include "estimators/nn/table.h"

#include "estimators/nn/table_kernel.h"
#include "sim/base/draw.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Rows are whole vectors of this many floats. */
enum { VECTOR_FLOATS = 8 };

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
            table_row(table, r)[c] = (float)draw_normal(generator, sd);
}

float *table_gradient(Table *table, uint32_t row)
{
    int known;
    float *grad = table->grad + (size_t)table_touch(table, row, &known) * (size_t)table->stride;
    return known ? grad : memset(grad, 0, (size_t)table->stride * sizeof *grad);
}

void table_update(Table *table, const AdamStep *step)
{
    elementwise_kernels()->adam_update_rows(table->count, table->touched, table->stride, step, table->grad,
                                            table->value);
    table->count = 0;
}

static TableLookup *keep(Tape *tape, const TableLookup *lookup)
{
    TableLookup *kept = tape_bytes(tape, sizeof *kept);
    *kept = *lookup;
    return kept;
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
    int fields = x->schema.categorical, embedded = 0;
    for (int f = 0; f < fields; f++)
        embedded += tables[f].width;
    Var node = tape_node(tape, rows->rows, embedded + dense_read(&x->schema, group), NULL, NULL, NULL,
                         table_kernels()->embed_backward);
    node->needs_grad = tables[0].moves && embedded > 0;
    node->grad_cols = embedded;
    node->saved = keep(tape, &(TableLookup){.tables = tables, .group = group, .rows = *rows});
    table_kernels()->embed_forward(node);
    return node;
}

/* Whole rows at a time: [g | 0] and [0 | 1 at the bias | 0] pick the vectors and the biases out of them. */
Var factorise(Tape *tape, Table *user, Table *item, Var weight, int dimension, int bias, const RowSet *rows)
{
    int stride = user->width ? user->stride : item->stride;
    assert(!item->width || item->stride == stride);
    Var node = tape_node(tape, rows->rows, 1, weight, NULL, NULL, table_kernels()->factorise_backward);
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
    table_kernels()->factorise_forward(node);
    return node;
}
