/* Data of the figure of verdicts; see FigureKind.write. */
#pragma once

#include "plots/figures.h"

/* A block of the settings (row, what tells it from the others), one of the claims of everywhere (column,
 * words), and one with a row for each verdict: column, row, 0 holds, 1 within error, 2 does not hold, 3 not
 * known, difference, low, high. */
Status write_verdicts(const FigureSource *source, FILE *file, int *rows, Message *message);
