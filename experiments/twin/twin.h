/* A twin: worlds that are like a log in all that clicks tell, one for each of several values of what they do
 * not, log Gamma (HiddenOdds.mean_log), with a report on how like.
 *
 * This folder stands beside run and report, and may include experiments/inputs, experiments/spec, results/
 * and below. The report is text that it writes to a file; nothing of it runs an experiment. */
#pragma once

#include "experiments/spec/spec.h"
#include "experiments/twin/observed_log.h"
#include "experiments/twin/space_comparison.h"
#include "experiments/twin/twin_fit.h"

enum { MOST_LEVELS = 8, TWIN_GROUPS = 20 };

/* The estimators of the experiment that a twin is written as, as the key takes them. */
extern const char twin_estimators[];

typedef struct TwinOptions {
    EstimatorOptions models; /* of the models that describe logs */
    size_t rows;             /* most rows that logs are compared by */
    double log_odds[MOST_LEVELS];
    int levels;
    int candidates, keep; /* worlds that are tried, and most that are kept */
    int jobs;
    void (*say)(const char *line, void *context); /* of progress; NULL: silent */
    void *context;
} TwinOptions;

/* The worlds of one log Gamma. */
typedef struct TwinLevel {
    double log_odds;
    TwinFit fit;
    double mean[LOG_STATISTICS], sd[LOG_STATISTICS]; /* over the kept worlds, of their own logs */
} TwinLevel;

typedef struct Twin {
    size_t log_rows, rows; /* of the log, and of what is compared */
    WorldOptions base;
    double observed[LOG_STATISTICS], error[LOG_STATISTICS]; /* of the log, and by half_samples.h */
    double world_sd[LOG_STATISTICS];                        /* of a log each of 8 worlds, at the start */
    double
        halves[LOG_STATISTICS]; /* control: the difference of two halves of the log over its standard error */
    TwinLevel level[MOST_LEVELS];
    int levels;
    int candidates, accepted;    /* worlds that passed at every level */
    int rejects[LOG_STATISTICS]; /* worlds whose largest difference is that statistic's, of those rejected */
    int kept;
    uint32_t number[MAX_NUMBERS]; /* the kept worlds, the nearest first; of rejected ones too where fewer than
                                     LEAST_KEPT passed */
    SpaceComparison of_worlds, of_halves; /* of the log with kept worlds (means over them), of its halves */
} Twin;

enum { LEAST_KEPT = 3 };

/* STATUS_USAGE where the log has fewer than 50 conversions, which say nothing. */
Status twin_check(const Log *log, Message *message);

/* Makes the twin. As twin_check fails. */
Status twin_make(Twin *twin, const ObservedLog *observed, const TwinOptions *options, Message *message);

/* The experiment on the kept worlds: a setting for each level. */
Status twin_spec(const Twin *twin, const char *name, Spec *spec, Message *message);

/* The parameters as csv, a line for each and log Gamma: parameter, scale, log_odds, then on that scale value
 * and standard error, and the sd of the prior, which is the error of what a log does not tell. */
void twin_parameters(const Twin *twin, FILE *file);

/* What was fitted, how like it is, and what it cannot say. */
void twin_report(const Twin *twin, FILE *file);
