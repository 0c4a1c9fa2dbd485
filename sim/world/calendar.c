/* Times of exposures by the inverse of their distribution, random walks by the hour, and the days on which
 * items begin. All of it is drawn with the world; each part has a stream of its own. */
#include "sim/world/calendar.h"

#include "sim/base/draw.h"
#include "sim/world/world_internal.h"

#include <math.h>
#include <stdlib.h>

enum { HOURS = 24 };

/* e . z of users or of items, and the walk that it goes with. */
typedef struct DriftPart {
    double *along; /* of each member */
    double *walk;  /* of each hour */
} DriftPart;

struct Calendar {
    int days, items;
    double cycle, peak; /* peak as a share of a day */
    double sine_of_peak;
    DriftPart user, item; /* NULLs without drift */
    double *begin;        /* the day on which each item begins; NULL where all do at 0 */
};

/* sin(2 pi turns) by its series, which is exact to rounding within a quarter of a turn. */
static double sine(double turns)
{
    const double pi = 3.14159265358979323846;
    turns -= floor(turns + 0.5);
    turns = turns > 0.25 ? 0.5 - turns : turns < -0.25 ? -0.5 - turns : turns;
    const double x = 2 * pi * turns, square = x * x;
    double sum = 1;
    for (int k = 21; k > 1; k -= 2)
        sum = 1 - sum * square / (k * (k - 1));
    return x * sum;
}

/* The share of a day's exposures before `hour`, a share of the day too, and its derivative. */
static double day_share(const Calendar *c, double hour, double *density)
{
    const double two_pi = 6.28318530717958647693;
    *density = 1 + c->cycle * sine(hour - c->peak + 0.25);
    return hour + c->cycle * (sine(hour - c->peak) + c->sine_of_peak) / two_pi;
}

/* Newton's method, which falls back on the middle of the bracket where it leaves that: with a cycle of 1 the
 * density is 0 once a day. */
double calendar_time(const Calendar *c, double share)
{
    const double whole = share * c->days, day = floor(whole), wanted = whole - day;
    double low = 0, high = 1, hour = wanted;
    for (int k = 0; c->cycle > 0 && k < 80 && high - low > 1e-15; k++) {
        double density, gap = day_share(c, hour, &density) - wanted;
        *(gap < 0 ? &low : &high) = hour;
        double next = hour - gap / density;
        next = next > low && next < high ? next : low + (high - low) / 2;
        if (fabs(next - hour) < 1e-15)
            break;
        hour = next;
    }
    return day + hour;
}

bool calendar_drifts(const Calendar *calendar)
{
    return calendar && calendar->user.walk;
}

bool calendar_moves(const Calendar *calendar)
{
    return calendar && (calendar->user.walk || calendar->begin);
}

uint32_t calendar_item(const Calendar *c, uint32_t item, double time)
{
    while (c->begin && c->begin[item] > time)
        item = (item > 0 ? item : (uint32_t)c->items) - 1;
    return item;
}

double calendar_drift(const Calendar *c, uint32_t user, uint32_t item, double time)
{
    if (!c->user.walk)
        return 0;
    const int hour =
        (int)fmin(time * HOURS, c->days * HOURS - 1); /* a time may be rounded up to the last day's end */
    return c->user.walk[hour] * c->user.along[user] + c->item.walk[hour] * c->item.along[item];
}

static Status draw_part(DriftPart *part, const Population *of, double drift, int hours, gsl_rng *random,
                        Message *message)
{
    const size_t k = (size_t)of->latent;
    double *direction = calloc(k, sizeof *direction), length = 0, level = 0;
    part->along = calloc((size_t)of->members, sizeof *part->along);
    part->walk = calloc((size_t)hours, sizeof *part->walk);
    const bool room = direction && part->along && part->walk;
    for (size_t d = 0; room && d < k; d++) {
        direction[d] = draw_normal(random, 1);
        length += direction[d] * direction[d];
    }
    for (size_t m = 0; room && m < (size_t)of->members; m++)
        for (size_t d = 0; d < k; d++)
            part->along[m] += direction[d] / sqrt(length) * of->z[m * k + d];
    for (int hour = 0; room && hour < hours; hour++) {
        part->walk[hour] = level;
        level += draw_normal(random, drift / sqrt(2.0 * HOURS)); /* two parts */
    }
    free(direction);
    return room ? STATUS_OK : fail_memory(message, "the drift of a world");
}

static Status draw_drift(Calendar *c, const World *world, const StreamKey *key, Message *message)
{
    const double drift = world->options.delay.drift;
    gsl_rng *random = drift > 0 ? stream_open(key, "world/drift") : NULL;
    if (!random)
        return drift > 0 ? fail_memory(message, "the drift of a world") : STATUS_OK;
    Status status = draw_part(&c->user, &world->users, drift, c->days * HOURS, random, message);
    if (!status)
        status = draw_part(&c->item, &world->items, drift, c->days * HOURS, random, message);
    gsl_rng_free(random);
    return status;
}

/* Some item is there from the start. */
static Status draw_begins(Calendar *c, double share, const StreamKey *key, Message *message)
{
    gsl_rng *random = share > 0 ? stream_open(key, "world/new items") : NULL;
    c->begin = random ? calloc((size_t)c->items, sizeof *c->begin) : NULL;
    int first = 0;
    for (int i = 0; c->begin && i < c->items; i++) {
        double u = gsl_rng_uniform(random);
        c->begin[i] = u < share ? c->days * u / share : 0;
        first = c->begin[i] < c->begin[first] ? i : first;
    }
    if (c->begin)
        c->begin[first] = 0;
    gsl_rng_free(random);
    return share > 0 && !c->begin ? fail_memory(message, "the items of a world") : STATUS_OK;
}

Status calendar_create(Calendar **calendar, const World *world, const StreamKey *key, Message *message)
{
    const DelayOptions *options = &world->options.delay;
    *calendar = NULL;
    if (!options->days)
        return STATUS_OK;
    Calendar *c = *calendar = calloc(1, sizeof *c);
    if (!c)
        return fail_memory(message, "the days of a world");
    *c = (Calendar){.days = options->days,
                    .items = world->items.members,
                    .cycle = options->cycle,
                    .peak = options->peak / HOURS,
                    .sine_of_peak = sine(options->peak / HOURS)};
    Status status = draw_drift(c, world, key, message);
    return status ? status : draw_begins(c, options->new_items, key, message);
}

void calendar_free(Calendar *calendar)
{
    if (!calendar)
        return;
    free(calendar->user.along);
    free(calendar->user.walk);
    free(calendar->item.along);
    free(calendar->item.walk);
    free(calendar->begin);
    free(calendar);
}
