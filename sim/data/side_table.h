/* Tables of users and items, which are joined to the rows of a log; for files of sim/data alone. Each is held
 * in memory, so that rows of the log may come in any order. */
#pragma once

#include "sim/data/reader_internal.h"

/* Opens the tables that reader->options name for data at a path and reads their header lines; `key` are the
 * names that the id may have in each, NULL at the end of a list, the log's own first. STATUS_USAGE when a
 * table has none or several of these columns. Free with side_tables_close. */
Status side_tables_open(Reader *reader, const char *const *const key[2], Message *message);
void side_tables_close(Reader *reader);

/* Columns of the tables that the pattern matches are used so: NAME, or NAME* for all names that begin so. How
 * many there are. */
int side_tables_use(Reader *reader, const char *pattern, size_t length, const CellUse *use);

/* Gives the columns that are used a number in the reader's schema, and reads the rows. STATUS_USAGE when a
 * table has none of them, names a user or item twice or not at all, or is malformed; the message names file
 * and line. */
Status side_tables_read(Reader *reader, Message *message);

/* Puts the columns of user or item `key` of a table that is there into row reader->row of the block. */
void side_table_join(Reader *reader, int field, RecordCell key);

/* Whether a cell matches a pattern of side_tables_use. */
bool column_matches(RecordCell cell, const char *pattern, size_t length);

/* The names of a comma-separated list as cells; how many there are. */
int cells_of_list(const char *list, RecordCell cell[MAX_CELLS]);

/* A number in the schema for a column of features. */
Status reader_add_column(Reader *reader, const Records *records, RecordCell cell, CellUse *use,
                         Message *message);

/* A cell of a dense column, NaN where it is missing. False when it is no number within the range of a float.
 */
bool cell_read_dense(RecordCell cell, float *value);
