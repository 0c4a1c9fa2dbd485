/* Grids as tables of LaTeX with booktabs, which float: their captions say what they are. */
#include "results/tables/grid_format.h"

#include <ctype.h>
#include <string.h>

/* Text as LaTeX; `math`: within a formula. */
static void put_latex(FILE *file, const char *text, bool math)
{
    static const struct {
        const char *from, *text, *math;
    } symbol[] = {{"±", "$\\pm$", "\\pm"},
                  {"†", "$^\\dagger$", "^\\dagger"},
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
            /* TeX takes several blanks for one. */
            fputs(*text == ' ' && text[1] == ' ' ? "\\" : "", file);
            fputc(*text, file);
            length = 1;
        }
        text += length;
    }
}

/* A column of texts longer than this is a paragraph of about so many letters. */
enum { LONG_TEXT = 34 };

/* Letters of \footnotesize that fit a column of a two-column page, and the text of a page in one column. */
enum { ONE_COLUMN = 54, TEXT_COLUMNS = 80, BETWEEN = 2 };

/* A part of a table's columns: those that name its rows, and of the others `first` to `end`. */
typedef struct ColumnRange {
    int first, end;
    int letters; /* of the widest row */
} ColumnRange;

static bool is_shown(const Grid *grid, int c)
{
    return grid->column[c].header != NULL;
}

/* Those of texts at the start, which stand in every part. */
static int name_columns(const Grid *grid)
{
    int names = 0;
    while (names < grid->columns && (!is_shown(grid, names) || grid->column[names].kind == CELL_TEXT))
        names++;
    return names < grid->columns ? names : 1;
}

static int widest(const Grid *grid, const PrintedCell *printed, int c)
{
    int left = 0, right = 0;
    for (int r = 0; r < grid->rows; r++) {
        const PrintedCell *cell = &printed[r * grid->columns + c];
        const int l = text_width(cell->left), e = text_width(cell->right);
        left = l > left ? l : left;
        right = e > right ? e : right;
    }
    const int cells = left + right, header = text_width(grid->column[c].header);
    return (header > cells ? header : cells) + BETWEEN;
}

static bool is_paragraph(const Grid *grid, const PrintedCell *printed, int c)
{
    return grid->column[c].kind == CELL_TEXT && widest(grid, printed, c) > LONG_TEXT + BETWEEN;
}

static int column_letters(const Grid *grid, const PrintedCell *printed, int c)
{
    return is_paragraph(grid, printed, c) ? LONG_TEXT + BETWEEN : widest(grid, printed, c);
}

/* As many columns from `first` on as fit. */
static ColumnRange take_columns(const Grid *grid, const PrintedCell *printed, int first)
{
    ColumnRange range = {first, first, 0};
    for (int c = 0; c < name_columns(grid); c++)
        if (is_shown(grid, c))
            range.letters += column_letters(grid, printed, c);
    for (; range.end < grid->columns; range.end++) {
        const int more = is_shown(grid, range.end) ? column_letters(grid, printed, range.end) : 0;
        if (range.letters + more > TEXT_COLUMNS && range.end > first)
            break;
        range.letters += more;
    }
    return range;
}

static bool in_range(const Grid *grid, const ColumnRange *range, int c)
{
    return is_shown(grid, c) && (c < name_columns(grid) || (c >= range->first && c < range->end));
}

/* "tab:compare-mse", of letters that \ref takes. */
static void put_label(FILE *file, const Grid *grid, int part)
{
    bool dash = false;
    fputs("\\label{tab:", file);
    for (const char *c = grid->title; *c; c++) {
        const bool plain = isalnum((unsigned char)*c);
        if (plain && dash)
            fputc('-', file);
        if (plain)
            fputc(*c, file);
        dash = !plain;
    }
    if (part > 0)
        fprintf(file, "-%d", part + 1);
    fputs("}\n", file);
}

/* The question, and the title where it is more than the experiment's name. */
static void put_caption(FILE *file, const Grid *grid, int part)
{
    const bool named = !strcmp(grid->title, grid->experiment);
    fputs("\\caption{", file);
    put_latex(file, grid->question, false);
    fputs(*grid->question && !named ? " " : "", file);
    if (!named || !*grid->question)
        put_latex(file, grid->title, false);
    fputs(part > 0 ? " (continued)}\n" : "}\n", file);
}

/* A number stands in two columns of LaTeX, so that errors are below each other. */
static void put_head(FILE *file, const Grid *grid, const PrintedCell *printed, const ColumnRange *range)
{
    fputs("\\begin{tabular}{", file);
    for (int c = 0; c < grid->columns; c++)
        if (in_range(grid, range, c))
            fputs(is_paragraph(grid, printed, c)      ? "p{13em}"
                  : grid->column[c].kind == CELL_TEXT ? "l"
                                                      : "r@{\\,}l",
                  file);
    fputs("}\n\\toprule\n", file);
    const char *between = "";
    for (int c = 0; c < grid->columns; c++) {
        if (!in_range(grid, range, c))
            continue;
        const bool text = grid->column[c].kind == CELL_TEXT;
        fprintf(file, "%s%s", between, text ? "" : "\\multicolumn{2}{c}{");
        put_latex(file, grid->column[c].header, false);
        fputs(text ? "" : "}", file);
        between = " & ";
    }
    fputs(" \\\\\n\\midrule\n", file);
}

static void put_number(FILE *file, const PrintedCell *cell)
{
    if (!strcmp(cell->left, "-")) {
        fputs("-- &", file);
        return;
    }
    fputs(cell->best ? "$\\mathbf{" : "$", file);
    put_latex(file, cell->left, true);
    fputs(cell->best ? "}$ & " : "$ & ", file);
    if (!*cell->right)
        return;
    fputs("$", file);
    put_latex(file, cell->right, true);
    fputs("$", file);
}

static void put_row(FILE *file, const Grid *grid, const PrintedCell *printed, const ColumnRange *range, int r)
{
    const char *between = "";
    fputs(grid_starts_group(grid, printed, r) ? "\\addlinespace\n" : "", file);
    for (int c = 0; c < grid->columns; c++) {
        if (!in_range(grid, range, c))
            continue;
        const PrintedCell *cell = &printed[r * grid->columns + c];
        fputs(between, file);
        if (grid->column[c].kind != CELL_TEXT)
            put_number(file, cell);
        else if (!grid_repeats(grid, printed, r, c))
            put_latex(file, cell->left, false);
        between = " & ";
    }
    fputs(" \\\\\n", file);
}

static void put_part(FILE *file, const Grid *grid, const PrintedCell *printed, const ColumnRange *range,
                     int part)
{
    const char *float_name = range->letters <= ONE_COLUMN ? "table" : "table*";
    fprintf(file, "%% needs \\usepackage{booktabs}\n\\begin{%s}\n\\centering\n", float_name);
    put_caption(file, grid, part);
    put_label(file, grid, part);
    fputs("\\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n", file);
    put_head(file, grid, printed, range);
    for (int r = 0; r < grid->rows; r++)
        put_row(file, grid, printed, range, r);
    fputs("\\bottomrule\n\\end{tabular}\n", file);
    if (*grid->note) {
        fputs("\\par\\smallskip\\raggedright ", file);
        put_latex(file, grid->note, false);
        fputc('\n', file);
    }
    fprintf(file, "\\end{%s}\n\n", float_name);
}

/* What is wider than a page is several tables, none of which is shrunk. */
static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)names; /* headers are always there */
    (void)message;
    int part = 0;
    for (int first = name_columns(grid); first < grid->columns || part == 0; part++) {
        const ColumnRange range = take_columns(grid, printed, first);
        put_part(file, grid, printed, &range, part);
        first = range.end;
    }
    return STATUS_OK;
}

const GridFormat grid_latex = {
    .name = "latex", .mark = "bold: may be the best", .star = "bold", .floats = true, .print = print};
