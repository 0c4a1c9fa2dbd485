/* The weighted metrics: those of metrics.c with weights, and what the weights themselves say. */
#include "results/statistics/weighted_metrics.h"

#include <math.h>

void inverse_weights(const float *p_hat, const uint8_t *click, double clip, size_t rows, double *weight)
{
    for (size_t i = 0; i < rows; i++) {
        const double p = (double)p_hat[i];
        weight[i] = isnan(p) ? NAN : click[i] / fmin(fmax(p, clip), 1);
    }
}

static double snips_log_loss(const Scored *scored)
{
    return metric_find("log_loss")->value(scored);
}

static double ips_log_loss(const Scored *scored)
{
    double weights = 0;
    for (size_t i = 0; i < scored->rows; i++)
        weights += scored->weight[i];
    return snips_log_loss(scored) * weights / (double)scored->rows;
}

static double snips_auc(const Scored *scored)
{
    return metric_find("auc")->value(scored);
}

static double snips_ratio(const Scored *scored)
{
    return metric_find("ratio")->value(scored);
}

static double snips_ess(const Scored *scored)
{
    double sum = 0, square = 0, clicks = 0;
    for (size_t i = 0; i < scored->rows; i++) {
        sum += scored->weight[i];
        square += scored->weight[i] * scored->weight[i];
        clicks += scored->weight[i] > 0;
    }
    return sum * sum / square / clicks;
}

const Metric weighted_metric_table[] = {
    {"snips_log_loss",
     "sum w l / sum w over test clicks; l the log_loss of a row, w = 1/p~ (metrics.weights)", BETTER_LOW,
     snips_log_loss, false, "O"},
    {"ips_log_loss", "sum w l over test clicks / all test rows; w = 1/p~ (metrics.weights)", BETTER_LOW,
     ips_log_loss, false, "O"},
    {"snips_auc", "auc over pairs of test clicks weighted by w_i w_j; w = 1/p~ (metrics.weights)",
     BETTER_HIGH, snips_auc, true, "O"},
    {"snips_ratio", "sum w s / sum w r over test clicks; w = 1/p~ (metrics.weights)", BETTER_ONE, snips_ratio,
     false, "O"},
    {"snips_ess", "(sum w)^2 / sum w^2 over test clicks, as a share of them; the same for every method",
     BETTER_HIGH, snips_ess, false, "O"},
    {0},
};

const int weighted_metric_count = sizeof weighted_metric_table / sizeof *weighted_metric_table - 1;
