/* Exposures, outcomes and truth drawn from a world. */
#include "sim/world/world_internal.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Generator {
    const World *world;
    Sampling sampling;
    gsl_rng *random, *actions; /* actions: NULL in a world without behaviour */
    double *hidden;            /* h of each user or item; NULL at the level of exposures */
    double *input;             /* of the scores, world_inputs x SCORE_BLOCK */
};

/* One block of drawn exposures. */
typedef struct Draws {
    uint32_t user[SCORE_BLOCK], item[SCORE_BLOCK];
    double h[SCORE_BLOCK];
    double convert[SCORE_BLOCK],
        click[SCORE_BLOCK]; /* uniform: the event happens when below its probability */
    double s_o[SCORE_BLOCK], s_r[SCORE_BLOCK];
    uint8_t potential[SCORE_BLOCK]; /* r(1) */
} Draws;

/* h is the replicate's, whatever the stream is drawn for: the log and the unbiased sample have the same
 * users. */
static Status draw_hidden(Generator *g, const StreamKey *key, Message *message)
{
    const WorldOptions *o = &g->world->options;
    if (o->hidden_level == HIDDEN_EXPOSURE)
        return STATUS_OK;
    size_t count = (size_t)(o->hidden_level == HIDDEN_USER ? o->users : o->items);
    g->hidden = calloc(count, sizeof *g->hidden);
    gsl_rng *random = stream_open(key, "hidden");
    if (!g->hidden || !random) {
        gsl_rng_free(random);
        return fail_memory(message, "the hidden confounder");
    }
    for (size_t i = 0; i < count; i++)
        g->hidden[i] = gsl_ran_gaussian_ziggurat(random, 1);
    gsl_rng_free(random);
    return STATUS_OK;
}

static Status open_actions(Generator *g, const StreamKey *key, const char *purpose, Message *message)
{
    char own[128];
    if (!world_action(g->world))
        return STATUS_OK;
    snprintf(own, sizeof own, "%s/actions", purpose);
    g->actions = stream_open(key, own);
    return g->actions ? STATUS_OK : fail_memory(message, "post-click actions");
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
    if (!status)
        status = draw_hidden(g, key, message);
    if (!status)
        status = open_actions(g, key, purpose, message);
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
    gsl_rng_free(generator->actions);
    free(generator->hidden);
    free(generator->input);
    free(generator);
}

/* Every exposure takes its draws in this order, so that it does not depend on the blocks. */
static void draw_exposure(Generator *g, Draws *draws, int i)
{
    const World *w = g->world;
    const WorldOptions *o = &w->options;
    uint32_t user = population_exposed(&w->users, gsl_rng_uniform(g->random));
    double share = gsl_rng_uniform(g->random);
    uint32_t item = g->sampling == SAMPLE_UNBIASED ? population_any(&w->items, share)
                                                   : population_exposed(&w->items, share);
    world_place(w, user, item, i, g->input);
    for (int d = 0; d < o->context; d++) /* as float, which is what estimators see: the truth is that of x */
        g->input[(2 * o->latent + d) * SCORE_BLOCK + i] =
            (double)(float)gsl_ran_gaussian_ziggurat(g->random, 1);
    draws->user[i] = user;
    draws->item[i] = item;
    if (g->hidden)
        draws->h[i] = g->hidden[o->hidden_level == HIDDEN_USER ? user : item];
    else
        draws->h[i] = gsl_ran_gaussian_ziggurat(g->random, 1);
    draws->convert[i] = gsl_rng_uniform(g->random);
    draws->click[i] = gsl_rng_uniform(g->random);
}

static void write_features(const Generator *g, const Draws *draws, int rows, size_t first, Features *x)
{
    const World *w = g->world;
    int k = w->options.latent, context = w->options.context;
    x->stream = world_activity(w) ? &world_activity(w)->stream : NULL;
    for (int i = 0; i < rows; i++) {
        uint32_t user = draws->user[i], item = draws->item[i];
        uint32_t *id = x->id + (first + (size_t)i) * (size_t)w->schema.categorical;
        float *dense = x->dense + (first + (size_t)i) * (size_t)w->schema.dense;
        id[FIELD_USER] = user;
        id[FIELD_ITEM] = item;
        id[2] = w->users.group[user];
        id[3] = w->items.group[item];
        memcpy(dense, w->users.copy + (size_t)user * (size_t)k, (size_t)k * sizeof *dense);
        memcpy(dense + k, w->items.copy + (size_t)item * (size_t)k, (size_t)k * sizeof *dense);
        for (int d = 0; d < context; d++)
            dense[2 * k + d] = (float)g->input[(2 * k + d) * SCORE_BLOCK + i];
    }
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Potential outcomes, clicks and conversions, and what is known given h. */
static void draw_outcomes(const Generator *g, Draws *draws, int rows, size_t first, Log *log, Truth *truth)
{
    const Logits *l = &g->world->logits;
    for (int i = 0; i < rows; i++) {
        size_t row = first + (size_t)i;
        double p_r = sigmoid(l->b + l->sigma_r * draws->s_r[i] + l->gamma_r * draws->h[i]);
        double base = l->a + l->sigma_o * draws->s_o[i] + l->gamma_o * draws->h[i];
        int potential = draws->convert[i] < p_r;
        double p_o = sigmoid(base + l->delta * (potential - p_r));
        draws->potential[i] = (uint8_t)potential;
        int click = g->sampling == SAMPLE_UNBIASED || draws->click[i] < p_o;
        log->click[row] = (uint8_t)click;
        log->conversion[row] = (uint8_t)(click && potential);
        if (truth) {
            truth->potential[row] = (uint8_t)potential;
            truth->p_r_full[row] = p_r;
            truth->p_o_given[row] = p_o;
            truth->p_o_full[row] =
                p_r * sigmoid(base + l->delta * (1 - p_r)) + (1 - p_r) * sigmoid(base - l->delta * p_r);
        }
    }
}

/* Every exposure takes its draw, clicked or not and whether anybody asks for it, so that a row's action
 * depends on neither. The truth needs the p_r of these rows. */
static void draw_actions(Generator *g, const Draws *draws, int rows, size_t first, Log *log, Truth *truth)
{
    const ActionLogit *logit = world_action(g->world);
    for (int i = 0; i < rows; i++) {
        size_t row = first + (size_t)i;
        double s_o = draws->s_o[i];
        int action = gsl_rng_uniform(g->actions) < action_probability(logit, s_o, draws->potential[i]);
        if (log->behaviour)
            log->behaviour->action[row] = (uint8_t)(log->click[row] && action);
        if (truth && truth->behaviour) {
            ActionGraph graph = action_graph(logit, s_o, truth->p_r[row]);
            truth->behaviour->action[row] = graph.action;
            truth->behaviour->buy_after[row] = graph.buy_after;
            truth->behaviour->buy_otherwise[row] = graph.buy_otherwise;
        }
    }
}

void generator_next(Generator *g, Log *log, Truth *truth)
{
    const World *w = g->world;
    Draws draws = {0};
    for (size_t first = 0; first < log->x.rows; first += SCORE_BLOCK) {
        int rows = log->x.rows - first < SCORE_BLOCK ? (int)(log->x.rows - first) : SCORE_BLOCK;
        for (int i = 0; i < rows; i++)
            draw_exposure(g, &draws, i);
        world_scores(w, g->input, draws.s_o, draws.s_r);
        write_features(g, &draws, rows, first, &log->x);
        draw_outcomes(g, &draws, rows, first, log, truth);
        if (truth)
            quadrature_truth(w->quadrature, &w->logits, (size_t)rows, draws.s_o, draws.s_r,
                             truth->p_r + first, truth->p_o + first, truth->q + first);
        if (g->actions)
            draw_actions(g, &draws, rows, first, log, truth);
    }
}

static Status add_behaviour(Log *log, Truth *truth, Message *message)
{
    Status status = log_add_behaviour(log, message);
    return status || !truth ? status : truth_add_behaviour(truth, message);
}

Status world_draw(const World *world, const ExposureDraw *draw, Log *log, Truth *truth, Message *message)
{
    Generator *generator = NULL;
    if (truth)
        *truth = (Truth){0};
    Status status = log_create(log, world_schema(world), draw->rows, message);
    if (!status && truth)
        status = truth_create(truth, draw->rows, message);
    if (!status && world_action(world))
        status = add_behaviour(log, truth, message);
    if (!status)
        status = generator_open(&generator, world, draw->key, draw->purpose, draw->sampling, message);
    if (!status)
        generator_next(generator, log, truth);
    generator_close(generator);
    if (status) {
        log_free(log);
        if (truth)
            truth_free(truth);
    }
    return status;
}
