/* The table of formats, and printing in any of them. */
#include "results/tables/grid_format.h"

#include "sim/base/text.h"

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

/* NULL when out of memory. */
static char *clean_copy(const char *text)
{
    char *copy = strdup(text);
    if (copy)
        text_clean(copy, "");
    return copy;
}

void grid_heading(const GridFormat *format, const char *experiment, const char *question, FILE *file)
{
    char *name = clean_copy(experiment), *asks = clean_copy(question);
    if (format->heading && name && asks)
        format->heading(name, asks, file);
    free(name);
    free(asks);
}

Status grid_print(const Grid *grid, const GridFormat *format, bool names, FILE *file, Message *message)
{
    assert(grid->rows > 0 && grid->columns > 0);
    PrintedCell *printed = calloc((size_t)grid->rows * (size_t)grid->columns, sizeof *printed);
    if (!printed)
        return fail_memory(message, "a table");
    for (int i = 0; i < grid->rows * grid->columns; i++)
        printed_cell_make(&printed[i], &grid->column[i % grid->columns], &grid->cell[i]);
    char *text[] = {clean_copy(grid->experiment), clean_copy(grid->setting), clean_copy(grid->title),
                    clean_copy(grid->note), clean_copy(grid->question ? grid->question : "")};
    Status status = fail_memory(message, "a table");
    if (text[0] && text[1] && text[2] && text[3] && text[4]) {
        Grid clean = *grid;
        clean.experiment = text[0];
        clean.setting = text[1];
        clean.title = text[2];
        clean.note = text[3];
        clean.question = text[4];
        status = format->print(&clean, printed, names, file, message);
    }
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        free(text[i]);
    free(printed);
    return status;
}
