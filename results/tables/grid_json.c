/* Grids as JSON for other programs: an object a row, with the names of csv; a document is a list of them
 * (results/README.md, JSON). */
#include "results/tables/grid_format.h"
#include "results/tables/markup.h"

#include <math.h>
#include <string.h>

static void put_text(FILE *file, const char *name, const char *ending, const char *text)
{
    char key[CELL_TEXT_SIZE];
    snprintf(key, sizeof key, "%s%s", name, ending);
    fputs(", ", file);
    json_text(file, key);
    fputs(": ", file);
    json_text(file, text);
}

/* What is not known, or not a number, is null. */
static void put_value(FILE *file, const char *name, const char *ending, double value)
{
    char key[CELL_TEXT_SIZE];
    snprintf(key, sizeof key, "%s%s", name, ending);
    fputs(", ", file);
    json_text(file, key);
    fprintf(file, isfinite(value) ? ": %.17g" : ": null", value);
}

static void put_cell(FILE *file, const Column *column, const Cell *cell)
{
    const CellKind kind = column->kind;
    const bool interval = kind == CELL_INTERVAL || kind == CELL_RANK;
    if (kind == CELL_TEXT) {
        put_text(file, column->name, "", cell->text);
        return;
    }
    put_value(file, column->name, "", cell->value);
    if (kind == CELL_ESTIMATE || kind == CELL_PERCENT)
        put_value(file, column->name, "_mcse", cell->low);
    if (interval)
        put_value(file, column->name, "_low", cell->low);
    if (interval)
        put_value(file, column->name, "_high", cell->high);
}

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)printed; /* numbers are written whole */
    (void)names;   /* each row has them */
    (void)message;
    for (int r = 0; r < grid->rows; r++) {
        fputs("{\"table\": ", file);
        json_text(file, grid->part ? grid->part : "");
        put_text(file, "experiment", "", grid->experiment);
        put_text(file, "setting", "", grid->setting);
        for (int c = 0; c < grid->columns; c++)
            if (grid->column[c].name)
                put_cell(file, &grid->column[c], &grid->cell[r * grid->columns + c]);
        fputs("}\n", file);
    }
    return STATUS_OK;
}

/* Lines of objects as one list; empty lines stand between tables. */
static void print_document(const char *lines, FILE *file)
{
    const char *between = "\n";
    fputc('[', file);
    for (; *lines; lines += *lines == '\n') {
        const size_t length = strcspn(lines, "\n");
        if (length > 0) {
            fprintf(file, "%s%.*s", between, (int)length, lines);
            between = ",\n";
        }
        lines += length;
    }
    fputs("\n]\n", file);
}

const GridFormat grid_json = {.name = "json",
                              .mark = "* may be the best",
                              .star = "*",
                              .data = true,
                              .wraps = true,
                              .document = print_document,
                              .print = print};
