/* Post-click behaviour, a mechanism: an action d (cart, wish) between click and purchase.
 *
 *   logit P(d(1)=1 | x,r(1)) = c + sigma s_o(x) + lift r(1)
 *
 * d(1), like r(1), is what would follow if the exposure were clicked. r(1) is drawn first and d given r(1),
 * so d adds nothing to a world's clicks and conversions, and its graph click -> d -> purchase is exact by
 * Bayes' rule: y2 y3 + (1-y2) y4 is the conversion probability. What d does not get from x it gets from r(1)
 * alone, so this holds at every level of knowledge with that level's conversion probability: p_r(x,h) given
 * everything, p_r(x) over D, q(x) among the clicked. */
#pragma once

typedef struct World World;

typedef struct BehaviourOptions {
    double rate;  /* P(d(1)=1) over D, in [0, 1); 0: no behaviour */
    double lift;  /* in the action logit, of a conversion */
    double sigma; /* in the action logit, weight of the click score */
} BehaviourOptions;

typedef struct ActionLogit {
    double c, sigma, lift;
} ActionLogit;

/* NULL when the world has no behaviour. */
const ActionLogit *world_action(const World *world);

/* The graph after a click. */
typedef struct ActionGraph {
    double action;        /* y2 = P(d=1) */
    double buy_after;     /* y3 = P(buy | d=1) */
    double buy_otherwise; /* y4 = P(buy | d=0) */
} ActionGraph;

/* P(d(1)=1 | x,r(1)). */
double action_probability(const ActionLogit *logit, double s_o, int potential);

/* The graph where conversions have probability p_r. */
ActionGraph action_graph(const ActionLogit *logit, double s_o, double p_r);
