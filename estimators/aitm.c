/* Adaptive information transfer multi-task. Xi, Chen, Yan, Zhang, Zhu, Zhuang and Chen, KDD 2021. Read:
 * xidongbo/AITM AITM.py. Tasks over D, each the probability of having come that far: click, (click and
 * action,) click and conversion, so here the CVR head is yhat_conv, not the CVR itself. The calibrator alpha
 * mean max(yhat_k - yhat_{k-1}, 0) says that no step is likelier than the one before. That is a fact of click
 * and conversion, but for actions only where they are likelier than conversions: a purchase needs no wish
 * list. */
#include "estimators/core/estimator.h"

enum { ALPHA };
static const Constant constants[] = {
    {"alpha", 0.6, 0, 1e6, "weight of the calibrator"},
    {0},
};

/* mean max(yhat_k - yhat_{k-1}, 0) */
static Var calibrator(Var before, Var after)
{
    return mean(clamp_min(sub(sigmoid(after), sigmoid(before)), 0));
}

static Var loss(Pass *s)
{
    Var click = logit(s, CTR, D), conversion = logit(s, CVR, D);

    return add(add(mean(bce(click, clicks(s))), mean(bce(conversion, ctcvr_labels(s)))),
               scale(calibrator(click, conversion), constant(s, ALPHA)));
}

static Var loss_with_action(Pass *s)
{
    Var click = logit(s, CTR, D), action = logit(s, ACTION, D), conversion = logit(s, CVR, D);
    Var tasks = add(mean(bce(click, clicks(s))),
                    add(mean(bce(action, actions(s))), mean(bce(conversion, ctcvr_labels(s)))));
    Var order = add(calibrator(click, action), calibrator(action, conversion));

    return add(tasks, scale(order, constant(s, ALPHA)));
}

/* yhat_conv / yhat_click where that is a probability. */
static Var predict(Pass *s)
{
    const float smallest = 1e-30F; /* of a click, so that what has underflowed does not divide */
    Var click = clamp_min(sigmoid(logit(s, CTR, D)), smallest);
    return clamp_max(divide(sigmoid(logit(s, CVR, D)), click), 1);
}

#define AITM_CITE                                                                                            \
    "Xi, Chen, Yan, Zhang, Zhu, Zhuang and Chen, Modeling the sequential dependence among audience "         \
    "multi-step conversions with multi-task learning in targeted display advertising, KDD 2021"

const Estimator aitm = {
    .name = "aitm",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2021,
    .summary = "click, then click and conversion, each task informed by the one before; CVR is their ratio",
    .cite = AITM_CITE,
    .follows = "division",
    .idea = "A conversion comes after a click, so the tower of the conversion reads what the tower of the "
            "click has found. A penalty says that no step is likelier than the one before.",
    .formula = "mean_D l(o, y_click) + mean_D l(t, y_conv) + alpha mean_D max(y_conv - y_click, 0);\n"
               "predicts min(1, y_conv / y_click)",
    .assumes = "Both probabilities are right wherever clicks are rare. As in naive, nothing hidden moves "
               "clicks and conversions.",
    .fails = "As in division, the quotient makes a small error of a small y_click a large one of the CVR. "
             "Its limit is q.",
    .backbone = "aitm",
    .net = {HEAD(CTR) | HEAD(CVR)},
    .cvr_of_all = true,
    .phase = {{loss}},
    .constant = constants,
    .predict = predict,
    .source = READ_AUTHORS_CODE,
    .differs = "no dropout",
};

const Estimator aitm_action = {
    .name = "aitm_action",
    .family = FAMILY_ENTIRE_SPACE,
    .year = 2021,
    .needs = NEEDS_BEHAVIOUR,
    .summary = "aitm with a post-click action (cart, wish) as a task between click and conversion",
    .cite = AITM_CITE,
    .follows = "aitm",
    .idea = "A post-click action is a task between click and conversion, so that the way is taken in smaller "
            "steps.",
    .formula = "mean_D l(o, y_click) + mean_D l(o d, y_action) + mean_D l(t, y_conv)\n"
               "+ alpha [ mean_D max(y_action - y_click, 0) + mean_D max(y_conv - y_action, 0) ];\n"
               "predicts min(1, y_conv / y_click)",
    .assumes = "Actions are logged, and no exposure is likelier to convert than to have the action. The rest "
               "is as in aitm.",
    .fails = "A purchase needs no cart: where conversions are likelier than actions the penalty is wrong. In "
             "experiments/behaviour, where the action nearly always comes first, its gain over aitm cannot "
             "be told from chance.",
    .backbone = "aitm",
    .net = {HEAD(CTR) | HEAD(ACTION) | HEAD(CVR)},
    .cvr_of_all = true,
    .phase = {{loss_with_action}},
    .constant = constants,
    .predict = predict,
    .source = READ_AUTHORS_CODE,
    .differs = "no dropout",
};
