/* Making and freeing a world: its users, items and score functions are drawn, its mechanisms prepared, and
 * then all of it is calibrated (calibration.c). */
#include "sim/world/world.h"

#include "sim/base/draw.h"
#include "sim/world/world_internal.h"

#include <stdlib.h>

const Schema *world_schema(const World *world)
{
    return &world->schema;
}

const WorldOptions *world_options(const World *world)
{
    return &world->options;
}

double world_click_intercept(const World *world)
{
    return world->logits.a;
}

double world_conversion_intercept(const World *world)
{
    return world->logits.b;
}

bool placement_is_on(const WorldOptions *options)
{
    return options->placement.click != 0 || options->placement.conversion != 0;
}

Schema world_schema_of(const WorldOptions *o)
{
    Schema schema = {
        .categorical = 4,
        .name = {[FIELD_USER] = "user", [FIELD_ITEM] = "item", "segment", "category"},
        .cardinality = {(uint32_t)o->users, (uint32_t)o->items, (uint32_t)o->segments,
                        (uint32_t)o->categories},
        .dense = 2 * o->latent + o->context,
        .groups = 3,
        .group = {{"user_latent", o->latent}, {"item_latent", o->latent}, {"context", o->context}}};
    if (placement_is_on(o)) {
        schema.group[schema.groups++] = (DenseGroup){"placement", 1};
        schema.dense++;
    }
    for (int m = 0; m < MECHANISM_COUNT; m++)
        if (mechanism_table[m]->is_on(o) && mechanism_table[m]->declare)
            mechanism_table[m]->declare(o, &schema);
    return schema;
}

static Status draw_populations(World *w, const StreamKey *key, Message *message)
{
    const WorldOptions *o = &w->options;
    PopulationOptions users = {"users", o->users, o->latent, o->segments, o->user_zipf, o->feature_noise};
    PopulationOptions items = {"items", o->items, o->latent, o->categories, o->item_zipf, o->feature_noise};
    Status status = population_create(&w->users, &users, key, message);
    return status ? status : population_create(&w->items, &items, key, message);
}

static Status draw_scores(World *w, const StreamKey *key, Message *message)
{
    const WorldOptions *o = &w->options;
    gsl_rng *generator = stream_open(key, "world/scores");
    if (!generator)
        return fail_memory(message, "the score functions");
    const bool as_asked = o->user_share > 0 || o->item_share > 0;
    Score **const score[] = {&w->click, &w->conversion};
    Status status = STATUS_OK;
    for (int s = 0; !status && s < 2; s++) {
        const SharedScore shared = {o->shape,  o->context, o->user_share, o->item_share,
                                    &w->users, &w->items,  w->click};
        status = as_asked ? score_create_shared(score[s], &shared, generator, message)
                          : score_create(score[s], o->shape, o->latent, o->context, generator, message);
    }
    gsl_rng_free(generator);
    return status;
}

static Status draw_hidden(World *w, const StreamKey *key, Message *message)
{
    HiddenLevel level = w->options.hidden_level;
    if (level == HIDDEN_EXPOSURE)
        return STATUS_OK;
    int members = level == HIDDEN_USER ? w->options.users : w->options.items;
    gsl_rng *random = stream_open(key, "world/hidden");
    w->hidden = calloc((size_t)members, sizeof *w->hidden);
    w->logits.gamma_o = w->logits.gamma_r = 0;
    for (int i = 0; random && w->hidden && i < members; i++)
        w->hidden[i] = draw_normal(random, 1);
    Status status = random && w->hidden ? STATUS_OK : fail_memory(message, "the hidden confounder");
    gsl_rng_free(random);
    return status;
}

static Status prepare_mechanisms(World *w, const StreamKey *key, Message *message)
{
    for (int m = 0; m < MECHANISM_COUNT; m++) {
        if (!mechanism_table[m]->is_on(&w->options))
            continue;
        int first_input = world_inputs(w);
        WorldMechanism *of = &w->mechanism[w->mechanisms++];
        *of = (WorldMechanism){.mechanism = mechanism_table[m], .first_input = first_input};
        Status status = of->mechanism->prepare(of, w, key, message);
        if (status)
            return status;
    }
    return STATUS_OK;
}

Status world_create(World **world, const WorldOptions *options, uint64_t seed, uint32_t index,
                    Message *message)
{
    return world_create_from(world, options, seed, index, NULL, message);
}

Status world_create_from(World **world, const WorldOptions *options, uint64_t seed, uint32_t index,
                         SampleCache *cache, Message *message)
{
    *world = NULL;
    StreamKey key = {.seed = seed, .setting = "", .world = index, .replicate = EVERY_REPLICATE};
    if (options->link == LINK_PROBIT && options->delta != 0)
        return fail(
            message, STATUS_USAGE,
            "world.delta: found %g; expected 0, as a world of probits (world.link) has no selection on "
            "the outcome",
            options->delta);
    World *w = calloc(1, sizeof *w);
    if (!w)
        return fail_memory(message, "a world");
    w->options = *options;
    w->schema = world_schema_of(options);
    w->logits = (Logits){.sigma_o = options->sigma_o,
                         .gamma_o = options->gamma_o,
                         .delta = options->delta,
                         .sigma_r = options->sigma_r,
                         .gamma_r = options->gamma_r,
                         .link = options->link};
    Status status = draw_populations(w, &key, message);
    if (!status)
        status = draw_hidden(w, &key, message);
    if (!status)
        status = calendar_create(&w->calendar, w, &key, message);
    if (!status)
        status = prepare_mechanisms(w, &key, message);
    if (!status)
        status = draw_scores(w, &key, message);
    if (!status)
        status = world_calibrate(w, &key, cache, message);
    if (status)
        world_free(w);
    else
        *world = w;
    return status;
}

void world_free(World *world)
{
    if (!world)
        return;
    population_free(&world->users);
    population_free(&world->items);
    for (int m = 0; m < world->mechanisms; m++)
        world->mechanism[m].mechanism->release(world->mechanism[m].state);
    score_free(world->click);
    score_free(world->conversion);
    quadrature_free(world->quadrature);
    quadrature_free(world->reachable_quadrature);
    calendar_free(world->calendar);
    free(world->hidden);
    free(world);
}
