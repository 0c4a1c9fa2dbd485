/* Entire space multi-task model with post-click behaviour decomposition. Wen, Zhang, Wang, Lv, Bao, Lin and
 * Yang, SIGIR 2020. The graph: impression -> click (y1) -> action (y2) or none -> purchase (y3 after
 * the action, y4 otherwise), so c = y2 y3 + (1-y2) y4. Weights of the three tasks 1. */
#include "estimators/core/estimator.h"

static Var conversion_logit(Pass *s)
{
    return logit_mix(logit(s, ACTION, D), logit(s, BUY_AFTER_ACTION, D), logit(s, BUY_OTHERWISE, D));
}

static Var loss(Pass *s)
{
    Var click = logit(s, CTR, D);
    Var click_and_action = logit_and(click, logit(s, ACTION, D));
    Var click_and_buy = logit_and(click, conversion_logit(s));

    return add(mean(bce(click, clicks(s))),
               add(mean(bce(click_and_action, actions(s))), mean(bce(click_and_buy, ctcvr_labels(s)))));
}

static Var predict(Pass *s)
{
    return sigmoid(conversion_logit(s));
}

const Estimator esm2 = {
    .name = "esm2",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2020,
    .needs = NEEDS_BEHAVIOUR,
    .summary = "CVR by way of a post-click action (cart, wish), all parts learned over every exposure",
    .cite =
        "Wen, Zhang, Wang, Lv, Bao, Lin and Yang, Entire space multi-task modeling via post-click behavior "
        "decomposition, SIGIR 2020",
    .follows = "esmm",
    .idea = "Many buyers first put an item into the cart. The action is more frequent than the purchase, and "
            "splits the way to it into two steps that are easier to learn.",
    .formula = "mean_D l(o, y1) + mean_D l(o d, y1 y2) + mean_D l(t, y1 c),  c = y2 y3 + (1 - y2) y4",
    .assumes = "Actions are logged and tell of the purchase. As in esmm, nothing hidden moves clicks and "
               "conversions.",
    .fails = "Its limit is q. What it gains over esmm is small: in experiments/behaviour nothing that can be "
             "told from chance, in PAPERS a little.",
    .net = {HEAD(CTR) | HEAD(ACTION) | HEAD(BUY_AFTER_ACTION) | HEAD(BUY_OTHERWISE)},
    .phase = {{loss}},
    .predict = predict,
};
