/* From users, items and context to standardised scores, and to the other terms of the logits that x
 * determines, a block of exposures at a time. */
#include "sim/world/world_internal.h"

int world_inputs(const World *world)
{
    int inputs = 2 * world->options.latent + world->options.context;
    for (int m = 0; m < world->mechanisms; m++)
        inputs += world->mechanism[m].inputs;
    return inputs;
}

void world_place(const World *world, gsl_rng *random[MECHANISM_COUNT], const ExposureBlock *block,
                 double *input)
{
    size_t k = (size_t)world->options.latent;
    for (int i = 0; i < block->rows; i++) {
        const double *user = world->users.z + block->user[i] * k, *item = world->items.z + block->item[i] * k;
        for (size_t d = 0; d < k; d++) {
            input[d * SCORE_BLOCK + (size_t)i] = user[d];
            input[(k + d) * SCORE_BLOCK + (size_t)i] = item[d];
        }
    }
    for (int m = 0; m < world->mechanisms; m++) {
        const WorldMechanism *w = &world->mechanism[m];
        if (w->mechanism->expose)
            w->mechanism->expose(w->state, random[m], block, input + (ptrdiff_t)w->first_input * SCORE_BLOCK);
    }
}

void world_raw_scores(const World *world, const double *input, double *f_o, double *f_r,
                      double *f[MECHANISM_COUNT])
{
    score_evaluate(world->click, input, f_o);
    score_evaluate(world->conversion, input, f_r);
    for (int m = 0; m < world->mechanisms && m < MECHANISM_COUNT; m++) {
        const WorldMechanism *w = &world->mechanism[m];
        if (w->mechanism->score)
            w->mechanism->score(w, world, input, f[m]);
    }
}

void world_scores(const World *world, const double *input, ExposureBlock *block)
{
    double *s_o = block->s_o, *s_r = block->s_r, *f[MECHANISM_COUNT];
    for (int m = 0; m < MECHANISM_COUNT; m++)
        f[m] = block->f[m];
    world_raw_scores(world, input, s_o, s_r, f);
    for (int m = 0; m < world->mechanisms && m < MECHANISM_COUNT; m++) {
        const WorldMechanism *w = &world->mechanism[m];
        if (w->mechanism->join)
            w->mechanism->join(w->state, SCORE_BLOCK, f[m], s_o, s_r);
    }
    for (int i = 0; i < SCORE_BLOCK; i++) {
        double f_o = s_o[i] - world->mean_o, f_r = s_r[i] - world->mean_r;
        s_o[i] = world->o_of_o * f_o;
        s_r[i] = world->r_of_o * f_o + world->r_of_r * f_r;
    }
}

bool world_has_terms(const World *world)
{
    return world->hidden || placement_is_on(&world->options) || calendar_drifts(world->calendar);
}

void world_terms(const World *world, ExposureBlock *block)
{
    const WorldOptions *o = &world->options;
    for (int i = 0; i < block->rows; i++) {
        uint32_t member = o->hidden_level == HIDDEN_USER ? block->user[i] : block->item[i];
        double h = world->hidden ? world->hidden[member] : 0;
        block->t_o[i] = o->gamma_o * h + o->placement.click * block->v[i];
        block->t_r[i] = o->gamma_r * h + o->placement.conversion * block->v[i];
        if (calendar_drifts(world->calendar))
            block->t_r[i] += calendar_drift(world->calendar, block->user[i], block->item[i], block->time[i]);
    }
}
