/* Data of the figures over all settings of a sweep; see FigureKind.write. */
#pragma once

#include "plots/figures.h"

/* A block of rows for each estimator at the same values of all keys but the x key: panel, estimator, x, value
 * of the x key, value, mcse, position of the estimator in the experiment. x is the number itself, or the
 * value's position in the sweep where values are no numbers or span decades from 0. */
Status write_sweep(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A row for each setting: its column and row, the values there, position of the best estimator in the
 * experiment, its name, names of those that are not significantly different from it by paired tests (two
 * lines), their number. */
Status write_heatmap(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block for each key ("key", its name, setting, level from 0 to 1, value), then for each estimator
 * ("estimator", its name, setting, value, mcse, position of the estimator in the experiment). Settings are
 * numbered so that the last key changes fastest. */
Status write_nested_loop(const FigureSource *source, FILE *file, int *rows, Message *message);
