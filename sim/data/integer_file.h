/* Text files of small whole numbers, a row a line, separated by blanks: the layout of published rating
 * matrices. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

/* What a file must hold. */
typedef struct IntegerLayout {
    size_t rows, columns; /* 0: as many as there are, at least 1, and every row as many as the first */
    int high;             /* numbers lie in [0, high], at most 255 */
    const char *what;     /* the numbers, in messages: "ratings" */
} IntegerLayout;

typedef struct IntegerTable {
    size_t rows, columns;
    uint8_t *value; /* rows x columns */
} IntegerTable;

/* Reads a whole file; free with integer_table_free. STATUS_FAILED when it cannot be read, STATUS_USAGE with
 * "PATH:LINE: found ...; expected ..." when it does not keep to the layout. */
Status integer_file_read(IntegerTable *table, const char *path, const IntegerLayout *layout,
                         Message *message);
void integer_table_free(IntegerTable *table);
