/* Propensities of ratings from two counts of labels: in the log, and in the unbiased sample. */
#include "sim/propensity/naive_bayes.h"

#include <math.h>

/* Clicked rows by label, each as often as its weight says. */
static void count_labels(const Log *log, double count[2])
{
    count[0] = count[1] = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        if (log->click[i])
            count[log->conversion[i]] += log->weight ? (double)log->weight[i] : 1;
}

Status naive_bayes_propensity(const Log *log, const Log *unbiased, const Log *of, float *p, Message *message)
{
    double seen[2], shown[2], by_label[2];
    count_labels(log, seen);
    count_labels(unbiased, shown);
    if (seen[0] + seen[1] == 0)
        return fail(message, STATUS_FAILED, "naive Bayes propensities: the log has no clicks");
    if (shown[0] + shown[1] == 0)
        return fail(message, STATUS_FAILED, "naive Bayes propensities: the unbiased sample has no rows");
    double rows = log_weight(log), add = shown[0] > 0 && shown[1] > 0 ? 0 : 1;
    for (int r = 0; r < 2; r++) {
        double label = (shown[r] + add) / (shown[0] + shown[1] + 2 * add); /* P(r) */
        by_label[r] = fmin(seen[r] / rows / label, 1);
    }
    double unknown = (seen[0] + seen[1]) / rows;
    for (size_t i = 0; i < of->x.rows; i++)
        p[i] = (float)(of->click[i] ? by_label[of->conversion[i]] : unknown);
    return STATUS_OK;
}
