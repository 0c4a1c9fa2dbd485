/* The conversion part of TESLA: the stream and the weights of es_dfm, with the chance of a late conversion as
 * the difference of two heads, and a term that ranks conversions above clicks without, the prompt ones more.
 * As in the authors' code p_pre, f_in and z are frozen (the paper takes the streaming model's c for p_pre),
 * and weights of pairs are stopped; there 50 clicks without are drawn for a conversion, with replacement. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

#include <math.h>

enum { OBSERVATION, RANK_WEIGHT };
static const Constant constants[] = {
    {"observation", 0.25, 0.01, 100000, "hours that a click is observed for before it is trained on"},
    {"rank_weight", 1, 0, 100, "weight of the ranking term; 0 turns it off"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_OBSERVED, .again = AGAIN_DELAYED};

/* Before the stream: mean_O l(r, p_pre) + l(1{d <= w_o}, f_in), and the loss of z. */
static Var auxiliary_loss(Pass *s)
{
    Var converts = mean(bce(logit(s, CVR_BEFORE, O), conversions(s, O)));
    Var early = mean(bce(logit(s, EARLY_POSITIVE, O), seen_early(s)));
    Var both = add(converts, early);

    return add(both, delayed_negative_loss(s));
}

/* k = 1 + sigmoid((m - d) / max(sd, 1)) by the delay d of a conversion in hours, m and sd the lower median
 * and the standard deviation, that of a sample, of the batch's conversions. Of other rows it says nothing. */
static Var promptness(Pass *s, Var r)
{
    const float n = sum(r)->value[0];
    Var d = scale(waited(s), 24);
    Var gap = shift(d, -weighted_mean(r, d)->value[0]);
    const float squares = sum(mul(r, square(gap)))->value[0];
    const float sd = n > 1 ? sqrtf(squares / (n - 1)) : 0;
    Var behind = shift(d, -weighted_quantile(r, d, 0.5F));

    return shift(sigmoid(scale(behind, -1 / fmaxf(sd, 1))), 1);
}

/* The mean of -log sigmoid(a - a') over pairs of a conversion, by k, and a click without, by 1 - c, with the
 * logits a and a'. */
static Var ranking_loss(Pass *s)
{
    Var a = logit(s, CVR, O);
    Var r = conversions(s, O);
    Var of_high = mul(r, promptness(s, r));
    Var of_low = mul(one_minus(r), one_minus(stop(sigmoid(a))));

    return pairwise(a, of_high, of_low);
}

static Var stream_loss(Pass *s)
{
    Var of_one = shift(delayed_positive(s), 1);
    Var weighted = delayed_weighted(s, of_one, mul(of_one, real_negative(s)));

    return add(weighted, scale(ranking_loss(s), constant(s, RANK_WEIGHT)));
}

const Estimator tesla = {
    .name = "tesla",
    .family = FAMILY_DELAYED,
    .year = 2026,
    .summary = "the stream and weights of es_dfm, with a term that ranks conversions above other clicks",
    .cite = "Modeling cascaded delay feedback for online net conversion rate prediction, WWW 2026",
    .follows = "es_dfm",
    .idea =
        "Where a system orders items by c, a loss of pairs says so: a conversion is to rank above a click "
        "without, the more the sooner it came. Late conversions are what is left of all when those in time "
        "are taken away, so that their model is the difference of two that have more conversions.",
    .formula =
        "mean_O w l(r, c),  w = 1 + f where r = 1, else (1 + f) z,  f = p_pre - f_in\n"
        "+ rank_weight sum_ij k_i (1 - sg c_j) softplus(a_j - a_i) / (sum_i k_i sum_j (1 - sg c_j)),\n"
        "  i with r = 1, j with r = 0, c = sigmoid(a),\n"
        "  k = 1 + sigmoid((m - d) / max(sd, 1)), d in hours, m and sd median and deviation in the batch\n"
        "a click enters at s + w_o; a later conversion again, with 1, when it comes",
    .assumes =
        "f and z, learned before the stream, still hold on it; the order of c matters more than its level.",
    .fails = "Clicks without count by 1 - c in pairs, and those whose conversion is to come are among "
             "them: c rests too high where conversions are many and soon and too low elsewhere. Its gain "
             "over es_dfm depends on the learning rate (delay_length). As in es_dfm, f and z are of the "
             "past where delays or rates drift.",
    .source = READ_AUTHORS_CODE,
    .differs = "conversions alone, without refunds and the experts that both share; negatives of pairs by "
               "expectation, in place of 50 draws; p_pre is a head beside f_in",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR), HEAD(CVR_BEFORE) | HEAD(EARLY_POSITIVE) | HEAD(REAL_NEGATIVE)},
    .labels = HEAD(CVR_BEFORE),
    .constant = constants,
    .stream = &rule,
    .phase = {{.loss = delayed_conversion, .moves = 1 << 0},
              {.loss = auxiliary_loss, .moves = 1 << 1},
              {.loss = stream_loss, .moves = 1 << 0, .stage = 1}},
};
