/* Losses with inverse propensities, and doubly robust ones: of one model, and of the two-model family, where
 * e = l(r, r^) and e_hat = l(m, r^). */
#include "tests/reference/losses.h"

#include <math.h>

static double plain_multi_ipw(const PlainBatch *b)
{
    return average(b, D, click_loss) + plain_ips(b);
}

static double e_hat(const PlainBatch *b, int i)
{
    return log(1 + exp(b->z[IMPUTATION][i]));
}

static double gap_over_p(const PlainBatch *b, int i)
{
    return (conversion_loss(b, i) - e_hat(b, i)) / p_tilde(b, i);
}

static double square_gap_over_p(const PlainBatch *b, int i)
{
    return pow(conversion_loss(b, i) - e_hat(b, i), 2) / p_tilde(b, i);
}

/* mean[e_hat + o (l - e_hat)/p~] + sum_O (l - e_hat)^2 / p~ / |B| */
static double joint_doubly_robust(const PlainBatch *b)
{
    return average(b, D, e_hat) + clicked_share(b, gap_over_p) + clicked_share(b, square_gap_over_p);
}

static double plain_multi_dr(const PlainBatch *b)
{
    return average(b, D, click_loss) + joint_doubly_robust(b);
}

static double plain_escm2_ips(const PlainBatch *b)
{
    return average(b, D, click_loss) + plain_constant(b, "lambda_c") * plain_ips(b) +
           plain_constant(b, "lambda_g") * average(b, D, ctcvr_loss);
}

static double plain_escm2_dr(const PlainBatch *b)
{
    return average(b, D, click_loss) + plain_constant(b, "lambda_c") * joint_doubly_robust(b) +
           plain_constant(b, "lambda_g") * average(b, D, ctcvr_loss);
}

static double unclicked_pseudo_loss(const PlainBatch *b, int i)
{
    return b->o[i] == 1 ? 0 : pseudo_loss(b, i);
}

static double plain_eib_prediction(const PlainBatch *b)
{
    return clicked_share(b, conversion_loss) + average(b, D, unclicked_pseudo_loss);
}

static double plain_eib_imputation(const PlainBatch *b)
{
    return clicked_share(b, square_imputation_gap);
}

static double mrdr_term(const PlainBatch *b, int i)
{
    return square_imputation_gap(b, i) * (1 - p_tilde(b, i)) / pow(p_tilde(b, i), 2);
}

static double plain_mrdr_imputation(const PlainBatch *b)
{
    return clicked_share(b, mrdr_term);
}

static double dr_bias_term(const PlainBatch *b, int i)
{
    double p = p_tilde(b, i);
    return square_imputation_gap(b, i) * pow(1 - p, 2) / pow(p, 3);
}

static double plain_dr_bias_imputation(const PlainBatch *b)
{
    return clicked_share(b, dr_bias_term);
}

static double plain_dr_mse_imputation(const PlainBatch *b)
{
    double gamma = plain_constant(b, "gamma");
    return gamma * clicked_share(b, dr_bias_term) + (1 - gamma) * clicked_share(b, mrdr_term);
}

/* p that a loss may move through its weights: not distorted. */
static double p_live(const PlainBatch *b, int i)
{
    return b->given ? b->given[i] : probability(b->z[CTR][i]);
}

static double plain_stable_dr_propensity(const PlainBatch *b)
{
    double mean = average(b, D, stopped_pseudo_loss), sum = 0;
    for (int k = 0; k < b->rows[D]; k++) {
        int i = b->row[D][k];
        sum += (1 - b->o[i] / clip_to(b, p_live(b, i))) * (stopped_pseudo_loss(b, i) - mean);
    }
    return average(b, D, click_loss) + plain_constant(b, "eta") * sum * sum;
}

/* e_hat + eps (1/p~ - 1) */
static double targeted_loss(const PlainBatch *b, int i)
{
    return pseudo_loss(b, i) + b->ratio * (1 / p_tilde(b, i) - 1);
}

static double targeted_gap_over_p(const PlainBatch *b, int i)
{
    return (conversion_loss(b, i) - targeted_loss(b, i)) / p_tilde(b, i);
}

static double plain_tdr_prediction(const PlainBatch *b)
{
    return average(b, D, targeted_loss) + clicked_share(b, targeted_gap_over_p);
}

static double targeted_imputation_term(const PlainBatch *b, int i)
{
    double r_hat = probability(b->s[CVR][i]), p = p_tilde(b, i);
    double e_hat_now = cross_entropy(probability(b->z[IMPUTATION][i]), r_hat);
    return pow(cross_entropy(b->r[i], r_hat) - e_hat_now - b->ratio * (1 / p - 1), 2) / p;
}

static double plain_tdr_imputation(const PlainBatch *b)
{
    return clicked_share(b, targeted_imputation_term);
}

static double imbalance_term(const PlainBatch *b, int i)
{
    double p = p_live(b, i), c = probability(b->z[CVR][i]);
    return b->o[i] == 1 ? c / clip_to(b, p) : -c / clip_to(b, 1 - p);
}

static double plain_v2_extra(const PlainBatch *b)
{
    return average(b, D, ctcvr_loss) + plain_constant(b, "eta") * pow(average(b, D, imbalance_term), 2);
}

static double plain_ips_v2(const PlainBatch *b)
{
    return plain_multi_ipw(b) + plain_v2_extra(b);
}

static double plain_dr_v2(const PlainBatch *b)
{
    return plain_multi_dr(b) + plain_v2_extra(b);
}

static double prediction_of(const PlainBatch *b, int i)
{
    return probability(b->z[CVR][i]);
}

static double c_log_c(const PlainBatch *b, int i)
{
    double c = probability(b->z[CVR][i]);
    return c * log(c);
}

/* Without clicks there is no mean for the mean over D to agree with. */
static double plain_cvib(const PlainBatch *b)
{
    double agree = cross_entropy(average(b, O, prediction_of), average(b, D, prediction_of));
    return plain_naive(b) + (b->rows[O] ? plain_constant(b, "alpha") * agree : 0) +
           plain_constant(b, "gamma") * average(b, O, c_log_c);
}

const LossReference losses_propensity[] = {
    {"ips", 0, HEAD(CVR), .loss = plain_ips},
    {"snips", 0, HEAD(CVR), .loss = plain_snips},
    {"multi_ipw", 0, CLICK_AND_CVR, .loss = plain_multi_ipw},
    {"multi_dr", 0, WITH_IMPUTATION, .loss = plain_multi_dr},
    {"escm2_ips", 0, CLICK_AND_CVR, .loss = plain_escm2_ips,
     .constant = {{"lambda_c", 0.1, 0.7}, {"lambda_g", 1, 0.4}}},
    {"escm2_dr", 0, WITH_IMPUTATION, .loss = plain_escm2_dr,
     .constant = {{"lambda_c", 0.1, 0.7}, {"lambda_g", 1, 0.4}}},
    {"eib", 0, HEAD(CVR), .loss = plain_eib_prediction},
    {"eib", 1, HEAD(IMPUTATION), .loss = plain_eib_imputation},
    {"dr_jl", 0, HEAD(CVR), .loss = plain_two_model_prediction},
    {"dr_jl", 1, HEAD(IMPUTATION), .loss = plain_dr_jl_imputation},
    {"mrdr", 0, HEAD(CVR), .loss = plain_two_model_prediction},
    {"mrdr", 1, HEAD(IMPUTATION), .loss = plain_mrdr_imputation},
    {"dr_bias", 0, HEAD(CVR), .loss = plain_two_model_prediction},
    {"dr_bias", 1, HEAD(IMPUTATION), .loss = plain_dr_bias_imputation},
    {"dr_mse", 0, HEAD(CVR), .loss = plain_two_model_prediction, .constant = {{"gamma", 0.5, 0.8}}},
    {"dr_mse", 1, HEAD(IMPUTATION), .loss = plain_dr_mse_imputation},
    {"stable_dr", 0, HEAD(CTR), .loss = plain_stable_dr_propensity, .constant = {{"eta", 1e-3, 0.2}}},
    {"stable_dr", 1, HEAD(CVR), .loss = plain_snips},
    {"stable_dr", 2, HEAD(IMPUTATION), .loss = plain_dr_jl_imputation},
    {"tdr", 0, HEAD(CVR), .loss = plain_tdr_prediction},
    {"tdr", 1, HEAD(IMPUTATION), .loss = plain_tdr_imputation},
    {"ips_v2", 0, CLICK_AND_CVR, .loss = plain_ips_v2, .constant = {{"eta", 1, 2.5}}},
    {"dr_v2", 0, WITH_IMPUTATION, .loss = plain_dr_v2, .constant = {{"eta", 1, 2.5}}},
    {"cvib", 0, HEAD(CVR), .loss = plain_cvib, .constant = {{"alpha", 0.1, 0.8}, {"gamma", 0.01, 0.6}}},
    {.estimator = NULL},
};
