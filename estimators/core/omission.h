/* Which columns of x a prediction model lacks (model.omit). It reads the rest, x'. Its click head adds a term
 * of the lacked columns, except where the conversion is made of it, as a quotient. */
#pragma once

#include "sim/base/status.h"
#include "sim/log.h"

#include <stdbool.h>

/* Some columns of a schema: categorical ones, and groups of dense ones. */
typedef struct ColumnSet {
    bool field[MAX_CATEGORICAL], group[MAX_DENSE_GROUPS];
} ColumnSet;

typedef struct Omission {
    bool any;
    ColumnSet lacked, read; /* read is all that is not lacked; not filled when there is no omission */
} Omission;

/* Finds comma-separated names of features in a schema. STATUS_USAGE for one that it does not have, and where
 * nothing is left to read. */
Status omission_create(Omission *omission, const char *names, const Schema *schema, Message *message);

/* The width of dense columns of these groups. */
int dense_width(const Schema *schema, const ColumnSet *columns);
