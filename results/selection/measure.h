/* A quantity of the views by its name: what a column of a table or an axis of a figure shows. */
#pragma once

#include "results/statistics/metrics.h"
#include "results/store/store.h"

enum { MEASURE_TEXT = 96 };

/* Named "mean_bias", ..., "seconds" after a column of the view bias_variance, "rank", or after a metric of
 * metric_summary with, if need be, space and task behind it: "auc", "auc/O", "auc/O/ctr", also "auc:O".
 * Without them they are D and cvr, of pip D and ctcvr. "mean_bias/1", "bias_sq/10", "variance/3" are those of
 * a decile of true propensity. */
typedef struct Measure {
    char name[MEASURE_TEXT]; /* as asked for */
    const char *column;      /* of bias_variance, or "rank"; NULL for a metric alone */
    const char *metric;      /* its metric per replicate; NULL where there is none */
    char space[4], task[8];  /* of the metric */
    int decile;              /* 1 to 10; 0 for all */
    int placed;              /* space or task were named */
    Better better;           /* BETTER_ONE of a bias: the nearer to 0 */
    double scale;            /* of the printed value */
} Measure;

/* STATUS_USAGE for an unknown name, with the nearest known one. */
Status measure_parse(const char *text, Measure *measure, Message *message);

/* A short heading, with k of the @k metrics (0: unknown): "bias² (1e-4)", "AUC (O, ctr)". `truth` as in
 * measure_read. */
void measure_header(const Measure *measure, int truth, int top_k, char header[MEASURE_TEXT]);

/* How much worse than the best possible a value is: the smaller the better, whatever the measure. NaN where
 * that is for the truth to say. */
double measure_loss(const Measure *measure, double value);

/* Reads the value and its MCSE (NaN where there is none) of one estimator in one setting: of a setting with
 * `truth` from bias_variance where that has it, else from metric_summary. "rank" has none here. */
Status measure_read(Store *store, const char *experiment, const char *setting, const char *estimator,
                    const Measure *measure, int truth, double *value, double *mcse, Message *message);
