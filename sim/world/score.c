/* Score functions: drawing them, and evaluating them a full block at a time. */
#include "sim/world/score.h"

#include "sim/base/draw.h"
#include "sim/world/score_kernel.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* The spread of the inputs of a network's units: 2 bends most of them well into the curved part of tanh. */
static const double BEND = 2;

enum { PART_USER, PART_ITEM, PART_REST, PARTS };

struct Score {
    Shape shape;
    int latent, inputs;
    double *weight; /* inputs; of the network, SCORE_UNITS x inputs */
    ScoreNetwork network;
    /* A sum of parts, and nothing besides: factor (part - slope of the same part of `beside`), which depend
     * on rows of the input from `first` on. */
    bool shared;
    const Score
        *beside; /* the click score, of a conversion score, so that parts of the two are uncorrelated */
    Score *part[PARTS]; /* NULL where it has no share */
    int first[PARTS];
    double factor[PARTS], slope[PARTS];
};

/* A function of `inputs` rows of the input. */
static Status draw_function(Score **score, Shape shape, int latent, int inputs, gsl_rng *generator,
                            Message *message)
{
    int rows = shape == SHAPE_NETWORK ? SCORE_UNITS : 1;
    double spread = (shape == SHAPE_NETWORK ? BEND : 1) / sqrt(inputs);
    *score = NULL;
    Score *s = calloc(1, sizeof *s);
    double *weight = calloc((size_t)rows * (size_t)inputs, sizeof *weight);
    if (!s || !weight) {
        free(s);
        free(weight);
        return fail_memory(message, "a score function");
    }
    s->shape = shape;
    s->latent = latent;
    s->inputs = inputs;
    s->weight = weight;
    s->network.inputs = inputs;
    s->network.weight = weight;
    for (int i = 0; i < rows * inputs; i++)
        weight[i] = draw_normal(generator, spread);
    for (int j = 0; j < SCORE_UNITS; j++) {
        s->network.bias[j] = draw_normal(generator, 1);
        s->network.output[j] = draw_normal(generator, 1 / sqrt(SCORE_UNITS));
    }
    *score = s;
    return STATUS_OK;
}

Status score_create(Score **score, Shape shape, int latent, int context, gsl_rng *generator, Message *message)
{
    return draw_function(score, shape, latent, 2 * latent + context, generator, message);
}

void score_free(Score *score)
{
    if (!score)
        return;
    for (int p = 0; p < PARTS; p++)
        score_free(score->part[p]);
    free(score->weight);
    free(score);
}

static void add_parts(const Score *score, const double *input, double value[SCORE_BLOCK])
{
    double own[SCORE_BLOCK], other[SCORE_BLOCK];
    for (int p = 0; p < PARTS; p++) {
        const double *in = input + (ptrdiff_t)score->first[p] * SCORE_BLOCK;
        if (!score->part[p])
            continue;
        score_evaluate(score->part[p], in, own);
        for (int i = 0; i < SCORE_BLOCK; i++)
            value[i] += score->factor[p] * own[i];
        if (!score->beside)
            continue;
        score_evaluate(score->beside->part[p], in, other);
        for (int i = 0; i < SCORE_BLOCK; i++)
            value[i] -= score->factor[p] * score->slope[p] * other[i];
    }
}

void score_evaluate(const Score *score, const double *input, double value[SCORE_BLOCK])
{
    for (int i = 0; i < SCORE_BLOCK; i++)
        value[i] = 0;
    if (score->shared) {
        add_parts(score, input, value);
        return;
    }
    if (score->shape == SHAPE_NETWORK) {
        score_kernels()->add_network(&score->network, input, value);
        return;
    }
    score_kernels()->add_linear(score->inputs, score->weight, input, value);
    if (score->shape == SHAPE_INTERACTION)
        score_kernels()->add_interaction(score->latent, input, value);
}

/* The mean over exposures of the vectors of one side. */
static void mean_vector(const Population *p, double *mean)
{
    for (int m = 0; m < p->members; m++)
        for (int d = 0; d < p->latent; d++)
            mean[d] += population_share(p, (uint32_t)m) * p->z[(size_t)m * (size_t)p->latent + (size_t)d];
}

/* The interaction of vectors less their means, and a linear function of c: what the kernel adds is z_u . z_i
 * without them, so that weights of the vectors take the means out. */
static Status draw_interaction(Score **score, const SharedScore *shared, gsl_rng *generator, Message *message)
{
    const int latent = shared->users->latent;
    Status status =
        draw_function(score, SHAPE_INTERACTION, latent, 2 * latent + shared->context, generator, message);
    if (status)
        return status;
    double *weight = (*score)->weight;
    for (int d = 0; d < 2 * latent; d++)
        weight[d] = 0;
    mean_vector(shared->items, weight);
    mean_vector(shared->users, weight + latent);
    for (int d = 0; d < 2 * latent; d++)
        weight[d] /= -sqrt(latent);
    for (int d = 0; d < shared->context; d++)
        weight[2 * latent + d] *= sqrt((2 * latent + shared->context) / (double)shared->context);
    return STATUS_OK;
}

/* Running means and products of two numbers, with weights that add to 1 in the end (West 1979). */
typedef struct Products {
    double weight, mean_own, mean_other, own, mixed, other;
} Products;

static void products_add(Products *p, double own, double other, double weight)
{
    const double gap = own - p->mean_own, gap_other = other - p->mean_other;
    if (!(weight > 0))
        return;
    p->weight += weight;
    p->mean_own += gap * weight / p->weight;
    p->mean_other += gap_other * weight / p->weight;
    p->own += weight * gap * (own - p->mean_own);
    p->mixed += weight * gap * (other - p->mean_other);
    p->other += weight * gap_other * (other - p->mean_other);
}

/* A part, beside the same part of the click score where it is one of the conversion score. */
typedef struct PartPair {
    const Score *own, *other; /* other NULL: alone */
    const double *input;
    double value[SCORE_BLOCK], beside[SCORE_BLOCK];
} PartPair;

static void pair_evaluate(PartPair *pair)
{
    for (int i = 0; i < SCORE_BLOCK; i++)
        pair->beside[i] = 0;
    score_evaluate(pair->own, pair->input, pair->value);
    if (pair->other)
        score_evaluate(pair->other, pair->input, pair->beside);
}

/* Over the exposures of a part that depends on one side alone, exactly. */
static void add_members(Products *products, PartPair *pair, const Population *p, double *input)
{
    const size_t k = (size_t)p->latent;
    for (int first = 0; first < p->members; first += SCORE_BLOCK) {
        const int rows = p->members - first < SCORE_BLOCK ? p->members - first : SCORE_BLOCK;
        for (int i = 0; i < rows; i++)
            for (size_t d = 0; d < k; d++)
                input[d * SCORE_BLOCK + (size_t)i] = p->z[(size_t)(first + i) * k + d];
        pair_evaluate(pair);
        for (int i = 0; i < rows; i++)
            products_add(products, pair->value[i], pair->beside[i],
                         population_share(p, (uint32_t)(first + i)));
    }
}

/* Over drawn exposures, of the rest, whose input is the whole or that of c alone. */
static void add_draws(Products *products, PartPair *pair, const SharedScore *shared, gsl_rng *generator,
                      double *input)
{
    enum { DRAWS = 1 << 17 };
    const bool whole = shared->shape == SHAPE_INTERACTION;
    const Population *side[] = {shared->users, shared->items};
    const size_t k = (size_t)shared->users->latent, c = whole ? 2 * k : 0;
    for (int first = 0; first < DRAWS; first += SCORE_BLOCK) {
        for (size_t i = 0; i < SCORE_BLOCK; i++) {
            for (size_t s = 0; whole && s < 2; s++) {
                const uint32_t member = population_exposed(side[s], gsl_rng_uniform(generator));
                for (size_t d = 0; d < k; d++)
                    input[(s * k + d) * SCORE_BLOCK + i] = side[s]->z[member * k + d];
            }
            for (size_t d = 0; d < (size_t)shared->context; d++)
                input[(c + d) * SCORE_BLOCK + i] = draw_normal(generator, 1);
        }
        pair_evaluate(pair);
        for (int i = 0; i < SCORE_BLOCK; i++)
            products_add(products, pair->value[i], pair->beside[i], 1.0 / DRAWS);
    }
}

static Status draw_part(Score *s, int p, const SharedScore *shared, gsl_rng *generator, Message *message)
{
    const int latent = shared->users->latent;
    const bool rest = p == PART_REST, whole = rest && shared->shape == SHAPE_INTERACTION;
    const Shape shape = shared->shape == SHAPE_NETWORK ? SHAPE_NETWORK : SHAPE_LINEAR;
    s->first[p] = whole || p == PART_USER ? 0 : p == PART_ITEM ? latent : 2 * latent;
    if (whole)
        return draw_interaction(&s->part[p], shared, generator, message);
    if (rest && !shared->context)
        return STATUS_OK;
    return draw_function(&s->part[p], shape, latent, rest ? shared->context : latent, generator, message);
}

/* Draws a part, and weighs what the click score's part does not explain of it. */
static Status add_part(Score *s, int p, double share, const SharedScore *shared, gsl_rng *generator,
                       double *input, Message *message)
{
    static const char *const key[PARTS] = {"world.user_share: the users'", "world.item_share: the items'",
                                           "world.user_share, world.item_share: the other"};
    Status status = draw_part(s, p, shared, generator, message);
    if (status)
        return status;
    Products products = {0};
    PartPair pair = {.own = s->part[p], .other = s->beside ? s->beside->part[p] : NULL, .input = input};
    if (pair.own && p == PART_REST)
        add_draws(&products, &pair, shared, generator, input);
    else if (pair.own)
        add_members(&products, &pair, p == PART_USER ? shared->users : shared->items, input);
    s->slope[p] = products.other > 0 ? products.mixed / products.other : 0;
    const double variance = products.own - s->slope[p] * products.mixed;
    if (!(variance > 1e-9 * products.own))
        return fail(
            message, STATUS_USAGE,
            "%s part of the scores does not vary freely over exposures; expected more of world.users, "
            "world.items, world.latent or world.context, or shares that leave it none",
            key[p]);
    s->factor[p] = sqrt(share / variance);
    return STATUS_OK;
}

Status score_create_shared(Score **score, const SharedScore *shared, gsl_rng *generator, Message *message)
{
    const double share[PARTS] = {shared->user, shared->item, 1 - shared->user - shared->item};
    const double none = 1e-12; /* what rounding leaves of a share of 0 */
    const size_t inputs = 2 * (size_t)shared->users->latent + (size_t)shared->context;
    Status status = STATUS_OK;
    Score *s = *score = calloc(1, sizeof *s);
    double *input = calloc(inputs * SCORE_BLOCK, sizeof *input);
    if (!s || !input)
        status = fail_memory(message, "a score function");
    else
        *s = (Score){.shared = true, .beside = shared->click};
    for (int p = 0; !status && p < PARTS; p++)
        if (share[p] > none)
            status = add_part(s, p, share[p], shared, generator, input, message);
    free(input);
    if (status) {
        score_free(s);
        *score = NULL;
    }
    return status;
}
