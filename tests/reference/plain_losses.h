/* The losses of METHODS in plain double arithmetic, from the logits of one batch: what test_losses.c holds
 * the estimators to. Nothing here uses the tape. */
#pragma once

#include "estimators/core/estimator.h"
#include "tests/support/support.h"

#include <math.h>

enum { EXPOSURES = 60, UNBIASED = 20, ROWS = EXPOSURES + UNBIASED };

/* Logits of every head and row; rows of the unbiased sample come after those of the log. */
typedef double Scores[HEADS][ROWS];

/* One batch. `z` holds the logits, `s` the same ones held fixed: sg(x) is x computed from s. */
typedef struct Plain {
    int rows[SPACES], row[SPACES][EXPOSURES];
    double o[ROWS], r[ROWS], d[ROWS];
    double (*z)[ROWS], (*s)[ROWS];
    double exposures; /* |B| of the sums over O */
    double share;     /* |U| / (|O| + |U|) of all data */
    double clip;
    const double *given;                             /* propensities; NULL: learned, distorted as below */
    double scale, shift, noise[ROWS], beta, average; /* DESIGN 3 */
    double u[EXPOSURES]; /* what uniform() gives the rows of a space, in their order */
    double ratio;        /* of the epoch before */
    const char *estimator;
    bool other; /* which constants */
} Plain;

/* The constants of the estimators: as in METHODS, and other values that make each of them count. */
typedef struct Setting {
    const char *estimator, *key;
    double methods, other;
} Setting;

static const Setting settings[] = {
    {"escm2_ips", "lambda_c", 0.1, 0.7},
    {"escm2_ips", "lambda_g", 1, 0.4},
    {"escm2_dr", "lambda_c", 0.1, 0.7},
    {"escm2_dr", "lambda_g", 1, 0.4},
    {"dcmt", "lambda_1", 1, 0.6},
    {"dcmt", "lambda_2", 1e-3, 0.35},
    {"nise", "alpha", 1, 1.7},
    {"nise", "beta", 50, 0.3},
    {"oversampling", "k", 3, 1.5},
    {"aman", "share", 0.1, 0.6},
    {"dr_mse", "gamma", 0.5, 0.8},
    {"stable_dr", "eta", 1e-3, 0.2},
    {"ips_v2", "eta", 1, 2.5},
    {"dr_v2", "eta", 1, 2.5},
    {"cvib", "alpha", 0.1, 0.8},
    {"cvib", "gamma", 0.01, 0.6},
    {"dcmt_plain", "lambda_1", 1, 0.6},
    {"dcmt_plain", "lambda_2", 1e-3, 0.35},
    {"ddpo", "cap", 15, 3},
    {"nise_teacher", "alpha", 1, 1.7},
    {"nise_teacher", "beta", 50, 0.3},
    {"nise_teacher", "decay", 0.99, 0.5},
    {"rd_ips", "gamma", 1.5, 3},
    {"ukd", "reversal", 1, 2},
    {"rd_dr", "gamma", 1.5, 3},
    {"balance_ips", "alpha", 1, 2.5},
    {"balance_ips", "lookahead_rate", 0.1, 0.4},
    {"autodebias", "lambda", 0.01, 0.7},
    {"autodebias", "lookahead_rate", 0.1, 0.4},
    {"balance_dr", "alpha", 1, 2.5},
    {"balance_dr", "lookahead_rate", 0.1, 0.4},
    {"aitm", "alpha", 0.6, 4},
    {"aitm_action", "alpha", 0.6, 4},
};

static inline const Setting *plain_setting(const char *estimator, const char *key)
{
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
        if (!strcmp(settings[k].estimator, estimator) && !strcmp(settings[k].key, key))
            return &settings[k];
    fail_msg("%s: no constant %s in this test", estimator, key);
    return NULL;
}

static inline double plain_constant(const Plain *b, const char *key)
{
    const Setting *setting = plain_setting(b->estimator, key);
    return b->other ? setting->other : setting->methods;
}

static inline double probability(double z)
{
    return 1 / (1 + exp(-z));
}

/* l(y, q) */
static inline double cross_entropy(double y, double q)
{
    return -y * log(q) - (1 - y) * log(1 - q);
}

/* A term of one row. */
typedef double Term(const Plain *b, int i);

static inline double total(const Plain *b, Space space, Term *term)
{
    double sum = 0;
    for (int k = 0; k < b->rows[space]; k++)
        sum += term(b, b->row[space][k]);
    return sum;
}

/* Of no rows it is 0. */
static inline double average(const Plain *b, Space space, Term *term)
{
    return b->rows[space] ? total(b, space, term) / b->rows[space] : 0;
}

/* sum_O / |B| */
static inline double clicked_share(const Plain *b, Term *term)
{
    return total(b, O, term) / b->exposures;
}

/* sum w x / sum w, where `product` is w x. */
static inline double normalised(const Plain *b, Space space, Term *product, Term *weight)
{
    double sum = total(b, space, weight);
    return sum > 0 ? total(b, space, product) / sum : 0;
}

static inline double clip_to(const Plain *b, double p)
{
    return fmin(fmax(p, b->clip), 1);
}

/* p before the clip, no gradient. */
static inline double p_raw(const Plain *b, int i)
{
    if (b->given)
        return b->given[i];
    double moved = probability(b->shift + b->scale * b->s[CTR][i] + b->noise[i]);
    return 1 / ((1 - b->beta) / moved + b->beta / b->average);
}

static inline double p_tilde(const Plain *b, int i)
{
    return clip_to(b, p_raw(b, i));
}

static inline double inverse_p(const Plain *b, int i)
{
    return 1 / p_tilde(b, i);
}

static inline double inverse_not_p(const Plain *b, int i)
{
    return 1 / clip_to(b, 1 - p_raw(b, i));
}

/* The losses that most methods are made of: l(o, p), l(r, c), l(t, p c). */

static inline double click_loss(const Plain *b, int i)
{
    return cross_entropy(b->o[i], probability(b->z[CTR][i]));
}

static inline double conversion_loss(const Plain *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[CVR][i]));
}

static inline double ctcvr_loss(const Plain *b, int i)
{
    return cross_entropy(b->o[i] * b->r[i], probability(b->z[CTR][i]) * probability(b->z[CVR][i]));
}

static inline double conversion_loss_over_p(const Plain *b, int i)
{
    return conversion_loss(b, i) * inverse_p(b, i);
}

/* A. */

static inline double plain_naive(const Plain *b)
{
    return average(b, O, conversion_loss);
}

static inline double plain_esmm(const Plain *b)
{
    return average(b, D, click_loss) + average(b, D, ctcvr_loss);
}

/* B. */

static inline double plain_multi_task(const Plain *b)
{
    return average(b, D, click_loss) + average(b, O, conversion_loss);
}

static inline double mixed_conversion(const Plain *b, int i)
{
    double y2 = probability(b->z[ACTION][i]);
    return y2 * probability(b->z[BUY_AFTER_ACTION][i]) + (1 - y2) * probability(b->z[BUY_OTHERWISE][i]);
}

static inline double action_loss(const Plain *b, int i)
{
    return cross_entropy(b->o[i] * b->d[i], probability(b->z[CTR][i]) * probability(b->z[ACTION][i]));
}

static inline double mixed_ctcvr_loss(const Plain *b, int i)
{
    return cross_entropy(b->o[i] * b->r[i], probability(b->z[CTR][i]) * mixed_conversion(b, i));
}

static inline double plain_esm2(const Plain *b)
{
    return average(b, D, click_loss) + average(b, D, action_loss) + average(b, D, mixed_ctcvr_loss);
}

/* B. The tasks of AITM, and the calibrators between them. */

static inline double chain_loss(const Plain *b, int i)
{
    return click_loss(b, i) + cross_entropy(b->o[i] * b->r[i], probability(b->z[CVR][i]));
}

static inline double chain_action_loss(const Plain *b, int i)
{
    return cross_entropy(b->o[i] * b->d[i], probability(b->z[ACTION][i]));
}

static inline double excess(const Plain *b, Head before, Head after, int i)
{
    return fmax(probability(b->z[after][i]) - probability(b->z[before][i]), 0);
}

static inline double conversion_above_click(const Plain *b, int i)
{
    return excess(b, CTR, CVR, i);
}

static inline double steps_above_the_one_before(const Plain *b, int i)
{
    return excess(b, CTR, ACTION, i) + excess(b, ACTION, CVR, i);
}

static inline double plain_aitm(const Plain *b)
{
    return average(b, D, chain_loss) + plain_constant(b, "alpha") * average(b, D, conversion_above_click);
}

static inline double plain_aitm_action(const Plain *b)
{
    return average(b, D, chain_loss) + average(b, D, chain_action_loss) +
           plain_constant(b, "alpha") * average(b, D, steps_above_the_one_before);
}

/* C. Propensity based, joint. */

static inline double plain_ips(const Plain *b)
{
    return clicked_share(b, conversion_loss_over_p);
}

static inline double plain_snips(const Plain *b)
{
    return normalised(b, O, conversion_loss_over_p, inverse_p);
}

static inline double plain_multi_ipw(const Plain *b)
{
    return average(b, D, click_loss) + plain_ips(b);
}

static inline double e_hat(const Plain *b, int i)
{
    return log(1 + exp(b->z[IMPUTATION][i]));
}

static inline double gap_over_p(const Plain *b, int i)
{
    return (conversion_loss(b, i) - e_hat(b, i)) / p_tilde(b, i);
}

static inline double square_gap_over_p(const Plain *b, int i)
{
    return pow(conversion_loss(b, i) - e_hat(b, i), 2) / p_tilde(b, i);
}

/* mean[e_hat + o (l - e_hat)/p~] + sum_O (l - e_hat)^2 / p~ / |B| */
static inline double joint_doubly_robust(const Plain *b)
{
    return average(b, D, e_hat) + clicked_share(b, gap_over_p) + clicked_share(b, square_gap_over_p);
}

static inline double plain_multi_dr(const Plain *b)
{
    return average(b, D, click_loss) + joint_doubly_robust(b);
}

static inline double plain_escm2_ips(const Plain *b)
{
    return average(b, D, click_loss) + plain_constant(b, "lambda_c") * plain_ips(b) +
           plain_constant(b, "lambda_g") * average(b, D, ctcvr_loss);
}

static inline double plain_escm2_dr(const Plain *b)
{
    return average(b, D, click_loss) + plain_constant(b, "lambda_c") * joint_doubly_robust(b) +
           plain_constant(b, "lambda_g") * average(b, D, ctcvr_loss);
}

/* C. The two-model family: e = l(r, r^), e_hat = l(m, r^). */

static inline double pseudo_loss(const Plain *b, int i)
{
    return cross_entropy(probability(b->s[IMPUTATION][i]), probability(b->z[CVR][i]));
}

static inline double pseudo_gap_over_p(const Plain *b, int i)
{
    return conversion_loss(b, i) / p_tilde(b, i) - pseudo_loss(b, i) / p_tilde(b, i);
}

/* l(m, r^), both held fixed. */
static inline double stopped_pseudo_loss(const Plain *b, int i)
{
    return cross_entropy(probability(b->s[IMPUTATION][i]), probability(b->s[CVR][i]));
}

static inline double plain_two_model_prediction(const Plain *b)
{
    return clicked_share(b, pseudo_gap_over_p) + average(b, D, pseudo_loss);
}

/* (e - e_hat)^2 as the imputation step sees it, r^ stopped. */
static inline double square_imputation_gap(const Plain *b, int i)
{
    double r_hat = probability(b->s[CVR][i]);
    double gap = cross_entropy(b->r[i], r_hat) - cross_entropy(probability(b->z[IMPUTATION][i]), r_hat);
    return gap * gap;
}

static inline double dr_jl_term(const Plain *b, int i)
{
    return square_imputation_gap(b, i) / p_tilde(b, i);
}

static inline double plain_dr_jl_imputation(const Plain *b)
{
    return clicked_share(b, dr_jl_term);
}

static inline double mrdr_term(const Plain *b, int i)
{
    return square_imputation_gap(b, i) * (1 - p_tilde(b, i)) / pow(p_tilde(b, i), 2);
}

static inline double plain_mrdr_imputation(const Plain *b)
{
    return clicked_share(b, mrdr_term);
}

/* D. */

static inline double counterfactual_loss_over_not_p(const Plain *b, int i)
{
    return cross_entropy(1, probability(b->z[COUNTERFACTUAL][i])) * inverse_not_p(b, i);
}

static inline double twin_gap(const Plain *b, int i)
{
    return fabs(1 - (probability(b->z[CVR][i]) + probability(b->z[COUNTERFACTUAL][i])));
}

static inline double plain_dcmt(const Plain *b)
{
    double risk = plain_snips(b) + normalised(b, N, counterfactual_loss_over_not_p, inverse_not_p) +
                  plain_constant(b, "lambda_2") * average(b, D, twin_gap);
    return average(b, D, click_loss) + plain_constant(b, "lambda_1") * risk + average(b, D, ctcvr_loss);
}

static inline double entropy(const Plain *b, int i)
{
    double c = probability(b->z[CVR][i]);
    return cross_entropy(c, c);
}

/* sum_N / |B| is over the batch of exposures, whatever the clicks come from. */
static inline double nise_conversions(const Plain *b)
{
    return clicked_share(b, conversion_loss) + total(b, N, entropy) / b->rows[D];
}

static inline double plain_nise(const Plain *b)
{
    Plain fixed = *b;
    fixed.z = b->s;
    double ratio = average(&fixed, D, click_loss) / nise_conversions(&fixed);
    double w = plain_constant(b, "alpha") * fmin(ratio, plain_constant(b, "beta"));
    return average(b, D, click_loss) + w * nise_conversions(b);
}

/* E. */

static inline double plain_unbiased_only(const Plain *b)
{
    return average(b, U, conversion_loss);
}

static inline double plain_combine(const Plain *b)
{
    return (1 - b->share) * average(b, O, conversion_loss) + b->share * average(b, U, conversion_loss);
}

static inline double plain_click(const Plain *b)
{
    return average(b, D, click_loss);
}

/* p_res = sigmoid(logit p + g_p(x)), clipped like every propensity that divides; `g` says whose g_p. */
static inline double p_res(const Plain *b, double (*g)[ROWS], int i)
{
    double p = p_tilde(b, i);
    return clip_to(b, probability(log(p) - log(1 - p) + g[RESIDUAL_P][i]));
}

/* e of the step of the residuals, prediction stopped. */
static inline double stopped_loss(const Plain *b, int i)
{
    return cross_entropy(b->r[i], probability(b->s[CVR][i]));
}

static inline double stopped_loss_over_p_res(const Plain *b, int i)
{
    return stopped_loss(b, i) / p_res(b, b->z, i);
}

static inline double plain_res_ips_residual(const Plain *b)
{
    return pow(clicked_share(b, stopped_loss_over_p_res) - average(b, U, stopped_loss), 2);
}

static inline double loss_over_stopped_p_res(const Plain *b, int i)
{
    return conversion_loss(b, i) / p_res(b, b->s, i);
}

static inline double plain_res_ips_prediction(const Plain *b)
{
    return clicked_share(b, loss_over_stopped_p_res) + average(b, U, conversion_loss);
}

static inline double plain_res_dr_nominal(const Plain *b)
{
    return plain_click(b) + plain_dr_jl_imputation(b);
}

/* e_res = e_hat + g_e(x) of the step of the residuals: prediction and nominal imputation stopped. */
static inline double corrected_error(const Plain *b, int i)
{
    return cross_entropy(probability(b->s[IMPUTATION][i]), probability(b->s[CVR][i])) + b->z[RESIDUAL_E][i];
}

static inline double corrected_gap_over_p_res(const Plain *b, int i)
{
    return (stopped_loss(b, i) - corrected_error(b, i)) / p_res(b, b->z, i);
}

static inline double plain_res_dr_residual(const Plain *b)
{
    double biased = average(b, D, corrected_error) + clicked_share(b, corrected_gap_over_p_res);
    return pow(biased - average(b, U, stopped_loss), 2);
}

/* e_res of the step of the prediction: everything but the prediction stopped. */
static inline double predicted_error(const Plain *b, int i)
{
    return pseudo_loss(b, i) + b->s[RESIDUAL_E][i];
}

static inline double predicted_gap_over_p_res(const Plain *b, int i)
{
    return (conversion_loss(b, i) - predicted_error(b, i)) / p_res(b, b->s, i);
}

static inline double plain_res_dr_prediction(const Plain *b)
{
    return average(b, D, predicted_error) + clicked_share(b, predicted_gap_over_p_res) +
           average(b, U, conversion_loss);
}
