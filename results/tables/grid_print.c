/* The table of formats, and printing in any of them. */
#include "results/tables/grid_format.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const GridFormat *const grid_formats[] = {
#define FORMAT(name) &grid_##name,
#include "results/tables/formats.inc"
#undef FORMAT
    NULL,
};

const char *grid_format_names(char names[FORMAT_NAMES_TEXT])
{
    size_t used = 0;
    for (int i = 0; grid_formats[i] && used < FORMAT_NAMES_TEXT; i++)
        used += (size_t)snprintf(names + used, FORMAT_NAMES_TEXT - used, "%s%s", i ? "|" : "",
                                 grid_formats[i]->name);
    return names;
}

void grid_heading(const GridFormat *format, const char *experiment, const char *question, FILE *file)
{
    if (format->heading)
        format->heading(experiment, question, file);
}

Status grid_print(const Grid *grid, const GridFormat *format, bool names, FILE *file, Message *message)
{
    assert(grid->rows > 0 && grid->columns > 0);
    PrintedCell *printed = calloc((size_t)grid->rows * (size_t)grid->columns, sizeof *printed);
    if (!printed)
        return fail_memory(message, "a table");
    for (int i = 0; i < grid->rows * grid->columns; i++)
        printed_cell_make(&printed[i], &grid->column[i % grid->columns], &grid->cell[i]);
    Status status = format->print(grid, printed, names, file, message);
    free(printed);
    return status;
}
