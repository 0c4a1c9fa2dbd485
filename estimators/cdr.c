/* Conservative doubly robust learning: imputed errors are used only where the imputation is sure of them, as
 * Monte-Carlo dropout tells. Song, Chen, Zhou, Shi, Feng, Chen and Wang, CIKM 2023 (CDR), eq. 6 to 8. Read:
 * CrazyDumpling/CDR_CIKM2023 CDR/MF_mcdropout.py. Its filter is a variance below 10, which hardly any
 * imputed error of a pseudo-label exceeds, so that it is dr_jl with noise: it drops entries of embeddings
 * unscaled and labels too, and imputed errors are means over the samples. Its form ADJ adds the distance of
 * mean imputed and mean weighted errors to the spread (`adjust`). Ours is the paper's ratio of spread and
 * mean; the imputed error itself is without dropout. */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

enum { ETA, BASE, DROPOUT, ADJUST };
enum { BASE_DR_JL, BASE_MRDR, BASE_DR_BIAS, BASE_EIB };
static const Constant constants[] = {
    {"eta", 0.1, 0, 1e6,
     "imputed errors are used where their sd over the samples is below this times their mean"},
    {"base", 0, 0, 3, "whose weights the imputation is fitted with: 0 dr_jl, 1 mrdr, 2 dr_bias, 3 eib"},
    {"dropout", 0.5, 0, 0.99, "share of the entries of embeddings that a sample drops"},
    {"adjust", 0, 0, 1000, "weight of the distance of mean imputed and mean weighted error in the sd"},
    {0},
};

/* |mean_D l(m, c) - wmean_O(1/p~, e)|, times `adjust`. */
static float adjustment(Pass *s)
{
    if (!is_on(s, ADJUST))
        return 0;
    Var e_hat = bce(stop(logit(s, CVR, D)), stop(pseudo_label(s, D)));
    Var e = bce(stop(logit(s, CVR, O)), conversions(s, O));
    Var seen = weighted_mean(inverse_propensity(s, O), e);

    return constant(s, ADJUST) * absolute(sub(mean(e_hat), seen))->value[0];
}

/* g: 1 where sd + adjustment < eta mean of l(m_k, c) over the samples m_k, else 0. l(m, c) is linear in m:
 * its mean is l(mean m_k, c) and its sd |logit c| sd(m_k). */
static Var sure(Pass *s, Space space)
{
    Var z = stop(logit(s, CVR, space));
    Var sample[DROPOUT_SAMPLES], total = NULL, squares = NULL;
    for (int k = 0; k < DROPOUT_SAMPLES; k++) {
        sample[k] = pseudo_label_sample(s, space, k, constant(s, DROPOUT));
        total = total ? add(total, sample[k]) : sample[k];
    }
    Var m = scale(total, 1.0F / DROPOUT_SAMPLES);
    for (int k = 0; k < DROPOUT_SAMPLES; k++) {
        Var apart = square(sub(sample[k], m));
        squares = squares ? add(squares, apart) : apart;
    }

    Var variance = mul(square(z), scale(squares, 1.0F / DROPOUT_SAMPLES));
    Var bar = shift(scale(bce(z, m), constant(s, ETA)), -adjustment(s));
    return above(sub(square(clamp_min(bar, 0)), variance), 0);
}

static Var prediction(Pass *s)
{
    Var r_hat = logit(s, CVR, D), r_hat_clicked = logit(s, CVR, O);
    Var e = bce(r_hat_clicked, conversions(s, O));
    Var e_hat = bce(r_hat, stop(pseudo_label(s, D)));
    Var e_hat_clicked = bce(r_hat_clicked, stop(pseudo_label(s, O)));
    Var is_sure = sure(s, D);
    Var used = mul(is_sure, e_hat);
    Var used_clicked = mul(sure(s, O), e_hat_clicked);

    note_used(s, is_sure);
    return add(per_exposure(s, mul(sub(e, used_clicked), inverse_propensity(s, O))), mean(used));
}

static Var imputation(Pass *s)
{
    switch ((int)constant(s, BASE)) {
    case BASE_MRDR:
        return imputation_risk(s, variance_weight(s));
    case BASE_DR_BIAS:
        return imputation_risk(s, bias_weight(s));
    case BASE_EIB:
        return per_exposure(s, square(imputation_gap(s)));
    default:
        return imputation_risk(s, inverse_propensity(s, O));
    }
}

const Estimator cdr = {
    .name = "cdr",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "dr_jl that leaves out imputed errors of which Monte-Carlo dropout is not sure",
    .cite = "Song, Chen, Zhou, Shi, Feng, Chen and Wang, CDR: conservative doubly robust learning, CIKM 2023",
    .follows = "dr_jl",
    .idea = "An imputed error that the imputation is not sure of may do more harm than good, so it is left "
            "out. Monte-Carlo dropout tells how sure it is.",
    .formula = "prediction: mean_D g l(sg m, c) + sum_O [ e - g l(sg m, c) ] / p~ / |B|\n"
               "imputation: sum_O [ l(r, sg c) - l(m, sg c) ]^2 / p~ / |B|\n"
               "g = 1 where sd_k l(m_k, c) < eta mean_k l(m_k, c) over dropout samples m_k, else 0",
    .assumes = "What dr_jl assumes, and that imputations are wrong where dropout makes them vary.",
    .fails = "With a small eta it is ips and with a large one dr_jl, so that all depends on eta. An "
             "imputation that is surely wrong is used.",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .labels = HEAD(IMPUTATION),
    .constant = constants,
    .phase = {{prediction, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
    .source = READ_AUTHORS_CODE,
    .differs =
        "the filter is the paper's ratio of sd and mean, not a variance below 10; dropout scales what it "
        "leaves and spares labels; imputed errors are without dropout",
};
