/* Feedback shift importance weighting: each click once, at the end of its hour, weighted by models of what
 * has come by its time that are trained on clicks before a counterfactual deadline. Read were fsiw_loss of
 * ThyrixYang/es_dfm (src/loss.py) and of yfwang2021/ULC, and their to_fsiw_0 and to_fsiw_1 (src/data.py), of
 * which those of the former know conversions of after the training; these do not. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const Constant constants[] = {
    {"deadline", 7, 0.01, 3650,
     "days from the counterfactual deadline to the begin of the stream, at most the attribution window"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_HOUR};

/* Before the stream: of what has come by its begin, of clicks before the deadline, the mean of l(1{by the
 * deadline}, f1). */
static Var seen_loss(Pass *s)
{
    Var came = mul(of_kind(s, STREAM_DEADLINE), conversions(s, O));

    return weighted_mean(came, bce(logit(s, SEEN_BY_NOW, O), seen_early(s)));
}

/* mean_O l(r, c) with the weights 1 / f1 where r is 1 and z, f0 of the paper, where it is 0. */
static Var stream_loss(Pass *s)
{
    const float least = 1e-6F;
    Var of_one = reciprocal(clamp_min(seen_by_now(s), least));

    return delayed_weighted(s, of_one, real_negative(s));
}

const Estimator fsiw = {
    .name = "fsiw",
    .family = FAMILY_DELAYED,
    .year = 2020,
    .summary = "clicks at the end of their hour, weighted by what models of the elapsed time say of the rest",
    .cite = "Yasui, Morishita, Fujita and Shibata, A feedback shift correction, WWW 2020",
    .follows = "delay_vanilla",
    .idea = "Labels at the end of the hour lack late conversions. Weights of the two labels, by models of "
            "how much "
            "has come by the time of a click, mend the shift between these labels and the true ones.",
    .formula = "mean_O w l(r, c),  w = 1 / f1(e) where r = 1, else z(e)\n"
               "a click enters at the end of its hour, with what has come; e is the time since the click",
    .assumes =
        "f1 and z, learned of clicks before a deadline, still hold, and at the ages that rows of the stream "
        "have.",
    .fails =
        "Rows of the stream are as old as an hour, an age that clicks before the deadline rarely have: there "
        "f1 is small and badly known, and 1 / f1 varies most.",
    .source = READ_PUBLIC_CODE,
    .differs = "the elapsed time is a share of the attribution window, 1 after its end",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR), HEAD(SEEN_BY_NOW), HEAD(REAL_NEGATIVE)},
    .constant = constants,
    .stream = &rule,
    .deadline = "deadline",
    .elapsed = 1 << 1 | 1 << 2,
    .phase = {{.loss = delayed_closed_conversion, .moves = 1 << 0},
              {.loss = seen_loss, .moves = 1 << 1},
              {.loss = delayed_still_none, .moves = 1 << 2},
              {.loss = stream_loss, .moves = 1 << 0, .stage = 1}},
};
