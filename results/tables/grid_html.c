/* Grids as HTML: a table in a figure, whose columns report.js can sort. */
#include "results/tables/grid_format.h"
#include "results/tables/markup.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* The widest right part of a column, which all of its cells keep free, so that values and errors stand below
 * each other. */
static int right_width(const Grid *grid, const PrintedCell *printed, int c)
{
    int widest = 0;
    for (int r = 0; r < grid->rows; r++) {
        const int wide = text_width(printed[r * grid->columns + c].right);
        widest = wide > widest ? wide : widest;
    }
    return widest;
}

static bool is_shown(const Column *column)
{
    return column->header && column->kind != CELL_BELOW;
}

/* data-value is what the column is sorted by. */
static void print_number(const Cell *cell, const PrintedCell *printed, int right, FILE *file)
{
    fputs("<td class=\"n\"", file);
    if (!isnan(cell->value))
        fprintf(file, " data-value=\"%.10g\"", cell->value);
    fprintf(file, "><%s class=\"v\">", printed->best ? "b" : "span");
    html_text(file, strcmp(printed->left, "-") != 0 ? printed->left : "–");
    fprintf(file, "</%s>", printed->best ? "b" : "span");
    if (right > 0) {
        fprintf(file, " <span class=\"e\" style=\"min-width:%dch\">", right);
        html_text(file, printed->right);
        fputs("</span>", file);
    }
    fputs("</td>", file);
}

/* A text that the row above has too stays in the page, for when it is sorted, but is not printed. */
static void print_words(const Column *column, const PrintedCell *printed, const char *below, bool repeats,
                        FILE *file)
{
    enum { LONG = 30 }; /* letters: not to be squeezed into lines of a word each */
    if (column->name && !strcmp(column->name, "verdict") && strcmp(printed->left, "-") != 0) {
        /* "holds", also of "holds in all 12 settings"; "partly" of "holds in 7 of 12 settings" */
        const char *in = strstr(printed->left, " in ");
        const bool partly = in && isdigit((unsigned char)in[4]);
        const char *const class = partly ? "partly" : printed->left;
        fputs("<td class=\"verdict ", file);
        for (const char *at = class; *at && (partly || at != in); at++)
            fputc(*at == ' ' ? '-' : *at, file);
        fputs(in ? " settings\">" : "\">", file);
    } else {
        fprintf(file, "<td%s>",
                repeats                            ? " class=\"again\""
                : text_width(printed->left) > LONG ? " class=\"long\""
                                                   : "");
    }
    html_text(file, printed->left);
    if (*below) {
        fputs("<span class=\"under\">", file);
        html_text(file, below);
        fputs("</span>", file);
    }
    fputs("</td>", file);
}

static void print_head(const Grid *grid, FILE *file)
{
    /* It stays in sight also on a page without a style of its own. */
    fputs("<thead style=\"position:sticky;top:0;background:var(--page,Canvas)\"><tr>", file);
    for (int c = 0; c < grid->columns; c++) {
        if (is_shown(&grid->column[c])) {
            fputs(grid->column[c].kind == CELL_TEXT ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"n\">",
                  file);
            html_text(file, grid->column[c].header);
            fputs("</th>", file);
        }
    }
    fputs("</tr></thead>\n", file);
}

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)names; /* headers are always there */
    (void)message;
    fputs("<figure class=\"table\">\n", file);
    if (*grid->title) {
        fputs("<figcaption>", file);
        html_text(file, grid->title);
        fputs("</figcaption>\n", file);
    }
    fputs("<div class=\"scroll\"><table>\n", file);
    print_head(grid, file);
    fputs("<tbody>\n", file);
    for (int r = 0; r < grid->rows; r++) {
        fputs(grid_starts_group(grid, printed, r) ? "<tr class=\"group\">" : "<tr>", file);
        for (int c = 0; c < grid->columns; c++) {
            const int i = r * grid->columns + c;
            const bool below = c + 1 < grid->columns && grid->column[c + 1].kind == CELL_BELOW;
            if (!is_shown(&grid->column[c]))
                continue;
            if (grid->column[c].kind == CELL_TEXT)
                print_words(&grid->column[c], &printed[i], below ? printed[i + 1].left : "",
                            grid_repeats(grid, printed, r, c), file);
            else
                print_number(&grid->cell[i], &printed[i], right_width(grid, printed, c), file);
        }
        fputs("</tr>\n", file);
    }
    fputs("</tbody></table></div>\n", file);
    if (*grid->note) {
        fputs("<p class=\"note\">", file);
        html_text(file, grid->note);
        fputs("</p>\n", file);
    }
    fputs("</figure>\n", file);
    return STATUS_OK;
}

static void print_heading(const char *experiment, const char *question, FILE *file)
{
    fputs("<h2>", file);
    html_text(file, experiment);
    fputs("</h2>\n<p>", file);
    html_text(file, question);
    fputs("</p>\n", file);
}

const GridFormat grid_html = {.name = "html",
                              .mark = "bold: may be the best",
                              .star = "bold",
                              .wraps = true,
                              .text_first = true,
                              .heading = print_heading,
                              .print = print};
