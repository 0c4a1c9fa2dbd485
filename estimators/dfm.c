/* The delayed feedback model: a likelihood of what has been seen of a click by its time, with a second head
 * for the rate at which conversions come. Clicks enter once, at the end of their hour. */
#include "estimators/core/estimator.h"

enum { SHAPE };
static const Constant constants[] = {
    {"shape", 1, 0.2, 5, "of the Weibull distribution of delays, the same for all clicks; 1: exponential"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_HOUR};

/* (lambda d)^shape, from the logarithms of both; lambda a day. */
static Var hazard(Pass *s, Var log_rate, Var log_days)
{
    return exponential(scale(add(log_rate, log_days), constant(s, SHAPE)));
}

/* With F(d) = 1 - exp(-(lambda d)^shape) and w the attribution window, of a conversion -log c f(d) / F(w),
 * but for what no parameter is in, and of none by e days -log(1 - c F(e) / F(w)), which for e = w is
 * l(0, c). Rates are at least 1/1000 a day and times a tenth of a second, so that logarithms are finite. */
static Var seen_loss(Pass *s)
{
    const float least_rate = 1e-3F, least_days = 1e-6F, least = 1e-12F;
    Var a = logit(s, CVR, O);
    Var log_rate = logarithm(clamp_min(softplus(logit(s, DELAY_RATE, O)), least_rate));
    Var r = conversions(s, O);
    Var at = hazard(s, log_rate, logarithm(clamp_min(waited(s), least_days)));
    Var at_end = hazard(s, log_rate, logarithm(attribution(s)));
    Var open_at_end = exponential(scale(at_end, -1));
    Var within = one_minus(open_at_end);
    Var left = divide(sub(exponential(scale(at, -1)), open_at_end), within); /* 1 - F(e) / F(w) */
    Var log_within = logarithm(within);
    Var of_delay = add(sub(at, scale(log_rate, constant(s, SHAPE))), log_within);
    Var of_one = add(of_delay, softplus(scale(a, -1)));
    Var not_yet = softplus(add(a, logarithm(clamp_min(left, least))));
    Var of_none = sub(softplus(a), not_yet);

    Var ones = mul(r, of_one);

    return mean(add(ones, mul(one_minus(r), of_none)));
}

const Estimator dfm = {
    .name = "dfm",
    .family = FAMILY_DELAYED,
    .year = 2014,
    .summary = "the likelihood of what was seen by the end of a click's hour, with a model of delays",
    .cite = "Chapelle, Modeling delayed feedback in display advertising, KDD 2014",
    .follows = "naive",
    .idea = "A click without a conversion may still convert. A second head models the delay, and the "
            "likelihood of what has been seen says how likely that is.",
    .formula = "r = 1: -log( c f(d) / F(w_a) );  r = 0: -log(1 - c F(e) / F(w_a));  mean over O\n"
               "a click enters at the end of its hour, with what has come\n"
               "F(d) = 1 - exp(-(lambda d)^shape),  f its density,  e the time since the click",
    .assumes = "Given the features, delays have the distribution of Weibull with the given shape.",
    .fails = "Where delays are of another family, c is biased. Each click is used once and early, so that "
             "what it says of c rests on the model of delays.",
    .source = READ_PUBLIC_CODE,
    .differs =
        "delays are cut at the attribution window, and a conversion has its own delay, not the elapsed time",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR) | HEAD(DELAY_RATE)},
    .constant = constants,
    .stream = &rule,
    .learns_cut = true,
    .phase = {{.loss = seen_loss}, {.loss = seen_loss, .stage = 1}},
};
