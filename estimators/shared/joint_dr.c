/* One place for the three joint methods, so that they differ in what their files say and in nothing else.
 * With an error for e_hat the risk moves c as inverse propensity weighting does: its e_hat has no c in it. */
#include "estimators/shared/joint_dr.h"

/* e_hat of rows whose logit of c is `z`, with m live or stopped. */
static Var imputed_error(Pass *s, Space space, Var z, bool labels, bool live)
{
    if (!labels)
        return softplus(logit(s, IMPUTATION, space));
    Var m = pseudo_label(s, space);

    return bce(z, live ? m : stop(m));
}

Var joint_doubly_robust(Pass *s, JointForm form)
{
    bool live = form.risk_moves_imputation;
    Var everywhere = form.labels ? logit(s, CVR, D) : NULL;
    Var e_hat = imputed_error(s, D, everywhere, form.labels, live);
    Var z = logit(s, CVR, O), r = conversions(s, O);
    Var w = inverse_propensity(s, O);

    Var gap = sub(bce(z, r), imputed_error(s, O, z, form.labels, live));
    Var risk = add(mean(e_hat), per_exposure(s, mul(w, gap)));
    Var seen = form.imputation_moves_prediction ? z : stop(z);
    Var miss = sub(bce(seen, r), imputed_error(s, O, seen, form.labels, true));
    return add(risk, per_exposure(s, mul(w, square(miss))));
}
