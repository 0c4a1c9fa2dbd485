/* More losses of METHODS in plain double arithmetic; see tests/reference/plain_losses.h. */
#pragma once

#include "tests/reference/plain_losses.h"

/* A. */

static inline double repeated_loss(const Plain *b, int i)
{
    return b->r[i] == 1 ? plain_constant(b, "k") * conversion_loss(b, i) : conversion_loss(b, i);
}

static inline double repeats(const Plain *b, int i)
{
    return b->r[i] == 1 ? plain_constant(b, "k") : 1;
}

static inline double plain_oversampling(const Plain *b)
{
    return normalised(b, O, repeated_loss, repeats);
}

/* l(t, c) */
static inline double false_negative_loss(const Plain *b, int i)
{
    return cross_entropy(b->o[i] * b->r[i], probability(b->z[CVR][i]));
}

static inline double plain_direct(const Plain *b)
{
    return average(b, D, false_negative_loss);
}

/* Row number k of D: a click, or an unclicked row whose draw is among the highest `share`. */
static inline bool aman_keeps(const Plain *b, int k)
{
    return b->o[b->row[D][k]] == 1 || b->u[k] > 1 - plain_constant(b, "share");
}

static inline double plain_aman(const Plain *b)
{
    double sum = 0, kept = 0;
    for (int k = 0; k < b->rows[D]; k++)
        if (aman_keeps(b, k)) {
            sum += false_negative_loss(b, b->row[D][k]);
            kept++;
        }
    return kept > 0 ? sum / kept : 0;
}

/* Row number k of O. */
static inline bool unbias_keeps(const Plain *b, int k)
{
    double least = 1;
    for (int j = 0; j < b->rows[O]; j++)
        least = fmin(least, p_tilde(b, b->row[O][j]));
    return b->u[k] < least / p_tilde(b, b->row[O][k]);
}

static inline double plain_unbias(const Plain *b)
{
    double sum = 0, kept = 0;
    for (int k = 0; k < b->rows[O]; k++)
        if (unbias_keeps(b, k)) {
            sum += conversion_loss(b, b->row[O][k]);
            kept++;
        }
    return kept > 0 ? sum / kept : 0;
}

/* The head of conversions is that of clicked and converted. */
static inline double plain_division(const Plain *b)
{
    return average(b, D, click_loss) + average(b, D, false_negative_loss);
}

/* C. The two-model family. */

static inline double unclicked_pseudo_loss(const Plain *b, int i)
{
    return b->o[i] == 1 ? 0 : pseudo_loss(b, i);
}

static inline double plain_eib_prediction(const Plain *b)
{
    return clicked_share(b, conversion_loss) + average(b, D, unclicked_pseudo_loss);
}

static inline double plain_eib_imputation(const Plain *b)
{
    return clicked_share(b, square_imputation_gap);
}

static inline double dr_bias_term(const Plain *b, int i)
{
    double p = p_tilde(b, i);
    return square_imputation_gap(b, i) * pow(1 - p, 2) / pow(p, 3);
}

static inline double plain_dr_bias_imputation(const Plain *b)
{
    return clicked_share(b, dr_bias_term);
}

static inline double plain_dr_mse_imputation(const Plain *b)
{
    double gamma = plain_constant(b, "gamma");
    return gamma * clicked_share(b, dr_bias_term) + (1 - gamma) * clicked_share(b, mrdr_term);
}

/* p that a loss may move through its weights: not distorted. */
static inline double p_live(const Plain *b, int i)
{
    return b->given ? b->given[i] : probability(b->z[CTR][i]);
}

static inline double plain_stable_dr_propensity(const Plain *b)
{
    double mean = average(b, D, stopped_pseudo_loss), sum = 0;
    for (int k = 0; k < b->rows[D]; k++) {
        int i = b->row[D][k];
        sum += (1 - b->o[i] / clip_to(b, p_live(b, i))) * (stopped_pseudo_loss(b, i) - mean);
    }
    return average(b, D, click_loss) + plain_constant(b, "eta") * sum * sum;
}

/* e_hat + eps (1/p~ - 1) */
static inline double targeted_loss(const Plain *b, int i)
{
    return pseudo_loss(b, i) + b->ratio * (1 / p_tilde(b, i) - 1);
}

static inline double targeted_gap_over_p(const Plain *b, int i)
{
    return (conversion_loss(b, i) - targeted_loss(b, i)) / p_tilde(b, i);
}

static inline double plain_tdr_prediction(const Plain *b)
{
    return average(b, D, targeted_loss) + clicked_share(b, targeted_gap_over_p);
}

static inline double targeted_imputation_term(const Plain *b, int i)
{
    double r_hat = probability(b->s[CVR][i]), p = p_tilde(b, i);
    double e_hat_now = cross_entropy(probability(b->z[IMPUTATION][i]), r_hat);
    return pow(cross_entropy(b->r[i], r_hat) - e_hat_now - b->ratio * (1 / p - 1), 2) / p;
}

static inline double plain_tdr_imputation(const Plain *b)
{
    return clicked_share(b, targeted_imputation_term);
}

/* C. Joint. */

static inline double imbalance_term(const Plain *b, int i)
{
    double p = p_live(b, i), c = probability(b->z[CVR][i]);
    return b->o[i] == 1 ? c / clip_to(b, p) : -c / clip_to(b, 1 - p);
}

static inline double plain_v2_extra(const Plain *b)
{
    return average(b, D, ctcvr_loss) + plain_constant(b, "eta") * pow(average(b, D, imbalance_term), 2);
}

static inline double plain_ips_v2(const Plain *b)
{
    return plain_multi_ipw(b) + plain_v2_extra(b);
}

static inline double plain_dr_v2(const Plain *b)
{
    return plain_multi_dr(b) + plain_v2_extra(b);
}

static inline double prediction_of(const Plain *b, int i)
{
    return probability(b->z[CVR][i]);
}

static inline double c_log_c(const Plain *b, int i)
{
    double c = probability(b->z[CVR][i]);
    return c * log(c);
}

/* Without clicks there is no mean for the mean over D to agree with. */
static inline double plain_cvib(const Plain *b)
{
    double agree = cross_entropy(average(b, O, prediction_of), average(b, D, prediction_of));
    return plain_naive(b) + (b->rows[O] ? plain_constant(b, "alpha") * agree : 0) +
           plain_constant(b, "gamma") * average(b, O, c_log_c);
}

/* D. */

static inline double unclicked_counterfactual(const Plain *b, int i)
{
    return b->o[i] == 1 ? 0 : counterfactual_loss_over_not_p(b, i);
}

static inline double plain_dcmt_plain(const Plain *b)
{
    double risk = plain_ips(b) + average(b, D, unclicked_counterfactual) +
                  plain_constant(b, "lambda_2") * average(b, D, twin_gap);
    return average(b, D, click_loss) + plain_constant(b, "lambda_1") * risk + average(b, D, ctcvr_loss);
}

static inline double labeller_loss(const Plain *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[IMPUTATION][i]));
}

static inline double capped_conversion_loss(const Plain *b, int i)
{
    return conversion_loss(b, i) * fmin(inverse_p(b, i), plain_constant(b, "cap"));
}

static inline double capped_label_loss(const Plain *b, int i)
{
    return b->o[i] == 1 ? 0 : pseudo_loss(b, i) * fmin(inverse_not_p(b, i), plain_constant(b, "cap"));
}

static inline double plain_ddpo(const Plain *b)
{
    return plain_esmm(b) + clicked_share(b, labeller_loss) + clicked_share(b, capped_conversion_loss) +
           average(b, D, capped_label_loss);
}

/* The teacher of these tests has the logits of COUNTERFACTUAL, a head that nise_teacher does not have. */
static inline double taught_loss(const Plain *b, int i)
{
    return b->o[i] == 1 ? 0 : cross_entropy(probability(b->s[COUNTERFACTUAL][i]), probability(b->z[CVR][i]));
}

static inline double nise_teacher_conversions(const Plain *b)
{
    return clicked_share(b, conversion_loss) + average(b, D, taught_loss);
}

static inline double plain_nise_teacher(const Plain *b)
{
    Plain fixed = *b;
    fixed.z = b->s;
    double ratio = average(&fixed, D, click_loss) / nise_teacher_conversions(&fixed);
    double w = plain_constant(b, "alpha") * fmin(ratio, plain_constant(b, "beta"));
    return average(b, D, click_loss) + w * nise_teacher_conversions(b);
}

static inline double discriminator_loss(const Plain *b, int i)
{
    return cross_entropy(b->o[i], probability(b->z[DISCRIMINATOR][i]));
}

/* The heads of these tests share nothing that a gradient could be reversed into. */
static inline double plain_ukd_teacher(const Plain *b)
{
    return average(b, O, labeller_loss) + average(b, D, discriminator_loss);
}

static inline double both_heads(const Plain *b, int i, double label)
{
    return (cross_entropy(label, probability(b->z[CVR][i])) +
            cross_entropy(label, probability(b->z[COUNTERFACTUAL][i]))) /
           2;
}

static inline double student_loss(const Plain *b, int i)
{
    return both_heads(b, i, b->r[i]);
}

static inline double distilled_loss(const Plain *b, int i)
{
    double c = probability(b->z[CVR][i]), other = probability(b->z[COUNTERFACTUAL][i]);
    double divergence = c * log(c / other) + (1 - c) * log((1 - c) / (1 - other));
    double label = probability(b->s[IMPUTATION][i]);
    return b->o[i] == 1 ? 0 : exp(-divergence) * both_heads(b, i, label) + divergence;
}

static inline double plain_ukd_student(const Plain *b)
{
    return clicked_share(b, student_loss) + average(b, D, distilled_loss);
}

/* E. */

/* The end of [a, b] for a row whose error lies on this side of the mean. */
static inline double robust_weight(const Plain *b, int i, bool high)
{
    double gamma = plain_constant(b, "gamma"), odds = 1 / p_tilde(b, i) - 1;
    return 1 + (high ? odds * gamma : odds / gamma);
}

/* sum_O w error / |B|; the weights see the error held fixed. */
static inline double worst_case(const Plain *b, Term *error)
{
    Plain fixed = *b;
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

static inline double plain_rd_ips(const Plain *b)
{
    return worst_case(b, conversion_loss);
}

static inline double pseudo_gap(const Plain *b, int i)
{
    return conversion_loss(b, i) - pseudo_loss(b, i);
}

static inline double plain_rd_dr_prediction(const Plain *b)
{
    return worst_case(b, pseudo_gap) + average(b, D, pseudo_loss);
}
