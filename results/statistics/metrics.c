/* The metrics, each over exact or drawn targets alike, and the table of their names. Those that rank rows
 * average over the orders of ties, so they do not depend on how rows are stored. */
#include "results/statistics/metrics.h"
#include "results/statistics/moments.h"
#include "sim/base/real.h"

#include <float.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ECE_BINS = 10 };

/* float32 predictions saturate at exactly 0 and 1. There the logarithms are taken at the nearest float
 * inside, so that one saturated row costs what float32 can tell, not infinity. */
static double log_prediction(double s)
{
    return real_log(fmax(s, (double)FLT_MIN));
}

static double log_complement(double s)
{
    return real_log(fmax(1 - s, (double)FLT_EPSILON / 2));
}

static double weight_of(const Scored *scored, size_t row)
{
    return scored->weight ? scored->weight[row] : 1;
}

static double log_loss(const Scored *scored)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < scored->rows; i++) {
        double s = (double)scored->prediction[i];
        double p = scored->target[i];
        double w = weight_of(scored, i);
        sum -= w * (p * log_prediction(s) + (1 - p) * log_complement(s));
        weights += w;
    }
    return sum / weights;
}

static double x_log_x(double x)
{
    return x > 0 ? x * real_log(x) : 0;
}

static double excess_log_loss(const Scored *scored)
{
    double entropy = 0;
    for (size_t i = 0; i < scored->rows; i++)
        entropy -= x_log_x(scored->target[i]) + x_log_x(1 - scored->target[i]);
    return log_loss(scored) - entropy / (double)scored->rows;
}

static double mse(const Scored *scored)
{
    double sum = 0;
    for (size_t i = 0; i < scored->rows; i++) {
        double gap = (double)scored->prediction[i] - scored->target[i];
        sum += gap * gap;
    }
    return sum / (double)scored->rows;
}

static double mae(const Scored *scored)
{
    double sum = 0;
    for (size_t i = 0; i < scored->rows; i++)
        sum += fabs((double)scored->prediction[i] - scored->target[i]);
    return sum / (double)scored->rows;
}

static double medae(const Scored *scored)
{
    double *gap = calloc(scored->rows + 1, sizeof *gap);
    double value = NAN;
    for (size_t i = 0; gap && i < scored->rows; i++)
        gap[i] = fabs((double)scored->prediction[i] - scored->target[i]);
    if (gap && scored->rows > 0)
        value = gsl_stats_median(gap, 1, scored->rows);
    free(gap);
    return value;
}

/* AUC of the rows order[0..rows), sorted by prediction, highest first where `descending`: over pairs of
 * different rows, sum w_i p_i w_j (1-p_j) ([s_i > s_j] + [s_i = s_j] / 2) / sum w_i p_i w_j (1-p_j). A row is
 * never compared with itself: one draw of its label cannot be positive and negative. Sums only grow, so
 * nothing cancels. */
static double pair_auc(const Scored *scored, const uint32_t *order, size_t rows, bool descending)
{
    double positive = 0;
    double negative = 0; /* mass of the rows before this run of ties */
    double wins = 0;
    double pairs = 0;
    for (size_t first = 0; first < rows;) {
        size_t end = tie_end(scored->prediction, order, first, rows);
        double tied_positive = 0;
        double tied_negative = 0;
        for (size_t i = first; i < end; i++) {
            double w = weight_of(scored, order[i]);
            double p = w * scored->target[order[i]];
            double other = w * (1 - scored->target[order[i]]);
            double tied = p * tied_negative + other * tied_positive;
            wins += (descending ? other * positive : p * negative) + tied / 2;
            pairs += p * negative + other * positive + tied;
            tied_positive += p;
            tied_negative += other;
        }
        positive += tied_positive;
        negative += tied_negative;
        first = end;
    }
    return wins / pairs;
}

/* An order goes where the rows' orders are kept, else into `own`, which is the caller's to clear. NULL when
 * out of memory. */
static const uint32_t *by_prediction(const Scored *scored, Orders *own)
{
    Orders *orders = scored->orders ? scored->orders : own;
    if (!orders->by_prediction)
        orders->by_prediction = rank_by_prediction(scored->prediction, scored->rows);
    return orders->by_prediction;
}

static const uint32_t *by_user(const Scored *scored, Orders *own)
{
    Orders *orders = scored->orders ? scored->orders : own;
    if (!orders->by_user)
        orders->by_user = rank_by_user(scored->prediction, scored->user, scored->rows);
    return orders->by_user;
}

static double auc(const Scored *scored)
{
    Orders own = {0};
    const uint32_t *order = by_prediction(scored, &own);
    double value = order ? pair_auc(scored, order, scored->rows, false) : NAN;
    orders_clear(&own);
    return value;
}

/* Average precision: over rows, p_i times the expected share of positives among the rows that are predicted
 * as high at least, sum p_i (1 + sum p_j of the others) / their number, over sum p_i. A row that is positive
 * counts among them for certain. Equal predictions are one threshold. */
static double pr_auc(const Scored *scored)
{
    Orders own = {0};
    const uint32_t *order = by_prediction(scored, &own);
    double positive = 0, precision = 0;
    for (size_t end = order ? scored->rows : 0, first = end; end > 0; end = first) {
        double tied = 0, squares = 0;
        while (first > 0 && scored->prediction[order[first - 1]] == scored->prediction[order[end - 1]]) {
            const double p = scored->target[order[--first]];
            tied += p;
            squares += p * p;
        }
        positive += tied;
        precision += (tied * (1 + positive) - squares) / (double)(scored->rows - first);
    }
    orders_clear(&own);
    return positive > 0 ? precision / positive : NAN;
}

/* The rows of one user, by prediction, highest first. */
typedef struct UserRows {
    const Scored *scored;
    const uint32_t *order;
    size_t rows;
    double *scratch; /* room for 2 x rows */
} UserRows;

/* A user's value, and its weight in the mean over users: 0 leaves the user out. */
typedef double UserValue(const UserRows *user, double *weight);

static double mean_over_users(const Scored *scored, UserValue *value)
{
    Orders own = {0};
    const uint32_t *order = by_user(scored, &own);
    double *scratch = calloc(2 * scored->rows + 1, sizeof *scratch);
    double sum = 0;
    double weights = 0;
    for (size_t first = 0; order && scratch && first < scored->rows;) {
        size_t end = first + 1;
        while (end < scored->rows && scored->user[order[end]] == scored->user[order[first]])
            end++;
        UserRows user = {scored, order + first, end - first, scratch};
        double weight = 0;
        double one = value(&user, &weight);
        if (weight > 0) {
            sum += weight * one;
            weights += weight;
        }
        first = end;
    }
    orders_clear(&own);
    free(scratch);
    return sum / weights;
}

/* A user's AUC exists when the labels hold both classes; the weight is the chance of that, 1 - prod p - prod
 * (1-p). With 0/1 labels it is 1 for the users who have both. */
static double equal_user_auc(const UserRows *user, double *weight)
{
    double all_positive = 1;
    double all_negative = 1;
    for (size_t i = 0; i < user->rows; i++) {
        double p = user->scored->target[user->order[i]];
        all_positive *= p;
        all_negative *= 1 - p;
    }
    double both = user->rows > 1 ? 1 - all_positive - all_negative : 0;
    /* Rounding leaves about one epsilon a factor where both classes are impossible. */
    if (both <= DBL_EPSILON * (double)user->rows)
        return NAN;
    *weight = both;
    return pair_auc(user->scored, user->order, user->rows, true);
}

static double user_auc(const UserRows *user, double *weight)
{
    const double value = equal_user_auc(user, weight);
    *weight *= (double)user->rows;
    return value;
}

static double gauc(const Scored *scored)
{
    return mean_over_users(scored, user_auc);
}

static double uauc(const Scored *scored)
{
    return mean_over_users(scored, equal_user_auc);
}

static double positives(const UserRows *user)
{
    double sum = 0;
    for (size_t i = 0; i < user->rows; i++)
        sum += user->scored->target[user->order[i]];
    return sum;
}

static double discount(size_t place)
{
    return M_LN2 / real_log((double)place + 2);
}

static double one(size_t place)
{
    (void)place;
    return 1;
}

/* Sum over the top k of gain x worth(place); tied rows each take the mean of their gains, which is the mean
 * over the orders of the tie (McSherry and Najork, ECIR 2008). */
static double top_sum(const UserRows *user, double (*worth)(size_t place))
{
    const size_t k = (size_t)user->scored->k;
    double sum = 0;
    for (size_t first = 0; first < user->rows && first < k;) {
        size_t end = tie_end(user->scored->prediction, user->order, first, user->rows);
        double gain = 0;
        for (size_t i = first; i < end; i++)
            gain += user->scored->target[user->order[i]];
        gain /= (double)(end - first);
        for (size_t i = first; i < end && i < k; i++)
            sum += gain * worth(i);
        first = end;
    }
    return sum;
}

static double user_ndcg(const UserRows *user, double *weight)
{
    if (positives(user) <= 0)
        return NAN;
    double *target = user->scratch;
    double *best = user->scratch + user->rows;
    for (size_t i = 0; i < user->rows; i++)
        target[i] = user->scored->target[user->order[i]];
    size_t k = (size_t)user->scored->k < user->rows ? (size_t)user->scored->k : user->rows;
    gsl_sort_largest(best, k, target, 1, user->rows);
    double ideal = 0;
    for (size_t i = 0; i < k; i++)
        ideal += best[i] * discount(i);
    *weight = 1;
    return top_sum(user, discount) / ideal;
}

static double ndcg(const Scored *scored)
{
    return mean_over_users(scored, user_ndcg);
}

static double user_recall(const UserRows *user, double *weight)
{
    double all = positives(user);
    *weight = all > 0 ? 1 : 0;
    return top_sum(user, one) / all;
}

static double recall(const Scored *scored)
{
    return mean_over_users(scored, user_recall);
}

/* The harmonic mean of hits / k and hits / positives is linear in the hits, so averaging them over ties is
 * exact. */
static double user_f1(const UserRows *user, double *weight)
{
    double all = positives(user);
    *weight = all > 0 ? 1 : 0;
    return 2 * top_sum(user, one) / ((double)user->scored->k + all);
}

static double f1(const Scored *scored)
{
    return mean_over_users(scored, user_f1);
}

static double ece(const Scored *scored)
{
    Bin bin[ECE_BINS];
    Orders own = {0};
    const uint32_t *order = by_prediction(scored, &own);
    if (!order)
        return NAN;
    equal_count_bins(scored->prediction, scored->target, order, scored->rows, bin, ECE_BINS);
    orders_clear(&own);
    double sum = 0;
    for (int b = 0; b < ECE_BINS; b++)
        sum += (double)bin[b].rows * fabs(bin[b].prediction - bin[b].target);
    return sum / (double)scored->rows;
}

static double segment_ece(const Scored *scored)
{
    uint32_t last = 0;
    for (size_t i = 0; scored->segment && i < scored->rows; i++)
        last = scored->segment[i] > last ? scored->segment[i] : last;
    double *gap = scored->segment ? calloc((size_t)last + 1, sizeof *gap) : NULL;
    if (!gap)
        return NAN;
    for (size_t i = 0; i < scored->rows; i++)
        gap[scored->segment[i]] += (double)scored->prediction[i] - scored->target[i];
    double sum = 0;
    for (size_t s = 0; s <= last; s++)
        sum += fabs(gap[s]); /* share of the rows x |gap / rows of the segment| x rows */
    free(gap);
    return sum / (double)scored->rows;
}

static double ratio(const Scored *scored)
{
    double predicted = 0;
    double target = 0;
    for (size_t i = 0; i < scored->rows; i++) {
        const double w = weight_of(scored, i);
        predicted += w * (double)scored->prediction[i];
        target += w * scored->target[i];
    }
    return target > 0 ? predicted / target : NAN;
}

double residual_correlation(const Joint *joint, int click)
{
    double *of_click = calloc(2 * joint->rows + 1, sizeof *of_click);
    if (!of_click)
        return NAN;
    double *of_conversion = of_click + joint->rows;
    size_t rows = 0;
    for (size_t i = 0; i < joint->rows; i++) {
        if (click == EVERY_CLICK || joint->click[i] == click) {
            of_click[rows] = joint->click[i] - (double)joint->ctr[i];
            of_conversion[rows++] = joint->potential[i] - (double)joint->cvr[i];
        }
    }
    double value = rows > 1 ? moments_correlation(of_click, of_conversion, rows) : NAN;
    free(of_click);
    return value;
}

/* A user's impressions in the order of the rows, with their scores and their true values. */
typedef struct UserChoice {
    size_t rows;
    size_t *place; /* scratch, as `share` */
    double *score, *value, *share;
} UserChoice;

/* The value of the k impressions with the highest scores; of those that tie for the last places, the share
 * that fits. It is summed in the order of the rows, so that equal choices have equal values to the last
 * digit. */
static double chosen_value_of(const UserChoice *user, const double *score, size_t k)
{
    double sum = 0;
    gsl_sort_index(user->place, score, 1, user->rows); /* lowest first */
    memset(user->share, 0, user->rows * sizeof *user->share);
    for (size_t end = user->rows, taken = 0; taken < k;) {
        size_t first = end - 1;
        while (first > 0 && score[user->place[first - 1]] == score[user->place[end - 1]])
            first--;
        const size_t here = end - first < k - taken ? end - first : k - taken;
        for (size_t i = first; i < end; i++)
            user->share[user->place[i]] = (double)here / (double)(end - first);
        taken += here;
        end = first;
    }
    for (size_t i = 0; i < user->rows; i++)
        sum += user->share[i] * user->value[i];
    return sum;
}

static double user_regret(const UserChoice *user, size_t most)
{
    const size_t k = most < user->rows ? most : user->rows;
    return (chosen_value_of(user, user->value, k) - chosen_value_of(user, user->score, k)) / (double)k;
}

double choice_regret(const Choice *choice)
{
    const size_t n = choice->rows;
    float *equal = calloc(n + 1, sizeof *equal); /* ranks the rows of a user by their own order */
    uint32_t *order = equal && n > 0 ? rank_by_user(equal, choice->user, n) : NULL;
    double *memory = calloc(3 * n + 1, sizeof *memory);
    size_t *place = calloc(n + 1, sizeof *place), users = 0;
    const bool ok = order && memory && place;
    double sum = 0;
    for (size_t first = 0; ok && first < n; users++) {
        UserChoice user = {0, place, memory, memory + n, memory + 2 * n};
        for (size_t i = first; i < n && choice->user[order[i]] == choice->user[order[first]]; i++) {
            const uint32_t row = order[i];
            user.score[user.rows] = choice->p_o[row] * (double)choice->cvr[row];
            user.value[user.rows++] = choice->p_o[row] * choice->q[row];
        }
        sum += user_regret(&user, (size_t)choice->k);
        first += user.rows;
    }
    free(equal);
    free(order);
    free(memory);
    free(place);
    return ok ? sum / (double)users : (double)NAN;
}

const MetricTask metric_task_table[] = {
    {"cvr", "the predicted CVR c against p_r; on real data against r over O"},
    {"ctr", "the predicted CTR p against p_o; on real data against o"},
    {"ctcvr", "p c against p_o q, a click that converts; on real data against t = o r"},
    {"ctcvr_by_cvr",
     "c against the same over D, non-clicks as 0, as public code of NISE does; metrics that rank"},
    {"propensity", "p_hat, which a method divides by, against the clicks of the log that it was trained on"},
    {0},
};

const int metric_task_count = sizeof metric_task_table / sizeof *metric_task_table - 1;

const char *metric_task_find(const char *name)
{
    for (const MetricTask *task = metric_task_table; task->name; task++)
        if (!strcmp(task->name, name))
            return task->name;
    return NULL;
}

const Metric joint_metric_table[] = {
    {"pip", "correlation of o - p and r(1) - c, p the predicted CTR and c the CVR; within O, N or over D",
     BETTER_TRUTH, NULL, false, "DON"},
    {"pip_truth", "the same of the true p_o and p_r on the same exposures", BETTER_TRUTH, NULL, false, "DON"},
    {"regret",
     "per user, best mean p_o q of k impressions less that of the k with the highest p_o c, p_o the true CTR",
     BETTER_LOW, NULL, false, "D"},
    {0},
};

const int joint_metric_count = sizeof joint_metric_table / sizeof *joint_metric_table - 1;

double mean_square_gap(const double *a, const double *b, const uint8_t *click, int of_click, size_t rows)
{
    double sum = 0;
    size_t counted = 0;
    for (size_t i = 0; i < rows; i++)
        if (of_click == EVERY_CLICK || click[i] == of_click) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
            counted++;
        }
    return counted ? sum / (double)counted : NAN;
}

const Metric reachable_metric_table[] = {
    {"mse_reachable", "mean (s - E[p|x'])^2 where the model reads x', all features but the placement",
     BETTER_LOW, NULL, false, "DON"},
    {"floor", "mean (E[p|x'] - p)^2 there, which no model of x' gets below", BETTER_TRUTH, NULL, false,
     "DON"},
    {0},
};

const int reachable_metric_count = sizeof reachable_metric_table / sizeof *reachable_metric_table - 1;

const Metric filter_metric_table[] = {
    {"left_out",
     "share of the exposures of the training log whose imputed errors the method leaves out, in its last "
     "epoch",
     BETTER_NEITHER, NULL, false, "D"},
    {0},
};

const int filter_metric_count = sizeof filter_metric_table / sizeof *filter_metric_table - 1;

const Metric metric_table[] = {
    {"log_loss", "mean of -p log s - (1-p) log(1-s); s the prediction, p the target", BETTER_LOW, log_loss,
     false, "DONT"},
    {"excess_log_loss", "log_loss minus the targets' own entropy: mean KL divergence of s from p", BETTER_LOW,
     excess_log_loss, false, "DON"},
    {"mse", "mean (s - p)^2", BETTER_LOW, mse, false, "DONT"},
    {"mae", "mean |s - p|", BETTER_LOW, mae, false, "DON"},
    {"medae", "median |s - p|", BETTER_LOW, medae, false, "DO"},
    {"auc", "sum p_i (1-p_j) [s_i > s_j] / sum p_i (1-p_j) over pairs of rows, ties 1/2", BETTER_HIGH, auc,
     true, "DONT"},
    {"pr_auc", "sum p_i (share of positives among rows with s_j >= s_i) / sum p_i: average precision",
     BETTER_HIGH, pr_auc, true, "DO"},
    {"gauc", "auc within each user, weighted by the user's rows and the chance of both classes", BETTER_HIGH,
     gauc, true, "DON"},
    {"uauc", "auc within each user, weighted by the chance of both classes alone", BETTER_HIGH, uauc, true,
     "DO"},
    {"ndcg", "per user, sum over the top k of p / log2(rank + 1), over the same of the best order",
     BETTER_HIGH, ndcg, true, "DON"},
    {"recall", "per user, positives in the top k / positives", BETTER_HIGH, recall, true, "DON"},
    {"f1", "per user, harmonic mean of positives in the top k / k and recall", BETTER_HIGH, f1, true, "DON"},
    {"ece", "mean |mean s - mean p| over 10 bins of equal count by s", BETTER_LOW, ece, false, "DON"},
    {"segment_ece",
     "sum over user segments, or values of the first feature after user and item, of share |mean s - mean p|",
     BETTER_LOW, segment_ece, false, "DO"},
    {"ratio", "sum s / sum p; over O also called PCOC", BETTER_ONE, ratio, false, "DONT"},
    {0},
};

const int metric_count = sizeof metric_table / sizeof *metric_table - 1;

bool metric_is_over(const Metric *metric, const char *space)
{
    return strchr(metric->spaces, *space);
}

const Metric *metric_find(const char *name)
{
    for (const Metric *metric = metric_table; metric->name; metric++)
        if (strcmp(metric->name, name) == 0)
            return metric;
    return NULL;
}
