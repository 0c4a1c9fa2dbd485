/* Exposures, outcomes and truth drawn from a world. Every exposure takes its draws from the stream in one
 * order, and each mechanism has a stream of its own, so that no draw depends on the sizes of blocks or on
 * what else a world has. */
#include "sim/base/draw.h"
#include "sim/world/world_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Generator {
    const World *world;
    Sampling sampling;
    double from; /* share of the days before which there are no exposures */
    gsl_rng *random;
    gsl_rng *placement;            /* NULL without one */
    gsl_rng *times;                /* NULL where exposures have no time */
    gsl_rng *own[MECHANISM_COUNT]; /* of the world's mechanisms */
    double *input;                 /* of the scores, world_inputs x SCORE_BLOCK */
};

static Status open_own(gsl_rng **random, const StreamKey *key, const char *purpose, const char *of,
                       Message *message)
{
    char own[128];
    snprintf(own, sizeof own, "%s/%s", purpose, of);
    *random = stream_open(key, own);
    return *random ? STATUS_OK : fail_memory(message, "a source of exposures");
}

Status generator_open(Generator **generator, const World *world, const StreamKey *key, const char *purpose,
                      Sampling sampling, Message *message)
{
    *generator = NULL;
    Generator *g = calloc(1, sizeof *g);
    if (!g)
        return fail_memory(message, "a source of exposures");
    g->world = world;
    g->sampling = sampling;
    g->random = stream_open(key, purpose);
    g->input = calloc((size_t)world_inputs(world) * SCORE_BLOCK, sizeof *g->input);
    Status status = g->random && g->input ? STATUS_OK : fail_memory(message, "a source of exposures");
    if (!status && placement_is_on(&world->options))
        status = open_own(&g->placement, key, purpose, "placement", message);
    if (!status && world->calendar)
        status = open_own(&g->times, key, purpose, "times", message);
    if (!status)
        status = mechanism_streams_open(g->own, world, key, purpose, message);
    if (status)
        generator_close(g);
    else
        *generator = g;
    return status;
}

void generator_close(Generator *generator)
{
    if (!generator)
        return;
    gsl_rng_free(generator->random);
    gsl_rng_free(generator->placement);
    gsl_rng_free(generator->times);
    mechanism_streams_close(generator->own);
    free(generator->input);
    free(generator);
}

void generator_restart(Generator *g, const StreamKey *key, const char *purpose)
{
    char own[128];
    stream_restart(g->random, key, purpose);
    if (g->placement) {
        snprintf(own, sizeof own, "%s/placement", purpose);
        stream_restart(g->placement, key, own);
    }
    if (g->times) {
        snprintf(own, sizeof own, "%s/times", purpose);
        stream_restart(g->times, key, own);
    }
    mechanism_streams_restart(g->own, g->world, key, purpose);
}

/* The draws of one exposure, in this order. */
static void draw_exposure(Generator *g, ExposureBlock *block, int i)
{
    const World *w = g->world;
    const WorldOptions *o = &w->options;
    uint32_t user = population_exposed(&w->users, gsl_rng_uniform(g->random));
    double share = gsl_rng_uniform(g->random);
    uint32_t item = g->sampling == SAMPLE_UNBIASED ? population_any(&w->items, share)
                                                   : population_exposed(&w->items, share);
    for (int d = 0; d < o->context; d++) /* as float, which is what estimators see: the truth is that of x */
        g->input[(2 * o->latent + d) * SCORE_BLOCK + i] = (double)(float)draw_normal(g->random, 1);
    if (g->placement)
        block->v[i] = (double)(float)draw_normal(g->placement, 1);
    if (g->times) {
        block->time[i] = calendar_time(w->calendar, g->from + (1 - g->from) * gsl_rng_uniform(g->times));
        item = calendar_item(w->calendar, item, block->time[i]);
    }
    block->user[i] = user;
    block->item[i] = item;
    if (!w->hidden)
        block->h[i] = draw_normal(g->random, 1);
    block->convert[i] = gsl_rng_uniform(g->random);
    block->click[i] = gsl_rng_uniform(g->random);
}

static void write_features(const Generator *g, const ExposureBlock *block, Features *x)
{
    const World *w = g->world;
    int k = w->options.latent, context = w->options.context;
    for (int i = 0; i < block->rows; i++) {
        uint32_t user = block->user[i], item = block->item[i];
        uint32_t *id = x->id + (block->first + (size_t)i) * (size_t)w->schema.categorical;
        float *dense = x->dense + (block->first + (size_t)i) * (size_t)w->schema.dense;
        id[FIELD_USER] = user;
        id[FIELD_ITEM] = item;
        id[2] = w->users.group[user];
        id[3] = w->items.group[item];
        memcpy(dense, w->users.copy + (size_t)user * (size_t)k, (size_t)k * sizeof *dense);
        memcpy(dense + k, w->items.copy + (size_t)item * (size_t)k, (size_t)k * sizeof *dense);
        for (int d = 0; d < context; d++)
            dense[2 * k + d] = (float)g->input[(2 * k + d) * SCORE_BLOCK + i];
        if (g->placement)
            dense[2 * k + context] = (float)block->v[i];
    }
    for (int m = 0; m < w->mechanisms; m++)
        if (w->mechanism[m].mechanism->show)
            w->mechanism[m].mechanism->show(w->mechanism[m].state, block, x);
}

/* Potential outcomes, clicks and conversions, and what is known given h. */
static void draw_outcomes(const Generator *g, ExposureBlock *block, Log *log, Truth *truth)
{
    const Logits *l = &g->world->logits;
    for (int i = 0; i < block->rows; i++) {
        size_t row = block->first + (size_t)i;
        double p_r = link_probability(l->link, l->b + l->sigma_r * block->s_r[i] + l->gamma_r * block->h[i] +
                                                   block->t_r[i]);
        double base = l->a + l->sigma_o * block->s_o[i] + l->gamma_o * block->h[i] + block->t_o[i];
        int potential = block->convert[i] < p_r;
        double p_o = link_probability(l->link, base + l->delta * (potential - p_r));
        block->potential[i] = (uint8_t)potential;
        bool click = g->sampling == SAMPLE_UNBIASED || block->click[i] < p_o;
        log->click[row] = click;
        log->conversion[row] = click && potential;
        if (truth) {
            truth->potential[row] = (uint8_t)potential;
            truth->p_r_full[row] = p_r;
            truth->p_o_given[row] = p_o;
            truth->p_o_full[row] = p_r * link_probability(l->link, base + l->delta * (1 - p_r)) +
                                   (1 - p_r) * link_probability(l->link, base - l->delta * p_r);
        }
    }
}

/* The truth of a block given x and, where it has room for it, given all of x but the placement. */
static void write_truth(const World *w, const ExposureBlock *block, Truth *truth)
{
    double t_r[SCORE_BLOCK];
    size_t first = block->first, rows = (size_t)block->rows;
    bool terms = world_has_terms(w);
    quadrature_truth(w->quadrature, &w->logits,
                     &(QuadratureRows){.rows = rows,
                                       .s_o = block->s_o,
                                       .s_r = block->s_r,
                                       .p_r = truth->p_r + first,
                                       .p_o = truth->p_o + first,
                                       .q = truth->q + first,
                                       .t_o = terms ? block->t_o : NULL,
                                       .t_r = terms ? block->t_r : NULL});
    if (!truth->reachable)
        return;
    for (size_t i = 0; i < rows; i++)
        t_r[i] = block->t_r[i] - w->options.placement.conversion * block->v[i];
    quadrature_truth(
        w->reachable_quadrature, &w->reachable_logits,
        &(QuadratureRows){.rows = rows, .s_r = block->s_r, .p_r = truth->reachable + first, .t_r = t_r});
}

/* What follows from the outcomes, by the world's mechanisms; the truth has the p_r, p_o and q of the block.
 */
static void draw_mechanisms(Generator *g, const ExposureBlock *block, Log *log, Truth *truth)
{
    for (int m = 0; m < g->world->mechanisms; m++) {
        const WorldMechanism *of = &g->world->mechanism[m];
        if (of->mechanism->draw)
            of->mechanism->draw(of->state, g->own[m], block, log);
        if (of->mechanism->truth && truth)
            of->mechanism->truth(of->state, block, truth);
    }
}

void generator_next(Generator *g, Log *log, Truth *truth)
{
    const World *w = g->world;
    ExposureBlock block = {0};
    for (size_t first = 0; first < log->x.rows; first += SCORE_BLOCK) {
        block.first = first;
        block.rows = log->x.rows - first < SCORE_BLOCK ? (int)(log->x.rows - first) : SCORE_BLOCK;
        for (int i = 0; i < block.rows; i++)
            draw_exposure(g, &block, i);
        world_terms(w, &block);
        world_place(w, g->own, &block, g->input);
        world_scores(w, g->input, &block);
        write_features(g, &block, &log->x);
        draw_outcomes(g, &block, log, truth);
        if (truth)
            write_truth(w, &block, truth);
        draw_mechanisms(g, &block, log, truth);
    }
}

Status world_add_columns(const World *world, Log *log, Truth *truth, Message *message)
{
    Status status = STATUS_OK;
    for (int m = 0; m < world->mechanisms && !status; m++)
        if (world->mechanism[m].mechanism->add_columns)
            status = world->mechanism[m].mechanism->add_columns(log, truth, message);
    return status;
}

Status world_draw(const World *world, const ExposureDraw *draw, Log *log, Truth *truth, Message *message)
{
    Generator *generator = NULL;
    if (truth)
        *truth = (Truth){0};
    Status status = log_create(log, world_schema(world), draw->rows, message);
    if (!status && truth)
        status = truth_create(truth, draw->rows, message);
    if (!status && truth && placement_is_on(&world->options))
        status = truth_add_reachable(truth, message);
    if (!status)
        status = world_add_columns(world, log, truth, message);
    if (!status)
        status = generator_open(&generator, world, draw->key, draw->purpose, draw->sampling, message);
    if (!status) {
        generator->from = draw->from;
        generator_next(generator, log, truth);
    }
    generator_close(generator);
    if (status) {
        log_free(log);
        if (truth)
            truth_free(truth);
    }
    return status;
}

Status world_draw_parts(const World *world, const ExposureDraw *draw, TakeLog *take, void *taker,
                        Message *message)
{
    enum { PART = 64 * SCORE_BLOCK };
    const size_t most = PART;
    Generator *generator = NULL;
    Log part;
    Status status = log_create(&part, world_schema(world), most, message);
    if (!status)
        status = world_add_columns(world, &part, NULL, message);
    if (!status)
        status = generator_open(&generator, world, draw->key, draw->purpose, draw->sampling, message);
    if (!status)
        generator->from = draw->from;
    for (size_t drawn = 0; !status && drawn < draw->rows; drawn += part.x.rows) {
        part.x.rows = draw->rows - drawn < most ? draw->rows - drawn : most;
        generator_next(generator, &part, NULL);
        status = take(taker, &part, message);
    }
    generator_close(generator);
    log_free(&part);
    return status;
}
