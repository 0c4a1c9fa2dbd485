/* When conversions come after their clicks, and what that makes of the labels that methods train on: as a log
 * knows it on a day (the cut), as a model of exponential delays has it from what is known, and in truth.
 * Times are days from the log's begin. */
#pragma once

#include "sim/log.h"
#include "sim/truth.h"

/* The clicks of a log. */
typedef struct ClickTimes {
    double *time, *delay; /* delay is INFINITY without a conversion */
    uint32_t *row;        /* in the log that was added last */
    size_t clicks, room;
} ClickTimes;

/* Adds the clicks of a log with delays. What comes more than `window` days later is no conversion. Free with
 * click_times_free, also after a failure. */
Status click_times_add(ClickTimes *times, const Log *log, double window, Message *message);
void click_times_free(ClickTimes *times);

/* The latest click; -INFINITY without any. */
double click_times_last(const ClickTimes *times);

/* The delayed feedback model (Chapelle, KDD 2014) without features, as the estimator dfm has it by default: a
 * click converts within the window with the probability `rate`, after an exponential delay of so many a day
 * that is cut at the window. */
typedef struct ExponentialDelays {
    double rate, speed, window;
} ExponentialDelays;

/* By maximum likelihood, of the clicks before the cut with what is known of them then: by expectation and
 * maximisation, the speed at least 1/1000 a day. Rate and speed are NaN where nothing is known to have
 * converted. */
ExponentialDelays exponential_delays_fit(const ClickTimes *times, double cut, double window);

/* A share and its binomial standard error; NaN of nothing. */
typedef struct CountedShare {
    double share, error;
} CountedShare;

enum { DELAY_STEPS = 32, DELAY_AGES = 24 };

/* Of the conversions within the window, the share that comes within `days`. */
typedef struct DelayStep {
    double days;
    double truth;       /* in expectation over the clicks before the cut; NaN where it is not known */
    CountedShare all;   /* of those clicks, as it turns out in the end */
    CountedShare known; /* of the conversions that have come by the cut, */
    CountedShare young; /* and of those of clicks less than a window old */
    double exponential; /* of the fitted model */
} DelayStep;

/* Clicks of about the same age at the cut. */
typedef struct DelayAge {
    double days; /* their mean age */
    size_t clicks;
    double truth;       /* of those that convert, in expectation; NaN where it is not known */
    double expected;    /* of those that have by the cut, likewise */
    CountedShare all;   /* of those that do in the end */
    CountedShare known; /* that have by the cut */
    double exponential; /* the mean label that the fitted model makes of what is known: 1 of a conversion,
                           else the probability that one is still to come */
} DelayAge;

typedef struct DelayCurves {
    double cut, window;
    ExponentialDelays model;
    DelayStep step[DELAY_STEPS]; /* from a minute to the window, evenly in the logarithm */
    DelayAge age[DELAY_AGES];    /* ages that double, from an hour on; the last is of all beyond the window */
    int ages;                    /* those that have clicks */
} DelayCurves;

/* `truth` is of the log whose clicks these are, and may be NULL. */
void delay_curves_count(DelayCurves *curves, const ClickTimes *times, const Truth *truth, double cut,
                        double window);
