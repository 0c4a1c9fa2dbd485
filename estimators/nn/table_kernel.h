/* The loops of operations that look rows up in embedding tables. */
#pragma once

#include "estimators/nn/table.h"

/* What embed and factorise keep in their nodes for these loops. */
typedef struct TableLookup {
    Table *tables;     /* embed: one a field */
    const bool *group; /* and the groups of dense columns to read, or NULL */
    Table *user, *item;
    const float *weight; /* factorise, of each column of a row: of its part in u . v, */
    const float *bias;   /* and 1 at the bias */
    float *none;         /* the row of a table of width 0, and room for its gradient, which is not kept */
    int dimension;
    RowSet rows;
} TableLookup;

/* Values of a node, and its gradient to the tables' rows. */
typedef struct TableKernels {
    void (*embed_forward)(Node *node);
    void (*embed_backward)(Node *node);
    void (*factorise_forward)(Node *node);
    void (*factorise_backward)(Node *node);

    /* The gradient of a table's row += `from`, width floats. */
    void (*add_gradient)(Table *table, uint32_t row, const float *from);
} TableKernels;

KERNEL_TABLE(TableKernels, table_kernels)
