/* All pairs are tested once; the two kinds of set differ in what Holm's correction is over. */
#include "results/statistics/places.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.05;

/* Of each pair (e, other), at e x count + other: the other's mean less its own, and the p-value. NaN of what
 * has no values, and of the diagonal. */
typedef struct Pairs {
    double *gap, *p;
} Pairs;

static void pairs_clear(Pairs *pairs)
{
    free(pairs->gap);
    free(pairs->p);
}

static Status pairs_init(Pairs *pairs, const UnitValues *values, int count, Message *message)
{
    const size_t n = (size_t)count;
    *pairs = (Pairs){calloc(n * n + 1, sizeof *pairs->gap), calloc(n * n + 1, sizeof *pairs->p)};
    if (!pairs->gap || !pairs->p)
        return fail_memory(message, "the ranks");
    Status status = STATUS_OK;
    for (size_t e = 0; e < n && !status; e++) {
        pairs->gap[e * n + e] = pairs->p[e * n + e] = NAN;
        for (size_t other = 0; other < e && !status; other++) {
            PairedDifference d;
            int common = 0;
            status = unit_paired(&values[other], &values[e], &d, &common, message);
            pairs->gap[e * n + other] = d.difference;
            pairs->gap[other * n + e] = -d.difference;
            pairs->p[e * n + other] = pairs->p[other * n + e] = d.p;
        }
    }
    return status;
}

static void take_place(const Pairs *pairs, int count, int e, Rank *rank)
{
    *rank = (Rank){1, 1, count};
    for (int other = 0; other < count; other++) {
        const double gap = pairs->gap[e * count + other];
        const bool told = pairs->p[e * count + other] < level;
        rank->place += gap < 0;
        rank->low += gap < 0 && told;
        rank->high -= gap > 0 && told;
    }
}

Status places_alone(const UnitValues *values, int count, Rank *rank, Message *message)
{
    Pairs pairs;
    Status status = pairs_init(&pairs, values, count, message);
    for (int e = 0; e < count && !status; e++) {
        status = holm(pairs.p + (size_t)e * (size_t)count, count, message);
        take_place(&pairs, count, e, &rank[e]);
    }
    pairs_clear(&pairs);
    return status;
}

Status places_jointly(const UnitValues *values, int count, Rank *rank, Message *message)
{
    Pairs pairs;
    Status status = pairs_init(&pairs, values, count, message);
    /* Each pair counts once: its p-value stands below the diagonal while it is corrected. */
    for (int e = 0; e < count && !status; e++)
        for (int other = e + 1; other < count; other++)
            pairs.p[e * count + other] = NAN;
    if (!status)
        status = holm(pairs.p, count * count, message);
    for (int e = 0; e < count && !status; e++)
        for (int other = e + 1; other < count; other++)
            pairs.p[e * count + other] = pairs.p[other * count + e];
    for (int e = 0; e < count && !status; e++)
        take_place(&pairs, count, e, &rank[e]);
    pairs_clear(&pairs);
    return status;
}

/* The smaller, the better. */
static void turn_into_losses(UnitValues *values, Better better, double best)
{
    if (better == BETTER_HIGH)
        unit_values_scale(values, -1, 0);
    if (better != BETTER_ONE)
        return;
    const double sign = unit_mean(values).mean < best ? -1 : 1;
    unit_values_scale(values, sign, -sign * best);
}

Status places_by_loss(const UnitValues *values, int count, Better better, double best, Rank *rank,
                      Message *message)
{
    for (int e = 0; e < count; e++)
        rank[e] = (Rank){0};
    if (better == BETTER_TRUTH || better == BETTER_NEITHER)
        return STATUS_OK;
    /* Those without values are left out: there may be many, and pairs are as many squared. */
    UnitValues *loss = calloc((size_t)count + 1, sizeof *loss);
    Rank *place = calloc((size_t)count + 1, sizeof *place);
    Status status = loss && place ? STATUS_OK : fail_memory(message, "the ranks");
    int n = 0;
    for (int e = 0; e < count && !status; e++) {
        if (values[e].units == 0)
            continue;
        status = unit_values_copy(&loss[n], &values[e], message);
        if (!status)
            turn_into_losses(&loss[n], better, best);
        n++;
    }
    if (!status)
        status = places_jointly(loss, n, place, message);
    for (int e = 0, at = 0; e < count && !status; e++)
        if (values[e].units > 0)
            rank[e] = place[at++];
    for (int at = 0; at < n; at++)
        unit_values_clear(&loss[at]);
    free(loss);
    free(place);
    return status;
}

Status places_first(const UnitValues *values, int count, Better better, double best, int *first,
                    Message *message)
{
    Rank *rank = calloc((size_t)count + 1, sizeof *rank);
    Status status =
        rank ? places_by_loss(values, count, better, best, rank, message) : fail_memory(message, "the ranks");
    bool told = false;
    for (int e = 0; e < count; e++) {
        first[e] = -1;
        told |= !status && rank[e].low > 1;
    }
    for (int e = 0; e < count && told; e++)
        first[e] = values[e].units > 0 ? rank[e].low == 1 : -1;
    free(rank);
    return status;
}
