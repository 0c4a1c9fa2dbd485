/* How good one set of predictions is: one function a metric, one table of them. */
#pragma once

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
} Scored;

typedef enum Better { BETTER_LOW, BETTER_HIGH, BETTER_ONE } Better; /* BETTER_ONE: the nearer to 1 */

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
