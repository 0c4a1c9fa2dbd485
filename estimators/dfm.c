/* The delayed feedback model: a likelihood of what has been seen of a click by its time, with a second head
 * for the rate at which conversions come. Clicks enter once, at the end of their hour. Delays are of one of
 * two families, whose spread is the same for all clicks: read were the exponential one of ThyrixYang/es_dfm,
 * src/loss.py (exp_delay_loss) and src/data.py (to_dfm_tune); the others are ours. */
#include "estimators/core/estimator.h"

enum { SHAPE, FAMILY, WINDOW };
static const Constant constants[] = {
    {"shape", 1, 0.2, 5,
     "of the Weibull distribution of delays, the same for all clicks; 1: exponential. Of log-normal ones the "
     "standard deviation of the logarithm"},
    {"family", 0, 0, 1, "of delays; 0: Weibull; 1: log-normal"},
    {"window", 1, 0, 1,
     "1: delays are cut at the attribution window; 0: they have no end, and c is the chance to convert ever"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_HOUR};

/* With lambda a day and k the shape, of the logarithm of lambda d: its hazard (lambda d)^k. */
static Var hazard(Pass *s, Var log_scaled)
{
    return exponential(scale(log_scaled, constant(s, SHAPE)));
}

/* Its distance from the median 1 / lambda in standard deviations. */
static Var deviation(Pass *s, Var log_scaled)
{
    return scale(log_scaled, 1 / constant(s, SHAPE));
}

/* G(d) = 1 - exp(-(lambda d)^k) or Phi(log(lambda d) / k), and 1 - G(d). */
static Var comes_after(Pass *s, Var log_scaled)
{
    return is_on(s, FAMILY) ? normal_probability(scale(deviation(s, log_scaled), -1))
                            : exponential(scale(hazard(s, log_scaled), -1));
}

static Var comes_within(Pass *s, Var log_scaled)
{
    return is_on(s, FAMILY) ? normal_probability(deviation(s, log_scaled))
                            : one_minus(comes_after(s, log_scaled));
}

/* -log g(d), but for what no parameter is in. */
static Var delay_loss(Pass *s, Var log_rate, Var log_scaled)
{
    if (is_on(s, FAMILY))
        return scale(square(deviation(s, log_scaled)), 0.5F);

    Var at = hazard(s, log_scaled);
    return sub(at, scale(log_rate, constant(s, SHAPE)));
}

/* With w the attribution window, F(d) = G(d) / G(w) and f(d) = g(d) / G(w) or, without it, G and g: of a
 * conversion -log c f(d), and of none by e days -log(1 - c F(e)), which for e = w is l(0, c). Rates are at
 * least 1/1000 a day, times a tenth of a second and G(w) 1e-12, so that logarithms are finite. */
static Var seen_loss(Pass *s)
{
    const float least_rate = 1e-3F, least_days = 1e-6F, least = 1e-12F;
    Var a = logit(s, CVR, O);
    Var log_rate = logarithm(clamp_min(softplus(logit(s, DELAY_RATE, O)), least_rate));
    Var r = conversions(s, O);
    Var at = add(log_rate, logarithm(clamp_min(waited(s), least_days)));
    Var of_delay = delay_loss(s, log_rate, at);
    Var left; /* 1 - F(e) */
    if (is_on(s, WINDOW)) {
        Var at_end = add(log_rate, logarithm(attribution(s)));
        Var within = clamp_min(comes_within(s, at_end), least);
        left = one_minus(divide(comes_within(s, at), within));
        of_delay = add(of_delay, logarithm(within));
    } else {
        left = comes_after(s, at);
    }
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
    .formula =
        "r = 1: -log( c f(d) / F(w_a) );  r = 0: -log(1 - c F(e) / F(w_a));  mean over O\n"
        "a click enters at the end of its hour, with what has come\n"
        "F(d) = 1 - exp(-(lambda d)^shape), or log-normal,  f its density,  e the time since the click",
    .assumes = "Given the features, delays have the chosen distribution, Weibull's or the log-normal, with "
               "the given shape.",
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
