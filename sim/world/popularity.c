/* The standing of each item, and its part of the click score. Ids are ranks. */
#include "sim/world/popularity.h"

#include "sim/base/real.h"
#include "sim/world/world_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Standing {
    double *of;                  /* g of each item */
    double of_rest, of_standing; /* s_o = of_rest f_o + of_standing g */
} Standing;

static bool popularity_is_on(const WorldOptions *options)
{
    return options->popularity.effect != 0;
}

static Status popularity_prepare(WorldMechanism *self, const World *world, const StreamKey *key,
                                 Message *message)
{
    (void)key;
    const Population *items = &world->items;
    Standing *s = self->state = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "the popularity of items");
    self->inputs = 1;
    s->of = calloc((size_t)items->members, sizeof *s->of);
    if (!s->of)
        return fail_memory(message, "the popularity of items");
    double mean = 0, variance = 0;
    for (int m = 0; m < items->members; m++) {
        s->of[m] = -real_log(m + 1);
        mean += population_share(items, (uint32_t)m) * s->of[m];
    }
    for (int m = 0; m < items->members; m++)
        variance += population_share(items, (uint32_t)m) * (s->of[m] - mean) * (s->of[m] - mean);
    if (!(variance > 1e-12))
        return fail(
            message, STATUS_USAGE,
            "world.popularity_effect: one item has nearly all exposures; expected more of world.items "
            "or a smaller world.item_zipf");
    for (int m = 0; m < items->members; m++)
        s->of[m] = (s->of[m] - mean) / sqrt(variance);
    return STATUS_OK;
}

static void popularity_release(void *state)
{
    Standing *s = state;
    if (s)
        free(s->of);
    free(s);
}

static void popularity_expose(const void *state, gsl_rng *random, const ExposureBlock *block, double *input)
{
    (void)random;
    const Standing *s = state;
    for (int i = 0; i < block->rows; i++)
        input[i] = s->of[block->item[i]];
}

static void popularity_score(const WorldMechanism *self, const World *world, const double *input, double *g)
{
    (void)world;
    memcpy(g, input + (ptrdiff_t)self->first_input * SCORE_BLOCK, SCORE_BLOCK * sizeof *g);
}

static Status popularity_weigh(void *state, const World *world, const double *g,
                               const CalibrationSample *sample, Message *message)
{
    const double effect = world->options.popularity.effect, *f = sample->s_o;
    const double m_f = calibration_mean(f, CALIBRATION_ROWS), m_g = calibration_mean(g, CALIBRATION_ROWS);
    const double v_f = calibration_covariance(f, m_f, f, m_f), v_g = calibration_covariance(g, m_g, g, m_g),
                 slope = v_g > 0 ? calibration_covariance(f, m_f, g, m_g) / v_g : 0,
                 rest = v_f - slope * slope * v_g;
    Standing *s = state;
    if (!(v_g > 0) || !(rest > 1e-9 * v_f))
        return fail(message, STATUS_USAGE,
                    "world.popularity_effect: the click score or the popularity does not vary freely over "
                    "exposures; expected more of world.users, world.items or world.context");
    s->of_rest = sqrt((1 - effect * effect) / rest);
    s->of_standing = effect / sqrt(v_g) - s->of_rest * slope;
    return STATUS_OK;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): other mechanisms move s_r */
static void popularity_join(const void *state, int rows, const double *g, double *s_o, double *s_r)
{
    (void)s_r;
    const Standing *s = state;
    for (int i = 0; i < rows; i++)
        s_o[i] = s->of_rest * s_o[i] + s->of_standing * g[i];
}

const Mechanism popularity_mechanism = {
    .name = "the popularity of items",
    .is_on = popularity_is_on,
    .prepare = popularity_prepare,
    .release = popularity_release,
    .expose = popularity_expose,
    .score = popularity_score,
    .weigh = popularity_weigh,
    .join = popularity_join,
};
