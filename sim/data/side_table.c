/* Tables of users and items in memory: a dictionary of their keys, and the columns that are used row by row,
 * so that a join is one look-up and one copy. */
#include "sim/data/side_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const side_name[2] = {[FIELD_USER] = "user", [FIELD_ITEM] = "item"};

struct SideTable {
    int field;
    char path[PATH_MAX];
    Records records;
    bool is_open; /* records are */
    int cells, key;
    char name[MAX_CELLS][COLUMN_NAME]; /* of the columns */
    CellUse use[MAX_CELLS];
    int ids, dense, id_column[MAX_CATEGORICAL], dense_column[MAX_DENSE_GROUPS]; /* of x */
    Dictionary keys; /* the number of a row, from 1 */
    size_t rows, room;
    uint32_t *id; /* rows x ids */
    float *value; /* rows x dense */
    size_t missing;
};

Status side_table_path(const ReaderOptions *options, int field, const char *data, char path[PATH_MAX],
                       Message *message)
{
    const char *given = field == FIELD_USER ? options->users : options->items;
    char folder[PATH_MAX];
    path[0] = 0;
    if (!given[0])
        return STATUS_OK;
    Status status = data_folder(data, folder, message);
    if (status)
        return status;
    int length = strchr(given, '/') ? snprintf(path, PATH_MAX, "%s", given)
                                    : snprintf(path, PATH_MAX, "%s/%s", folder, given);
    return length < PATH_MAX ? STATUS_OK
                             : fail(message, STATUS_FAILED, "cannot read %s: the name is too long", given);
}

static Status refuse(const SideTable *side, RecordCell cell, const char *column, const char *expected,
                     Message *message)
{
    char shown[SHOWN_CELL], found[SHOWN_CELL + COLUMN_NAME + 16];
    snprintf(found, sizeof found, "%s in %s", cell_shown(cell, shown), column);
    return records_fail(&side->records, found, expected, message);
}

/* The names of the columns: those given, or else the first line. */
static Status read_header(SideTable *side, const char *given, Message *message)
{
    Records *r = &side->records;
    Status status = given[0] ? STATUS_OK : records_next(r, message);
    if (!status && !given[0] && !r->cells)
        return records_fail(r, "an empty file", "a line with the names of columns", message);
    if (given[0])
        r->cells = cells_of_list(given, r->cell);
    for (int i = 0; !status && i < r->cells; i++) {
        if (r->cell[i].length >= COLUMN_NAME)
            return refuse(side, r->cell[i], "the header", "a name of less than 64 bytes", message);
        snprintf(side->name[i], COLUMN_NAME, "%.*s", (int)r->cell[i].length, r->cell[i].text);
    }
    side->cells = r->cells;
    return status;
}

/* The log's own name first; without it the one of the other names. */
static Status find_key(SideTable *side, const char *const *key, Message *message)
{
    int found = -1;
    for (const char *const *name = key; *name && (found < 0 || name > key + 1); name++) {
        for (int i = 0; i < side->cells; i++) {
            if (strcmp(side->name[i], *name) != 0 || found == i)
                continue;
            if (found >= 0)
                return refuse(side, (RecordCell){side->name[i], strlen(side->name[i])},
                              "the header beside another id",
                              "one column of ids, or the name that it has in the log", message);
            found = i;
        }
    }
    const char *own = key[0] ? key[0] : "";
    char expected[COLUMN_NAME + 64];
    snprintf(expected, sizeof expected, "column '%s', as in the log", own);
    if (found < 0)
        return records_fail(&side->records, "no column of ids", expected, message);
    side->key = found;
    return STATUS_OK;
}

static Status open_side(Reader *reader, int field, const char *path, const char *const *key, Message *message)
{
    if (!path[0])
        return STATUS_OK;
    if (!strcmp(*key, "none"))
        return fail(message, STATUS_USAGE,
                    "data.%ss: found %s and columns.%s: none; expected the column to join by",
                    side_name[field], path, side_name[field]);
    SideTable *side = reader->side[field] = calloc(1, sizeof *side);
    if (!side)
        return fail_memory(message, "a table of users or items");
    side->field = field;
    snprintf(side->path, sizeof side->path, "%s", path);
    Status status = records_open(&side->records, side->path, 0, message);
    side->is_open = !status;
    if (!status)
        status = read_header(side,
                             field == FIELD_USER ? reader->options.columns.users_header
                                                 : reader->options.columns.items_header,
                             message);
    return status ? status : find_key(side, key, message);
}

Status side_tables_open(Reader *reader, const char *const *const key[2], Message *message)
{
    Status status = STATUS_OK;
    for (int field = FIELD_USER; field <= FIELD_ITEM && !status; field++) {
        char path[PATH_MAX];
        status = side_table_path(&reader->options, field, reader->file[0].path, path, message);
        if (!status)
            status = open_side(reader, field, path, key[field], message);
    }
    return status;
}

static void close_records(SideTable *side)
{
    if (side->is_open)
        records_close(&side->records);
    side->is_open = false;
}

void side_tables_close(Reader *reader)
{
    for (int field = FIELD_USER; field <= FIELD_ITEM; field++) {
        SideTable *side = reader->side[field];
        if (!side)
            continue;
        close_records(side);
        dictionary_free(&side->keys);
        free(side->id);
        free(side->value);
        free(side);
    }
}

/* Later files of the log ask again for what the first one did. */
int side_tables_use(Reader *reader, const char *pattern, size_t length, const CellUse *use)
{
    int found = 0;
    for (int field = FIELD_USER; field <= FIELD_ITEM; field++) {
        SideTable *side = reader->side[field];
        for (int i = 0; side && i < side->cells; i++) {
            const RecordCell cell = {side->name[i], strlen(side->name[i])};
            if (i == side->key || !column_matches(cell, pattern, length))
                continue;
            if (!side->use[i].role)
                side->use[i] = *use;
            found++;
        }
    }
    return found;
}

static Status add_columns(Reader *reader, SideTable *side, Message *message)
{
    for (int i = 0; i < side->cells; i++) {
        CellUse *use = &side->use[i];
        const RecordCell cell = {side->name[i], strlen(side->name[i])};
        if (!use->role)
            continue;
        Status status = reader_add_column(reader, &side->records, cell, use, message);
        if (status)
            return status;
        if (use->role == ROLE_ID)
            side->id_column[side->ids++] = use->column;
        else
            side->dense_column[side->dense++] = use->column;
    }
    if (side->ids + side->dense)
        return STATUS_OK;
    return records_fail(&side->records, "none of the columns that are used",
                        "some that columns.categorical, columns.bags or columns.dense name", message);
}

static Status make_room(SideTable *side, Message *message)
{
    if (side->rows < side->room)
        return STATUS_OK;
    const size_t room = side->room ? 2 * side->room : 1024;
    uint32_t *id = reallocarray(side->id, room * (size_t)side->ids + 1, sizeof *id);
    if (!id)
        return fail_memory(message, "a table of users or items");
    side->id = id;
    float *value = reallocarray(side->value, room * (size_t)side->dense + 1, sizeof *value);
    if (!value)
        return fail_memory(message, "a table of users or items");
    side->value = value;
    side->room = room;
    return STATUS_OK;
}

static Status read_id(Reader *reader, int column, RecordCell cell, uint32_t *id, Message *message)
{
    *id = 0;
    if (reader->bags[column])
        return reader_bag_id(reader, column, cell, id, message);
    if (!cell.length)
        return STATUS_OK;
    DictionaryKey key;
    dictionary_key(cell.text, cell.length, &key);
    *id = reader->options.buckets ? 1 + (uint32_t)(key.hash % (uint64_t)reader->options.buckets)
                                  : dictionary_id(&reader->id[column], &key, cell.text);
    return *id == DICTIONARY_FULL ? fail_memory(message, "the ids of a column") : STATUS_OK;
}

static Status read_row(Reader *reader, SideTable *side, Message *message)
{
    const Records *r = &side->records;
    const RecordCell own = r->cell[side->key];
    char found[32], expected[32];
    snprintf(found, sizeof found, "%d cells", r->cells);
    snprintf(expected, sizeof expected, "%d", side->cells);
    if (r->cells != side->cells)
        return records_fail(r, found, expected, message);
    if (!own.length)
        return refuse(side, own, side->name[side->key], "a name", message);
    DictionaryKey key;
    dictionary_key(own.text, own.length, &key);
    const uint32_t row = dictionary_id(&side->keys, &key, own.text);
    if (row == DICTIONARY_FULL)
        return fail_memory(message, "a table of users or items");
    if (row <= side->rows)
        return refuse(side, own, side->name[side->key], "a row for each", message);
    Status status = make_room(side, message);
    uint32_t *id = side->id + side->rows * (size_t)side->ids;
    float *value = side->value + side->rows * (size_t)side->dense;
    for (int i = 0; i < side->cells && !status; i++) {
        if (side->use[i].role == ROLE_ID)
            status = read_id(reader, side->use[i].column, r->cell[i], id++, message);
        else if (side->use[i].role && !cell_read_dense(r->cell[i], value++))
            status = refuse(side, r->cell[i], side->name[i],
                            "a number within the range of a float, or nothing", message);
    }
    side->rows += !status;
    return status;
}

Status side_tables_read(Reader *reader, Message *message)
{
    Status status = STATUS_OK;
    for (int field = FIELD_USER; field <= FIELD_ITEM && !status; field++) {
        SideTable *side = reader->side[field];
        if (!side)
            continue;
        status = add_columns(reader, side, message);
        while (!status && !(status = records_next(&side->records, message)) && side->records.cells)
            status = read_row(reader, side, message);
        close_records(side);
    }
    return status;
}

void side_table_join(Reader *reader, int field, RecordCell key)
{
    SideTable *side = reader->side[field];
    const uint32_t row = dictionary_find(&side->keys, key.text, key.length);
    const Features *x = &reader->block->log.x;
    uint32_t *to_id = x->id + reader->row * (size_t)x->schema.categorical;
    float *to_dense = x->dense + reader->row * (size_t)x->schema.dense;
    side->missing += !row;
    for (int i = 0; i < side->ids; i++)
        to_id[side->id_column[i]] = row ? side->id[(row - 1) * (size_t)side->ids + (size_t)i] : 0;
    for (int i = 0; i < side->dense; i++)
        to_dense[side->dense_column[i]] =
            row ? side->value[(row - 1) * (size_t)side->dense + (size_t)i] : NAN;
}

const char *reader_side(const Reader *reader, int field, size_t *missing)
{
    const SideTable *side = reader->side[field];
    *missing = side ? side->missing : 0;
    return side ? side->path : NULL;
}

static int side_of(const Reader *reader, int column, bool dense)
{
    for (int field = FIELD_USER; field <= FIELD_ITEM; field++) {
        const SideTable *side = reader->side[field];
        const int *own = !side ? NULL : dense ? side->dense_column : side->id_column;
        for (int i = 0; side && i < (dense ? side->dense : side->ids); i++)
            if (own[i] == column)
                return field;
    }
    return -1;
}

int reader_side_of_id(const Reader *reader, int column)
{
    return side_of(reader, column, false);
}

int reader_side_of_dense(const Reader *reader, int column)
{
    return side_of(reader, column, true);
}
