#include "sim/world/activity.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

/* Items that an event chooses from, drawn by popularity, and how often it is followed by which action. */
enum { SHOWN = 8 };
static const double share[ACTIONS] = {[ACTION_VIEW] = 0.6, [ACTION_CART] = 0.25, [ACTION_PURCHASE] = 0.15};
static const double mean_gap = 1; /* days, exponential */

double activity_weight(Action action)
{
    static const double weight[ACTIONS] = {[ACTION_VIEW] = 0.5, [ACTION_CART] = 1.5, [ACTION_PURCHASE] = -1};
    return weight[action];
}

static double dot(int n, const double *a, const double *b)
{
    double sum = 0;
    for (int d = 0; d < n; d++)
        sum += a[d] * b[d];
    return sum;
}

/* One of SHOWN items: the largest of v . z_i plus Gumbel noise is a draw from their softmax. */
static uint32_t choose_item(const Population *items, const double *interest, gsl_rng *random)
{
    uint32_t chosen = 0;
    double best = -HUGE_VAL;
    for (int k = 0; k < SHOWN; k++) {
        uint32_t item = population_exposed(items, gsl_rng_uniform(random));
        const double *z = items->z + (size_t)item * (size_t)items->latent;
        double appeal = dot(items->latent, interest, z) + gsl_ran_gumbel1(random, 1, 1);
        if (appeal > best) {
            best = appeal;
            chosen = item;
        }
    }
    return chosen;
}

static Action choose_action(gsl_rng *random)
{
    double u = gsl_rng_uniform(random);
    return u < share[ACTION_VIEW]                        ? ACTION_VIEW
           : u < share[ACTION_VIEW] + share[ACTION_CART] ? ACTION_CART
                                                         : ACTION_PURCHASE;
}

static void drift(const ActivityOptions *options, int latent, double *interest, gsl_rng *random)
{
    double stay = sqrt(1 - options->drift * options->drift);
    for (int d = 0; d < latent; d++)
        interest[d] = stay * interest[d] + options->drift * gsl_ran_gaussian_ziggurat(random, 1);
}

static void draw_stream(Activity *a, const ActivityOptions *options, size_t user, const Population *items,
                        double *interest, gsl_rng *random)
{
    size_t first = user * (size_t)options->events;
    for (size_t t = first; t < first + (size_t)options->events; t++) {
        a->stream.item[t] = choose_item(items, interest, random);
        a->stream.action[t] = (uint8_t)choose_action(random);
        a->stream.gap[t] = (float)gsl_ran_exponential(random, mean_gap);
        drift(options, items->latent, interest, random);
    }
}

/* From the newest event, whose age is 0, to the oldest. */
static void remember(Activity *a, const ActivityOptions *options, size_t user, const Population *items)
{
    size_t k = (size_t)items->latent, first = user * (size_t)options->events;
    double age = 0, *profile = a->profile + user * k;
    for (size_t t = first + (size_t)options->events; t-- > first;) {
        const double *z = items->z + (size_t)a->stream.item[t] * k;
        double weight = exp(-age / options->memory) * activity_weight((Action)a->stream.action[t]);
        for (size_t d = 0; d < k; d++)
            profile[d] += weight * z[d];
        age += (double)a->stream.gap[t];
    }
}

Status activity_create(Activity *a, const ActivityOptions *options, const Population *users,
                       const Population *items, const StreamKey *key, Message *message)
{
    size_t members = (size_t)users->members, events = members * (size_t)options->events;
    size_t k = (size_t)users->latent;
    gsl_rng *random = stream_open(key, "world/activity");
    double *interest = calloc(k, sizeof *interest);
    *a = (Activity){.stream = {.item = calloc(events, sizeof *a->stream.item),
                               .action = calloc(events, sizeof *a->stream.action),
                               .gap = calloc(events, sizeof *a->stream.gap)},
                    .profile = calloc(members * k, sizeof *a->profile)};
    Status status = STATUS_OK;
    if (!random || !interest || !a->stream.item || !a->stream.action || !a->stream.gap || !a->profile)
        status = fail_memory(message, "the activity streams of a world");
    for (size_t u = 0; !status && u < members; u++) {
        for (size_t d = 0; d < k; d++)
            interest[d] = users->z[u * k + d];
        draw_stream(a, options, u, items, interest, random);
        remember(a, options, u, items);
    }
    gsl_rng_free(random);
    free(interest);
    if (status)
        activity_free(a);
    return status;
}

void activity_free(Activity *a)
{
    free(a->stream.item);
    free(a->stream.action);
    free(a->stream.gap);
    free(a->profile);
    *a = (Activity){0};
}
