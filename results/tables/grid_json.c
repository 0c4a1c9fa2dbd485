/* Grids as JSON for other programs: what csv has, a record for each row. A comma stands before each record;
 * the program puts them all into one document (grid_json_document). */
#include "results/tables/grid_format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_string(FILE *file, const char *text, size_t length)
{
    fputc('"', file);
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            fprintf(file, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            fprintf(file, "\\u%04x", c);
        else
            fputc(c, file);
    }
    fputc('"', file);
}

static void put_name(FILE *file, const char *name, const char *ending)
{
    char text[CELL_TEXT_SIZE];
    snprintf(text, sizeof text, "%s%s", name, ending);
    fputs(", ", file);
    put_string(file, text, strlen(text));
    fputs(": ", file);
}

/* JSON has neither NaN nor infinity. */
static void put_number(FILE *file, const char *name, const char *ending, double value)
{
    put_name(file, name, ending);
    if (isfinite(value))
        fprintf(file, "%.17g", value);
    else
        fputs("null", file);
}

/* The value of a key: a number where it reads as one, else a text. */
static void put_value(FILE *file, const char *text, size_t length)
{
    char word[CELL_TEXT_SIZE], *end;
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    const double value = strtod(word, &end);
    const bool decimal = length > 0 && strspn(word, "+-.0123456789eE") == length;
    if (decimal && !*end && isfinite(value))
        fprintf(file, "%.17g", value);
    else
        put_string(file, text, length);
}

/* Where the first "KEY=VALUE" of "KEY=VALUE, KEY=VALUE" ends; a value may be a list in brackets. */
static size_t pair_length(const char *text)
{
    size_t length = 0;
    for (int depth = 0; text[length]; length++) {
        depth += (text[length] == '[') - (text[length] == ']');
        if (depth <= 0 && text[length] == ',' && text[length + 1] == ' ')
            break;
    }
    return length;
}

static void put_setting(FILE *file, const char *text)
{
    fputc('{', file);
    for (bool first = true; *text; first = false) {
        const size_t length = pair_length(text), key = strcspn(text, "=");
        fputs(first ? "" : ", ", file);
        put_string(file, text, key < length ? key : length);
        fputs(": ", file);
        if (key < length)
            put_value(file, text + key + 1, length - key - 1);
        else
            fputs("null", file);
        text += length;
        text += *text ? 2 : 0;
    }
    fputc('}', file);
}

static void put_cell(FILE *file, const Column *column, const Cell *cell)
{
    const CellKind kind = column->kind;
    if (kind == CELL_TEXT) {
        put_name(file, column->name, "");
        put_string(file, cell->text, strlen(cell->text));
        return;
    }
    put_number(file, column->name, "", cell->value);
    if (kind == CELL_ESTIMATE || kind == CELL_PERCENT)
        put_number(file, column->name, "_mcse", cell->low);
    if (kind != CELL_INTERVAL && kind != CELL_RANK)
        return;
    put_number(file, column->name, "_low", cell->low);
    put_number(file, column->name, "_high", cell->high);
}

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)printed; /* numbers are written whole */
    (void)names;   /* every record has them */
    (void)message;
    for (int r = 0; r < grid->rows; r++) {
        fprintf(file, ",\n{\"table\": \"%s\", \"experiment\": ", grid->part ? grid->part : "main");
        put_string(file, grid->experiment, strlen(grid->experiment));
        fputs(", \"setting\": ", file);
        put_setting(file, grid->setting);
        for (int c = 0; c < grid->columns; c++)
            if (grid->column[c].name)
                put_cell(file, &grid->column[c], &grid->cell[r * grid->columns + c]);
        fputc('}', file);
    }
    return STATUS_OK;
}

void grid_json_document(const char *version, const char *command, const char *records, FILE *file)
{
    records += strspn(records, "\n");
    fprintf(file, "{\"cvrlab\": \"%s\", \"schema\": %d, \"command\": \"%s\", \"records\": [%s\n]}\n", version,
            GRID_JSON_SCHEMA, command, records + (*records == ','));
}

const GridFormat grid_json = {
    .name = "json", .mark = "* may be the best", .star = "*", .data = true, .wraps = true, .print = print};
