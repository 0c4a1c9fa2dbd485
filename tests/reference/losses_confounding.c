/* Losses against hidden confounding: robust ones, and those that learn from an unbiased sample. */
#include "tests/reference/losses.h"

#include "sim/base/normal.h"

#include <math.h>

/* A place in [a, b]: 0 is a, 1 is b. */
static double robust_weight(const PlainBatch *b, int i, double place)
{
    double gamma = plain_constant(b, "gamma"), odds = 1 / p_tilde(b, i) - 1;
    double low = 1 + odds / gamma, high = 1 + odds * gamma;
    return low + place * (high - low);
}

/* Of tied weights, which start at 1/p~; `z` says whose. */
static double tied_place(const PlainBatch *b, double (*z)[ROWS], int i)
{
    return probability(z[WEIGHT][i] - log(plain_constant(b, "gamma")));
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
    double bar = plain_constant(b, "self_normalised") == 1 ? top / below : 0;
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        bool tied = plain_constant(b, "tied") == 1;
        double place = tied ? tied_place(b, b->s, i) : error(&fixed, i) > bar;
        sum += robust_weight(b, i, place) * error(b, i);
    }
    return sum / b->exposures;
}

/* What the adversary minimises: -sum_O w error / |B|, the error held fixed. */
static double adversary(const PlainBatch *b, PlainTerm *error)
{
    PlainBatch fixed = *b;
    fixed.z = b->s;
    double sum = 0;
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        sum -= robust_weight(b, i, tied_place(b, b->z, i)) * error(&fixed, i);
    }
    return sum / b->exposures;
}

static double plain_rd_ips_adversary(const PlainBatch *b)
{
    return adversary(b, conversion_loss);
}

static double plain_rd_ips(const PlainBatch *b)
{
    return worst_case(b, conversion_loss);
}

static double pseudo_gap(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) - pseudo_loss(b, i);
}

static double plain_rd_dr_adversary(const PlainBatch *b)
{
    return adversary(b, pseudo_gap);
}

static double plain_rd_dr_prediction(const PlainBatch *b)
{
    return worst_case(b, pseudo_gap) + average(b, D, pseudo_loss);
}

static double highest_weight_term(const PlainBatch *b, int i)
{
    return robust_weight(b, i, 1) * square_imputation_gap(b, i);
}

static double plain_rd_dr_imputation(const PlainBatch *b)
{
    return clicked_share(b, highest_weight_term);
}

static double plain_unbiased_only(const PlainBatch *b)
{
    return average(b, U, conversion_loss);
}

static double plain_combine(const PlainBatch *b)
{
    return (1 - b->share) * average(b, O, conversion_loss) + b->share * average(b, U, conversion_loss);
}

/* Of the unbiased risk of the prediction. */
static double plain_beta(const PlainBatch *b)
{
    double beta = plain_constant(b, "beta");
    return beta < 0 ? fmin(b->share / (1 - b->share), 1) : beta;
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
    return clicked_share(b, loss_over_stopped_p_res) + plain_beta(b) * average(b, U, conversion_loss);
}

/* e_res = l(m_res, c), m_res = sigmoid(logit m + g_e(x)), of the step of the residuals: prediction and
 * nominal imputation stopped. */
static double corrected_error(const PlainBatch *b, int i)
{
    double m_res = probability(b->s[IMPUTATION][i] + b->z[RESIDUAL_E][i]);
    return cross_entropy(m_res, probability(b->s[CVR][i]));
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
    return cross_entropy(probability(b->s[IMPUTATION][i] + b->s[RESIDUAL_E][i]), probability(b->z[CVR][i]));
}

static double predicted_gap_over_p_res(const PlainBatch *b, int i)
{
    return (conversion_loss(b, i) - predicted_error(b, i)) / p_res(b, b->s, i);
}

static double plain_res_dr_prediction(const PlainBatch *b)
{
    return average(b, D, predicted_error) + clicked_share(b, predicted_gap_over_p_res) +
           plain_beta(b) * average(b, U, conversion_loss);
}

/* g of a logit. */
static double probit_of(double z)
{
    return sqrt(acos(-1) / 8) * z;
}

static double rho_of(const PlainBatch *b, int i)
{
    double rho = plain_constant(b, "rho");
    return rho <= 1 ? rho : fmin(fmax(tanh(b->z[RESIDUAL_E][i]), -0.99), 0.99);
}

/* -log P(o=1, r) of a row. Those of the rows that a difference does not move are as they were. */
static double clicked_term(const PlainBatch *b, double (*of_o)[ROWS], double (*of_r)[ROWS], int i)
{
    static struct {
        double g_o, g_r, rho, r, value;
    } kept[ROWS];
    double g_o = probit_of(of_o[CTR][i]), g_r = probit_of(of_r[CVR][i]), rho = rho_of(b, i), r = b->r[i];
    if (kept[i].g_o != g_o || kept[i].g_r != g_r || kept[i].rho != rho || kept[i].r != r ||
        kept[i].value == 0) {
        double both = bivariate_normal_cdf(g_o, g_r, rho);
        double p = r == 1 ? both : bivariate_normal_cdf(g_o, -g_r, -rho);
        if (plain_constant(b, "rho") == 0)
            p = normal_cdf(g_o) * normal_cdf(r == 1 ? g_r : -g_r);
        assert_true(fabs(both + bivariate_normal_cdf(g_o, -g_r, -rho) - normal_cdf(g_o)) < 1e-12);
        kept[i].g_o = g_o;
        kept[i].g_r = g_r;
        kept[i].rho = rho;
        kept[i].r = r;
        kept[i].value = -log(fmax(p, 1e-5));
    }
    return kept[i].value;
}

static double clicked_mixture(const PlainBatch *b, double (*of_o)[ROWS], int i)
{
    double weight = plain_constant(b, "weight"), c = probability(probit_of(b->z[CVR][i]));
    return weight * clicked_term(b, of_o, b->z, i) + (1 - weight) * cross_entropy(b->r[i], c);
}

static double clicked_live(const PlainBatch *b, int i)
{
    return clicked_mixture(b, b->z, i);
}

static double clicked_of_conversions(const PlainBatch *b, int i)
{
    return clicked_mixture(b, b->s, i);
}

static double clicked_of_clicks(const PlainBatch *b, int i)
{
    return clicked_term(b, b->z, b->s, i);
}

static double unclicked_term(const PlainBatch *b, int i)
{
    return b->o[i] == 1 ? 0 : -log(fmax(normal_cdf(-probit_of(b->z[CTR][i])), 1e-5));
}

static double plain_corr_exog(const PlainBatch *b)
{
    return clicked_share(b, clicked_live) + average(b, D, unclicked_term);
}

static double plain_corr_exog_conversions(const PlainBatch *b)
{
    return average(b, O, clicked_of_conversions);
}

static double plain_corr_exog_clicks(const PlainBatch *b)
{
    return clicked_share(b, clicked_of_clicks) + average(b, D, unclicked_term);
}

const LossReference losses_confounding[] = {
    {"corr_exog", 0, CLICK_AND_CVR | HEAD(RESIDUAL_E), .loss = plain_corr_exog,
     .constant =
         {{"weight", 1, 0.6}, {"alternate", 0, 1}, {"sigmoid", 0, 1}, {"rho", 2, 0}}}, /* 0: two probits */
    {"corr_exog", 1, HEAD(CVR) | HEAD(RESIDUAL_E), .loss = plain_corr_exog_conversions},
    {"corr_exog", 2, HEAD(CTR) | HEAD(RESIDUAL_E), .loss = plain_corr_exog_clicks},
    {"rd_ips", 0, HEAD(WEIGHT), .loss = plain_rd_ips_adversary,
     .constant = {{"gamma", 1.1, 3}, {"self_normalised", 0, 1}, {"tied", 0, 1}}},
    {"rd_ips", 1, HEAD(CVR), .loss = plain_rd_ips},
    {"rd_dr", 0, HEAD(WEIGHT), .loss = plain_rd_dr_adversary,
     .constant = {{"gamma", 1.1, 3}, {"self_normalised", 0, 1}, {"tied", 0, 1}}},
    {"rd_dr", 1, HEAD(CVR), .loss = plain_rd_dr_prediction},
    {"rd_dr", 2, HEAD(IMPUTATION), .loss = plain_rd_dr_imputation},
    {"res_ips", 0, HEAD(CTR), .loss = plain_click, .constant = {{"beta", -1, 0.7}}},
    {"res_ips", 1, HEAD(RESIDUAL_P), .loss = plain_res_ips_residual},
    {"res_ips", 2, HEAD(CVR), .loss = plain_res_ips_prediction},
    {"res_dr", 0, HEAD(CTR) | HEAD(IMPUTATION), .loss = plain_res_dr_nominal,
     .constant = {{"beta", -1, 0.7}}},
    {"res_dr", 1, HEAD(RESIDUAL_P) | HEAD(RESIDUAL_E), .loss = plain_res_dr_residual},
    {"res_dr", 2, HEAD(CVR), .loss = plain_res_dr_prediction},
    {"unbiased_only", 0, HEAD(CVR), .loss = plain_unbiased_only},
    {"combine", 0, HEAD(CVR), .loss = plain_combine},
    {.estimator = NULL},
};
