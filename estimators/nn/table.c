#include "estimators/nn/table.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

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
            table_row(table, r)[c] = (float)gsl_ran_gaussian_ziggurat(generator, sd);
}

float *table_gradient(Table *table, uint32_t row)
{
    uint32_t slot = table->slot[row];
    float *grad = table->grad + (size_t)slot * (size_t)table->stride;
    if (slot < table->count && table->touched[slot] == row)
        return grad;
    assert(table->count < table->capacity);
    slot = table->count++;
    table->slot[row] = slot;
    table->touched[slot] = row;
    grad = table->grad + (size_t)slot * (size_t)table->stride;
    memset(grad, 0, (size_t)table->stride * sizeof(float));
    return grad;
}

void table_update(Table *table, const AdamStep *step)
{
    size_t stride = (size_t)table->stride;
    for (uint32_t k = 0; k < table->count; k++) {
        float *w = table_row(table, table->touched[k]);
        adam_update((int)stride, step, table->grad + k * stride, w, w + stride, w + 2 * stride);
    }
    table->count = 0;
}

/* What embed and factorise keep for their backward passes. */
typedef struct Lookup {
    Table *tables; /* embed: one a field */
    Table *user, *item;
    int bias, dimension;
    RowSet rows;
} Lookup;

static const uint32_t *ids_of(const RowSet *rows, int r)
{
    return rows->x->id + (size_t)rows->row[r] * (size_t)rows->x->schema.categorical;
}

static Lookup *keep(Tape *tape, const Lookup *lookup)
{
    Lookup *kept = tape_bytes(tape, sizeof *kept);
    *kept = *lookup;
    return kept;
}

static void embed_backward(Node *node)
{
    const Lookup *lookup = node->saved;
    int fields = lookup->rows.x->schema.categorical;
    for (int r = 0; r < node->rows; r++) {
        const uint32_t *id = ids_of(&lookup->rows, r);
        const float *from = node->grad + (size_t)r * (size_t)node->cols;
        for (int f = 0; f < fields; f++) {
            Table *table = &lookup->tables[f];
            float *to = table_gradient(table, id[f]);
            for (int c = 0; c < table->width; c++)
                to[c] += from[c];
            from += table->width;
        }
    }
}

Var embed(Tape *tape, Table *tables, const RowSet *rows)
{
    const Features *x = rows->x;
    int fields = x->schema.categorical, dense = x->schema.dense, embedded = 0;
    for (int f = 0; f < fields; f++)
        embedded += tables[f].width;
    Var node = tape_node(tape, rows->rows, embedded + dense, NULL, NULL, NULL, embed_backward);
    node->needs_grad = tables[0].moves;
    node->grad_cols = embedded;
    node->saved = keep(tape, &(Lookup){.tables = tables, .rows = *rows});
    for (int r = 0; r < rows->rows; r++) {
        const uint32_t *id = ids_of(rows, r);
        float *to = node->value + (size_t)r * (size_t)node->cols;
        for (int f = 0; f < fields; f++) {
            memcpy(to, table_row(&tables[f], id[f]), (size_t)tables[f].width * sizeof(float));
            to += tables[f].width;
        }
        if (dense)
            memcpy(to, x->dense + (size_t)rows->row[r] * (size_t)dense, (size_t)dense * sizeof(float));
    }
    return node;
}

static void factorise_backward(Node *node)
{
    const Lookup *lookup = node->saved;
    Node *weight = node->input[0];
    int d = lookup->dimension, bias = d + lookup->bias;
    const float *g = weight ? weight->value : NULL;
    float *dg = weight && weight->needs_grad ? gradient(weight) : NULL;
    for (int r = 0; r < node->rows; r++) {
        const uint32_t *id = ids_of(&lookup->rows, r);
        const float *u = table_row(lookup->user, id[FIELD_USER]),
                    *v = table_row(lookup->item, id[FIELD_ITEM]);
        float dy = node->grad[r];
        if (lookup->user->moves) {
            float *du = table_gradient(lookup->user, id[FIELD_USER]);
            float *dv = table_gradient(lookup->item, id[FIELD_ITEM]);
            for (int c = 0; c < d; c++) {
                float k = g ? dy * g[c] : dy;
                du[c] += k * v[c];
                dv[c] += k * u[c];
            }
            du[bias] += dy;
            dv[bias] += dy;
        }
        for (int c = 0; dg && c < d; c++)
            dg[c] += dy * u[c] * v[c];
    }
}

Var factorise(Tape *tape, Table *user, Table *item, Var weight, int dimension, int bias, const RowSet *rows)
{
    Var node = tape_node(tape, rows->rows, 1, weight, NULL, NULL, factorise_backward);
    node->needs_grad = node->needs_grad || user->moves;
    node->saved = keep(
        tape, &(Lookup){.user = user, .item = item, .bias = bias, .dimension = dimension, .rows = *rows});
    const float *g = weight ? weight->value : NULL;
    for (int r = 0; r < rows->rows; r++) {
        const uint32_t *id = ids_of(rows, r);
        const float *u = table_row(user, id[FIELD_USER]), *v = table_row(item, id[FIELD_ITEM]);
        float score = u[dimension + bias] + v[dimension + bias];
        for (int c = 0; c < dimension; c++)
            score += u[c] * v[c] * (g ? g[c] : 1.0F);
        node->value[r] = score;
    }
    return node;
}
