/* Losses against hidden confounding: robust ones, and those that learn from an unbiased sample. */
#include "tests/reference/losses.h"

#include <math.h>

/* The end of [a, b] for a row whose error lies on this side of the mean. */
static double robust_weight(const PlainBatch *b, int i, bool high)
{
    double gamma = plain_constant(b, "gamma"), odds = 1 / p_tilde(b, i) - 1;
    return 1 + (high ? odds * gamma : odds / gamma);
}

/* sum_O w error / |B|; the weights see the error held fixed. */
static double worst_case(const PlainBatch *b, PlainTerm *error)
{
    PlainBatch fixed = *b;
    fixed.z = b->s;
    double sum = 0, top = 0, below = 0;
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        top += error(&fixed, i) / p_tilde(b, i);
        below += 1 / p_tilde(b, i);
    }
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        sum += robust_weight(b, i, error(&fixed, i) > top / below) * error(b, i);
    }
    return sum / b->exposures;
}

static double plain_rd_ips(const PlainBatch *b)
{
    return worst_case(b, conversion_loss);
}

static double pseudo_gap(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) - pseudo_loss(b, i);
}

static double plain_rd_dr_prediction(const PlainBatch *b)
{
    return worst_case(b, pseudo_gap) + average(b, D, pseudo_loss);
}

static double plain_unbiased_only(const PlainBatch *b)
{
    return average(b, U, conversion_loss);
}

static double plain_combine(const PlainBatch *b)
{
    return (1 - b->share) * average(b, O, conversion_loss) + b->share * average(b, U, conversion_loss);
}

static double stopped_loss_over_p_res(const PlainBatch *b, int i)
{
    return stopped_loss(b, i) / p_res(b, b->z, i);
}

static double plain_res_ips_residual(const PlainBatch *b)
{
    return pow(clicked_share(b, stopped_loss_over_p_res) - average(b, U, stopped_loss), 2);
}

static double loss_over_stopped_p_res(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) / p_res(b, b->s, i);
}

static double plain_res_ips_prediction(const PlainBatch *b)
{
    return clicked_share(b, loss_over_stopped_p_res) + average(b, U, conversion_loss);
}

/* e_res = e_hat + g_e(x) of the step of the residuals: prediction and nominal imputation stopped. */
static double corrected_error(const PlainBatch *b, int i)
{
    return cross_entropy(probability(b->s[IMPUTATION][i]), probability(b->s[CVR][i])) + b->z[RESIDUAL_E][i];
}

static double corrected_gap_over_p_res(const PlainBatch *b, int i)
{
    return (stopped_loss(b, i) - corrected_error(b, i)) / p_res(b, b->z, i);
}

static double plain_res_dr_residual(const PlainBatch *b)
{
    double biased = average(b, D, corrected_error) + clicked_share(b, corrected_gap_over_p_res);
    return pow(biased - average(b, U, stopped_loss), 2);
}

/* e_res of the step of the prediction: everything but the prediction stopped. */
static double predicted_error(const PlainBatch *b, int i)
{
    return pseudo_loss(b, i) + b->s[RESIDUAL_E][i];
}

static double predicted_gap_over_p_res(const PlainBatch *b, int i)
{
    return (conversion_loss(b, i) - predicted_error(b, i)) / p_res(b, b->s, i);
}

static double plain_res_dr_prediction(const PlainBatch *b)
{
    return average(b, D, predicted_error) + clicked_share(b, predicted_gap_over_p_res) +
           average(b, U, conversion_loss);
}

const LossReference losses_confounding[] = {
    {"rd_ips", 0, HEAD(CVR), .loss = plain_rd_ips, .constant = {{"gamma", 1.5, 3}}},
    {"rd_dr", 0, HEAD(CVR), .loss = plain_rd_dr_prediction, .constant = {{"gamma", 1.5, 3}}},
    {"rd_dr", 1, HEAD(IMPUTATION), .loss = plain_dr_jl_imputation},
    {"res_ips", 0, HEAD(CTR), .loss = plain_click},
    {"res_ips", 1, HEAD(RESIDUAL_P), .loss = plain_res_ips_residual},
    {"res_ips", 2, HEAD(CVR), .loss = plain_res_ips_prediction},
    {"res_dr", 0, HEAD(CTR) | HEAD(IMPUTATION), .loss = plain_res_dr_nominal},
    {"res_dr", 1, HEAD(RESIDUAL_P) | HEAD(RESIDUAL_E), .loss = plain_res_dr_residual},
    {"res_dr", 2, HEAD(CVR), .loss = plain_res_dr_prediction},
    {"unbiased_only", 0, HEAD(CVR), .loss = plain_unbiased_only},
    {"combine", 0, HEAD(CVR), .loss = plain_combine},
    {.estimator = NULL},
};
