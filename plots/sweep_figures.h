/* Data of the figures over all settings of a sweep; see FigureKind.write. */
#pragma once

#include "plots/figures.h"

/* Blocks of the rows of one estimator at the same values of all keys but the x key: panel, estimator, x,
 * value of the x key, value, mcse, place. x is the number itself, or its place where the values are no
 * numbers or span decades from 0. */
Status write_sweep(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A row for each setting: place along x and y, their values, place of the best estimator among all of the
 * experiment, its name, names of those that are not significantly different from it by paired tests (two
 * lines), their number. */
Status write_heatmap(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block for each key ("key", its name, setting, level from 0 to 1, value), then for each estimator
 * ("estimator", its name, setting, value, mcse, place). Settings are numbered so that the last key changes
 * fastest.
 */
Status write_nested_loop(const FigureSource *source, FILE *file, int *rows, Message *message);
