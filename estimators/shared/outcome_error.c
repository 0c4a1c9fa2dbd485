/* With D = 1 - rho01 - rho10 the corrected loss of Natarajan, Dhillon, Ravikumar and Tewari, NIPS 2013, is
 * cross entropy with the label (r~ - rho01) / D, as it is linear in the label. */
#include "estimators/shared/outcome_error.h"

const Constant outcome_error_constants[] = {
    {"rho01", 0, 0, 0.45, "rate of labels 1 where there was no conversion"},
    {"rho10", 0, 0, 0.45, "rate of labels 0 where there was a conversion"},
    {"quantile", 0, 0, 0.5,
     "above 0: rates are these quantiles of a model of the labels, from half of the training on; published "
     "with extremes, near 0.01"},
    {"cap", 15, 0, 1e6, "largest logit of the prediction, up or down, that moves corrected losses"},
    {0},
};

Var label_model(Pass *s)
{
    return mean(bce(logit(s, COUNTERFACTUAL, O), conversions(s, O)));
}

/* What becomes of the rates: label (r~ - zero) / range. */
typedef struct LabelRange {
    float zero, range;
} LabelRange;

/* The rates are found where nobody converts, or everybody: at the ends of q. q means nothing before it is
 * learned; and a range near 0, of labels that x tells nothing of, would blow every label up. */
static LabelRange label_range(Pass *s)
{
    const float least_range = 0.1F;
    LabelRange label = {constant(s, RHO01), 1 - constant(s, RHO01) - constant(s, RHO10)};
    if (is_on(s, QUANTILE) && share_done(s) >= 0.5F) {
        Var q = stop(sigmoid(logit(s, COUNTERFACTUAL, D)));
        label.zero = quantile(q, constant(s, QUANTILE));
        label.range = quantile(q, 1 - constant(s, QUANTILE)) - label.zero;
    }
    label.range = label.range > least_range ? label.range : least_range;
    return label;
}

Var corrected_error(Pass *s, Var z)
{
    const LabelRange label = label_range(s);
    const float cap = constant(s, CAP);
    Var r = scale(shift(conversions(s, O), -label.zero), 1 / label.range);

    return bce(clamp_min(clamp_max(z, cap), -cap), r);
}

Var corrected_imputation(Pass *s)
{
    Var c = stop(logit(s, CVR, O));
    Var e = corrected_error(s, c);
    Var e_hat = bce(c, pseudo_label(s, O));

    return per_exposure(s, mul(inverse_propensity(s, O), square(sub(e, e_hat))));
}
