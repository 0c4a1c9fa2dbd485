/* The losses of METHODS that look ahead, as in tests/reference/plain_losses.h, and the risks after the step
 * that their gradients are those of. */
#pragma once

#include "tests/reference/plain_losses.h"

/* On logits theta_i + beta, where beta = 0 is common to all rows of the CVR head. A step
 * on a loss whose gradient in beta is `slope` moves the rows of U by -eta slope each: it is of other rows. */

/* Logits of U after the step. */
static inline double logit_ahead(const Plain *b, double slope, int i)
{
    return b->s[CVR][i] - plain_constant(b, "lookahead_rate") * slope;
}

/* mean_U l(r, c) after the step. */
static inline double risk_ahead(const Plain *b, double slope)
{
    double sum = 0;
    for (int k = 0; k < b->rows[U]; k++) {
        int i = b->row[U][k];
        sum += cross_entropy(b->r[i], probability(logit_ahead(b, slope, i)));
    }
    return sum / b->rows[U];
}

/* The gradient of that in beta, and its share of |v|: v is over beta and the theta_i of U. */
static inline double v_of_beta(const Plain *b, double slope, double *share)
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
static inline double first_order(const Plain *b, double slope, double of_loss)
{
    double share;
    return -plain_constant(b, "lookahead_rate") * v_of_beta(b, slope, &share) * of_loss;
}

/* w = |O| softmax(g); `g` says whose. */
static inline double balancing(const Plain *b, double (*g)[ROWS], int i)
{
    double sum = 0;
    for (int k = 0; k < b->rows[O]; k++)
        sum += exp(g[WEIGHT][b->row[O][k]]);
    return b->rows[O] * exp(g[WEIGHT][i]) / sum;
}

/* w log w */
static inline double balancing_entropy(const Plain *b, int i)
{
    double w = balancing(b, b->z, i);
    return w * log(w);
}

static inline double plain_balance(const Plain *b, double risk)
{
    return plain_constant(b, "alpha") * pow(risk - average(b, U, stopped_loss), 2) +
           average(b, O, balancing_entropy);
}

/* Of the step of the weights. */
static inline double stopped_loss_balanced(const Plain *b, int i)
{
    return balancing(b, b->z, i) * stopped_loss(b, i) / p_res(b, b->s, i);
}

static inline double plain_balance_ips_weight(const Plain *b)
{
    return plain_balance(b, clicked_share(b, stopped_loss_balanced));
}

/* Of the step of the prediction. */
static inline double loss_balanced(const Plain *b, int i)
{
    return balancing(b, b->s, i) * conversion_loss(b, i) / p_res(b, b->s, i);
}

static inline double plain_balance_ips_prediction(const Plain *b)
{
    return clicked_share(b, loss_balanced);
}

/* Of the step of the propensity: the gradient of w e / p in beta. */
static inline double slope_balanced(const Plain *b, int i)
{
    return balancing(b, b->s, i) * (probability(b->s[CVR][i]) - b->r[i]) / p_res(b, b->z, i);
}

static inline double plain_balance_ips_propensity(const Plain *b)
{
    double slope = clicked_share(b, slope_balanced);
    return first_order(b, slope, slope);
}

static inline double plain_balance_ips_ahead(const Plain *b)
{
    return risk_ahead(b, clicked_share(b, slope_balanced));
}

/* The same of balance_dr: e_hat = l(m, c). */

static inline double stopped_gap_balanced(const Plain *b, int i)
{
    double gap = stopped_loss(b, i) - stopped_pseudo_loss(b, i);
    return balancing(b, b->z, i) * gap / p_res(b, b->s, i);
}

static inline double plain_balance_dr_weight(const Plain *b)
{
    return plain_balance(b, average(b, D, stopped_pseudo_loss) + clicked_share(b, stopped_gap_balanced));
}

static inline double gap_balanced(const Plain *b, int i)
{
    return balancing(b, b->s, i) * (conversion_loss(b, i) - pseudo_loss(b, i)) / p_res(b, b->s, i);
}

static inline double plain_balance_dr_prediction(const Plain *b)
{
    return average(b, D, pseudo_loss) + clicked_share(b, gap_balanced);
}

/* The gradients of w (e - e_hat) / p and of e_hat in beta. */
static inline double gap_slope_balanced(const Plain *b, int i)
{
    return balancing(b, b->s, i) * (probability(b->s[IMPUTATION][i]) - b->r[i]) / p_res(b, b->z, i);
}

static inline double pseudo_slope(const Plain *b, int i)
{
    return probability(b->s[CVR][i]) - probability(b->s[IMPUTATION][i]);
}

static inline double balance_dr_slope(const Plain *b)
{
    return average(b, D, pseudo_slope) + clicked_share(b, gap_slope_balanced);
}

static inline double plain_balance_dr_propensity(const Plain *b)
{
    return first_order(b, balance_dr_slope(b), clicked_share(b, gap_slope_balanced));
}

static inline double plain_balance_dr_ahead(const Plain *b)
{
    return risk_ahead(b, balance_dr_slope(b));
}

/* autodebias; `z` says whose. */

static inline double meta_weight(double (*z)[ROWS], Head head, int i)
{
    return exp(z[head][i] / 5);
}

/* Of the step of the prediction. */
static inline double loss_reweighted(const Plain *b, int i)
{
    return meta_weight(b->s, WEIGHT, i) * conversion_loss(b, i);
}

static inline double pseudo_loss_reweighted(const Plain *b, int i)
{
    return meta_weight(b->s, WEIGHT_ALL, i) * pseudo_loss(b, i);
}

static inline double plain_autodebias_prediction(const Plain *b)
{
    return clicked_share(b, loss_reweighted) +
           plain_constant(b, "lambda") * average(b, D, pseudo_loss_reweighted);
}

/* Of the step of weights and labels: the gradient of the step's loss in beta. */
static inline double slope_reweighted(const Plain *b, int i)
{
    return meta_weight(b->z, WEIGHT, i) * (probability(b->s[CVR][i]) - b->r[i]);
}

static inline double pseudo_slope_reweighted(const Plain *b, int i)
{
    return meta_weight(b->z, WEIGHT_ALL, i) * (probability(b->s[CVR][i]) - probability(b->z[IMPUTATION][i]));
}

static inline double autodebias_slope(const Plain *b)
{
    return clicked_share(b, slope_reweighted) +
           plain_constant(b, "lambda") * average(b, D, pseudo_slope_reweighted);
}

static inline double plain_autodebias_meta(const Plain *b)
{
    return first_order(b, autodebias_slope(b), autodebias_slope(b));
}

static inline double plain_autodebias_ahead(const Plain *b)
{
    return risk_ahead(b, autodebias_slope(b));
}
