/* nise with the pseudo-labels of a teacher, the exponential average of the model over its steps: stopped, so
 * that the term pulls predictions to the labels instead of minimising their entropy. The term begins when the
 * teacher has seen a first part of the steps. Ours, to compare with Huang, Chen, Li and Chen, RecSys 2024. */
#include "estimators/core/estimator.h"

enum { ALPHA, BETA, DECAY, WARM_UP };
static const Constant constants[] = {
    {"alpha", 1, 0, 1000, "weight of the CVR loss against the CTR loss"},
    {"beta", 50, 0, 1e6, "cap of the loss ratio in that weight"},
    {"decay", 0.99, 0, 1, "what is left of the teacher after a step"},
    {"warm_up", 0.1, 0, 1, "share of the steps before non-clicks are labelled"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);
    Var label = sigmoid(teacher_logit(s, CVR, D));

    Var l_ctr = mean(bce(p, clicks(s)));
    Var others = mean(mul(one_minus(clicks(s)), bce(c, label))); /* sum_N / |B| */
    Var l_cvr = per_exposure(s, bce(logit(s, CVR, O), conversions(s, O)));
    if (share_done(s) >= constant(s, WARM_UP))
        l_cvr = add(l_cvr, others);
    Var w = scale(clamp_max(stop(divide(l_ctr, l_cvr)), constant(s, BETA)), constant(s, ALPHA));
    return add(l_ctr, mul(w, l_cvr));
}

const Estimator nise_teacher = {
    .name = "nise_teacher",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2024,
    .summary = "nise with labels of non-clicks from an exponential average of the model",
    .cite = "ours, after Huang, Chen, Li and Chen, RecSys 2024",
    .follows = "nise",
    .idea = "Labels come from an average of the model over its steps, without gradient, so that they pull "
            "predictions to the labels and not to 0.",
    .formula = "that of nise with L_cvr = sum_O e / |B| + sum_N l(sg c_teacher, c) / |B|\n"
               "c_teacher is of the average of the net over its steps\n"
               "the sum over N begins after a share warm_up of the steps",
    .assumes = "What naive assumes: the teacher knows of unclicked exposures what clicks have taught it.",
    .fails = "Where clicks are rare, labels of its own outweigh outcomes, and hold predictions where they "
             "were early in training. In experiments/catalogue it has more error than naive.",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
    .teacher = "decay",
    .source = READ_ACCOUNT,
    .differs = "ours: no publication has it",
};
