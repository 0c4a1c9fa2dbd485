/* Cells of a grid, and how their numbers are written in the formats for readers: an error to two significant
 * digits and the value to match. */
#include "results/tables/grid_format.h"

#include "sim/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLACES = 9 /* behind the point; smaller numbers are written with their power of ten */ };

Cell cell_text(const char *text)
{
    Cell cell = cell_number(NAN);
    snprintf(cell.text, sizeof cell.text, "%s", text);
    text_clean(cell.text, "");
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

int text_width(const char *text)
{
    int letters = 0;
    for (; *text; text++)
        letters += (*text & 0xC0) != 0x80;
    return letters;
}

/* Decimals that show `value` to `digits` significant digits. */
static int decimals(double value, int digits)
{
    char text[PRINTED_PART];
    if (value == 0 || !isfinite(value))
        return digits - 1;
    snprintf(text, sizeof text, "%.*e", digits - 1,
             value); /* rounds first: 0.0996 has the exponent of 0.10 */
    int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    int places = digits - 1 - exponent;
    return places < 0 ? 0 : places > 15 ? 15 : places;
}

void printed_cell_make(PrintedCell *printed, const Column *column, const Cell *cell)
{
    const double value = cell->value * column->scale;
    const double low = cell->low * column->scale;
    printed->right[0] = '\0';
    printed->best = cell->best;
    if (column->kind == CELL_TEXT || column->kind == CELL_BELOW) {
        snprintf(printed->left, sizeof printed->left, "%s", cell->text);
        return;
    }
    if (isnan(value)) {
        snprintf(printed->left, sizeof printed->left, "-");
        return;
    }
    int places = 0;
    switch (column->kind) {
    case CELL_ESTIMATE:
        places = low > 0 ? decimals(low, 2) : decimals(value, 4);
        snprintf(printed->left, PRINTED_PART, "%.*f", places, value);
        if (!isnan(low))
            snprintf(printed->right, PRINTED_PART, "± %.*f", places, low);
        break;
    case CELL_PERCENT:
        places = low > 0 ? decimals(100 * low, 2) : 1;
        snprintf(printed->left, PRINTED_PART, "%+.*f", places, 100 * value);
        if (!isnan(low))
            snprintf(printed->right, PRINTED_PART, "± %.*f", places, 100 * low);
        break;
    case CELL_NUMBER:
        places = decimals(value, 3);
        snprintf(printed->left, PRINTED_PART, places <= MOST_PLACES ? "%.*f" : "%.*e",
                 places <= MOST_PLACES ? places : 2, value);
        snprintf(printed->right, PRINTED_PART, "%.*s", PRINTED_PART - 1, cell->text);
        break;
    case CELL_INTERVAL: {
        const double high = cell->high * column->scale;
        places = high > low ? decimals((high - low) / 4, 2) : decimals(value, 4);
        snprintf(printed->left, PRINTED_PART, "%+.*f", places, value);
        if (!isnan(low))
            snprintf(printed->right, PRINTED_PART, "[%+.*f, %+.*f]", places, low, places, high);
        break;
    }
    case CELL_RANK:
        snprintf(printed->left, PRINTED_PART, "%.0f", value);
        snprintf(printed->right, PRINTED_PART, "[%.0f, %.0f]", low, cell->high);
        break;
    case CELL_P:
        snprintf(printed->left, PRINTED_PART, value < 0.001 ? "<0.001" : "%.3f", value);
        break;
    default:
        snprintf(printed->left, PRINTED_PART, "%.0f", value);
        break;
    }
}

bool grid_repeats(const Grid *grid, const PrintedCell *printed, int r, int c)
{
    if (r <= 0 || c >= grid->groups)
        return false;
    for (int k = 0; k <= c; k++)
        if (strcmp(printed[r * grid->columns + k].left, printed[(r - 1) * grid->columns + k].left) != 0)
            return false;
    return true;
}

bool grid_starts_group(const Grid *grid, const PrintedCell *printed, int r)
{
    return grid->groups > 0 && r > 0 && !grid_repeats(grid, printed, r, grid->groups - 1);
}
