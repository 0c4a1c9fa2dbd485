/* The action's logit, its graph by Bayes' rule, and the mechanism that draws it. Actions have a stream of
 * random numbers of their own, so that a world's exposures, clicks and conversions do not depend on its
 * behaviour. */
#include "sim/world/behaviour.h"

#include "sim/base/real.h"
#include "sim/world/density.h"
#include "sim/world/world_internal.h"

#include <math.h>
#include <stdlib.h>

/* The probability of d where `sign` is 1, of no d where it is -1: computing it as 1 - p would lose digits of
 * small values. */
static double given(const ActionLogit *logit, double s_o, int potential, double sign)
{
    double z = logit->c + logit->sigma * s_o + logit->lift * potential;
    return real_sigmoid(sign * z);
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

static bool behaviour_is_on(const WorldOptions *options)
{
    return options->behaviour.rate > 0;
}

static Status behaviour_prepare(WorldMechanism *self, const World *world, const StreamKey *key,
                                Message *message)
{
    (void)key;
    const BehaviourOptions *options = &world->options.behaviour;
    ActionLogit *logit = self->state = calloc(1, sizeof *logit);
    if (!logit)
        return fail_memory(message, "post-click actions");
    *logit = (ActionLogit){.sigma = options->sigma, .lift = options->lift};
    return STATUS_OK;
}

/* What the intercept of the action's logit is solved on: the distribution of sigma s_o among those who would
 * convert, and among those who would not. */
typedef struct ActionSearch {
    double lift;
    Density buys, leaves;
} ActionSearch;

static double action_share(const Density *density, double level)
{
    double sum = 0;
    for (int i = 0; i < density->points; i++)
        sum += density->weight[i] * real_sigmoid(level + density->x[i]);
    return sum;
}

/* P(d(1)=1) of the sample. */
static double action_rate(double intercept, void *context)
{
    const ActionSearch *search = context;
    return action_share(&search->buys, intercept + search->lift) + action_share(&search->leaves, intercept);
}

static Status behaviour_calibrate(void *state, const World *world, const CalibrationSample *sample,
                                  Message *message)
{
    ActionLogit *logit = state;
    ActionSearch search = {.lift = logit->lift};
    const RateGoal goal = {action_rate, &search, world->options.behaviour.rate, "behaviour.rate"};
    double *known = malloc((size_t)3 * CALIBRATION_ROWS * sizeof *known);
    if (!known)
        return fail_memory(message, "the calibration of a world");
    double *buys = known + CALIBRATION_ROWS, *leaves = buys + CALIBRATION_ROWS;
    for (int i = 0; i < CALIBRATION_ROWS; i++) {
        known[i] = logit->sigma * sample->s_o[i];
        buys[i] = sample->p_r[i] / CALIBRATION_ROWS;
        leaves[i] = (1 - sample->p_r[i]) / CALIBRATION_ROWS;
    }
    Status status =
        density_create(&search.buys, &(DensityRows){CALIBRATION_ROWS, known, NULL, buys}, message);
    if (!status)
        status =
            density_create(&search.leaves, &(DensityRows){CALIBRATION_ROWS, known, NULL, leaves}, message);
    if (!status)
        status = calibration_solve(&goal, &logit->c, message);
    density_free(&search.buys);
    density_free(&search.leaves);
    free(known);
    return status;
}

static Status behaviour_add_columns(Log *log, Truth *truth, Message *message)
{
    Status status = log_add_behaviour(log, message);
    return status || !truth ? status : truth_add_behaviour(truth, message);
}

static void behaviour_draw(const void *state, gsl_rng *random, const ExposureBlock *block, Log *log)
{
    for (int i = 0; i < block->rows; i++) {
        size_t row = block->first + (size_t)i;
        bool action = gsl_rng_uniform(random) < action_probability(state, block->s_o[i], block->potential[i]);
        if (log->behaviour)
            log->behaviour->action[row] = log->click[row] && action;
    }
}

static void behaviour_truth(const void *state, const ExposureBlock *block, Truth *truth)
{
    BehaviourTruth *behaviour = truth->behaviour;
    for (int i = 0; behaviour && i < block->rows; i++) {
        size_t row = block->first + (size_t)i;
        ActionGraph graph = action_graph(state, block->s_o[i], truth->p_r[row]);
        behaviour->action[row] = graph.action;
        behaviour->buy_after[row] = graph.buy_after;
        behaviour->buy_otherwise[row] = graph.buy_otherwise;
    }
}

const Mechanism behaviour_mechanism = {
    .name = "post-click actions",
    .stream = "actions",
    .is_on = behaviour_is_on,
    .prepare = behaviour_prepare,
    .release = free,
    .calibrate = behaviour_calibrate,
    .add_columns = behaviour_add_columns,
    .draw = behaviour_draw,
    .truth = behaviour_truth,
};

const ActionLogit *world_action(const World *world)
{
    return world_mechanism(world, &behaviour_mechanism);
}
