#include "results/grid.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PART = 64 };

/* A cell as shown: `left` is aligned on its right side, `right` on its left, so that errors stand below each
 * other. */
typedef struct Shown {
    char left[CELL_TEXT_SIZE], right[PART];
} Shown;

/* Letters of a UTF-8 text, which is what it takes on a terminal. */
static int width(const char *text)
{
    int letters = 0;
    for (; *text; text++) {
        letters += (*text & 0xC0) != 0x80;
    }
    return letters;
}

/* Decimals that show `value` to `digits` significant digits. */
static int decimals(double value, int digits)
{
    char text[PART];
    if (value == 0 || !isfinite(value)) {
        return digits - 1;
    }
    snprintf(text, sizeof text, "%.*e", digits - 1,
             value); /* rounds first: 0.0996 has the exponent of 0.10 */
    int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    int places = digits - 1 - exponent;
    return places < 0 ? 0 : places > 15 ? 15 : places;
}

static void show(const Column *column, const Cell *cell, Shown *shown)
{
    const double value = cell->value * column->scale;
    const double low = cell->low * column->scale;
    const char *star = cell->best ? "*" : "";
    shown->right[0] = '\0';
    if (column->kind == CELL_TEXT) {
        snprintf(shown->left, sizeof shown->left, "%s", cell->text);
        return;
    }
    if (isnan(value)) {
        snprintf(shown->left, sizeof shown->left, "-");
        return;
    }
    int places = 0;
    switch (column->kind) {
    case CELL_ESTIMATE:
        places = low > 0 ? decimals(low, 2) : decimals(value, 4);
        snprintf(shown->left, PART, "%.*f", places, value);
        if (!isnan(low)) {
            snprintf(shown->right, PART, "± %.*f%s", places, low, star);
        }
        break;
    case CELL_PERCENT:
        snprintf(shown->left, PART, "%+.1f", 100 * value);
        break;
    case CELL_NUMBER:
        snprintf(shown->left, PART, "%.*f", decimals(value, 3), value);
        snprintf(shown->right, PART, "%s", star);
        break;
    case CELL_INTERVAL: {
        const double high = cell->high * column->scale;
        places = high > low ? decimals((high - low) / 4, 2) : decimals(value, 4);
        snprintf(shown->left, PART, "%+.*f", places, value);
        if (!isnan(low)) {
            snprintf(shown->right, PART, "[%+.*f, %+.*f]", places, low, places, high);
        }
        break;
    }
    case CELL_P:
        snprintf(shown->left, PART, value < 0.001 ? "<0.001" : "%.3f", value);
        break;
    default:
        snprintf(shown->left, PART, "%.0f", value);
        break;
    }
}

static void spaces(FILE *file, int count)
{
    fprintf(file, "%*s", count > 0 ? count : 0, "");
}

typedef struct Widths {
    int left, right, whole;
} Widths;

static Widths column_widths(const Grid *grid, const Shown *shown, int c)
{
    Widths w = {0};
    for (int r = 0; r < grid->rows; r++) {
        const Shown *cell = &shown[r * grid->columns + c];
        int left = width(cell->left);
        int right = width(cell->right);
        w.left = left > w.left ? left : w.left;
        w.right = right > w.right ? right : w.right;
    }
    int header = width(grid->column[c].header);
    int whole = w.left + (w.right > 0) + w.right;
    w.whole = header > whole ? header : whole;
    w.left += w.whole - whole;
    return w;
}

static void print_text(const Grid *grid, const Shown *shown, const Widths *widths, FILE *file)
{
    fprintf(file, "%s%s", grid->title, *grid->title ? "\n" : "");
    for (int r = -1; r < grid->rows; r++) {
        for (int c = 0, first = 1; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            const Widths w = widths[c];
            if (!column->header) {
                continue;
            }
            spaces(file, first ? 0 : 2);
            first = 0;
            const Shown *cell = &shown[(r < 0 ? 0 : r) * grid->columns + c];
            const char *left = r < 0 ? column->header : cell->left;
            const int padding = (r < 0 ? w.whole : w.left) - width(left);
            if (column->kind == CELL_TEXT) {
                fprintf(file, "%s", left);
                spaces(file, padding);
                continue;
            }
            spaces(file, padding);
            fprintf(file, "%s", left);
            if (r >= 0 && w.right > 0) {
                fprintf(file, " %s", cell->right);
                spaces(file, w.right - width(cell->right));
            }
        }
        fputc('\n', file);
    }
    fprintf(file, "%s%s\n", grid->note, *grid->note ? "\n" : "");
}

static void print_markdown(const Grid *grid, const Shown *shown, FILE *file)
{
    fprintf(file, "%s%s", grid->title, *grid->title ? "\n\n" : "");
    for (int r = -2; r < grid->rows; r++) {
        fputc('|', file);
        for (int c = 0; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            if (!column->header) {
                continue;
            }
            if (r == -2) {
                fprintf(file, " %s |", column->header);
            } else if (r == -1) {
                fprintf(file, " %s |", column->kind == CELL_TEXT ? "---" : "---:");
            } else {
                const Shown *cell = &shown[r * grid->columns + c];
                fprintf(file, " %s%s%s |", cell->left, *cell->right ? " " : "", cell->right);
            }
        }
        fputc('\n', file);
    }
    fprintf(file, "%s%s%s\n", *grid->note ? "\n" : "", grid->note, *grid->note ? "\n" : "");
}

/* Text as LaTeX. In formulas, `math` is 1. */
static void put_latex(FILE *file, const char *text, int math)
{
    static const struct {
        const char *from, *text, *math;
    } symbol[] = {{"±", "$\\pm$", "\\pm"}, {"²", "$^2$", "^2"}, {"%", "\\%", "\\%"}, {"_", "\\_", "\\_"},
                  {"&", "\\&", "\\&"},     {"#", "\\#", "\\#"}, {"$", "\\$", "\\$"}, {"*", "*", "^{*}"},
                  {"<", "$<$", "<"},       {"−", "$-$", "-"}};
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

static void print_latex(const Grid *grid, const Shown *shown, FILE *file)
{
    fprintf(file, "\\begin{table}\n\\centering\n\\caption{");
    put_latex(file, grid->title, 0);
    fprintf(file, "}\n\\begin{tabular}{");
    for (int c = 0; c < grid->columns; c++) {
        if (grid->column[c].header) {
            fputc(grid->column[c].kind == CELL_TEXT ? 'l' : 'r', file);
        }
    }
    fprintf(file, "}\n\\toprule\n");
    for (int r = -1; r < grid->rows; r++) {
        for (int c = 0, first = 1; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            if (!column->header) {
                continue;
            }
            fprintf(file, "%s", first ? "" : " & ");
            first = 0;
            const Shown *cell = &shown[(r < 0 ? 0 : r) * grid->columns + c];
            if (r < 0 || column->kind == CELL_TEXT) {
                put_latex(file, r < 0 ? column->header : cell->left, 0);
                continue;
            }
            fputc('$', file);
            put_latex(file, cell->left, 1);
            fprintf(file, "%s", *cell->right ? " " : "");
            put_latex(file, cell->right, 1);
            fputc('$', file);
        }
        fprintf(file, " \\\\\n%s", r < 0 ? "\\midrule\n" : "");
    }
    fprintf(file, "\\bottomrule\n\\end{tabular}\n%s", *grid->note ? "\\par\\smallskip\\footnotesize " : "");
    put_latex(file, grid->note, 0);
    fprintf(file, "%s\\end{table}\n\n", *grid->note ? "\n" : "");
}

static void put_csv(FILE *file, const char *text)
{
    if (!strpbrk(text, ",\"\n")) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        fprintf(file, "%s%c", *text == '"' ? "\"" : "", *text);
    }
    fputc('"', file);
}

static void put_value(FILE *file, double value)
{
    fputc(',', file);
    if (!isnan(value)) {
        fprintf(file, "%.17g", value);
    }
}

static void print_csv_names(const Grid *grid, FILE *file)
{
    fprintf(file, "experiment,setting");
    for (int c = 0; c < grid->columns; c++) {
        const Column *column = &grid->column[c];
        fprintf(file, ",%s", column->name);
        if (column->kind == CELL_ESTIMATE) {
            fprintf(file, ",%s_mcse", column->name);
        } else if (column->kind == CELL_INTERVAL) {
            fprintf(file, ",%s_low,%s_high", column->name, column->name);
        }
    }
    fputc('\n', file);
}

static void print_csv(const Grid *grid, FILE *file)
{
    for (int r = 0; r < grid->rows; r++) {
        put_csv(file, grid->experiment);
        fputc(',', file);
        put_csv(file, grid->setting);
        for (int c = 0; c < grid->columns; c++) {
            const Cell *cell = &grid->cell[r * grid->columns + c];
            const CellKind kind = grid->column[c].kind;
            if (kind == CELL_TEXT) {
                fputc(',', file);
                put_csv(file, cell->text);
                continue;
            }
            put_value(file, cell->value);
            if (kind == CELL_ESTIMATE || kind == CELL_INTERVAL) {
                put_value(file, cell->low);
            }
            if (kind == CELL_INTERVAL) {
                put_value(file, cell->high);
            }
        }
        fputc('\n', file);
    }
}

Status grid_print(const Grid *grid, TableFormat format, int names, FILE *file, Message *message)
{
    assert(grid->rows > 0 && grid->columns > 0);
    if (format == TABLE_CSV) {
        if (names) {
            print_csv_names(grid, file);
        }
        print_csv(grid, file);
        return STATUS_OK;
    }
    Shown *shown = calloc((size_t)grid->rows * (size_t)grid->columns, sizeof *shown);
    Widths *widths = calloc((size_t)grid->columns, sizeof *widths);
    if (!shown || !widths) {
        free(shown);
        free(widths);
        return fail_memory(message, "a table");
    }
    for (int i = 0; i < grid->rows * grid->columns; i++) {
        show(&grid->column[i % grid->columns], &grid->cell[i], &shown[i]);
    }
    for (int c = 0; c < grid->columns; c++) {
        if (grid->column[c].header) {
            widths[c] = column_widths(grid, shown, c);
        }
    }
    if (format == TABLE_TEXT) {
        print_text(grid, shown, widths, file);
    } else if (format == TABLE_MARKDOWN) {
        print_markdown(grid, shown, file);
    } else {
        print_latex(grid, shown, file);
    }
    free(shown);
    free(widths);
    return STATUS_OK;
}
