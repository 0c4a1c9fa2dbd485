#include "results/tables/grid_format.h"
#include "results/tables/markup.h"

#include <math.h>
#include <string.h>

/* The widest right part of a column, which all of its cells keep free, so that values and errors stand below
 * each other. */
static int right_width(const Grid *grid, const Shown *shown, int c)
{
    int widest = 0;
    for (int r = 0; r < grid->rows; r++) {
        const int wide = text_width(shown[r * grid->columns + c].right);
        widest = wide > widest ? wide : widest;
    }
    return widest;
}

/* data-value is what the column is sorted by. */
static void print_number(const Cell *cell, const Shown *shown, int right, FILE *file)
{
    fputs("<td class=\"n\"", file);
    if (!isnan(cell->value)) {
        fprintf(file, " data-value=\"%.10g\"", cell->value);
    }
    fprintf(file, "><%s class=\"v\">", shown->best ? "b" : "span");
    html_text(file, strcmp(shown->left, "-") != 0 ? shown->left : "–");
    fprintf(file, "</%s>", shown->best ? "b" : "span");
    if (right > 0) {
        fprintf(file, " <span class=\"e\" style=\"min-width:%dch\">", right);
        html_text(file, shown->right);
        fputs("</span>", file);
    }
    fputs("</td>", file);
}

/* A text that the row above has too stays in the page, for when it is sorted, but is not shown. */
static void print_words(const Shown *shown, int repeats, FILE *file)
{
    enum { LONG = 30 }; /* letters: not to be squeezed into lines of a word each */
    const char *kind = repeats ? " class=\"again\"" : text_width(shown->left) > LONG ? " class=\"long\"" : "";
    fprintf(file, "<td%s>", kind);
    html_text(file, shown->left);
    fputs("</td>", file);
}

static void print_head(const Grid *grid, FILE *file)
{
    fputs("<thead><tr>", file);
    for (int c = 0; c < grid->columns; c++) {
        if (grid->column[c].header) {
            fputs(grid->column[c].kind == CELL_TEXT ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"n\">",
                  file);
            html_text(file, grid->column[c].header);
            fputs("</th>", file);
        }
    }
    fputs("</tr></thead>\n", file);
}

void grid_print_html(const Grid *grid, const Shown *shown, FILE *file)
{
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
        fputs(grid_starts_group(grid, shown, r) ? "<tr class=\"group\">" : "<tr>", file);
        for (int c = 0; c < grid->columns; c++) {
            const int i = r * grid->columns + c;
            if (!grid->column[c].header) {
                continue;
            }
            if (grid->column[c].kind == CELL_TEXT) {
                print_words(&shown[i], grid_repeats(grid, shown, r, c), file);
            } else {
                print_number(&grid->cell[i], &shown[i], right_width(grid, shown, c), file);
            }
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
}
