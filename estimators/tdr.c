/* Targeted doubly robust learning: imputed errors e_hat + eps (1/p~ - 1), where eps = sum_O (e - e_hat)(1/p~
 * - 1) / sum_O (1/p~ - 1)^2 of the epoch before. Li, Lyu, Zheng and Wu, ICLR 2023 (TDR-CL). As eps is fixed
 * within a step, the correction moves nothing in the prediction step; it acts through the imputation step. */
#include "estimators/core/estimator.h"
#include "estimators/shared/two_model.h"

static Var slope(Pass *s, Space space)
{
    return shift(inverse_propensity(s, space), -1);
}

static Var targeted(Pass *s, Space space, float eps)
{
    Var m = stop(pseudo_label(s, space));

    return add(bce(logit(s, CVR, space), m), scale(slope(s, space), eps));
}

static Var prediction(Pass *s)
{
    float eps = ratio_of_last_epoch(s, mul(imputation_gap(s), slope(s, O)), square(slope(s, O)));
    Var everywhere = mean(targeted(s, D, eps));
    Var gap = sub(bce(logit(s, CVR, O), conversions(s, O)), targeted(s, O, eps));

    return add(everywhere, per_exposure(s, mul(inverse_propensity(s, O), gap)));
}

static Var imputation(Pass *s)
{
    Var gap = sub(imputation_gap(s), scale(slope(s, O), recalled_ratio(s)));

    return per_exposure(s, mul(inverse_propensity(s, O), square(gap)));
}

const Estimator tdr = {
    .name = "tdr",
    .family = FAMILY_PROPENSITY,
    .year = 2023,
    .summary = "doubly robust with imputed errors corrected along 1/p - 1 every epoch",
    .cite = "Li, Lyu, Zheng and Wu, TDR-CL: targeted doubly robust collaborative learning, ICLR 2023",
    .needs = NEEDS_PROPENSITY,
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .phase = {{prediction, PREDICTION_NET}, {imputation, IMPUTATION_NET}},
};
