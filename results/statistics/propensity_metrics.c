/* The metrics of propensities. Weights are rounded to float32 as those of the training are; sums are double.
 */
#include "results/statistics/propensity_metrics.h"

#include <math.h>
#include <stdlib.h>

static double weight_of(const Weighting *w, size_t row)
{
    const float p = w->p_hat[row], low = (float)w->clip;
    return 1 / (double)(p < low ? low : p > 1 ? 1 : p);
}

static double ess(const Weighting *w)
{
    double sum = 0, square = 0, clicks = 0;
    for (size_t i = 0; i < w->rows; i++) {
        if (!w->click[i])
            continue;
        const double weight = weight_of(w, i);
        sum += weight;
        square += weight * weight;
        clicks++;
    }
    return sum * sum / square / clicks;
}

static double max_weight(const Weighting *w)
{
    double most = NAN;
    for (size_t i = 0; i < w->rows; i++)
        if (w->click[i])
            most = fmax(most, weight_of(w, i));
    return most;
}

static double share_clipped(const Weighting *w)
{
    double clipped = 0, clicks = 0;
    for (size_t i = 0; i < w->rows; i++) {
        clicks += w->click[i];
        clipped += w->click[i] && w->p_hat[i] < (float)w->clip;
    }
    return clipped / clicks;
}

static double mean_inverse(const Weighting *w)
{
    double sum = 0;
    for (size_t i = 0; i < w->rows; i++)
        sum += w->click[i] ? weight_of(w, i) : 0;
    return sum / (double)w->rows;
}

/* A metric of predictions, of p_hat against the clicks. */
static double against_clicks(const Weighting *w, const char *name)
{
    double *target = calloc(w->rows + 1, sizeof *target);
    if (!target)
        return NAN;
    for (size_t i = 0; i < w->rows; i++)
        target[i] = w->click[i];
    const double value = metric_find(name)->value(
        &(Scored){.rows = w->rows, .prediction = w->p_hat, .target = target, .k = 1});
    free(target);
    return value;
}

static double ece(const Weighting *w)
{
    return against_clicks(w, "ece");
}

static double log_loss(const Weighting *w)
{
    return against_clicks(w, "log_loss");
}

const PropensityMetric propensity_metric_table[] = {
    {{"ess", "(sum w)^2 / sum w^2 over the clicks of the training log, as a share of them; w = 1/p~",
      BETTER_HIGH, NULL, false, "O"},
     "O",
     ess},
    {{"max_weight", "largest w = 1/p~ of a click of the training log", BETTER_LOW, NULL, false, "O"},
     "O",
     max_weight},
    {{"share_clipped", "share of the clicks of the training log whose p_hat is below train.clip", BETTER_LOW,
      NULL, false, "O"},
     "O",
     share_clipped},
    {{"mean_inverse", "mean of o/p~ over the training log; 1 in expectation for the true p", BETTER_ONE, NULL,
      false, "D"},
     "D",
     mean_inverse},
    {{"ece", "ece of p_hat, before the clip, against the clicks of the training log", BETTER_LOW, NULL, false,
      "D"},
     "D",
     ece},
    {{"log_loss", "log_loss of p_hat, before the clip, against the clicks of the training log", BETTER_LOW,
      NULL, false, "D"},
     "D",
     log_loss},
    {{0}, NULL, NULL},
};

const int propensity_metric_count = sizeof propensity_metric_table / sizeof *propensity_metric_table - 1;
