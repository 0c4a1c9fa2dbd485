/* Embedding tables with row-sparse Adam: only the rows that a step touches are read or written. */
#pragma once

#include "estimators/nn/elementwise.h"
#include "estimators/nn/tape.h"
#include "sim/log.h"

#include <assert.h>
#include <gsl/gsl_rng.h>
#include <stdint.h>

typedef struct Table {
    uint32_t rows;
    int width;    /* of an embedding */
    int stride;   /* width rounded up, so that a row's update is whole vectors; the padding stays 0 */
    float *value; /* rows x 3 stride: value, first and second moment of a row side by side, one or two cache
                     lines */
    int random;   /* the leading columns that start random; the others start at 0 */
    bool moves;   /* the current phase trains it */
    float *grad;  /* capacity x stride: gradients of the touched rows, in the order of `touched` */
    uint32_t *touched; /* rows with a gradient since the last update */
    uint32_t *slot; /* row -> its place in touched; valid only if touched[slot[row]] is the row (a sparse set:
                       no clearing) */
    uint32_t count, capacity;
} Table;

/* `lookups`: the most rows that one step can look up. All embeddings start at 0. */
Status table_create(Table *table, uint32_t rows, int width, size_t lookups, Message *message);
void table_free(Table *table);

/* Embeddings ~ N(0, sd^2) in columns [0, columns). */
void table_randomise(Table *table, gsl_rng *generator, int columns, double sd);

/* The embedding of a row, width floats. */
static inline float *table_row(const Table *table, uint32_t row)
{
    return table->value + (size_t)row * 3 * (size_t)table->stride;
}

/* Place in table->grad of the gradient of a row, which is touched from here on; *known says whether it was,
 * and the gradient is set. Whether a row of a batch has come before is as good as random, so there is no
 * branch on it that the processor could guess. */
static inline uint32_t table_touch(Table *table, uint32_t row, int *known)
{
    uint32_t slot = table->slot[row];
    *known = (slot < table->count) & (table->touched[slot] == row);
    slot = *known ? slot : table->count;
    assert(slot < table->capacity);
    table->count += !*known;
    table->slot[row] = slot;
    table->touched[slot] = row;
    return slot;
}

/* The gradient of a row, which is touched from here on, width floats; zero where it was not. */
float *table_gradient(Table *table, uint32_t row);

/* Adam on the touched rows; then none is touched. L2 falls on touched rows only. */
void table_update(Table *table, const AdamStep *step);

/* A selection of rows of a feature table: what a batch is made of. */
typedef struct RowSet {
    const Features *x;
    const uint32_t *row; /* rows of x */
    int rows;
} RowSet;

/* [embedding of field 0 | ... | embedding of the last field | dense], |rows| x (sum of widths + dense), one
 * table a categorical column, which is not looked up where its width is 0; of a bag the mean of its values'
 * embeddings. `group` says which of the schema's
 * groups of dense columns are read; NULL: all dense columns. `tables` must stay in place until the step ends.
 */
Var embed(Tape *tape, Table *tables, const bool *group, const RowSet *rows);

/* Matrix factorisation: u . (weight * v) + b_u + b_i, |rows| x 1, where a table's row is [vector | biases]
 * and `bias` picks the bias column (0, 1, ...) behind the vector of `dimension`; `weight` is 1 x dimension,
 * or NULL for plain u . v. A table of width 0 counts as all 0: the other's bias is left. The result's
 * `number`, 1, is a factor on the gradients of u and v. */
Var factorise(Tape *tape, Table *user, Table *item, Var weight, int dimension, int bias, const RowSet *rows);
