/* Counts and sums over clicks. What is true of a click comes from the law of its world, by quadrature where
 * something hidden moves its delay, so that each click is asked once an age and step. */
#include "experiments/inputs/delay_curves.h"

#include "sim/world/delay.h"

#include <math.h>
#include <stdlib.h>

static const double minute = 1 / 1440.0, hour = 1 / 24.0;

static Status make_room(ClickTimes *times, size_t more, Message *message)
{
    if (times->clicks + more <= times->room)
        return STATUS_OK;
    const size_t room = 2 * times->room + more;
    double *time = reallocarray(times->time, room, sizeof *time);
    if (time)
        times->time = time;
    double *delay = reallocarray(times->delay, room, sizeof *delay);
    if (delay)
        times->delay = delay;
    uint32_t *row = reallocarray(times->row, room, sizeof *row);
    if (row)
        times->row = row;
    if (!time || !delay || !row)
        return fail_memory(message, "the times of clicks");
    times->room = room;
    return STATUS_OK;
}

Status click_times_add(ClickTimes *times, const Log *log, double window, Message *message)
{
    const Delays *d = log->delays;
    Status status = make_room(times, log_clicks(log), message);
    for (size_t i = 0; i < log->x.rows && !status; i++) {
        const double delay = d->conversion_time[i] - d->click_time[i];
        if (!log->click[i])
            continue;
        times->time[times->clicks] = d->click_time[i];
        times->delay[times->clicks] = log->conversion[i] && delay <= window ? delay : INFINITY;
        times->row[times->clicks++] = (uint32_t)i;
    }
    return status;
}

void click_times_free(ClickTimes *times)
{
    free(times->time);
    free(times->delay);
    free(times->row);
    *times = (ClickTimes){0};
}

double click_times_last(const ClickTimes *times)
{
    double last = -INFINITY;
    for (size_t i = 0; i < times->clicks; i++)
        last = fmax(last, times->time[i]);
    return last;
}

/* The conversion is known at an age. */
static bool has_come(const ClickTimes *times, size_t i, double cut)
{
    return times->time[i] + times->delay[i] <= cut;
}

/* P(d > age) of a conversion. */
static double comes_after(ExponentialDelays model, double age)
{
    return age < model.window ? expm1(-model.speed * (model.window - age)) /
                                    expm1(-model.speed * model.window) * exp(-model.speed * age)
                              : 0;
}

/* That a click without a conversion at an age will still have one. */
static double still_comes(ExponentialDelays model, double age)
{
    const double left = model.rate * comes_after(model, age);
    return left / (1 - model.rate + left);
}

/* The mean of an exponential delay that is cut at an end. */
static double mean_delay(double speed, double end)
{
    return 1 / speed - end / expm1(speed * end);
}

/* Whose mean delay within the window is this: it falls with the speed. */
static double speed_of(double mean, double window)
{
    double slow = 1e-3, fast = 1 / mean; /* without a window the mean would be this long */
    if (mean_delay(slow, window) <= mean || fast <= slow)
        return slow;
    for (int k = 0; k < 60; k++) {
        const double middle = (slow + fast) / 2;
        *(mean_delay(middle, window) > mean ? &slow : &fast) = middle;
    }
    return slow;
}

ExponentialDelays exponential_delays_fit(const ClickTimes *times, double cut, double window)
{
    enum { MOST_STEPS = 5000 };
    double clicks = 0, come = 0, waited = 0;
    for (size_t i = 0; i < times->clicks; i++) {
        clicks += times->time[i] <= cut;
        if (!has_come(times, i, cut))
            continue;
        come++;
        waited += times->delay[i];
    }
    if (!(waited > 0))
        return (ExponentialDelays){NAN, NAN, window};
    ExponentialDelays model = {come / clicks, speed_of(waited / come, window), window}, last = {0};
    for (int k = 0; k < MOST_STEPS && fabs(model.rate - last.rate) > 1e-10 * model.rate; k++) {
        double to_come = 0, waiting = 0;
        last = model;
        for (size_t i = 0; i < times->clicks; i++) {
            const double age = cut - times->time[i];
            if (age < 0 || age >= window || has_come(times, i, cut))
                continue;
            const double part = still_comes(last, age);
            to_come += part;
            waiting += part * (age + mean_delay(last.speed, window - age));
        }
        model.rate = (come + to_come) / clicks;
        model.speed = speed_of((waited + waiting) / (come + to_come), window);
    }
    return model;
}

static CountedShare share_of(double part, double all)
{
    const double share = all > 0 ? part / all : NAN;
    return (CountedShare){share, sqrt(share * (1 - share) / all)};
}

static void count_step(DelayStep *step, const DelayCurves *curves, const ClickTimes *times,
                       const Truth *truth)
{
    double all[2] = {0, 0}, known[2] = {0, 0}, young[2] = {0, 0}, rate[2] = {0, 0};
    for (size_t i = 0; i < times->clicks; i++) {
        if (times->time[i] > curves->cut)
            continue;
        const bool comes = times->delay[i] < INFINITY, in_time = times->delay[i] <= step->days;
        const bool is_known = has_come(times, i, curves->cut);
        const bool is_young = times->time[i] > curves->cut - curves->window;
        all[0] += in_time;
        all[1] += comes;
        known[0] += is_known && in_time;
        known[1] += is_known;
        young[0] += is_known && is_young && in_time;
        young[1] += is_known && is_young;
        if (!truth)
            continue;
        const DelayState state = delay_state_at(truth, times->row[i], step->days, true);
        rate[0] += state.rate * state.seen;
        rate[1] += state.rate;
    }
    step->truth = truth ? rate[0] / rate[1] : NAN;
    step->all = share_of(all[0], all[1]);
    step->known = share_of(known[0], known[1]);
    step->young = share_of(young[0], young[1]);
    step->exponential =
        expm1(-curves->model.speed * step->days) / expm1(-curves->model.speed * curves->window);
}

/* Which ages a click is of. */
static int age_of(double age, double window)
{
    int k = 0;
    for (double end = hour; age >= end && end < window && k < DELAY_AGES - 1; end *= 2)
        k++;
    return age > window && k < DELAY_AGES - 1 ? k + 1 : k;
}

static void count_ages(DelayCurves *curves, const ClickTimes *times, const Truth *truth)
{
    DelayAge sum[DELAY_AGES] = {0};
    for (size_t i = 0; i < times->clicks; i++) {
        const double age = curves->cut - times->time[i];
        if (age < 0)
            continue;
        DelayAge *s = &sum[age_of(age, curves->window)];
        const bool is_known = has_come(times, i, curves->cut);
        s->clicks++;
        s->days += age;
        s->all.share += times->delay[i] < INFINITY;
        s->known.share += is_known;
        s->exponential += is_known ? 1 : still_comes(curves->model, age);
        if (!truth)
            continue;
        const DelayState state = delay_state_at(truth, times->row[i], age, true);
        s->truth += state.rate;
        s->expected += state.rate * state.seen;
    }
    curves->ages = 0;
    for (int k = 0; k < DELAY_AGES; k++) {
        const DelayAge *s = &sum[k];
        const double clicks = (double)s->clicks;
        if (s->clicks)
            curves->age[curves->ages++] = (DelayAge){.days = s->days / clicks,
                                                     .clicks = s->clicks,
                                                     .truth = truth ? s->truth / clicks : NAN,
                                                     .expected = truth ? s->expected / clicks : NAN,
                                                     .all = share_of(s->all.share, clicks),
                                                     .known = share_of(s->known.share, clicks),
                                                     .exponential = s->exponential / clicks};
    }
}

void delay_curves_count(DelayCurves *curves, const ClickTimes *times, const Truth *truth, double cut,
                        double window)
{
    const double first = fmin(minute, window / 1000);
    *curves =
        (DelayCurves){.cut = cut, .window = window, .model = exponential_delays_fit(times, cut, window)};
    for (int k = 0; k < DELAY_STEPS; k++) {
        DelayStep *step = &curves->step[k];
        step->days = k < DELAY_STEPS - 1 ? first * pow(window / first, k / (DELAY_STEPS - 1.0)) : window;
        count_step(step, curves, times, truth);
    }
    count_ages(curves, times, truth);
}
