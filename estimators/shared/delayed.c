/* Parts of methods of delayed feedback: what several of their files say alike. */
#include "estimators/shared/delayed.h"

Var delayed_conversion(Pass *s)
{
    return mean(bce(logit(s, CVR, O), conversions(s, O)));
}

Var delayed_positive_loss(Pass *s)
{
    return mean(bce(logit(s, DELAYED_POSITIVE, O), seen_late(s)));
}

Var delayed_negative_loss(Pass *s)
{
    Var z = bce(logit(s, REAL_NEGATIVE, O), one_minus(conversions(s, O)));

    return weighted_mean(one_minus(seen_early(s)), z);
}

Var delayed_auxiliary(Pass *s)
{
    Var f = delayed_positive_loss(s);

    return add(f, delayed_negative_loss(s));
}

Var delayed_rate(Pass *s)
{
    const float least = 1e-6F;

    return clamp_min(clamp_max(stop(sigmoid(logit(s, CVR, O))), 1 - least), least);
}

Var delayed_weighted(Pass *s, Var of_one, Var of_zero)
{
    Var r = conversions(s, O);
    Var ones = mul(r, of_one);
    Var weight = add(ones, mul(one_minus(r), of_zero));

    return mean(mul(weight, bce(logit(s, CVR, O), r)));
}

Var delayed_closed_conversion(Pass *s)
{
    return weighted_mean(one_minus(of_kind(s, STREAM_DEADLINE)), bce(logit(s, CVR, O), conversions(s, O)));
}

Var delayed_still_none(Pass *s)
{
    Var open = mul(of_kind(s, STREAM_DEADLINE), one_minus(seen_early(s)));

    return weighted_mean(open, bce(logit(s, REAL_NEGATIVE, O), one_minus(conversions(s, O))));
}
