/* Unbiased delayed feedback label correction: on the stream of es_dfm, an observed negative counts as both
 * labels, by its chance to be a conversion that is still to come. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

enum { OBSERVATION, AS_CODE };
static const Constant constants[] = {
    {"observation", 1, 0.01, 100000, "hours that a click is observed for before it is trained on"},
    {"as_code", 0, 0, 1,
     "1: the published code's weights of positives, 2 + f, which have another fixed point"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_OBSERVED, .again = AGAIN_DELAYED};

/* Weights of l(1, c): 1 + f where a conversion was seen in time, 1 where it came later; of a negative
 * y = 1 - z is the chance to be one of the latter: y f l(1, c) + (1-y) (1+f) l(0, c). */
static Var stream_loss(Pass *s)
{
    Var f = delayed_positive(s);
    Var z = real_negative(s);
    Var r = conversions(s, O);
    Var none = one_minus(r);
    Var seen = is_on(s, AS_CODE) ? mul(r, shift(f, 2))
                                 : add(r, mul(mul(r, one_minus(of_kind(s, STREAM_DELAYED))), f));
    Var of_one = add(seen, mul(none, mul(one_minus(z), f)));
    Var of_zero = mul(none, mul(z, shift(f, 1)));
    Var a = logit(s, CVR, O);
    Var as_one = mul(of_one, softplus(scale(a, -1)));
    Var as_zero = mul(of_zero, softplus(a));

    return mean(add(as_one, as_zero));
}

const Estimator defuse = {
    .name = "defuse",
    .family = FAMILY_DELAYED,
    .year = 2022,
    .summary = "the stream of es_dfm, whose negatives count as both labels by their chance to convert",
    .cite = "Chen, Jin, Zhao, Wang, Liu, Xu and Zheng, Asymptotically unbiased estimation, WWW 2022",
    .follows = "es_dfm",
    .idea = "A negative of the stream of es_dfm may be a conversion that is still to come, so it counts as "
            "both labels, each by its chance.",
    .formula = "mean_O of: (1 + f) l(1, c) where r = 1 in time;  l(1, c) where r = 1 later;\n"
               "else (1 - z) f l(1, c) + z (1 + f) l(0, c)",
    .assumes = "f and z, learned before the stream, still hold on it.",
    .fails = "Where delays or rates drift, f and z are of the past. With the weights of the published code "
             "(`as_code` 1) it learns more than p_r.",
    .source = READ_AUTHORS_CODE,
    .differs = "positives are weighted as derived; as_code has the code's",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR), HEAD(DELAYED_POSITIVE) | HEAD(REAL_NEGATIVE)},
    .constant = constants,
    .stream = &rule,
    .phase = {{.loss = delayed_conversion, .moves = 1 << 0},
              {.loss = delayed_auxiliary, .moves = 1 << 1},
              {.loss = stream_loss, .moves = 1 << 0, .stage = 1}},
};
