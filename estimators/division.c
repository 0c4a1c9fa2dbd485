/* CTR and CTCVR models apart, and c as their ratio: mean l(o, p) + mean l(t, p_t), c = min(1, p_t / p). A
 * baseline of Ma et al., SIGIR 2018. */
#include "estimators/core/estimator.h"

/* The head of conversions stands for "clicked and converted" here. */
static Var ctcvr(Pass *s)
{
    return logit(s, CVR, D);
}

static Var loss(Pass *s)
{
    return add(mean(bce(logit(s, CTR, D), clicks(s))), mean(bce(ctcvr(s), ctcvr_labels(s))));
}

/* Nothing keeps p_t below p in training. */
static Var predict(Pass *s)
{
    return clamp_max(divide(sigmoid(ctcvr(s)), sigmoid(logit(s, CTR, D))), 1);
}

const Estimator division = {
    .name = "division",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2018,
    .summary = "CVR as the quotient of separate CTCVR and CTR models",
    .cite = "baseline of Ma et al., Entire space multi-task model, SIGIR 2018",
    .follows = "direct",
    .idea = "Click, and click with conversion, are known of every exposure, and CVR is the quotient of their "
            "probabilities.",
    .formula = "mean_D l(o, p) + mean_D l(t, p_t),  p and p_t of two nets;  predicts min(1, p_t / p)",
    .assumes = "Both models are right wherever p is small. As in naive, nothing hidden moves clicks and "
               "conversions.",
    .fails = "Where p is small, a small error of p is a large one of the quotient, and nothing keeps p_t "
             "below p. Its limit is q. In PAPERS it ranks conversions worse than esmm.",
    .net = {HEAD(CVR), HEAD(CTR)},
    .cvr_of_all = true,
    .phase = {{loss}},
    .predict = predict,
};
