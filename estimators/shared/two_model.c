/* The alternating steps of the two-model doubly robust family. */
#include "estimators/shared/two_model.h"

Var doubly_robust_risk(Pass *s)
{
    Var r_hat = logit(s, CVR, D), r_hat_clicked = logit(s, CVR, O);
    Var m = stop(pseudo_label(s, D)), m_clicked = stop(pseudo_label(s, O));
    Var e = bce(r_hat_clicked, conversions(s, O));
    Var e_hat = bce(r_hat_clicked, m_clicked);

    return add(per_exposure(s, mul(sub(e, e_hat), inverse_propensity(s, O))), mean(bce(r_hat, m)));
}

Var imputation_gap(Pass *s)
{
    Var r_hat = stop(logit(s, CVR, O));
    Var e = bce(r_hat, conversions(s, O));
    Var e_hat = bce(r_hat, pseudo_label(s, O));

    return sub(e, e_hat);
}

Var variance_weight(Pass *s)
{
    Var p = propensity(s, O);

    return divide(one_minus(p), square(p));
}

Var bias_weight(Pass *s)
{
    Var p = propensity(s, O);

    return divide(square(one_minus(p)), mul(p, square(p)));
}

Var imputation_risk(Pass *s, Var w)
{
    return per_exposure(s, mul(w, square(imputation_gap(s))));
}
