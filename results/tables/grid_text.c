/* Grids as plain text, aligned in columns. On a terminal a grid that is wider than it continues below, with
 * the columns that name its rows again, so that nothing is lost and no line breaks. */
#include "results/tables/grid_format.h"

#include <stdlib.h>
#include <string.h>

/* Escape sequences of a terminal. */
#define BOLD  "\033[1m"
#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[0m"

static GridTerminal terminal;

void grid_text_terminal(const GridTerminal *of)
{
    terminal = *of;
}

static void spaces(FILE *file, int count)
{
    fprintf(file, "%*s", count > 0 ? count : 0, "");
}

typedef struct ColumnWidths {
    int left, right, whole;
    int star; /* of values without a right part */
} ColumnWidths;

static ColumnWidths column_widths(const Grid *grid, const PrintedCell *printed, int c)
{
    ColumnWidths w = {0};
    for (int r = 0; r < grid->rows; r++) {
        const PrintedCell *cell = &printed[r * grid->columns + c];
        int left = text_width(cell->left);
        int right = *cell->right ? text_width(cell->right) + cell->best : 0;
        w.star |= cell->best;
        w.left = left > w.left ? left : w.left;
        w.right = right > w.right ? right : w.right;
    }
    w.star = w.right > 0 ? 0 : w.star;
    int header = text_width(grid->column[c].header);
    int whole = w.left + (w.right > 0) + w.right + w.star;
    w.whole = header > whole ? header : whole;
    w.left += w.whole - whole;
    return w;
}

/* The columns of a block: the leading ones that name a row, then [first, end). */
typedef struct ColumnBlock {
    int names, first, end;
    int wrapped; /* width of the last column, whose texts take several lines; 0: it has its own width */
} ColumnBlock;

enum { LEAST_WRAPPED = 24 /* a column of text is not made narrower than this */ };

static const char *style(const char *code)
{
    return terminal.colour ? code : "";
}

static const char *cell_style(const Column *column, const PrintedCell *cell)
{
    if (cell->best)
        return style(BOLD);
    if (!column->name || strcmp(column->name, "verdict") != 0)
        return "";
    static const char all[] = "holds in all ", no[] = "does not hold"; /* and "does not hold in any of ..." */
    if (!strcmp(cell->left, "holds") || !strncmp(cell->left, all, strlen(all)) ||
        !strcmp(cell->left, "better"))
        return style(GREEN);
    const bool bad = !strncmp(cell->left, no, strlen(no)) || !strcmp(cell->left, "worse");
    return bad ? style(RED) : "";
}

/* Bytes of the text that fit into `width` letters, up to a space where there is one. */
static int line_length(const char *text, int width)
{
    int at = 0, space = 0, letters = 0;
    while (text[at] && text[at] != '\n') {
        letters += (text[at] & 0xC0) != 0x80;
        if (letters > width)
            return space > 0 && text[at] != ' ' ? space : at;
        if (text[at] == ' ')
            space = at;
        at++;
    }
    return at;
}

/* Prints the text in lines of `width` letters, all but the first behind `indent` spaces; without a final line
 * break. */
static void print_wrapped(const char *text, int width, int indent, FILE *file)
{
    while (width > 0 && *text) {
        const int length = line_length(text, width);
        fprintf(file, "%.*s", length, text);
        text += length;
        text += *text == ' ' || *text == '\n';
        if (!*text)
            return;
        fputc('\n', file);
        spaces(file, indent);
    }
    fputs(text, file);
}

void grid_text_wrapped(const char *text, int indent, FILE *file)
{
    const int room = terminal.width - indent;
    print_wrapped(text, terminal.width == 0 ? 0 : room > LEAST_WRAPPED ? room : LEAST_WRAPPED, indent, file);
}

static int next_shown(const Grid *grid, int c)
{
    while (c < grid->columns && !grid->column[c].header)
        c++;
    return c;
}

/* Columns at the start that say what a row is of, and are printed again with every block. */
static int name_columns(const Grid *grid)
{
    int c = next_shown(grid, 0), names = c;
    for (int i = 0; i <= grid->groups && c < grid->columns && grid->column[c].kind == CELL_TEXT; i++) {
        names = c + 1;
        c = next_shown(grid, c + 1);
    }
    return names;
}

/* The block that starts at the column `first`: as many columns as fit the terminal, and at least one. */
static ColumnBlock make_block(const Grid *grid, const ColumnWidths *widths, int names, int first)
{
    ColumnBlock block = {names, first, first, 0};
    int used = 0;
    for (int c = next_shown(grid, 0); c < names; c = next_shown(grid, c + 1))
        used += (used > 0 ? 2 : 0) + widths[c].whole;
    for (int c = first; c < grid->columns; c = next_shown(grid, c + 1)) {
        const int left = terminal.width - used - (used > 0 ? 2 : 0);
        const bool last = next_shown(grid, c + 1) == grid->columns;
        if (terminal.width > 0 && widths[c].whole > left) {
            const bool wraps = last && grid->column[c].kind == CELL_TEXT;
            if (!(wraps && left >= LEAST_WRAPPED) && block.end > first)
                return block;
            block.wrapped = wraps ? left > LEAST_WRAPPED ? left : LEAST_WRAPPED : 0;
        }
        used += (used > 0 ? 2 : 0) + widths[c].whole;
        block.end = c + 1;
    }
    block.end = grid->columns;
    return block;
}

/* The column after `c` in a block; the end when there is none. */
static int block_next(const Grid *grid, const ColumnBlock *block, int c)
{
    c = next_shown(grid, c + 1);
    if (c >= block->names && c < block->first)
        c = block->first;
    return c < block->end ? c : block->end;
}

static void print_number(const PrintedCell *cell, const ColumnWidths *w, const char *plain, FILE *file)
{
    if (w->right > 0) {
        fprintf(file, " %s%s", cell->right, cell->best ? "*" : "");
        fputs(plain, file);
        spaces(file, w->right - text_width(cell->right) - cell->best);
        return;
    }
    if (w->star)
        fputc(cell->best ? '*' : ' ', file);
    fputs(plain, file);
}

static void print_row(const Grid *grid, const PrintedCell *printed, const ColumnWidths *widths,
                      const ColumnBlock *block, int r, FILE *file)
{
    int indent = 0;
    int start = next_shown(grid, 0);
    start = block->names > 0 && start < block->names ? start : block->first;
    for (int c = start; c < block->end;) {
        const Column *column = &grid->column[c];
        const ColumnWidths *w = &widths[c];
        const PrintedCell *cell = &printed[(r < 0 ? 0 : r) * grid->columns + c];
        const char *left = r < 0 ? column->header : grid_repeats(grid, printed, r, c) ? "" : cell->left;
        const int padding = (r < 0 ? w->whole : w->left) - text_width(left);
        const int next = block_next(grid, block, c);
        const bool last = next == block->end;
        spaces(file, column->kind == CELL_TEXT ? 0 : padding);
        const char *shown = r < 0 ? style(BOLD) : cell_style(column, cell);
        const char *plain = *shown ? PLAIN : "";
        fputs(shown, file);
        if (last && block->wrapped && column->kind == CELL_TEXT)
            print_wrapped(left, block->wrapped, indent, file);
        else
            fputs(left, file);
        if (r >= 0 && column->kind != CELL_TEXT)
            print_number(cell, w, plain, file);
        else
            fputs(plain, file);
        spaces(file, column->kind == CELL_TEXT && !last ? padding : 0);
        spaces(file, last ? 0 : 2);
        indent += w->whole + 2;
        c = next;
    }
    fputc('\n', file);
}

static void print_lines(const Grid *grid, const PrintedCell *printed, const ColumnWidths *widths, FILE *file)
{
    const int names = name_columns(grid);
    if (*grid->title) {
        fputs(style(BOLD), file);
        print_wrapped(grid->title, terminal.width, 0, file);
        fprintf(file, "%s\n", style(PLAIN));
    }
    for (int first = names < grid->columns ? next_shown(grid, names) : names, blocks = 0;
         first < grid->columns || blocks == 0; blocks++) {
        const ColumnBlock block = make_block(grid, widths, names, first);
        fputs(blocks > 0 ? "\nMore columns of the same rows:\n" : "", file);
        for (int r = -1; r < grid->rows; r++) {
            if (r > 0 && grid_starts_group(grid, printed, r))
                fputc('\n', file);
            print_row(grid, printed, widths, &block, r, file);
        }
        first = next_shown(grid, block.end);
    }
    print_wrapped(grid->note, terminal.width, 0, file);
    fputs(*grid->note ? "\n\n" : "\n", file);
}

static Status print(const Grid *grid, const PrintedCell *printed, bool names, FILE *file, Message *message)
{
    (void)names; /* headers are always there */
    ColumnWidths *widths = calloc((size_t)grid->columns, sizeof *widths);
    if (!widths)
        return fail_memory(message, "a table");
    for (int c = 0; c < grid->columns; c++)
        if (grid->column[c].header)
            widths[c] = column_widths(grid, printed, c);
    print_lines(grid, printed, widths, file);
    free(widths);
    return STATUS_OK;
}

static void print_heading(const char *experiment, const char *question, FILE *file)
{
    fputs(style(BOLD), file);
    fputs(experiment, file);
    if (*question) {
        fputs(": ", file);
        grid_text_wrapped(question, text_width(experiment) + 2, file);
    }
    fprintf(file, "%s\n\n", style(PLAIN));
}

const GridFormat grid_text = {
    .name = "text", .mark = "* may be the best", .star = "*", .heading = print_heading, .print = print};
