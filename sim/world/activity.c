/* Draws every user's stream when a world is made, and keeps of it the profile that the conversion score
 * reads. */
#include "sim/world/activity.h"

#include "sim/base/draw.h"
#include "sim/base/real.h"
#include "sim/world/world_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
        double appeal = dot(items->latent, interest, z) + draw_gumbel(random);
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
        interest[d] = stay * interest[d] + options->drift * draw_normal(random, 1);
}

static void draw_stream(Activity *a, const ActivityOptions *options, size_t user, const Population *items,
                        double *interest, gsl_rng *random)
{
    size_t first = user * (size_t)options->events;
    for (size_t t = first; t < first + (size_t)options->events; t++) {
        a->stream.item[t] = choose_item(items, interest, random);
        a->stream.action[t] = (uint8_t)choose_action(random);
        a->stream.gap[t] = (float)draw_exponential(random, mean_gap);
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
        double weight = real_exp(-age / options->memory) * activity_weight((Action)a->stream.action[t]);
        for (size_t d = 0; d < k; d++)
            profile[d] += weight * z[d];
        age += (double)a->stream.gap[t];
    }
}

static bool activity_is_on(const WorldOptions *options)
{
    return options->activity.events > 0;
}

static void activity_declare(const WorldOptions *options, Schema *schema)
{
    schema->events = options->activity.events;
}

static Status create_columns(Activity *a, size_t users, size_t events, Message *message)
{
    a->stream.item = calloc(events, sizeof *a->stream.item);
    a->stream.action = calloc(events, sizeof *a->stream.action);
    a->stream.gap = calloc(events, sizeof *a->stream.gap);
    a->profile = calloc(users * (size_t)a->latent, sizeof *a->profile);
    return a->stream.item && a->stream.action && a->stream.gap && a->profile
               ? STATUS_OK
               : fail_memory(message, "the activity streams of a world");
}

static Status activity_prepare(WorldMechanism *self, const World *world, const StreamKey *key,
                               Message *message)
{
    const ActivityOptions *options = &world->options.activity;
    const Population *users = &world->users, *items = &world->items;
    size_t members = (size_t)users->members, k = (size_t)users->latent;
    Activity *a = self->state = calloc(1, sizeof *a);
    if (!a)
        return fail_memory(message, "the activity streams of a world");
    *a = (Activity){.latent = users->latent, .of_rest = 1};
    self->inputs = a->latent;
    gsl_rng *random = stream_open(key, "world/activity");
    double *interest = calloc(k, sizeof *interest);
    Status status = random && interest ? STATUS_OK : fail_memory(message, "the activity streams of a world");
    if (!status)
        status = create_columns(a, members, members * (size_t)options->events, message);
    for (size_t u = 0; !status && u < members; u++) {
        for (size_t d = 0; d < k; d++)
            interest[d] = users->z[u * k + d];
        draw_stream(a, options, u, items, interest, random);
        remember(a, options, u, items);
    }
    gsl_rng_free(random);
    free(interest);
    return status;
}

static void activity_release(void *state)
{
    Activity *a = state;
    if (!a)
        return;
    free(a->stream.item);
    free(a->stream.action);
    free(a->stream.gap);
    free(a->profile);
    free(a);
}

/* The profile m_u of each exposure's user. */
static void activity_expose(const void *state, gsl_rng *random, const ExposureBlock *block, double *input)
{
    (void)random;
    const Activity *a = state;
    for (int i = 0; i < block->rows; i++) {
        const double *profile = a->profile + (size_t)block->user[i] * (size_t)a->latent;
        for (int d = 0; d < a->latent; d++)
            input[d * SCORE_BLOCK + i] = profile[d];
    }
}

/* f_s = sum_d m_ud (z_id + 1) */
static void activity_score(const WorldMechanism *self, const World *world, const double *input, double *f_s)
{
    int k = world->options.latent;
    const double *z = input + (ptrdiff_t)k * SCORE_BLOCK;
    const double *profile = input + (ptrdiff_t)self->first_input * SCORE_BLOCK;
    memset(f_s, 0, SCORE_BLOCK * sizeof *f_s);
    for (int d = 0; d < k; d++)
        for (int i = 0; i < SCORE_BLOCK; i++)
            f_s[i] += profile[d * SCORE_BLOCK + i] * (z[d * SCORE_BLOCK + i] + 1);
}

/* Gives the stream its share of the raw conversion score, weight^2 of the variance. */
static Status activity_weigh(void *state, const World *world, const double *f_s,
                             const CalibrationSample *sample, Message *message)
{
    const double least = 1e-12; /* relative to the mean: a variance below it is rounding */
    double weight = world->options.activity.weight;
    Activity *a = state;
    if (!(weight > 0))
        return STATUS_OK;
    const double *f_x = sample->s_r;
    double m_x = calibration_mean(f_x, CALIBRATION_ROWS), m_s = calibration_mean(f_s, CALIBRATION_ROWS);
    double v_x = calibration_covariance(f_x, m_x, f_x, m_x), v_s = calibration_covariance(f_s, m_s, f_s, m_s);
    if (!(v_x > least * m_x * m_x) || !(v_s > least * m_s * m_s))
        return fail(
            message, STATUS_USAGE,
            "stream.weight: the streams or the other features do not vary over exposures; expected more of "
            "world.users or world.items, or weight 0");
    a->of_rest = sqrt((1 - weight * weight) / v_x);
    a->of_stream = weight / sqrt(v_s);
    return STATUS_OK;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): other mechanisms move s_o */
static void activity_join(const void *state, int rows, const double *f_s, double *s_o, double *s_r)
{
    (void)s_o;
    const Activity *a = state;
    for (int i = 0; i < rows; i++)
        s_r[i] = a->of_rest * s_r[i] + a->of_stream * f_s[i];
}

static void activity_show(const void *state, const ExposureBlock *block, Features *x)
{
    (void)block;
    const Activity *a = state;
    x->stream = &a->stream;
}

const Mechanism activity_mechanism = {
    .name = "activity streams",
    .is_on = activity_is_on,
    .declare = activity_declare,
    .prepare = activity_prepare,
    .release = activity_release,
    .expose = activity_expose,
    .score = activity_score,
    .weigh = activity_weigh,
    .join = activity_join,
    .show = activity_show,
};

const Activity *world_activity(const World *world)
{
    return world_mechanism(world, &activity_mechanism);
}
