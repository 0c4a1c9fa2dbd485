/* Losses that look a step ahead, and the risks after the step, which their gradients are those of. On logits
 * theta_i + beta, where beta = 0 is common to all rows of the CVR head, a step on a loss whose gradient in
 * beta is `slope` moves the rows of U by -eta slope each: it is of other rows. */
#include "tests/reference/losses.h"

#include <math.h>

/* Logits of U after the step. */
static double logit_ahead(const PlainBatch *b, double slope, int i)
{
    return b->s[CVR][i] - plain_constant(b, "lookahead_rate") * slope;
}

/* mean_U l(r, c) after the step. */
static double risk_ahead(const PlainBatch *b, double slope)
{
    double sum = 0;
    for (int k = 0; k < b->rows[U]; k++) {
        int i = b->row[U][k];
        sum += cross_entropy(b->r[i], probability(logit_ahead(b, slope, i)));
    }
    return sum / b->rows[U];
}

double v_of_beta(const PlainBatch *b, double slope, double *share)
{
    double sum = 0, squares = 0;
    for (int k = 0; k < b->rows[U]; k++) {
        int i = b->row[U][k];
        double g = probability(logit_ahead(b, slope, i)) - b->r[i];
        sum += g;
        squares += g * g;
    }
    *share = fabs(sum) / sqrt(sum * sum + squares);
    return sum / b->rows[U];
}

/* -eta <v, grad of a loss> from its gradient in beta, `slope` being that of the whole step. */
static double first_order(const PlainBatch *b, double slope, double of_loss)
{
    double share;
    return -plain_constant(b, "lookahead_rate") * v_of_beta(b, slope, &share) * of_loss;
}

/* w = n softmax(g) over the n rows of O, or of D; `g` says whose. */
static double balancing_of(const PlainBatch *b, double (*g)[ROWS], Head head, int i)
{
    Space space = head == WEIGHT ? O : D;
    double sum = 0;
    for (int k = 0; k < b->rows[space]; k++)
        sum += exp(g[head][b->row[space][k]]);
    return b->rows[space] * exp(g[head][i]) / sum;
}

static double balancing(const PlainBatch *b, double (*g)[ROWS], int i)
{
    return balancing_of(b, g, WEIGHT, i);
}

/* w log w */
static double balancing_entropy(const PlainBatch *b, int i)
{
    double w = balancing(b, b->z, i);
    return w * log(w);
}

static double balancing_entropy_all(const PlainBatch *b, int i)
{
    double w = balancing_of(b, b->z, WEIGHT_ALL, i);
    return w * log(w);
}

static double squared_gap(const PlainBatch *b, double risk)
{
    return plain_constant(b, "alpha") * pow(risk - average(b, U, stopped_loss), 2);
}

/* Of the step of the weights. */
static double stopped_loss_balanced(const PlainBatch *b, int i)
{
    return balancing(b, b->z, i) * stopped_loss(b, i) / p_res(b, b->s, i);
}

static double plain_balance_ips_weight(const PlainBatch *b)
{
    return squared_gap(b, clicked_share(b, stopped_loss_balanced)) + average(b, O, balancing_entropy);
}

/* Of the step of the prediction. */
static double loss_balanced(const PlainBatch *b, int i)
{
    return balancing(b, b->s, i) * conversion_loss(b, i) / p_res(b, b->s, i);
}

static double plain_balance_ips_prediction(const PlainBatch *b)
{
    return clicked_share(b, loss_balanced);
}

/* Of the step of the propensity: the gradient of e / p in beta. */
static double slope_over_p_res(const PlainBatch *b, int i)
{
    return (probability(b->s[CVR][i]) - b->r[i]) / p_res(b, b->z, i);
}

static double plain_balance_ips_propensity(const PlainBatch *b)
{
    double slope = clicked_share(b, slope_over_p_res);
    return first_order(b, slope, slope);
}

static double plain_balance_ips_ahead(const PlainBatch *b)
{
    return risk_ahead(b, clicked_share(b, slope_over_p_res));
}

/* The same of balance_dr: e_hat = l(m, c). */

static double unbiased_label_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[IMPUTATION][i]));
}

static double plain_balance_dr_nominal(const PlainBatch *b)
{
    return plain_click(b) + average(b, U, unbiased_label_loss);
}

static double stopped_gap_over_p_res(const PlainBatch *b, int i)
{
    return (stopped_loss(b, i) - stopped_pseudo_loss(b, i)) / p_res(b, b->s, i);
}

static double live_weighted_gap(const PlainBatch *b, int i)
{
    return balancing(b, b->z, i) * stopped_gap_over_p_res(b, i);
}

static double fixed_weighted_gap(const PlainBatch *b, int i)
{
    return balancing(b, b->s, i) * stopped_gap_over_p_res(b, i);
}

static double live_weighted_pseudo_loss(const PlainBatch *b, int i)
{
    return balancing_of(b, b->z, WEIGHT_ALL, i) * stopped_pseudo_loss(b, i);
}

static double fixed_weighted_pseudo_loss(const PlainBatch *b, int i)
{
    return balancing_of(b, b->s, WEIGHT_ALL, i) * stopped_pseudo_loss(b, i);
}

static double plain_balance_dr_weight_all(const PlainBatch *b)
{
    double risk = average(b, D, live_weighted_pseudo_loss) + clicked_share(b, fixed_weighted_gap);
    return squared_gap(b, risk) + average(b, D, balancing_entropy_all);
}

static double plain_balance_dr_weight(const PlainBatch *b)
{
    double risk = average(b, D, fixed_weighted_pseudo_loss) + clicked_share(b, live_weighted_gap);
    return squared_gap(b, risk) + average(b, O, balancing_entropy);
}

static double pseudo_loss_balanced(const PlainBatch *b, int i)
{
    return balancing_of(b, b->s, WEIGHT_ALL, i) * pseudo_loss(b, i);
}

static double gap_balanced(const PlainBatch *b, int i)
{
    return balancing(b, b->s, i) * (conversion_loss(b, i) - pseudo_loss(b, i)) / p_res(b, b->s, i);
}

static double plain_balance_dr_prediction(const PlainBatch *b)
{
    return average(b, D, pseudo_loss_balanced) + clicked_share(b, gap_balanced);
}

/* The gradients of (e - e_hat) / p and of e_hat in beta. */
static double gap_slope_over_p_res(const PlainBatch *b, int i)
{
    return (probability(b->s[IMPUTATION][i]) - b->r[i]) / p_res(b, b->z, i);
}

static double pseudo_slope(const PlainBatch *b, int i)
{
    return probability(b->s[CVR][i]) - probability(b->s[IMPUTATION][i]);
}

static double balance_dr_slope(const PlainBatch *b)
{
    return average(b, D, pseudo_slope) + clicked_share(b, gap_slope_over_p_res);
}

static double plain_balance_dr_propensity(const PlainBatch *b)
{
    return first_order(b, balance_dr_slope(b), clicked_share(b, gap_slope_over_p_res));
}

static double plain_balance_dr_ahead(const PlainBatch *b)
{
    return risk_ahead(b, balance_dr_slope(b));
}

static double meta_weight(double (*z)[ROWS], Head head, int i)
{
    return exp(z[head][i] / 5);
}

/* Of the step of the prediction. */
static double loss_reweighted(const PlainBatch *b, int i)
{
    return meta_weight(b->s, WEIGHT, i) * conversion_loss(b, i);
}

/* m: of o alone, or of o r too. */
static double meta_label(const PlainBatch *b, double (*z)[ROWS], int i)
{
    return probability(z[IMPUTATION][i] + (plain_constant(b, "states") == 3 ? z[RESIDUAL_E][i] : 0));
}

static double pseudo_loss_reweighted(const PlainBatch *b, int i)
{
    double e_hat_now = cross_entropy(meta_label(b, b->s, i), probability(b->z[CVR][i]));
    return meta_weight(b->s, WEIGHT_ALL, i) * e_hat_now;
}

static double plain_autodebias_prediction(const PlainBatch *b)
{
    return clicked_share(b, loss_reweighted) +
           plain_constant(b, "lambda") * average(b, D, pseudo_loss_reweighted);
}

/* Of the step of weights and labels: the gradient of the step's loss in beta. */
static double slope_reweighted(const PlainBatch *b, int i)
{
    return meta_weight(b->z, WEIGHT, i) * (probability(b->s[CVR][i]) - b->r[i]);
}

static double pseudo_slope_reweighted(const PlainBatch *b, int i)
{
    return meta_weight(b->z, WEIGHT_ALL, i) * (probability(b->s[CVR][i]) - meta_label(b, b->z, i));
}

static double autodebias_slope(const PlainBatch *b)
{
    return clicked_share(b, slope_reweighted) +
           plain_constant(b, "lambda") * average(b, D, pseudo_slope_reweighted);
}

static double plain_autodebias_meta(const PlainBatch *b)
{
    return first_order(b, autodebias_slope(b), autodebias_slope(b));
}

static double plain_autodebias_ahead(const PlainBatch *b)
{
    return risk_ahead(b, autodebias_slope(b));
}

const LossReference losses_lookahead[] = {
    {"balance_ips", 0, HEAD(CTR), .loss = plain_click,
     .constant = {{"alpha", 1, 2.5}, {"lookahead_rate", 0.1, 0.4}}},
    {"balance_ips", 1, HEAD(RESIDUAL_P), .loss = plain_balance_ips_propensity,
     .ahead = plain_balance_ips_ahead},
    {"balance_ips", 2, HEAD(WEIGHT), .loss = plain_balance_ips_weight},
    {"balance_ips", 3, HEAD(CVR), .loss = plain_balance_ips_prediction},
    {"balance_dr", 0, HEAD(CTR) | HEAD(IMPUTATION), .loss = plain_balance_dr_nominal,
     .constant = {{"alpha", 1, 2.5}, {"lookahead_rate", 0.1, 0.4}}},
    {"balance_dr", 1, HEAD(RESIDUAL_P), .loss = plain_balance_dr_propensity, .ahead = plain_balance_dr_ahead},
    {"balance_dr", 2, HEAD(WEIGHT_ALL), .loss = plain_balance_dr_weight_all},
    {"balance_dr", 3, HEAD(WEIGHT), .loss = plain_balance_dr_weight},
    {"balance_dr", 4, HEAD(CVR), .loss = plain_balance_dr_prediction},
    {"autodebias", 0, HEAD(WEIGHT) | HEAD(WEIGHT_ALL) | HEAD(IMPUTATION) | HEAD(RESIDUAL_E),
     .loss = plain_autodebias_meta, .ahead = plain_autodebias_ahead,
     .constant = {{"lambda", 0.01, 0.7}, {"lookahead_rate", 0.1, 0.4}, {"states", 3, 2}}},
    {"autodebias", 1, HEAD(CVR), .loss = plain_autodebias_prediction},
    {.estimator = NULL},
};
