/* Draws users or items. Each part (vectors, copies, groups) has a stream of its own, so that more members or
 * another noise leave the other parts as they are. */
#include "sim/world/population.h"
#include "sim/base/draw.h"
#include "sim/base/real.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t size_of(const Population *p)
{
    return (size_t)p->members * (size_t)p->latent;
}

/* Moves the generator to the stream of one part, so that parts do not depend on one another's sizes. */
static void part(gsl_rng *generator, const StreamKey *key, const char *stream, const char *name)
{
    char purpose[64];
    snprintf(purpose, sizeof purpose, "world/%s/%s", stream, name);
    stream_restart(generator, key, purpose);
}

static void draw_vectors(Population *p, double noise, gsl_rng *generator, const StreamKey *key,
                         const char *stream)
{
    part(generator, key, stream, "latent");
    for (size_t i = 0; i < size_of(p); i++)
        p->z[i] = draw_normal(generator, 1);
    part(generator, key, stream, "copy");
    for (size_t i = 0; i < size_of(p); i++)
        p->copy[i] = (float)(p->z[i] + noise * draw_normal(generator, 1));
}

static void choose_groups(Population *p, int groups, const double *direction)
{
    for (int m = 0; m < p->members; m++) {
        const double *z = p->z + (size_t)m * (size_t)p->latent;
        double best = -HUGE_VAL;
        for (int g = 0; g < groups; g++) {
            double lean = 0;
            for (int d = 0; d < p->latent; d++)
                lean += z[d] * direction[(size_t)g * (size_t)p->latent + (size_t)d];
            if (lean > best) {
                best = lean;
                p->group[m] = (uint32_t)g;
            }
        }
    }
}

static Status draw_groups(Population *p, int groups, gsl_rng *generator, Message *message)
{
    size_t size = (size_t)groups * (size_t)p->latent;
    double *direction = calloc(size, sizeof *direction);
    if (!direction)
        return fail_memory(message, "the groups of users and items");
    for (size_t i = 0; i < size; i++)
        direction[i] = draw_normal(generator, 1);
    choose_groups(p, groups, direction);
    free(direction);
    return STATUS_OK;
}

static void zipf_exposure(Population *p, double exponent)
{
    double total = 0;
    for (int m = 0; m < p->members; m++) {
        total += real_power(m + 1, -exponent);
        p->exposure[m] = total;
    }
    for (int m = 0; m < p->members; m++)
        p->exposure[m] /= total;
    for (uint32_t g = 0, m = 0; g < p->guides; g++) {
        while (m + 1 < (uint32_t)p->members && p->exposure[m] <= (double)g / p->guides)
            m++;
        p->guide[g] = m;
    }
}

Status population_create(Population *p, const PopulationOptions *options, const StreamKey *key,
                         Message *message)
{
    *p = (Population){.members = options->members, .latent = options->latent};
    size_t members = (size_t)options->members;
    gsl_rng *generator = stream_open(key, options->stream);
    p->z = calloc(size_of(p), sizeof *p->z);
    p->copy = calloc(size_of(p), sizeof *p->copy);
    p->group = calloc(members, sizeof *p->group);
    p->guides = 1;
    while (p->guides < members)
        p->guides *= 2;
    p->exposure = options->zipf != 0 ? calloc(members, sizeof *p->exposure) : NULL;
    p->guide = options->zipf != 0 ? calloc(p->guides, sizeof *p->guide) : NULL;
    Status status = STATUS_OK;
    if (!generator || !p->z || !p->copy || !p->group || (options->zipf != 0 && (!p->exposure || !p->guide)))
        status = fail_memory(message, "the users and items of a world");
    if (!status) {
        draw_vectors(p, options->noise, generator, key, options->stream);
        part(generator, key, options->stream, "group");
        status = draw_groups(p, options->groups, generator, message);
    }
    if (!status && p->exposure)
        zipf_exposure(p, options->zipf);
    gsl_rng_free(generator);
    if (status)
        population_free(p);
    return status;
}

void population_free(Population *p)
{
    free(p->z);
    free(p->copy);
    free(p->group);
    free(p->exposure);
    free(p->guide);
    *p = (Population){0};
}

double population_share(const Population *p, uint32_t member)
{
    if (!p->exposure)
        return 1.0 / p->members;
    return p->exposure[member] - (member ? p->exposure[member - 1] : 0);
}

uint32_t population_any(const Population *p, double share)
{
    return (uint32_t)(share * p->members);
}

uint32_t population_exposed(const Population *p, double share)
{
    if (!p->exposure)
        return population_any(p, share);
    /* The first member whose cumulative exposure is above the share. */
    uint32_t member = p->guide[(uint32_t)(share * p->guides)];
    while (member + 1 < (uint32_t)p->members && p->exposure[member] <= share)
        member++;
    return member;
}
