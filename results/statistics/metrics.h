/* How good one set of predictions is: one function a metric, one table of them. */
#pragma once

#include "results/statistics/ranking.h"

#include <stdbool.h>
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
    const uint32_t *segment; /* a categorical feature of each row, for segment_ece; NULL: there is none */
    const double *weight;    /* >= 0, of each row in log_loss, auc and ratio alone; NULL: all 1 */
} Scored;

typedef enum Better {
    BETTER_LOW,
    BETTER_HIGH,
    BETTER_ONE,    /* the nearer to 1 */
    BETTER_TRUTH,  /* the nearer to that of the truth */
    BETTER_NEITHER /* no value is better than another */
} Better;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order in which rows of the table read */
typedef struct Metric {
    const char *name;    /* "auc", "ndcg", ...: @k metrics are stored under this name with k in the spec */
    const char *meaning; /* one line with the formula */
    Better better;
    double (*value)(
        const Scored *scored); /* NaN where it is not defined (no positives, no rows) or memory is short */
    bool ranks;                /* nothing but the order of the predictions matters */
    const char *spaces;        /* of D, O and N, those in which units store it; T: by parts of a stream */
} Metric;

/* log_loss, excess_log_loss (over the target's own entropy), mse, mae, medae, auc, pr_auc, gauc, uauc, ndcg,
 * recall, f1, ece, segment_ece, ratio (sum prediction / sum target). Rows with equal predictions are averaged
 * over their possible orders, of pr_auc one threshold, so no metric depends on the order of the rows. Ends
 * with a NULL name. */
extern const Metric metric_table[];
extern const int metric_count; /* of its names */

/* Whether units store it over the space, by its name: all parts of a stream (stream_periods.h) are alike. */
bool metric_is_over(const Metric *metric, const char *space);

/* NULL when there is none of that name. */
const Metric *metric_find(const char *name);

/* What is predicted, and against which target it is scored. */
typedef struct MetricTask {
    const char *name, *meaning;
} MetricTask;

/* cvr, ctr, ctcvr, ctcvr_by_cvr for metrics that rank, and propensity, which has metrics of its own
 * (propensity_metrics.h). Ends with a NULL name. */
extern const MetricTask metric_task_table[];
extern const int metric_task_count;

/* The table's own name of a task; NULL when there is none. */
const char *metric_task_find(const char *name);

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

/* Impressions to choose from, of which the true probabilities of a click and of a conversion given a click
 * are known. Only the CVR is judged: users' lists are ranked by p_o x cvr. */
typedef struct Choice {
    size_t rows;
    const float *cvr;
    const double *p_o, *q; /* the true value of an impression is p_o q */
    const uint32_t *user;
    int k; /* impressions that are chosen of each user, or all of a user that has fewer */
} Choice;

/* The mean over users of the best mean true value of k of the user's impressions less that of the k with the
 * highest p_o x cvr; of equal scores the mean over their orders. Not negative. NaN without rows or memory. */
double choice_regret(const Choice *choice);

/* What clicks and conversions say together, of the task ctcvr. "pip" is the correlation with the estimator's
 * predictions, "pip_truth" with the true p_o and p_r in their place, which the same draws bring about; the
 * difference of the two is the model's. "regret" is that of choice_regret. Ends with a NULL name; `value` is
 * NULL. */
extern const Metric joint_metric_table[];
extern const int joint_metric_count;

/* Mean (a - b)^2 over the rows whose click is `click`, or all with EVERY_CLICK; NaN of no rows. */
double mean_square_gap(const double *a, const double *b, const uint8_t *click, int of_click, size_t rows);

/* What a model that reads a part x' of the features is stored with besides, of the task cvr, where E[p_r |
 * x'] is known: "mse_reachable" and "floor", whose sum is the mse in expectation over what x' lacks. Ends
 * with a NULL name; `value` is NULL. */
extern const Metric reachable_metric_table[];
extern const int reachable_metric_count;

/* What a method that filters rows is stored with besides, of the task cvr over D: "left_out", the share of
 * the exposures of its log. Ends with a NULL name; `value` is NULL. */
extern const Metric filter_metric_table[];
extern const int filter_metric_count;
