/* Grids as tables of markdown. */
#include "results/tables/grid_format.h"
#include "results/tables/markup.h"

/* A page breaks lines at blanks, and a number apart from its error is hard to read. */
static const char no_break[] = "\u00a0";

static void put_unbroken(FILE *file, const char *text)
{
    for (; *text; text++)
        if (*text == ' ')
            fputs(no_break, file);
        else
            fputc(*text, file);
}

/* Rows of several lines have room for an error below its value, and none beside it. */
static bool has_lines(const Grid *grid)
{
    bool found = false;
    for (int c = 0; c < grid->columns; c++)
        found |= grid->column[c].header && grid->column[c].kind == CELL_BELOW;
    return found;
}

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)names; /* headers are always there */
    (void)message;
    const char *between = has_lines(grid) ? " " : no_break;
    markdown_text(file, grid->title);
    fputs(*grid->title ? "\n\n" : "", file);
    for (int r = -2; r < grid->rows; r++) {
        fputc('|', file);
        for (int c = 0; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            if (!column->header || column->kind == CELL_BELOW)
                continue;
            if (r == -2) {
                fputc(' ', file);
                markdown_text(file, column->header);
                fputs(" |", file);
            } else if (r == -1) {
                fprintf(file, " %s |", column->kind == CELL_TEXT ? "---" : "---:");
            } else {
                const PrintedCell *cell = &printed[r * grid->columns + c];
                fputc(' ', file);
                markdown_text(file, grid_repeats(grid, printed, r, c) ? "" : cell->left);
                if (c + 1 < grid->columns && column[1].kind == CELL_BELOW && *cell[1].left) {
                    fputs("<br><sub>", file);
                    markdown_text(file, cell[1].left);
                    fputs("</sub>", file);
                }
                fputs(*cell->right ? between : "", file);
                put_unbroken(file, cell->right);
                fputs(cell->best ? "* |" : " |", file);
            }
        }
        fputc('\n', file);
    }
    fputs(*grid->note ? "\n" : "", file);
    markdown_text(file, grid->note);
    fputs(*grid->note ? "\n\n" : "\n", file);
    return STATUS_OK;
}

static void print_heading(const char *experiment, const char *question, FILE *file)
{
    fputs("**", file);
    markdown_text(file, experiment);
    fprintf(file, "**%s", *question ? ": " : "");
    markdown_text(file, question);
    fputs("\n\n", file);
}

const GridFormat grid_markdown = {.name = "markdown",
                                  .mark = "* may be the best",
                                  .star = "*",
                                  .wraps = true,
                                  .text_first = true,
                                  .heading = print_heading,
                                  .print = print};
