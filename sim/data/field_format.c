/* Rows of fields, as libffm and its kin have them: LABEL ... FIELD:ID FIELD:ID:VALUE ..., separated by blanks
 * or tabs, in any order and number. To the rest they are a table: a row is put together whose cells are the
 * labels and those fields that the keys columns.* name. Which fields there are is known only at the end, so a
 * name that no row has is told then. */
#include "sim/base/suggest.h"
#include "sim/data/reader_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SHOWN = 64 /* fields in a message */ };

static char no_text[1]; /* of a field that a row does not have */

typedef struct FieldRows {
    char *header; /* the names of labels, and of the fields that are read */
    int labels, columns;
    int label_names;   /* the bytes of the header that name the labels; -1 until they do */
    Dictionary field;  /* the place of a field among those that are read, from 1 */
    Dictionary others; /* fields that are not read, for messages */
    char other[MOST_SHOWN][COLUMN_NAME];
    int others_shown;
    RecordCell cell[MAX_CELLS]; /* of the row at hand */
    BagText bag[MAX_CELLS];
    bool seen[MAX_CELLS]; /* in any row */
} FieldRows;

/* A piece of a row; the parts of a feature are apart. */
typedef struct FieldToken {
    RecordCell text, field, id, value; /* field.text is NULL in a label, value.text where there is none */
} FieldToken;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next piece of the line, which then begins after it. False where there is none. */
static bool next_token(RecordCell *line, FieldToken *token)
{
    char *at = line->text, *const end = at + line->length;
    while (at < end && is_blank(*at))
        at++;
    char *const start = at, *colon[2] = {NULL, NULL};
    for (int colons = 0; at < end && !is_blank(*at); at++)
        if (*at == ':' && colons < 2)
            colon[colons++] = at;
    *token = (FieldToken){.text = {start, (size_t)(at - start)}};
    *line = (RecordCell){at, (size_t)(end - at)};
    if (colon[0]) {
        char *id_end = colon[1] ? colon[1] : at;
        token->field = (RecordCell){start, (size_t)(colon[0] - start)};
        token->id = (RecordCell){colon[0] + 1, (size_t)(id_end - colon[0] - 1)};
    }
    if (colon[1])
        token->value = (RecordCell){colon[1] + 1, (size_t)(at - colon[1] - 1)};
    return at > start;
}

static bool is_feature(const FieldToken *token)
{
    return token->field.length && token->id.length &&
           (!token->value.text ||
            (token->value.length && !memchr(token->value.text, ':', token->value.length)));
}

bool field_rows_begin(const char *path)
{
    Records *r = malloc(sizeof *r);
    FieldToken token;
    double number;
    int labels = 0, features = 0;
    if (!r || records_open(r, path, '\n', NULL)) {
        free(r);
        return false;
    }
    bool all = !records_next(r, NULL) && r->cells == 1;
    while (all && next_token(&r->cell[0], &token)) {
        const bool label = !token.field.text && !features;
        labels += label;
        features += !label;
        all = label ? cell_read_number(token.text, &number) : is_feature(&token);
    }
    records_close(r);
    free(r);
    return all && labels && features;
}

/* Whether a comma-separated list has the name. */
static bool is_listed(const char *list, const char *name, size_t length)
{
    for (; *list; list += strcspn(list, ","), list += *list == ',')
        if (strcspn(list, ",") == length && !memcmp(list, name, length))
            return true;
    return false;
}

/* Adds the names of a list to the header; of fields only those that it does not have yet. Which fields a
 * pattern would match is not known. */
static Status name_columns(FieldRows *f, const char *list, Message *message)
{
    for (size_t length; column_is_given(list) && *list; list += length + (list[length] == ',')) {
        length = strcspn(list, ",");
        if (memchr(list, '*', length))
            return fail(message, STATUS_USAGE,
                        "columns: found '%.*s'; expected the name of a field, as rows of fields have no list "
                        "of them",
                        (int)length, list);
        if (f->label_names >= 0 && is_listed(f->header, list, length))
            continue;
        char *end = f->header + strlen(f->header);
        *stpncpy(stpcpy(end, *f->header ? "," : ""), list, length) = 0;
        f->columns++;
    }
    return STATUS_OK;
}

/* The header of the table that the rows become. Labels are those of columns.header, or click and conversion.
 */
static Status make_header(Reader *reader, FieldRows *f, Message *message)
{
    const ColumnNames *n = &reader->names;
    const char *const list[] = {n->user,     n->item,        n->click, n->conversion, n->split,
                                n->unbiased, n->random,      n->group, n->time,       n->propensity,
                                n->weight,   n->categorical, n->bags,  n->dense};
    f->header = calloc(1, sizeof *n + sizeof list);
    if (!f->header)
        return fail_memory(message, "the names of fields");
    f->label_names = -1;
    Status status = name_columns(f, n->header, message);
    for (int label = 0; !n->header[0] && label < 2 && !status; label++)
        status = name_columns(f, label ? n->conversion : n->click, message);
    f->labels = f->columns;
    f->label_names = (int)strlen(f->header);
    for (size_t i = 0; i < sizeof list / sizeof *list && !status; i++)
        status = name_columns(f, list[i], message);
    if (!status && f->columns > MAX_CELLS)
        status = fail(message, STATUS_USAGE, "columns: found more fields; expected at most %d", MAX_CELLS);
    reader->header = f->header;
    return status;
}

static Status number_fields(FieldRows *f, Message *message)
{
    const char *name = f->header;
    for (int column = 0; column < f->columns; column++) {
        const size_t length = strcspn(name, ",");
        DictionaryKey key;
        dictionary_key(name, length, &key);
        if (column >= f->labels && dictionary_id(&f->field, &key, name) == DICTIONARY_FULL)
            return fail_memory(message, "the names of fields");
        name += length + (name[length] == ',');
    }
    return STATUS_OK;
}

static Status field_columns(Reader *reader, Message *message)
{
    const ReaderOptions *options = &reader->options;
    if (options->delimiter)
        return fail(message, STATUS_USAGE,
                    "data.delimiter: found one; expected auto, as rows of fields are separated by blanks or "
                    "tabs");
    if (options->users[0] || options->items[0])
        return fail(
            message, STATUS_USAGE,
            "data.users or data.items: found %s; expected none, as rows of fields have those of their "
            "users and items",
            options->users[0] ? options->users : options->items);
    FieldRows *f = reader->state = calloc(1, sizeof *f);
    if (!f)
        return fail_memory(message, "rows of fields");
    reader->options.bag_separator = BAG_BLANK; /* which no id has */
    Status status = make_header(reader, f, message);
    if (!status)
        status = number_fields(f, message);
    return status ? status : table_format.columns(reader, message);
}

static Status field_open(Reader *reader, Message *message)
{
    return table_format.open(reader, message);
}

static void field_close(Reader *reader)
{
    FieldRows *f = reader->state;
    if (!f)
        return;
    dictionary_free(&f->field);
    dictionary_free(&f->others);
    for (int column = 0; column < f->columns && column < MAX_CELLS; column++)
        bag_text_free(&f->bag[column]);
    free(f->header);
    free(f);
}

/* Fields that are not read are noted once each, as many as a message shows. */
static void note_other(Reader *reader, FieldRows *f, RecordCell name)
{
    if (f->others_shown == MOST_SHOWN || name.length >= COLUMN_NAME ||
        dictionary_find(&f->others, name.text, name.length))
        return;
    DictionaryKey key;
    dictionary_key(name.text, name.length, &key);
    if (dictionary_id(&f->others, &key, name.text) == DICTIONARY_FULL)
        return;
    snprintf(f->other[f->others_shown++], COLUMN_NAME, "%.*s", (int)name.length, name.text);
    const size_t used = strlen(reader->unread);
    snprintf(reader->unread + used, sizeof reader->unread - used, "%s%.*s", used ? ", " : "",
             (int)name.length, name.text);
}

static Status refuse(const Reader *reader, RecordCell token, const char *expected, Message *message)
{
    char found[SHOWN_CELL];
    return records_fail(&reader->records, cell_shown(token, found), expected, message);
}

/* The id of a feature, or where the column is of numbers its value if it has one. A category with a value
 * other than 1 is a number that was taken for a category; of the values of a bag the mean is plain. */
static Status add_feature(Reader *reader, FieldRows *f, const FieldToken *token, Message *message)
{
    if (!is_feature(token))
        return refuse(reader, token->text, "FIELD:ID or FIELD:ID:VALUE", message);
    const uint32_t place = dictionary_find(&f->field, token->field.text, token->field.length);
    if (!place) {
        note_other(reader, f, token->field);
        return STATUS_OK;
    }
    const int column = f->labels + (int)place - 1;
    const CellUse *use = &reader->use[column];
    f->seen[column] = true;
    if (use->role == ROLE_ID && reader->bags[use->column]) {
        BagText *bag = &f->bag[column];
        if (!bag_text_add(bag, token->id.text, token->id.length, reader_bag_separator(reader)))
            return fail_memory(message, "the ids of a bag");
        f->cell[column] = (RecordCell){bag->text, bag->length};
        return STATUS_OK;
    }
    if (f->cell[column].text != no_text)
        return refuse(reader, token->text, "a field once in a row, or columns.bags to name it", message);
    const bool category = use->role == ROLE_ID || use->role == ROLE_GROUP;
    double value = 1;
    if (category && token->value.text && (!cell_read_number(token->value, &value) || value != 1))
        return refuse(reader, token->text, "the value 1, or columns.dense to name the field", message);
    f->cell[column] = category || !token->value.text ? token->id : token->value;
    return STATUS_OK;
}

static Status add_label(Reader *reader, FieldRows *f, int number, RecordCell text, Message *message)
{
    if (number >= f->labels)
        return refuse(reader, text, "FIELD:ID or FIELD:ID:VALUE after the labels", message);
    f->cell[number] = text;
    f->seen[number] = true;
    return STATUS_OK;
}

static Status field_row(Reader *reader, Message *message)
{
    FieldRows *f = reader->state;
    Records *r = &reader->records;
    RecordCell line = r->cell[0];
    FieldToken token;
    int labels = 0;
    bool features = false;
    Status status = STATUS_OK;
    for (int column = 0; column < f->columns; column++) {
        f->cell[column] = (RecordCell){no_text, 0};
        f->bag[column].length = 0;
    }
    while (!status && next_token(&line, &token)) {
        features = features || token.field.text;
        status = token.field.text
                     ? add_feature(reader, f, &token, message)
                     : add_label(reader, f, features ? f->labels : labels++, token.text, message);
    }
    if (!status && labels != f->labels) {
        char found[32], expected[COLUMN_LIST + 32];
        snprintf(found, sizeof found, "%d labels", labels);
        snprintf(expected, sizeof expected, "%d: %.*s", f->labels, f->label_names, f->header);
        return records_fail(r, found, expected, message);
    }
    if (status)
        return status;
    memcpy(r->cell, f->cell, (size_t)f->columns * sizeof *f->cell);
    r->cells = f->columns;
    return table_format.row(reader, message);
}

/* A field that is named and was in no row. */
static Status field_end(Reader *reader, Message *message)
{
    const FieldRows *f = reader->state;
    const char *name = f->header, *list[MOST_SHOWN];
    for (int i = 0; i < f->others_shown; i++)
        list[i] = f->other[i];
    for (int column = 0; column < f->columns; column++) {
        const size_t length = strcspn(name, ",");
        if (column >= f->labels && !f->seen[column]) {
            char wanted[COLUMN_NAME];
            snprintf(wanted, sizeof wanted, "%.*s", (int)length, name);
            const char *nearest = nearest_name(wanted, list, f->others_shown);
            char meant[COLUMN_NAME + 32] = "expected one, or";
            if (nearest)
                snprintf(meant, sizeof meant, "did you mean '%s'? Name it by", nearest);
            return fail(
                message, STATUS_USAGE,
                "%s: found no field '%s' in any row; %s columns.%s: NAME; fields that are not read: %s",
                reader->file[0].path, wanted, meant, reader->use[column].key,
                reader->unread[0] ? reader->unread : "none");
        }
        name += length + (name[length] == ',');
    }
    return STATUS_OK;
}

const Format field_format = {.columns = field_columns,
                             .open = field_open,
                             .row = field_row,
                             .close = field_close,
                             .end = field_end,
                             .ahead = true};
