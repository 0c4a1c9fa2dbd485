/* How good one set of predictions is: one function a metric, one table of them. */
#pragma once

#include "results/statistics/ranking.h"

#include <stddef.h>
#include <stdint.h>

/* Predictions to score. `target` is the true probability where truth is known and a 0/1 label on real data.
 * Metrics of labels take both: a probability p counts as p of a positive and 1-p of a negative, so that the
 * metric is that of labels drawn from the targets, up to the ratio of expectations. mse and mae are distances
 * to the target itself. */
typedef struct Scored {
    size_t rows;
    const float *prediction; /* in (0, 1) */
    const double *target;    /* in [0, 1] */
    const uint32_t *user;    /* group of each row, for per-user metrics */
    int k;                   /* of the @k metrics, at least 1 */
    Orders *orders;          /* kept from metric to metric of the same rows; NULL: each sorts for itself */
} Scored;

typedef enum Better {
    BETTER_LOW,
    BETTER_HIGH,
    BETTER_ONE,
    BETTER_TRUTH
} Better; /* BETTER_ONE: the nearer to 1; BETTER_TRUTH: to that of the truth */

typedef struct Metric {
    const char *name;    /* "auc", "ndcg", ...: @k metrics are stored under this name with k in the spec */
    const char *meaning; /* one line with the formula */
    Better better;
    double (*value)(
        const Scored *scored); /* NaN where it is not defined (no positives, no rows) or memory is short */
} Metric;

/* log_loss, excess_log_loss (over the target's own entropy), mse, mae, auc, gauc, ndcg, recall, f1, ece,
 * ratio (sum prediction / sum target). Rows with equal predictions are averaged over their possible orders,
 * so no metric depends on the order of the rows. Ends with a NULL name. */
extern const Metric metric_table[];
extern const int metric_count; /* of its names */

/* NULL when there is none of that name. */
const Metric *metric_find(const char *name);

/* A click model's and a conversion model's predictions on the same exposures, with what was drawn there. */
typedef struct Joint {
    size_t rows;
    const float *ctr, *cvr;
    const uint8_t *click, *potential; /* o, and r(1) whether clicked or not */
} Joint;

enum { EVERY_CLICK = -1 };

/* Correlation of the residuals o - ctr and r(1) - cvr over the rows whose o is `click`, or all with
 * EVERY_CLICK: the diagnostic of ESCM2's potential independence priority. Over D that of the truth is
 * mean p_o (q - p_r) / sqrt(mean p_o (1-p_o) mean p_r (1-p_r)) in expectation: 0 where a conversion does not
 * depend on the click given x. Within a stratum o is constant, so it is the correlation of -ctr with the
 * conversion residual; that of the truth is again 0 there, and else as q - p_r goes with p_o. NaN below 2
 * rows or where a residual is constant. */
double residual_correlation(const Joint *joint, int click);

/* What the correlation is stored as, of the task ctcvr: "pip" with the estimator's predictions, "pip_truth"
 * with the true p_o and p_r in their place, which the same draws bring about; the difference of the two is
 * the model's. Ends with a NULL name; `value` is NULL. */
extern const Metric joint_metric_table[];
extern const int joint_metric_count;
