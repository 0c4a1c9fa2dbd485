/* Reads matrices of small whole numbers. They are apart from records.c because here blanks of any kind and
 * number separate, and a row is known to be wrong by its length alone. */
#include "sim/data/integer_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 24, EXPECTED = 96, SMALLEST_CAPACITY = 4096 };

/* A file on its way into a table. */
typedef struct IntegerReader {
    const char *path;
    const IntegerLayout *layout;
    FILE *file;
    char *line;
    size_t line_room; /* bytes of `line`, as getline keeps them */
    IntegerTable *table;
    size_t numbers, capacity; /* of table->value */
} IntegerReader;

/* "300 ratings from 0 to 5" */
static const char *expected(const IntegerReader *r, char text[EXPECTED])
{
    if (r->table->columns)
        snprintf(text, EXPECTED, "%zu %s from 0 to %d", r->table->columns, r->layout->what, r->layout->high);
    else
        snprintf(text, EXPECTED, "%s from 0 to %d", r->layout->what, r->layout->high);
    return text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static Status bad_number(const IntegerReader *r, const char *word, size_t length, Message *message)
{
    char found[SHOWN + 1], text[EXPECTED];
    size_t shown = length < SHOWN ? length : SHOWN;
    for (size_t i = 0; i < shown; i++)
        found[i] = word[i] >= ' ' && word[i] <= '~' ? word[i] : '?';
    found[shown] = 0;
    return fail(message, STATUS_USAGE, "%s:%zu: found '%s%s'; expected %s", r->path, r->table->rows + 1,
                found, length > shown ? "..." : "", expected(r, text));
}

static Status bad_count(const IntegerReader *r, const char *found, Message *message)
{
    char text[EXPECTED];
    return fail(message, STATUS_USAGE, "%s:%zu: found %s; expected %s", r->path, r->table->rows + 1, found,
                expected(r, text));
}

static Status append(IntegerReader *r, int number, Message *message)
{
    if (r->numbers == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : SMALLEST_CAPACITY;
        uint8_t *value = realloc(r->table->value, capacity);
        if (!value)
            return fail_memory(message, r->layout->what);
        r->table->value = value;
        r->capacity = capacity;
    }
    r->table->value[r->numbers++] = (uint8_t)number;
    return STATUS_OK;
}

/* The whole number that a word is, or -1 when it is none or above `high`. */
static int number_of(const char *word, size_t length, int high)
{
    int number = 0;
    for (size_t i = 0; i < length; i++) {
        if (word[i] < '0' || word[i] > '9')
            return -1;
        number = 10 * number + (word[i] - '0');
        if (number > high)
            return -1;
    }
    return number;
}

static Status read_row(IntegerReader *r, size_t length, Message *message)
{
    size_t count = 0;
    for (const char *at = r->line, *end = at + length; at < end;) {
        if (is_blank(*at)) {
            at++;
            continue;
        }
        const char *word = at;
        while (at < end && !is_blank(*at))
            at++;
        int number = number_of(word, (size_t)(at - word), r->layout->high);
        if (number < 0)
            return bad_number(r, word, (size_t)(at - word), message);
        Status status = append(r, number, message);
        if (status)
            return status;
        count++;
    }
    if (!count || (r->table->columns && count != r->table->columns)) {
        char found[SHOWN];
        snprintf(found, sizeof found, "%zu", count);
        return bad_count(r, found, message);
    }
    r->table->columns = count;
    return STATUS_OK;
}

static Status read_rows(IntegerReader *r, Message *message)
{
    size_t rows = r->layout->rows;
    ssize_t length;
    errno = 0;
    while ((length = getline(&r->line, &r->line_room, r->file)) >= 0) {
        if (rows && r->table->rows == rows)
            return fail(message, STATUS_USAGE, "%s:%zu: found another line; expected %zu lines", r->path,
                        rows + 1, rows);
        Status status = read_row(r, (size_t)length, message);
        if (status)
            return status;
        r->table->rows++;
    }
    if (!feof(r->file))
        return fail(message, STATUS_FAILED, "cannot read %s: %s", r->path, strerror(errno));
    if (rows && r->table->rows < rows)
        return fail(message, STATUS_USAGE, "%s:%zu: found the end of the file; expected %zu lines", r->path,
                    r->table->rows + 1, rows);
    if (!r->table->rows)
        return bad_count(r, "an empty file", message);
    return STATUS_OK;
}

Status integer_file_read(IntegerTable *table, const char *path, const IntegerLayout *layout, Message *message)
{
    *table = (IntegerTable){.columns = layout->columns};
    IntegerReader r = {.path = path, .layout = layout, .table = table, .file = fopen(path, "r")};
    if (!r.file)
        return fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    Status status = read_rows(&r, message);
    free(r.line);
    fclose(r.file);
    if (status)
        integer_table_free(table);
    return status;
}

void integer_table_free(IntegerTable *table)
{
    free(table->value);
    *table = (IntegerTable){0};
}
