/* Non-click samples improved semi-supervised method. Huang, Chen, Li and Chen, RecSys 2024, eq. 4-8. Read:
 * Hjh233/NISE torch_rechub trainers/mtl_trainer.py and models/multi_task/ucvrlc.py. The pseudo-label of a
 * non-click is the model's own prediction and is not stopped (a stopped one has zero gradient): the term
 * minimises the prediction's entropy there, by -z c (1-c) in the logit z of c. The minimum that ranks like
 * CTCVR is low; a start near 1/2 may run to another one near 1, which model.prior_start keeps it from. */
#include "estimators/core/estimator.h"

enum { ALPHA, BETA };
static const Constant constants[] = {
    {"alpha", 1, 0, 1000, "weight of the CVR loss against the CTR loss"},
    {"beta", 50, 0, 1e6, "cap of the loss ratio in that weight"},
    {0},
};

static Var loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, D);

    Var l_ctr = mean(bce(p, clicks(s)));
    Var entropy = mean(mul(one_minus(clicks(s)), bce(c, sigmoid(c)))); /* sum_N / |B| */
    Var l_cvr = add(per_exposure(s, bce(logit(s, CVR, O), conversions(s, O))), entropy);
    Var w = scale(clamp_max(stop(divide(l_ctr, l_cvr)), constant(s, BETA)), constant(s, ALPHA));
    return add(l_ctr, mul(w, l_cvr));
}

const Estimator nise = {
    .name = "nise",
    .family = FAMILY_COUNTERFACTUAL,
    .year = 2024,
    .summary = "CVR on clicks, with its own predictions as labels of non-clicks and an adaptive weight",
    .cite = "Huang, Chen, Li and Chen, Utilizing non-click samples via semi-supervised learning, RecSys 2024",
    .follows = "naive",
    .idea = "The model labels unclicked exposures by its own predictions, in the same step and with their "
            "gradient, and an adaptive weight keeps both tasks in step.",
    .formula = "L_ctr + w L_cvr,  L_ctr = mean_D l(o, p),  L_cvr = sum_O e / |B| + sum_N l(c, c) / |B|\n"
               "w = alpha min( sg(L_ctr / L_cvr), beta )",
    .assumes =
        "Predictions of unclicked exposures are right in tendency, so that it is good to make them surer.",
    .fails = "With its gradient the term on N is the entropy of c, which is least at 0 and 1: predictions "
             "are driven to 0 (experiments/false_negatives), and rank by clicks as much as by conversions.",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
    .source = READ_AUTHORS_CODE,
    .differs = "towers of model.layers without batch norm, in place of 160-80 with it",
};
