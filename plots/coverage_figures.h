/* Data of the figures of coverage, of the redraws of the risk layer; see FigureKind.write. An interval is an
 * estimate -+ 1.96 standard deviations of its redraws, which is what one who knew the estimator's variance
 * would state. The ideal loss is known, so that what lacks of 95 % is the doing of bias, or of a law far from
 * normal. */
#pragma once

#include "plots/figures.h"

/* A block for each predictor and estimator, a row for each of at most 100 intervals, evenly spaced among all
 * in the order of |error| / sd: predictor, estimator, percentile, error of the estimate, ends of the interval
 * less the ideal loss, 1 if it covers, coverage of all in %. */
Status write_zip(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block for each predictor, a row for each estimator: coverage in % with its MCSE, and coverage of the
 * estimator's own mean, which is without its bias. */
Status write_coverage(const FigureSource *source, FILE *file, int *rows, Message *message);
