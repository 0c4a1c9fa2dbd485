#include "results/tables/grid_format.h"

#include <string.h>

/* Text as LaTeX. In formulas, `math` is 1. */
static void put_latex(FILE *file, const char *text, int math)
{
    static const struct {
        const char *from, *text, *math;
    } symbol[] = {{"±", "$\\pm$", "\\pm"},
                  {"²", "$^2$", "^2"},
                  {"%", "\\%", "\\%"},
                  {"_", "\\_", "\\_"},
                  {"&", "\\&", "\\&"},
                  {"#", "\\#", "\\#"},
                  {"$", "\\$", "\\$"},
                  {"{", "\\{", "\\{"},
                  {"}", "\\}", "\\}"},
                  {"~", "\\textasciitilde{}", "\\sim"},
                  {"^", "\\textasciicircum{}", "\\wedge"},
                  {"\\", "\\textbackslash{}", "\\backslash"},
                  {">", "$>$", ">"},
                  {"<", "$<$", "<"},
                  {"−", "$-$", "-"}};
    while (*text) {
        size_t length = 0;
        for (size_t i = 0; i < sizeof symbol / sizeof *symbol && length == 0; i++) {
            if (strncmp(text, symbol[i].from, strlen(symbol[i].from)) == 0) {
                length = strlen(symbol[i].from);
                fputs(math ? symbol[i].math : symbol[i].text, file);
            }
        }
        if (length == 0) {
            fputc(*text, file);
            length = 1;
        }
        text += length;
    }
}

void grid_print_latex(const Grid *grid, const Shown *shown, FILE *file)
{
    fprintf(file, "%% needs \\usepackage{booktabs,graphicx}\n\\begin{table}\n\\centering\n\\caption{");
    put_latex(file, grid->title, 0);
    /* A table wider than the text is shrunk to it. */
    fprintf(file, "}\n\\footnotesize\\setlength{\\tabcolsep}{4pt}\n"
                  "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n"
                  "\\begin{tabular}{");
    for (int c = 0; c < grid->columns; c++) {
        if (grid->column[c].header) {
            fputc(grid->column[c].kind == CELL_TEXT ? 'l' : 'r', file);
        }
    }
    fprintf(file, "}\n\\toprule\n");
    for (int r = -1; r < grid->rows; r++) {
        fputs(r > 0 && grid_starts_group(grid, shown, r) ? "\\addlinespace\n" : "", file);
        for (int c = 0, first = 1; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            if (!column->header) {
                continue;
            }
            fprintf(file, "%s", first ? "" : " & ");
            first = 0;
            const Shown *cell = &shown[(r < 0 ? 0 : r) * grid->columns + c];
            if (r < 0 || column->kind == CELL_TEXT) {
                put_latex(file,
                          r < 0                             ? column->header
                          : grid_repeats(grid, shown, r, c) ? ""
                                                            : cell->left,
                          0);
                continue;
            }
            if (!strcmp(cell->left, "-")) {
                fputs("--", file);
                continue;
            }
            fputs(cell->best ? "$\\mathbf{" : "$", file);
            put_latex(file, cell->left, 1);
            fputs(cell->best ? "}" : "", file);
            fprintf(file, "%s", *cell->right ? " " : "");
            put_latex(file, cell->right, 1);
            fputc('$', file);
        }
        fprintf(file, " \\\\\n%s", r < 0 ? "\\midrule\n" : "");
    }
    fprintf(file, "\\bottomrule\n\\end{tabular}}\n%s", *grid->note ? "\\par\\smallskip " : "");
    put_latex(file, grid->note, 0);
    fprintf(file, "%s\\end{table}\n\n", *grid->note ? "\n" : "");
}
