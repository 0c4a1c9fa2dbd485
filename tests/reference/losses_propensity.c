/* Losses with inverse propensities, and doubly robust ones: of one model, and of the two-model family, where
 * e = l(r, r^) and e_hat = l(m, r^). */
#include "tests/reference/losses.h"

#include <math.h>

static double plain_multi_ipw(const PlainBatch *b)
{
    return average(b, D, click_loss) + plain_ips(b);
}

/* Of dr_v2 alone are labels not a choice, and may the risk move them. */
static bool joint_labels(const PlainBatch *b)
{
    return !strcmp(b->estimator, "dr_v2") || plain_constant(b, "pseudo_label") == 1;
}

static bool risk_moves_labels(const PlainBatch *b)
{
    return !strcmp(b->estimator, "dr_v2") && plain_constant(b, "risk_moves_imputation") == 1;
}

/* e_hat of the risk: softplus of the head, or l(m, c). */
static double e_hat(const PlainBatch *b, int i)
{
    if (!joint_labels(b))
        return log(1 + exp(b->z[IMPUTATION][i]));
    double m = risk_moves_labels(b) ? b->z[IMPUTATION][i] : b->s[IMPUTATION][i];
    return cross_entropy(probability(m), probability(b->z[CVR][i]));
}

static double gap_over_p(const PlainBatch *b, int i)
{
    return (conversion_loss(b, i) - e_hat(b, i)) / p_tilde(b, i);
}

/* (e - e_hat)^2 / p~ of the imputation's loss: m live, c live or not. */
static double square_gap_over_p(const PlainBatch *b, int i)
{
    double c = probability((plain_constant(b, "imputation_moves_prediction") == 1 ? b->z : b->s)[CVR][i]);
    double z = b->z[IMPUTATION][i];
    double imputed = joint_labels(b) ? cross_entropy(probability(z), c) : log(1 + exp(z));
    return pow(cross_entropy(b->r[i], c) - imputed, 2) / p_tilde(b, i);
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

/* With `pool` unclicked rows a click, of which each of D's is kept with the chance pool / (all of them). */
static double plain_mrdr_prediction(const PlainBatch *b)
{
    double pool = plain_constant(b, "pool"), sum = 0, rows = 0;
    if (pool == 0)
        return plain_two_model_prediction(b);
    double correction = plain_two_model_prediction(b) - average(b, D, pseudo_loss);
    double kept = pool * b->click_rate / (1 - b->click_rate);
    for (int k = 0; k < b->rows[D]; k++) {
        int i = b->row[D][k];
        if (b->o[i] == 1 || b->u[k] > 1 - kept) {
            sum += pseudo_loss(b, i);
            rows++;
        }
    }
    return correction / (b->click_rate * (1 + pool)) + (rows > 0 ? sum / rows : 0);
}

/* l(r, m) (1 - p~) / p~^2: the imputation of double learning. */
static double label_term(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[IMPUTATION][i])) * (1 - p_tilde(b, i)) /
           pow(p_tilde(b, i), 2);
}

static double plain_mrdr_imputation(const PlainBatch *b)
{
    return clicked_share(b, plain_constant(b, "double_learning") == 1 ? label_term : mrdr_term);
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

/* Pseudo-label k of row number `place` of a space under dropout: here the one entry of an embedding is the
 * logit. */
static double dropped_label(const PlainBatch *b, Space space, int place, int k)
{
    double z = b->s[IMPUTATION][b->row[space][place]], rate = plain_constant(b, "dropout");
    if (b->labels_given)
        return probability(z);
    int draw = space == O && b->own_clicks ? DROPOUT_SAMPLES * b->rows[D] + k * b->rows[O] + place
                                           : k * b->rows[D] + place;
    return probability(b->u[draw] > rate ? z / (1 - rate) : 0);
}

/* |mean_D e_hat - wmean_O(1/p~, e)|, everything held fixed. */
static double imputed_distance(const PlainBatch *b)
{
    double seen = 0, weights = 0;
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        seen += stopped_loss(b, i) * inverse_p(b, i);
        weights += inverse_p(b, i);
    }
    return fabs(average(b, D, stopped_pseudo_loss) - (weights > 0 ? seen / weights : 0));
}

/* Whether the imputed errors of the samples are close together, for their mean. */
static bool imputation_is_sure(const PlainBatch *b, Space space, int place)
{
    double mean = 0, squares = 0, c = probability(b->s[CVR][b->row[space][place]]);
    for (int k = 0; k < DROPOUT_SAMPLES; k++) {
        double imputed = cross_entropy(dropped_label(b, space, place, k), c);
        mean += imputed / DROPOUT_SAMPLES;
        squares += imputed * imputed / DROPOUT_SAMPLES;
    }
    double spread = sqrt(fmax(squares - mean * mean, 0));
    return spread + plain_constant(b, "adjust") * imputed_distance(b) < plain_constant(b, "eta") * mean;
}

/* Clicked rows come first in D. */
static double plain_cdr_prediction(const PlainBatch *b)
{
    double clicked = 0, everywhere = 0;
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        double imputed = imputation_is_sure(b, O, k) ? pseudo_loss(b, i) : 0;
        clicked += (conversion_loss(b, i) - imputed) / p_tilde(b, i);
    }
    for (int k = 0; k < b->rows[D]; k++)
        everywhere += imputation_is_sure(b, D, k) ? pseudo_loss(b, b->row[D][k]) : 0;
    return clicked / b->exposures + everywhere / b->rows[D];
}

static double plain_cdr_imputation(const PlainBatch *b)
{
    return plain_constant(b, "base") == 0 ? plain_dr_jl_imputation(b) : clicked_share(b, dr_bias_term);
}

/* p = sigmoid(logit p0 + g), p0 held fixed; or p0 itself, live. `z` says whose. */
static double p_balanced(const PlainBatch *b, double (*z)[ROWS], int i)
{
    if (plain_constant(b, "balance_moves_network") == 0)
        return p_res(b, z, i);
    return clip_to(b, b->given ? b->given[i] : probability(z[CTR][i]));
}

static double plain_stable_dr_propensity(const PlainBatch *b)
{
    double centre = average(b, D, stopped_pseudo_loss), sum = 0;
    double n = b->rows[D];
    for (int k = 0; k < b->rows[D]; k++) {
        int i = b->row[D][k];
        sum += (1 - b->o[i] / p_balanced(b, b->z, i)) * (stopped_pseudo_loss(b, i) - centre);
    }
    double weight = plain_constant(b, "balance_moves_network") == 1 ? plain_constant(b, "eta") * n : 1;
    return average(b, D, click_loss) + weight * pow(sum / n, 2);
}

static double balanced_weight(const PlainBatch *b, int i)
{
    return 1 / p_balanced(b, b->s, i);
}

static double conversion_loss_balanced(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) * balanced_weight(b, i);
}

static double plain_stable_dr_prediction(const PlainBatch *b)
{
    return normalised(b, O, conversion_loss_balanced, balanced_weight);
}

static double imputation_gap_balanced(const PlainBatch *b, int i)
{
    return square_imputation_gap(b, i) * balanced_weight(b, i);
}

static double plain_stable_dr_imputation(const PlainBatch *b)
{
    return clicked_share(b, imputation_gap_balanced);
}

/* sum_O d0 (e - e_hat) / sum_O d0^2 of the batch, d0 = 1/p~ - 1, everything held fixed. */
static double targeting_slope(const PlainBatch *b)
{
    double above = 0, below = 0;
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        double d0 = 1 / p_tilde(b, i) - 1;
        above += d0 * (stopped_loss(b, i) - stopped_pseudo_loss(b, i));
        below += d0 * d0;
    }
    return below > 0 ? above / below : 0;
}

/* e_hat + eps d0 */
static double targeted_loss(const PlainBatch *b, double eps, int i)
{
    return pseudo_loss(b, i) + eps * (1 / p_tilde(b, i) - 1);
}

static double plain_tdr_targeted(const PlainBatch *b)
{
    double eps = targeting_slope(b), clicked = 0, everywhere = 0;
    for (int k = 0; k < b->rows[O]; k++) {
        int i = b->row[O][k];
        clicked += (pow(conversion_loss(b, i), 2) - pow(targeted_loss(b, eps, i), 2)) / p_tilde(b, i);
    }
    for (int k = 0; k < b->rows[D]; k++)
        everywhere += pow(targeted_loss(b, eps, b->row[D][k]), 2);
    return clicked / b->exposures + everywhere / b->rows[D];
}

static double plain_tdr_prediction(const PlainBatch *b)
{
    return plain_constant(b, "collaborative") == 1 ? plain_tdr_targeted(b) : plain_two_model_prediction(b);
}

enum { CANDIDATES = 4 };

/* Of mr: 1/p~ of two propensities, l(m, c) of two imputations. `z` says whose c. */
static void multiple_candidates(const PlainBatch *b, double (*z)[ROWS], int i, double *u)
{
    double c = probability(z[CVR][i]);
    u[0] = inverse_p(b, i);
    u[1] = 1 / clip_to(b, probability(b->s[SECOND_CTR][i]));
    u[2] = cross_entropy(probability(b->s[IMPUTATION][i]), c);
    u[3] = cross_entropy(probability(b->s[SECOND_IMPUTATION][i]), c);
}

/* x = A^-1 x by Gauss and Jordan, A = sum_O u u' with the ridge; 0 without clicks. */
static void multiple_solve(const PlainBatch *b, double *x)
{
    double a[CANDIDATES][CANDIDATES + 1] = {{0}}, u[CANDIDATES];
    for (int n = 0; n < b->rows[O]; n++) {
        multiple_candidates(b, b->s, b->row[O][n], u);
        for (int j = 0; j < CANDIDATES; j++)
            for (int k = 0; k < CANDIDATES; k++)
                a[j][k] += u[j] * u[k];
    }
    for (int j = 0; j < CANDIDATES; j++) {
        a[j][j] *= 1 + plain_constant(b, "ridge");
        a[j][CANDIDATES] = b->rows[O] ? x[j] : 0;
        x[j] = 0;
    }
    for (int j = 0; b->rows[O] && j < CANDIDATES; j++)
        for (int other = 0; other < CANDIDATES; other++) {
            double factor = a[other][j] / a[j][j];
            for (int k = 0; other != j && k <= CANDIDATES; k++)
                a[other][k] -= factor * a[j][k];
        }
    for (int j = 0; b->rows[O] && j < CANDIDATES; j++)
        x[j] = a[j][CANDIDATES] / a[j][j];
}

static double multiple_product(const PlainBatch *b, double (*z)[ROWS], int i, const double *x)
{
    double u[CANDIDATES];
    multiple_candidates(b, z, i, u);
    return x[0] * u[0] + x[1] * u[1] + x[2] * u[2] + x[3] * u[3];
}

static double plain_mr_weighted(const PlainBatch *b)
{
    double x[CANDIDATES] = {0}, u[CANDIDATES], sum = 0;
    for (int n = 0; n < b->rows[D]; n++) {
        multiple_candidates(b, b->s, b->row[D][n], u);
        for (int k = 0; k < CANDIDATES; k++)
            x[k] += u[k] / b->rows[D];
    }
    multiple_solve(b, x);
    for (int n = 0; n < b->rows[O]; n++) {
        int i = b->row[O][n];
        sum += multiple_product(b, b->s, i, x) * conversion_loss(b, i);
    }
    return sum;
}

static double plain_mr_prediction(const PlainBatch *b)
{
    if (plain_constant(b, "imputed") == 0)
        return plain_mr_weighted(b);
    double eta[CANDIDATES] = {0}, u[CANDIDATES], clicked = 0, everywhere = 0;
    for (int n = 0; n < b->rows[O]; n++) {
        int i = b->row[O][n];
        multiple_candidates(b, b->s, i, u);
        for (int k = 0; k < CANDIDATES; k++)
            eta[k] += u[k] * stopped_loss(b, i);
    }
    multiple_solve(b, eta);
    for (int n = 0; n < b->rows[O]; n++) {
        int i = b->row[O][n];
        clicked += (conversion_loss(b, i) - multiple_product(b, b->z, i, eta)) * inverse_p(b, i);
    }
    for (int n = 0; n < b->rows[D]; n++)
        everywhere += multiple_product(b, b->z, b->row[D][n], eta);
    return clicked / b->exposures + everywhere / b->rows[D];
}

static double second_gap(const PlainBatch *b, int i)
{
    double c = probability(b->s[CVR][i]), p = p_tilde(b, i);
    double m = probability(b->z[SECOND_IMPUTATION][i]);
    return pow(cross_entropy(b->r[i], c) - cross_entropy(m, c), 2) * (1 - p) / (p * p);
}

static double plain_mr_second_imputation(const PlainBatch *b)
{
    return clicked_share(b, second_gap);
}

static double second_click_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i], probability(b->z[SECOND_CTR][i]));
}

static double plain_mr_second_propensity(const PlainBatch *b)
{
    return average(b, D, second_click_loss);
}

/* (e - e_hat)^2 / p^2, p live and clipped. */
static double gap_over_live_p(const PlainBatch *b, int i)
{
    return pow((stopped_loss(b, i) - stopped_pseudo_loss(b, i)) / clip_to(b, p_live(b, i)), 2);
}

static double bias_of_live_p(const PlainBatch *b, int i)
{
    return gap_over_live_p(b, i) * pow(1 - clip_to(b, p_live(b, i)), 2);
}

static double plain_gpl_propensity(const PlainBatch *b)
{
    double share = plain_constant(b, "b");
    return average(b, D, click_loss) +
           plain_constant(b, "a") * (share * clicked_share(b, bias_of_live_p) +
                                     (1 - share) * clicked_share(b, gap_over_live_p) / b->rows[D]);
}

static double plain_gpl_imputation(const PlainBatch *b)
{
    return clicked_share(b, label_term);
}

/* The correction of superdr: eps (o - p~), eps of the row's own or the best of the batch. */
static double super_correction(const PlainBatch *b, double (*z)[ROWS], int i)
{
    double above = 0, below = 0, x = b->o[i] - p_tilde(b, i);
    if (plain_constant(b, "closed_form") == 0)
        return z[RESIDUAL_E][i] * x;
    for (int n = 0; n < b->rows[O]; n++) {
        int k = b->row[O][n];
        double p = p_tilde(b, k);
        above += (1 - p) / p * (stopped_loss(b, k) - stopped_pseudo_loss(b, k));
        below += (1 - p) * (1 - p) / p;
    }
    return below > 0 ? above / below * x : 0;
}

static double plain_superdr_prediction(const PlainBatch *b)
{
    double clicked = 0, everywhere = 0, power = plain_constant(b, "squared") == 1 ? 2 : 1;
    for (int n = 0; n < b->rows[O]; n++) {
        int i = b->row[O][n];
        double imputed = pseudo_loss(b, i) + super_correction(b, b->s, i);
        clicked += (pow(conversion_loss(b, i), power) - pow(imputed, power)) / p_tilde(b, i);
    }
    for (int n = 0; n < b->rows[D]; n++) {
        int i = b->row[D][n];
        everywhere += pow(pseudo_loss(b, i) + super_correction(b, b->s, i), power);
    }
    return clicked / b->exposures + everywhere / b->rows[D];
}

/* e - e_hat with c held fixed; `z` says whose m. */
static double super_gap(const PlainBatch *b, double (*z)[ROWS], int i)
{
    double c = probability(b->s[CVR][i]);
    return cross_entropy(b->r[i], c) - cross_entropy(probability(z[IMPUTATION][i]), c);
}

static double super_miss(const PlainBatch *b, int i)
{
    return pow(super_gap(b, b->z, i) - super_correction(b, b->s, i), 2) / p_tilde(b, i);
}

static double plain_superdr_imputation(const PlainBatch *b)
{
    return clicked_share(b, super_miss);
}

static double super_miss_by_eps(const PlainBatch *b, int i)
{
    return pow(super_gap(b, b->s, i) - super_correction(b, b->z, i), 2) / p_tilde(b, i);
}

static double plain_superdr_eps(const PlainBatch *b)
{
    return clicked_share(b, super_miss_by_eps);
}

static double imbalance_term(const PlainBatch *b, int i)
{
    double p = p_live(b, i), c = probability(b->z[CVR][i]);
    return b->o[i] == 1 ? c / clip_to(b, p) : -c / clip_to(b, 1 - p);
}

/* The square of its mean, or the product of the means of two halves of the batch. */
static double plain_imbalance(const PlainBatch *b)
{
    double sum[2] = {0}, rows[2] = {0};
    if (plain_constant(b, "split_balance") == 0)
        return pow(average(b, D, imbalance_term), 2);
    for (int k = 0; k < b->rows[D]; k++) {
        sum[b->u[k] > 0.5] += imbalance_term(b, b->row[D][k]);
        rows[b->u[k] > 0.5]++;
    }
    return rows[0] > 0 && rows[1] > 0 ? sum[0] / rows[0] * (sum[1] / rows[1]) : 0;
}

static double plain_v2_extra(const PlainBatch *b)
{
    return average(b, D, ctcvr_loss) + plain_constant(b, "eta") * plain_imbalance(b);
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

/* 1 / p~, or with p live. */
static double disentangled_weight(const PlainBatch *b, int i)
{
    return plain_constant(b, "stop_propensity") == 1 ? inverse_p(b, i) : 1 / clip_to(b, p_live(b, i));
}

static double disentangled_error(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) * disentangled_weight(b, i);
}

/* Without embeddings there is nothing else: tests/estimators/test_disentangled.c has the rest. */
static double plain_dt_ips(const PlainBatch *b)
{
    return average(b, O, disentangled_error) + plain_constant(b, "alpha") * average(b, D, click_loss);
}

static double live_pseudo_loss(const PlainBatch *b, int i)
{
    return cross_entropy(probability(b->z[IMPUTATION][i]), probability(b->z[CVR][i]));
}

static double disentangled_gap(const PlainBatch *b, int i)
{
    return (conversion_loss(b, i) - live_pseudo_loss(b, i)) * disentangled_weight(b, i);
}

/* Of the imputation: with c and p held fixed or not. */
static double disentangled_square(const PlainBatch *b, int i)
{
    PlainBatch fixed = *b;
    fixed.z = b->s;
    const PlainBatch *seen = plain_constant(b, "imputation_moves_prediction") == 1 ? b : &fixed;
    double c = probability(seen->z[CVR][i]), m = probability(b->z[IMPUTATION][i]);
    return pow(cross_entropy(b->r[i], c) - cross_entropy(m, c), 2) * disentangled_weight(seen, i);
}

static double plain_dt_dr(const PlainBatch *b)
{
    return clicked_share(b, disentangled_gap) + average(b, D, live_pseudo_loss) +
           plain_constant(b, "theta") * average(b, O, disentangled_square) +
           plain_constant(b, "alpha") * average(b, D, click_loss);
}

/* exp(g), or sigmoid(g) (click rate) / p~; `z` says whose g. */
static double balanced_by_kernel(const PlainBatch *b, double (*z)[ROWS], int i)
{
    double g = z[WEIGHT][i];
    return plain_constant(b, "over_propensity") == 1 ? probability(g) * b->click_rate * inverse_p(b, i)
                                                     : exp(g);
}

static double kernel_entropy(const PlainBatch *b, int i)
{
    double w = balanced_by_kernel(b, b->z, i);
    return w * log(w);
}

static double live_kernel_weight(const PlainBatch *b, int i)
{
    return balanced_by_kernel(b, b->z, i);
}

/* Without features the kernel is 1, and all three anchors say that the mean weight is to be 1:
 * tests/estimators/test_kernel_balance.c has the rest. */
static double plain_kb_weight(const PlainBatch *b)
{
    double apart = fabs(average(b, O, live_kernel_weight) - 1) - plain_constant(b, "slack");
    return average(b, O, kernel_entropy) + 3 * plain_constant(b, "gamma") * fmax(apart, 0);
}

static double second_conversion_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[SECOND_IMPUTATION][i]));
}

static double plain_kb_features(const PlainBatch *b)
{
    return average(b, O, second_conversion_loss);
}

static double kernel_weighted_loss(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) * balanced_by_kernel(b, b->s, i);
}

static double plain_kb_ips_prediction(const PlainBatch *b)
{
    return average(b, O, kernel_weighted_loss);
}

static double kernel_weighted_gap(const PlainBatch *b, int i)
{
    return (conversion_loss(b, i) - pseudo_loss(b, i)) * balanced_by_kernel(b, b->s, i);
}

static double plain_kb_dr_prediction(const PlainBatch *b)
{
    return average(b, O, kernel_weighted_gap) + average(b, D, pseudo_loss);
}

static double kernel_weighted_square(const PlainBatch *b, int i)
{
    return square_imputation_gap(b, i) * balanced_by_kernel(b, b->s, i);
}

static double plain_kb_dr_imputation(const PlainBatch *b)
{
    return average(b, O, kernel_weighted_square);
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

/* The ends of q in a batch, sorted by insertion. */
static double end_of_q(const PlainBatch *b, double level)
{
    double q[EXPOSURES];
    int n = 0, place = (int)ceil(level * b->rows[D]) - 1;
    for (int k = 0; k < b->rows[D]; k++) {
        double value = probability(b->s[COUNTERFACTUAL][b->row[D][k]]);
        int at = n++;
        for (; at > 0 && q[at - 1] > value; at--)
            q[at] = q[at - 1];
        q[at] = value;
    }
    return q[place < 0 ? 0 : place];
}

/* [(1 - rho_other) l(r~, c) - rho_own l(1 - r~, c)] / (1 - rho01 - rho10), as the losses are published, with
 * a clipped logit. q is taken in the second half of a training, and these batches are before it. */
static double corrected(const PlainBatch *b, double z, double r)
{
    double rho01 = plain_constant(b, "rho01"), rho10 = plain_constant(b, "rho10");
    double cap = plain_constant(b, "cap");
    if (plain_constant(b, "quantile") > 0 && b->done >= 0.5) {
        rho01 = end_of_q(b, plain_constant(b, "quantile"));
        rho10 = 1 - end_of_q(b, 1 - plain_constant(b, "quantile"));
        rho10 = fmin(rho10, 0.9 - rho01);
    }
    double c = probability(fmax(fmin(z, cap), -cap));
    double one = cross_entropy(1, c), zero = cross_entropy(0, c);
    double above = r == 1 ? (1 - rho01) * one - rho10 * zero : (1 - rho10) * zero - rho01 * one;
    return above / (1 - rho01 - rho10);
}

static double corrected_over_p(const PlainBatch *b, int i)
{
    return corrected(b, b->z[CVR][i], b->r[i]) / p_tilde(b, i);
}

static double plain_ome_ips(const PlainBatch *b)
{
    return clicked_share(b, corrected_over_p);
}

static double corrected_gap_over_p(const PlainBatch *b, int i)
{
    return (corrected(b, b->z[CVR][i], b->r[i]) - pseudo_loss(b, i)) / p_tilde(b, i);
}

static double plain_ome_dr_prediction(const PlainBatch *b)
{
    return clicked_share(b, corrected_gap_over_p) + average(b, D, pseudo_loss);
}

static double corrected_loss(const PlainBatch *b, int i)
{
    return corrected(b, b->z[CVR][i], b->r[i]);
}

static double plain_ome_eib_prediction(const PlainBatch *b)
{
    return clicked_share(b, corrected_loss) + average(b, D, unclicked_pseudo_loss);
}

static double corrected_square_over_p(const PlainBatch *b, int i)
{
    double z = b->s[CVR][i], m = probability(b->z[IMPUTATION][i]);
    return pow(corrected(b, z, b->r[i]) - cross_entropy(m, probability(z)), 2) / p_tilde(b, i);
}

static double plain_ome_imputation(const PlainBatch *b)
{
    return clicked_share(b, corrected_square_over_p);
}

static double label_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[COUNTERFACTUAL][i]));
}

static double plain_ome_labels(const PlainBatch *b)
{
    return average(b, O, label_loss);
}

#define OME_CONSTANTS                                                                                        \
    .constant = {{"rho01", 0, 0.1}, {"rho10", 0, 0.25}, {"quantile", 0, 0.05}, {"cap", 15, 2}}

const LossReference losses_propensity[] = {
    {"ips", 0, HEAD(CVR), .loss = plain_ips},
    {"snips", 0, HEAD(CVR), .loss = plain_snips},
    {"multi_ipw", 0, CLICK_AND_CVR, .loss = plain_multi_ipw},
    {"multi_dr", 0, WITH_IMPUTATION, .loss = plain_multi_dr,
     .constant = {{"imputation_moves_prediction", 0, 1}, {"pseudo_label", 0, 1}}},
    {"escm2_ips", 0, CLICK_AND_CVR, .loss = plain_escm2_ips,
     .constant = {{"lambda_c", 1, 0.7}, {"lambda_g", 1, 0.4}}},
    {"escm2_dr", 0, WITH_IMPUTATION, .loss = plain_escm2_dr,
     .constant = {{"lambda_c", 1, 0.7},
                  {"lambda_g", 1, 0.4},
                  {"imputation_moves_prediction", 0, 1},
                  {"pseudo_label", 0, 1}}},
    {"eib", 0, HEAD(CVR), .loss = plain_eib_prediction},
    {"eib", 1, HEAD(IMPUTATION), .loss = plain_eib_imputation},
    {"dr_jl", 0, HEAD(CVR), .loss = plain_two_model_prediction},
    {"dr_jl", 1, HEAD(IMPUTATION), .loss = plain_dr_jl_imputation},
    {"mrdr", 0, HEAD(CVR), .loss = plain_mrdr_prediction,
     .constant = {{"double_learning", 0, 1}, {"pool", 0, 1}}},
    {"mrdr", 1, HEAD(IMPUTATION), .loss = plain_mrdr_imputation},
    {"dr_bias", 0, HEAD(CVR), .loss = plain_two_model_prediction},
    {"dr_bias", 1, HEAD(IMPUTATION), .loss = plain_dr_bias_imputation},
    {"dr_mse", 0, HEAD(CVR), .loss = plain_two_model_prediction, .constant = {{"gamma", 0.5, 0.8}}},
    {"dr_mse", 1, HEAD(IMPUTATION), .loss = plain_dr_mse_imputation},
    {"cdr", 0, HEAD(CVR), .loss = plain_cdr_prediction,
     .constant = {{"eta", 0.1, 0.6}, {"base", 0, 2}, {"dropout", 0.5, 0.3}, {"adjust", 0, 0.1}}},
    {"cdr", 1, HEAD(IMPUTATION), .loss = plain_cdr_imputation},
    {"stable_dr", 0, HEAD(CTR) | HEAD(RESIDUAL_P), .loss = plain_stable_dr_propensity,
     .constant = {{"balance_moves_network", 0, 1}, {"eta", 0.01, 0.2}}},
    {"stable_dr", 1, HEAD(CVR), .loss = plain_stable_dr_prediction},
    {"stable_dr", 2, HEAD(IMPUTATION), .loss = plain_stable_dr_imputation},
    {"tdr", 0, HEAD(CVR), .loss = plain_tdr_prediction,
     .constant = {{"targeted_steps", 1, 5}, {"collaborative", 0, 1}}},
    {"tdr", 1, HEAD(IMPUTATION), .loss = plain_dr_jl_imputation},
    {"tdr", 2, HEAD(CVR), .loss = plain_tdr_targeted},
    {"mr", 0, HEAD(CVR), .loss = plain_mr_prediction, .constant = {{"imputed", 0, 1}, {"ridge", 1e-3, 0.1}}},
    {"mr", 1, HEAD(IMPUTATION), .loss = plain_dr_jl_imputation},
    {"mr", 2, HEAD(SECOND_IMPUTATION), .loss = plain_mr_second_imputation},
    {"mr", 3, HEAD(SECOND_CTR), .loss = plain_mr_second_propensity},
    {"gpl", 0, HEAD(CTR), .loss = plain_click,
     .constant = {{"a", 0.7, 0.4}, {"b", 0.7, 0.2}, {"double_learning", 1, 0}}},
    {"gpl", 1, HEAD(CVR), .loss = plain_two_model_prediction},
    {"gpl", 2, HEAD(IMPUTATION), .loss = plain_gpl_imputation},
    {"gpl", 3, HEAD(CTR), .loss = plain_gpl_propensity},
    {"superdr", 0, HEAD(CVR), .loss = plain_superdr_prediction,
     .constant = {{"eps_rate", 100, 3}, {"closed_form", 0, 1}, {"squared", 0, 1}}},
    {"superdr", 1, HEAD(IMPUTATION), .loss = plain_superdr_imputation},
    {"superdr", 2, HEAD(RESIDUAL_E), .loss = plain_superdr_eps},
    {"ips_v2", 0, CLICK_AND_CVR, .loss = plain_ips_v2,
     .constant = {{"eta", 1, 2.5}, {"split_balance", 0, 1}}},
    {"dr_v2", 0, WITH_IMPUTATION, .loss = plain_dr_v2,
     .constant = {{"eta", 1, 2.5},
                  {"risk_moves_imputation", 0, 1},
                  {"imputation_moves_prediction", 0, 1},
                  {"split_balance", 0, 1}}},
    {"dt_ips", 0, HEAD(CVR) | HEAD(CLICK_OFFSET), .loss = plain_dt_ips,
     .constant = {{"alpha", 0.5, 0.8}, {"beta", 1e-3, 0}, {"normalised", 0, 1}, {"stop_propensity", 0, 1}}},
    {"dt_dr", 0, HEAD(CVR) | HEAD(CLICK_OFFSET) | HEAD(IMPUTATION), .loss = plain_dt_dr,
     .constant = {{"alpha", 0.5, 0.8},
                  {"beta", 1e-5, 0},
                  {"normalised", 0, 1},
                  {"stop_propensity", 0, 1},
                  {"theta", 1, 0.3},
                  {"imputation_moves_prediction", 1, 0}}},
    {"kb_ips", 0, HEAD(SECOND_IMPUTATION), .loss = plain_kb_features,
     .constant = {{"anchors", 2, 0},
                  {"gamma", 1, 0.6},
                  {"slack", 1e-3, 0.1},
                  {"bandwidth", 0.1, 3},
                  {"exponential", 0, 1},
                  {"over_propensity", 0, 1}}},
    {"kb_ips", 1, HEAD(WEIGHT), .loss = plain_kb_weight},
    {"kb_ips", 2, HEAD(CVR), .loss = plain_kb_ips_prediction},
    {"kb_dr", 0, HEAD(SECOND_IMPUTATION), .loss = plain_kb_features,
     .constant = {{"anchors", 2, 0},
                  {"gamma", 1, 0.6},
                  {"slack", 1e-3, 0.1},
                  {"bandwidth", 0.1, 3},
                  {"exponential", 0, 1},
                  {"over_propensity", 0, 1}}},
    {"kb_dr", 1, HEAD(WEIGHT), .loss = plain_kb_weight},
    {"kb_dr", 2, HEAD(CVR), .loss = plain_kb_dr_prediction},
    {"kb_dr", 3, HEAD(IMPUTATION), .loss = plain_kb_dr_imputation},
    {"cvib", 0, HEAD(CVR), .loss = plain_cvib, .constant = {{"alpha", 0.1, 0.8}, {"gamma", 0.01, 0.6}}},
    {"ome_eib", 0, HEAD(COUNTERFACTUAL), .loss = plain_ome_labels, OME_CONSTANTS},
    {"ome_eib", 1, HEAD(CVR), .loss = plain_ome_eib_prediction},
    {"ome_eib", 2, HEAD(IMPUTATION), .loss = plain_ome_imputation},
    {"ome_ips", 0, HEAD(COUNTERFACTUAL), .loss = plain_ome_labels, OME_CONSTANTS},
    {"ome_ips", 1, HEAD(CVR), .loss = plain_ome_ips},
    {"ome_dr", 0, HEAD(COUNTERFACTUAL), .loss = plain_ome_labels, OME_CONSTANTS},
    {"ome_dr", 1, HEAD(CVR), .loss = plain_ome_dr_prediction},
    {"ome_dr", 2, HEAD(IMPUTATION), .loss = plain_ome_imputation},
    {.estimator = NULL},
};
