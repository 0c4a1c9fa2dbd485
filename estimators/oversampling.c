/* Click-space CVR with conversions repeated k times: sum_O w l(r, c) / sum_O w, w = 1 + (k - 1) r. A baseline
 * of Ma et al., SIGIR 2018, after Weiss, Mining with rarity, SIGKDD Explorations 2004. */
#include "estimators/core/estimator.h"

enum { K };
static const Constant constants[] = {
    {"k", 3, 0, 1000, "how often a conversion counts"},
    {0},
};

static Var loss(Pass *s)
{
    Var r = conversions(s, O);
    Var w = shift(scale(r, constant(s, K) - 1), 1);

    return weighted_mean(w, bce(logit(s, CVR, O), r));
}

const Estimator oversampling = {
    .name = "oversampling",
    .family = FAMILY_CLICK_SPACE,
    .year = 2004,
    .summary = "naive with every conversion repeated k times",
    .cite = "Weiss, Mining with rarity, SIGKDD Explorations 2004; baseline of Ma et al., SIGIR 2018",
    .follows = "naive",
    .idea = "Conversions are rare, so each counts k times.",
    .formula = "wmean_O(w, l(r, c)),  w = 1 + (k - 1) r",
    .assumes = "The order of predictions matters, and their level does not.",
    .fails = "A rate q is learned as k q / (k q + 1 - q), so that predictions are too high. Selection stays "
             "as it is in naive.",
    .net = {HEAD(CVR)},
    .constant = constants,
    .phase = {{loss}},
};
