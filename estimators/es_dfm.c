/* Elapsed-time sampling: clicks after an observation window with what it has seen, delayed conversions again
 * when they come, weighted by a model of what is still to come that is trained before the stream. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const Constant constants[] = {
    {"observation", 0.25, 0.01, 100000, "hours that a click is observed for before it is trained on"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_OBSERVED, .again = AGAIN_DELAYED};

/* mean_O l(r, c) with the weights 1 + f where r is 1 and (1+f) z where it is 0. */
static Var stream_loss(Pass *s)
{
    Var of_one = shift(delayed_positive(s), 1);

    return delayed_weighted(s, of_one, mul(of_one, real_negative(s)));
}

const Estimator es_dfm = {
    .name = "es_dfm",
    .family = FAMILY_DELAYED,
    .year = 2021,
    .summary =
        "clicks after a short wait, late conversions again, weighted by a model of both kinds of negatives",
    .cite = "Yang, Li, Han, Zhuang, Zhan, Zeng and Tong, Elapsed-time sampling, AAAI 2021",
    .follows = "delay_vanilla",
    .idea = "As in fnw, conversions enter again when they come, and weights undo the false negatives; a "
            "short wait has spared most of these. Models of late conversions and of real negatives, learned "
            "before the stream, make the weights, which so do not hang on c.",
    .formula = "mean_O w l(r, c),  w = 1 + f where r = 1, else (1 + f) z\n"
               "a click enters at s + w_o; a later conversion again, with 1, when it comes",
    .assumes = "f and z, learned before the stream, still hold on it.",
    .fails = "Where delays or rates drift, f and z are of the past, and weights are wrong until they are "
             "learned anew.",
    .source = READ_AUTHORS_CODE,
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR), HEAD(DELAYED_POSITIVE) | HEAD(REAL_NEGATIVE)},
    .constant = constants,
    .stream = &rule,
    .phase = {{.loss = delayed_conversion, .moves = 1 << 0},
              {.loss = delayed_auxiliary, .moves = 1 << 1},
              {.loss = stream_loss, .moves = 1 << 0, .stage = 1}},
};
