#include "sim/world/behaviour.h"

#include <math.h>

/* Of d where `sign` is 1, of no d where it is -1: 1 - p would lose what is small. */
static double given(const ActionLogit *logit, double s_o, int potential, double sign)
{
    double z = logit->c + logit->sigma * s_o + logit->lift * potential;
    return 1 / (1 + exp(-sign * z));
}

double action_probability(const ActionLogit *logit, double s_o, int potential)
{
    return given(logit, s_o, potential, 1);
}

ActionGraph action_graph(const ActionLogit *logit, double s_o, double p_r)
{
    double action = p_r * given(logit, s_o, 1, 1) + (1 - p_r) * given(logit, s_o, 0, 1);
    double other = p_r * given(logit, s_o, 1, -1) + (1 - p_r) * given(logit, s_o, 0, -1);
    return (ActionGraph){.action = action,
                         .buy_after = p_r * given(logit, s_o, 1, 1) / action,
                         .buy_otherwise = p_r * given(logit, s_o, 1, -1) / other};
}
