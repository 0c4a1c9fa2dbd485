#include "results/tables/grid_format.h"
#include "results/tables/markup.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLACES = 9 /* behind the point; smaller numbers are written with their power of ten */ };

Cell cell_text(const char *text)
{
    Cell cell = cell_number(NAN);
    snprintf(cell.text, sizeof cell.text, "%s", text);
    return cell;
}

Cell cell_number(double value)
{
    return (Cell){.value = value, .low = NAN, .high = NAN};
}

Cell cell_estimate(double value, double error)
{
    return (Cell){.value = value, .low = error, .high = NAN};
}

Cell cell_interval(double value, double low, double high)
{
    return (Cell){.value = value, .low = low, .high = high};
}

const char *grid_mark(TableFormat format)
{
    return format == TABLE_LATEX || format == TABLE_HTML ? "bold: best" : "* best";
}

const char *grid_star(TableFormat format)
{
    return format == TABLE_LATEX || format == TABLE_HTML ? "bold" : "*";
}

int text_width(const char *text)
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
    char text[SHOWN_PART];
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
    shown->right[0] = '\0';
    shown->best = cell->best;
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
        snprintf(shown->left, SHOWN_PART, "%.*f", places, value);
        if (!isnan(low)) {
            snprintf(shown->right, SHOWN_PART, "± %.*f", places, low);
        }
        break;
    case CELL_PERCENT:
        places = low > 0 ? decimals(100 * low, 2) : 1;
        snprintf(shown->left, SHOWN_PART, "%+.*f", places, 100 * value);
        if (!isnan(low)) {
            snprintf(shown->right, SHOWN_PART, "± %.*f", places, 100 * low);
        }
        break;
    case CELL_NUMBER:
        places = decimals(value, 3);
        snprintf(shown->left, SHOWN_PART, places <= MOST_PLACES ? "%.*f" : "%.*e",
                 places <= MOST_PLACES ? places : 2, value);
        break;
    case CELL_INTERVAL: {
        const double high = cell->high * column->scale;
        places = high > low ? decimals((high - low) / 4, 2) : decimals(value, 4);
        snprintf(shown->left, SHOWN_PART, "%+.*f", places, value);
        if (!isnan(low)) {
            snprintf(shown->right, SHOWN_PART, "[%+.*f, %+.*f]", places, low, places, high);
        }
        break;
    }
    case CELL_RANK:
        snprintf(shown->left, SHOWN_PART, "%.0f", value);
        snprintf(shown->right, SHOWN_PART, "[%.0f, %.0f]", low, cell->high);
        break;
    case CELL_P:
        snprintf(shown->left, SHOWN_PART, value < 0.001 ? "<0.001" : "%.3f", value);
        break;
    default:
        snprintf(shown->left, SHOWN_PART, "%.0f", value);
        break;
    }
}

static void spaces(FILE *file, int count)
{
    fprintf(file, "%*s", count > 0 ? count : 0, "");
}

typedef struct Widths {
    int left, right, whole;
    int star; /* of values without a right part */
} Widths;

static Widths column_widths(const Grid *grid, const Shown *shown, int c)
{
    Widths w = {0};
    for (int r = 0; r < grid->rows; r++) {
        const Shown *cell = &shown[r * grid->columns + c];
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

int grid_repeats(const Grid *grid, const Shown *shown, int r, int c)
{
    if (r <= 0 || c >= grid->groups) {
        return 0;
    }
    for (int k = 0; k <= c; k++) {
        if (strcmp(shown[r * grid->columns + k].left, shown[(r - 1) * grid->columns + k].left) != 0) {
            return 0;
        }
    }
    return 1;
}

int grid_starts_group(const Grid *grid, const Shown *shown, int r)
{
    return grid->groups > 0 && r > 0 && !grid_repeats(grid, shown, r, grid->groups - 1);
}

static void print_text(const Grid *grid, const Shown *shown, const Widths *widths, FILE *file)
{
    int last = grid->columns - 1;
    while (last > 0 && !grid->column[last].header) {
        last--;
    }
    fprintf(file, "%s%s", grid->title, *grid->title ? "\n" : "");
    for (int r = -1; r < grid->rows; r++) {
        if (r > 0 && grid_starts_group(grid, shown, r)) {
            fputc('\n', file);
        }
        for (int c = 0, first = 1; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            const Widths w = widths[c];
            if (!column->header) {
                continue;
            }
            spaces(file, first ? 0 : 2);
            first = 0;
            const Shown *cell = &shown[(r < 0 ? 0 : r) * grid->columns + c];
            const char *left = r < 0 ? column->header : grid_repeats(grid, shown, r, c) ? "" : cell->left;
            const int padding = (r < 0 ? w.whole : w.left) - text_width(left);
            if (column->kind == CELL_TEXT) {
                fprintf(file, "%s", left);
                spaces(file, c < last ? padding : 0);
                continue;
            }
            spaces(file, padding);
            fprintf(file, "%s", left);
            if (r >= 0 && w.right > 0) {
                fprintf(file, " %s%s", cell->right, cell->best ? "*" : "");
                spaces(file, w.right - text_width(cell->right) - cell->best);
            } else if (r >= 0 && w.star) {
                fputc(cell->best ? '*' : ' ', file);
            }
        }
        fputc('\n', file);
    }
    fprintf(file, "%s%s\n", grid->note, *grid->note ? "\n" : "");
}

static void print_markdown(const Grid *grid, const Shown *shown, FILE *file)
{
    markdown_text(file, grid->title);
    fputs(*grid->title ? "\n\n" : "", file);
    for (int r = -2; r < grid->rows; r++) {
        fputc('|', file);
        for (int c = 0; c < grid->columns; c++) {
            const Column *column = &grid->column[c];
            if (!column->header) {
                continue;
            }
            if (r == -2) {
                fputc(' ', file);
                markdown_text(file, column->header);
                fputs(" |", file);
            } else if (r == -1) {
                fprintf(file, " %s |", column->kind == CELL_TEXT ? "---" : "---:");
            } else {
                const Shown *cell = &shown[r * grid->columns + c];
                fputc(' ', file);
                markdown_text(file, grid_repeats(grid, shown, r, c) ? "" : cell->left);
                fprintf(file, "%s%s%s |", *cell->right ? " " : "", cell->right, cell->best ? "*" : "");
            }
        }
        fputc('\n', file);
    }
    fputs(*grid->note ? "\n" : "", file);
    markdown_text(file, grid->note);
    fputs(*grid->note ? "\n\n" : "\n", file);
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

static int has_error(CellKind kind)
{
    return kind == CELL_ESTIMATE || kind == CELL_PERCENT;
}

static int has_interval(CellKind kind)
{
    return kind == CELL_INTERVAL || kind == CELL_RANK;
}

static void print_csv_names(const Grid *grid, FILE *file)
{
    fprintf(file, "experiment,setting");
    for (int c = 0; c < grid->columns; c++) {
        const Column *column = &grid->column[c];
        if (!column->name) {
            continue;
        }
        fprintf(file, ",%s", column->name);
        if (has_error(column->kind)) {
            fprintf(file, ",%s_mcse", column->name);
        } else if (has_interval(column->kind)) {
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
            if (!grid->column[c].name) {
                continue;
            }
            if (kind == CELL_TEXT) {
                fputc(',', file);
                put_csv(file, cell->text);
                continue;
            }
            put_value(file, cell->value);
            if (has_error(kind) || has_interval(kind)) {
                put_value(file, cell->low);
            }
            if (has_interval(kind)) {
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
    switch (format) {
    case TABLE_MARKDOWN:
        print_markdown(grid, shown, file);
        break;
    case TABLE_LATEX:
        grid_print_latex(grid, shown, file);
        break;
    case TABLE_HTML:
        grid_print_html(grid, shown, file);
        break;
    default:
        print_text(grid, shown, widths, file);
        break;
    }
    free(shown);
    free(widths);
    return STATUS_OK;
}
