/* Grids as tables of LaTeX with booktabs, which float: their captions say what they are. */
#include "results/tables/grid_format.h"

#include <string.h>

/* Text as LaTeX; `math`: within a formula. */
static void put_latex(FILE *file, const char *text, bool math)
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

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)names; /* headers are always there */
    (void)message;
    fprintf(file, "%% needs \\usepackage{booktabs,graphicx}\n\\begin{table}\n\\centering\n\\caption{");
    put_latex(file, grid->title, false);
    /* A table wider than the text is shrunk to it. */
    fprintf(file, "}\n\\footnotesize\\setlength{\\tabcolsep}{4pt}\n"
                  "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n"
                  "\\begin{tabular}{");
    for (int c = 0; c < grid->columns; c++)
        if (grid->column[c].header)
            fputc(grid->column[c].kind == CELL_TEXT ? 'l' : 'r', file);
    fprintf(file, "}\n\\toprule\n");
    for (int r = -1; r < grid->rows; r++) {
        fputs(r > 0 && grid_starts_group(grid, printed, r) ? "\\addlinespace\n" : "", file);
        for (int c = 0, first = 1; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            if (!column->header)
                continue;
            fprintf(file, "%s", first ? "" : " & ");
            first = 0;
            const PrintedCell *cell = &printed[(r < 0 ? 0 : r) * grid->columns + c];
            if (r < 0 || column->kind == CELL_TEXT) {
                put_latex(file,
                          r < 0                               ? column->header
                          : grid_repeats(grid, printed, r, c) ? ""
                                                              : cell->left,
                          false);
                continue;
            }
            if (!strcmp(cell->left, "-")) {
                fputs("--", file);
                continue;
            }
            fputs(cell->best ? "$\\mathbf{" : "$", file);
            put_latex(file, cell->left, true);
            fputs(cell->best ? "}" : "", file);
            fprintf(file, "%s", *cell->right ? " " : "");
            put_latex(file, cell->right, true);
            fputc('$', file);
        }
        fprintf(file, " \\\\\n%s", r < 0 ? "\\midrule\n" : "");
    }
    fprintf(file, "\\bottomrule\n\\end{tabular}}\n%s", *grid->note ? "\\par\\smallskip " : "");
    put_latex(file, grid->note, false);
    fprintf(file, "%s\\end{table}\n\n", *grid->note ? "\n" : "");
    return STATUS_OK;
}

const GridFormat grid_latex = {
    .name = "latex", .mark = "bold: may be the best", .star = "bold", .floats = true, .print = print};
