/* Losses of counterfactual heads, of pseudo-labels and of distillation. */
#include "tests/reference/losses.h"

#include <math.h>

static double counterfactual_loss_over_not_p(const PlainBatch *b, int i)
{
    return cross_entropy(1, probability(b->z[COUNTERFACTUAL][i])) * inverse_not_p(b, i);
}

static double twin_gap(const PlainBatch *b, int i)
{
    return fabs(1 - (probability(b->z[CVR][i]) + probability(b->z[COUNTERFACTUAL][i])));
}

static double plain_dcmt(const PlainBatch *b)
{
    double risk = plain_snips(b) + normalised(b, N, counterfactual_loss_over_not_p, inverse_not_p) +
                  plain_constant(b, "prior") * average(b, D, twin_gap);
    return average(b, D, click_loss) + plain_constant(b, "weight") * risk + average(b, D, ctcvr_loss);
}

static double unclicked_counterfactual(const PlainBatch *b, int i)
{
    return b->o[i] == 1 ? 0 : counterfactual_loss_over_not_p(b, i);
}

static double plain_dcmt_plain(const PlainBatch *b)
{
    double risk = plain_ips(b) + average(b, D, unclicked_counterfactual) +
                  plain_constant(b, "prior") * average(b, D, twin_gap);
    return average(b, D, click_loss) + plain_constant(b, "weight") * risk + average(b, D, ctcvr_loss);
}

static double labeller_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[IMPUTATION][i]));
}

static double inverse_p_live(const PlainBatch *b, int i)
{
    PlainBatch fixed = *b;
    fixed.z = b->s;
    return 1 / fmax(p_live(&fixed, i), 1e-6);
}

static double softened_loss_over_p(const PlainBatch *b, int i)
{
    double label = b->r[i] + (1 - b->r[i]) * probability(b->s[IMPUTATION][i]);
    return cross_entropy(label, probability(b->z[CVR][i])) * inverse_p_live(b, i);
}

static double inverse_not_p_live(const PlainBatch *b, int i)
{
    PlainBatch fixed = *b;
    fixed.z = b->s;
    return 1 / fmax(1 - p_live(&fixed, i), 1e-6);
}

static double pseudo_loss_over_not_p(const PlainBatch *b, int i)
{
    return pseudo_loss(b, i) * inverse_not_p_live(b, i);
}

static double plain_ddpo(const PlainBatch *b)
{
    double risk = normalised(b, O, softened_loss_over_p, inverse_p_live) +
                  normalised(b, N, pseudo_loss_over_not_p, inverse_not_p_live);
    return plain_constant(b, "click_weight") * average(b, D, click_loss) +
           plain_constant(b, "label_weight") * clicked_share(b, labeller_loss) +
           plain_constant(b, "risk_weight") * risk / b->rows[D] +
           plain_constant(b, "ctcvr_weight") * average(b, D, ctcvr_loss);
}

static double entropy(const PlainBatch *b, int i)
{
    double c = probability(b->z[CVR][i]);
    return cross_entropy(c, c);
}

double nise_conversions(const PlainBatch *b)
{
    return clicked_share(b, conversion_loss) + total(b, N, entropy) / b->rows[D];
}

static double plain_nise(const PlainBatch *b)
{
    PlainBatch fixed = *b;
    fixed.z = b->s;
    double ratio = average(&fixed, D, click_loss) / nise_conversions(&fixed);
    double w = plain_constant(b, "alpha") * fmin(ratio, plain_constant(b, "beta"));
    return average(b, D, click_loss) + w * nise_conversions(b);
}

/* The teacher of these tests has the logits of COUNTERFACTUAL, a head that nise_teacher does not have. */
static double taught_loss(const PlainBatch *b, int i)
{
    return b->o[i] == 1 ? 0 : cross_entropy(probability(b->s[COUNTERFACTUAL][i]), probability(b->z[CVR][i]));
}

static double nise_teacher_conversions(const PlainBatch *b)
{
    double taught = b->done >= plain_constant(b, "warm_up") ? average(b, D, taught_loss) : 0;
    return clicked_share(b, conversion_loss) + taught;
}

static double plain_nise_teacher(const PlainBatch *b)
{
    PlainBatch fixed = *b;
    fixed.z = b->s;
    double ratio = average(&fixed, D, click_loss) / nise_teacher_conversions(&fixed);
    double w = plain_constant(b, "alpha") * fmin(ratio, plain_constant(b, "beta"));
    return average(b, D, click_loss) + w * nise_teacher_conversions(b);
}

static double discriminator_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i], probability(b->z[DISCRIMINATOR][i]));
}

/* The heads of these tests share nothing that a gradient could be reversed into. */
static double plain_ukd_teacher(const PlainBatch *b)
{
    return average(b, O, labeller_loss) + average(b, D, discriminator_loss);
}

static double both_heads(const PlainBatch *b, int i, double label)
{
    return (cross_entropy(label, probability(b->z[CVR][i])) +
            cross_entropy(label, probability(b->z[COUNTERFACTUAL][i]))) /
           2;
}

static double student_loss(const PlainBatch *b, int i)
{
    return both_heads(b, i, b->r[i]);
}

static double distilled_loss(const PlainBatch *b, int i)
{
    double c = probability(b->z[CVR][i]), other = probability(b->z[COUNTERFACTUAL][i]);
    double divergence = c * log(c / other) + (1 - c) * log((1 - c) / (1 - other));
    double label = probability(b->s[IMPUTATION][i]);
    return b->o[i] == 1 ? 0 : exp(-divergence) * both_heads(b, i, label) + divergence;
}

static double plain_ukd_student(const PlainBatch *b)
{
    return clicked_share(b, student_loss) + average(b, D, distilled_loss);
}

/* u = 1 - sigmoid(z) of the head IMPUTATION. */
static double unconverted_loss(const PlainBatch *b, int i)
{
    double p = probability(b->z[CTR][i]), u = 1 - probability(b->z[IMPUTATION][i]);
    return cross_entropy(b->o[i] * (1 - b->r[i]), p * u);
}

static double chorus_over_p(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) * inverse_p(b, i);
}

static double unconverted_over_p(const PlainBatch *b, int i)
{
    return cross_entropy(1 - b->r[i], 1 - probability(b->z[IMPUTATION][i])) * inverse_p(b, i);
}

static double disagreement(const PlainBatch *b, int i)
{
    double c = probability(b->z[CVR][i]), u = 1 - probability(b->z[IMPUTATION][i]);
    double sg_c = probability(b->s[CVR][i]), sg_u = 1 - probability(b->s[IMPUTATION][i]);
    return cross_entropy(1 - sg_u, c) + cross_entropy(1 - sg_c, u);
}

static double disagreement_over_p(const PlainBatch *b, int i)
{
    return disagreement(b, i) * inverse_p(b, i);
}

static double disagreement_over_not_p(const PlainBatch *b, int i)
{
    return disagreement(b, i) * inverse_not_p(b, i);
}

static double plain_chorus(const PlainBatch *b)
{
    bool batch = plain_constant(b, "batch") == 1;
    double clicked = batch ? clicked_share(b, chorus_over_p) : average(b, O, chorus_over_p);
    double negative = batch ? clicked_share(b, unconverted_over_p) : average(b, O, unconverted_over_p);
    double agree = batch ? clicked_share(b, disagreement_over_p) : average(b, O, disagreement_over_p);
    double elsewhere =
        batch ? total(b, N, disagreement_over_not_p) / b->rows[D] : average(b, N, disagreement_over_not_p);
    return plain_constant(b, "click_weight") * average(b, D, click_loss) + clicked +
           average(b, D, ctcvr_loss) +
           plain_constant(b, "negative") * (average(b, D, unconverted_loss) + negative) +
           plain_constant(b, "align") * (agree + elsewhere);
}

static double taught_over_not_p(const PlainBatch *b, int i)
{
    return pseudo_loss(b, i) * inverse_not_p(b, i);
}

static double joint_teacher_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i] * b->r[i], probability(b->z[IMPUTATION][i]));
}

/* Without hidden layers there is nothing else: tests/estimators/test_evi.c has the rest. */
static double plain_evi(const PlainBatch *b)
{
    double risk =
        plain_ips(b) + plain_constant(b, "unclicked_weight") * total(b, N, taught_over_not_p) / b->rows[D];
    double taught = plain_constant(b, "teacher_on_clicks") == 1 ? clicked_share(b, labeller_loss)
                                                                : average(b, D, joint_teacher_loss);
    return plain_constant(b, "click_weight") * average(b, D, click_loss) +
           plain_constant(b, "risk_weight") * risk + plain_constant(b, "teacher_weight") * taught +
           plain_constant(b, "ctcvr_weight") * average(b, D, ctcvr_loss);
}

const LossReference losses_counterfactual[] = {
    {"evi", 0, WITH_IMPUTATION, .loss = plain_evi,
     .constant = {{"click_weight", 0.2, 0.7},
                  {"risk_weight", 0.5, 1.2},
                  {"unclicked_weight", 1, 0.4},
                  {"teacher_weight", 0.2, 0.9},
                  {"ctcvr_weight", 0.1, 0.6},
                  {"information_weight", 0.8, 0.3},
                  {"learned_variance", 0, 1},
                  {"teacher_on_clicks", 0, 1}}},
    {"chorus", 0, WITH_IMPUTATION, .loss = plain_chorus,
     .constant = {{"click_weight", 1, 0.6}, {"negative", 1, 0.7}, {"align", 1, 0.4}, {"batch", 0, 1}}},
    {"dcmt", 0, CLICK_AND_CVR | HEAD(COUNTERFACTUAL), .loss = plain_dcmt,
     .constant = {{"weight", 1, 0.6}, {"prior", 1e-3, 0.35}}},
    {"dcmt_plain", 0, CLICK_AND_CVR | HEAD(COUNTERFACTUAL), .loss = plain_dcmt_plain,
     .constant = {{"weight", 1, 0.6}, {"prior", 1e-3, 0.35}}},
    {"ddpo", 0, WITH_IMPUTATION, .loss = plain_ddpo,
     .constant = {{"click_weight", 1, 0.8},
                  {"label_weight", 1, 1.5},
                  {"risk_weight", 1, 30},
                  {"ctcvr_weight", 1, 0.3}}},
    {"nise", 0, CLICK_AND_CVR, .loss = plain_nise, .constant = {{"alpha", 1, 1.7}, {"beta", 50, 0.3}}},
    {"nise_teacher", 0, CLICK_AND_CVR, .loss = plain_nise_teacher,
     .constant = {{"alpha", 1, 1.7}, {"beta", 50, 0.3}, {"decay", 0.99, 0.5}, {"warm_up", 0.1, 0.6}}},
    {"ukd", 0, HEAD(IMPUTATION) | HEAD(DISCRIMINATOR), .loss = plain_ukd_teacher,
     .constant = {{"reversal", 1, 2}}},
    {"ukd", 1, HEAD(CVR) | HEAD(COUNTERFACTUAL), .loss = plain_ukd_student},
    {.estimator = NULL},
};
