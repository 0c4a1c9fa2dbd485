/* The data of the figures of one setting; see FigureKind.write. Those of a sweep are in sweep_figures.h. */
#pragma once

#include "plots/figures.h"

/* A row an estimator: squared bias, variance, mse and its MCSE. */
Status write_bias_variance(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block an estimator, a row a decile of the true click propensity. */
Status write_decile(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block an estimator, a row a bin of predictions. */
Status write_calibration(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block an estimator, a row a replicate: its value, and the estimator's mean with its 95 % t interval. */
Status write_replicates(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block an estimator, a row a part of the stream: as of write_sweep, with the mean day of the part's test
 * clicks for the key, and the metric over them. */
Status write_stream(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block a metric of propensities, a row an estimator that has them: mean and MCSE. */
Status write_propensity(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A row an estimator: training seconds beside the metric, and whether no other is both faster and better. */
Status write_cost(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A row an estimator, the best first: its rank, and a 95 % confidence set of it that holds for all at once.
 */
Status write_ranks(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A row a bin of the logit of the true click propensity: its ends as propensities, and the shares of clicked
 * and of other test exposures that are in it. */
Status write_overlap(const FigureSource *source, FILE *file, int *rows, Message *message);

/* A block for each fixed predictor, a row for each estimator of its loss: theory beside simulation. */
Status write_risk(const FigureSource *source, FILE *file, int *rows, Message *message);
