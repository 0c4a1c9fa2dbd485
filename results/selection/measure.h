/* A metric by the name that users give it: what a column of a table or an axis of a figure shows. Besides the
 * metrics of single replicates these are bias, variance and ranks, which are made of all replicates. */
#pragma once

#include "results/statistics/metric_names.h"
#include "results/summary/summary_read.h"

enum { MEASURE_TEXT = 96 };

/* What is taken of a metric's values over the replicates; see MetricCentre. */
typedef enum Centre { CENTRE_MEAN, CENTRE_MEDIAN, CENTRE_TRIMMED } Centre;

/* Named "mean_bias", ..., "seconds", "parameters" after a column of the view bias_variance (the mean bias
 * also "bias"), "rank" and "rank_all", whose confidence sets hold for all estimators at once, or after a
 * metric of metric_summary with, if need be, space and task behind it: "auc", "auc/O", "auc/O/ctr", also
 * "auc:O". Without them they are D and cvr, of pip and regret D and ctcvr, of ess and the other metrics of
 * propensities as propensity_metric_table says ("ece/D/propensity" needs all its words). "mse/median" and
 * "mse/O/trimmed" are the median and the trimmed mean of a metric over the replicates. "mean_bias/1",
 * "bias_sq/10", "variance/3" are those of a decile of true propensity. */
typedef struct Measure {
    char name[MEASURE_TEXT]; /* as asked for, but for "bias" */
    const char *column;      /* of bias_variance, or a rank; NULL for a metric alone */
    const char *metric;      /* its metric per replicate; NULL where there is none */
    const char *centred;     /* of a median or a trimmed mean: the metric, else NULL */
    Centre centre;
    char space[4], task[16]; /* of the metric */
    int decile;              /* 1 to 10; 0 for all */
    bool placed;             /* space or task were named */
    Better better;           /* BETTER_ONE of a bias: the nearer to 0 */
    double scale;            /* of the printed value */
} Measure;

/* The one name of a metric that has two: "mean_bias" of "bias"; else the name itself. */
const char *measure_canonical(const char *name);

/* STATUS_USAGE for an unknown name, with the nearest known one. */
Status measure_parse(const char *text, Measure *measure, Message *message);

/* A short heading, with k of the @k metrics (0: unknown): "bias² (1e-4)", "AUC (O, ctr)". `truth` as in
 * SettingResults. */
void measure_header(const Measure *measure, bool truth, int top_k, char header[MEASURE_TEXT]);

/* How much worse than the best possible a value is: the smaller the better, whatever the measure. NaN where
 * that is for the truth to say. */
double measure_loss(const Measure *measure, double value);

/* Whether a value may be below 0 by its nature: a bias, an unbiased estimate of a square, a correlation. Such
 * a measure is not for a log axis, and 0 is a mark on its axis. */
bool measure_is_signed(const Measure *measure);

/* Whether it is a place among the estimators, and no value of its own. */
bool measure_is_rank(const Measure *measure);

/* The metric per replicate of a measure that has one. */
MetricName measure_metric(const Measure *measure);

/* The value of one estimator in one setting, by their places in the experiment: where the truth is known that
 * of bias_variance if it has the measure, else that of metric_summary. Ranks are not known here: NaN. */
Estimate measure_value(const Measure *measure, const ExperimentResults *results, int setting, int estimator);
