#include "results/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Status sheet_init(Sheet *sheet, int rows, int most_columns, Message *message)
{
    const size_t most = (size_t)most_columns;
    *sheet = (Sheet){.rows = rows, .most = most};
    sheet->column = calloc(most, sizeof *sheet->column);
    sheet->text = calloc(most, sizeof *sheet->text);
    sheet->cell = calloc(most * (size_t)rows + 1, sizeof *sheet->cell);
    return sheet->column && sheet->text && sheet->cell ? STATUS_OK : fail_memory(message, "a table");
}

void sheet_clear(Sheet *sheet)
{
    free(sheet->column);
    free(sheet->text);
    free(sheet->cell);
}

Cell *sheet_cell(const Sheet *sheet, int row, int column)
{
    return &sheet->cell[(size_t)row * sheet->most + (size_t)column];
}

void sheet_text(const Sheet *sheet, int row, int column, const char *text)
{
    snprintf(sheet_cell(sheet, row, column)->text, CELL_TEXT_SIZE, "%s", text);
}

Cell *sheet_add(Sheet *sheet, const char *name, const char *header, CellKind kind, double scale)
{
    const int c = sheet->columns++;
    snprintf(sheet->text[c][0], sizeof sheet->text[c][0], "%s", name);
    snprintf(sheet->text[c][1], sizeof sheet->text[c][1], "%s", header ? header : "");
    sheet->column[c] = (Column){sheet->text[c][0], header ? sheet->text[c][1] : NULL, kind, scale};
    for (int r = 0; r < sheet->rows; r++) {
        *sheet_cell(sheet, r, c) = (Cell){.value = NAN, .low = NAN, .high = NAN};
    }
    return sheet_cell(sheet, 0, c);
}

Status sheet_arrange(Sheet *sheet, const int *row, int rows, Message *message)
{
    const size_t columns = (size_t)sheet->columns;
    Cell *cell = calloc(columns * (size_t)rows + 1, sizeof *cell);
    if (!cell) {
        return fail_memory(message, "a table");
    }
    for (int r = 0; r < rows; r++) {
        memcpy(cell + (size_t)r * columns, sheet_cell(sheet, row[r], 0), columns * sizeof *cell);
    }
    free(sheet->cell);
    sheet->cell = cell;
    sheet->rows = rows;
    sheet->most = columns;
    return STATUS_OK;
}

Status sheet_print(const Sheet *sheet, const Page *page, const char *setting, const char *title,
                   const char *note, int groups, int names, Message *message)
{
    const Grid grid = {.experiment = page->chosen->experiment,
                       .setting = setting,
                       .title = title,
                       .note = note,
                       .column = sheet->column,
                       .columns = sheet->columns,
                       .rows = sheet->rows,
                       .cell = sheet->cell,
                       .groups = groups};
    return sheet->rows > 0 ? grid_print(&grid, page->options->format, names, page->file, message) : STATUS_OK;
}
