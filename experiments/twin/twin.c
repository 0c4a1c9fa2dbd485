/* From a log to worlds: weights, start, fit at each log Gamma, acceptance of single worlds, comparison. A fit
 * matches means over worlds, but scores are random functions and each world has its own log; so worlds are
 * held against the log one by one, and those are kept that are like it (history matching). */
#include "experiments/twin/twin.h"

#include "experiments/twin/half_samples.h"
#include "results/statistics/moments.h"
#include "sim/base/random.h"
#include "sim/base/workers.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>

enum {
    SPLITS = 10,           /* of the log into halves */
    WORLDS = 4,            /* that a fit is over */
    START_WORLDS = 8,      /* that the spread between worlds is of */
    STARTS = 8,            /* points of the screening, besides the default */
    SCREEN_ROWS = 10000,   /* of its logs */
    FIRST_CANDIDATE = 100, /* number of the first world that is tried: none that a fit was over */
    MOST_KEPT_SPACES = 4,  /* kept worlds that the comparison is over */
};

/* The largest standardised difference of a world that is kept. */
static const double implausible = 3;

static void say(const TwinOptions *options, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const TwinOptions *options, const char *format, ...)
{
    char line[256];
    va_list arguments;
    if (!options->say)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    options->say(line, options->context);
}

/* Statistics of halves of a log, two for each split. */
typedef struct PartQueue {
    pthread_mutex_t lock;
    const Log *log;
    const int *group; /* of each row */
    const int *half;  /* SPLITS x TWIN_GROUPS */
    const EstimatorOptions *options;
    int parts, next;
    double *value;       /* parts x LOG_STATISTICS */
    ScoreSpace space[2]; /* of the first split */
    Status status;
    Message *message;
} PartQueue;

static Status part_statistics(PartQueue *q, int part, Message *message)
{
    uint32_t *row = calloc(q->log->x.rows + 1, sizeof *row);
    size_t rows = 0;
    Log log = {0};
    if (!row)
        return fail_memory(message, "the rows of a log");
    for (size_t i = 0; i < q->log->x.rows; i++)
        if (q->half[part / 2 * TWIN_GROUPS + q->group[i]] == part % 2)
            row[rows++] = (uint32_t)i;
    Status status = log_select(&log, q->log, row, rows, message);
    if (!status)
        status = log_statistics(&log, q->options, q->value + (ptrdiff_t)part * LOG_STATISTICS,
                                part < 2 ? &q->space[part] : NULL, message);
    log_free(&log);
    free(row);
    return status;
}

static void *take_parts(void *argument)
{
    PartQueue *q = argument;
    for (;;) {
        Message message = {{0}};
        pthread_mutex_lock(&q->lock);
        const int at = q->status ? q->parts : q->next++;
        pthread_mutex_unlock(&q->lock);
        if (at >= q->parts)
            return NULL;
        Status status = part_statistics(q, at, &message);
        pthread_mutex_lock(&q->lock);
        if (status && !q->status) {
            q->status = status;
            *q->message = message;
        }
        pthread_mutex_unlock(&q->lock);
    }
}

/* Standard errors of the log's statistics, and the control: its two halves of the first split. */
static Status describe_parts(Twin *twin, const Log *log, const TwinOptions *options, Message *message)
{
    const StreamKey key = {.setting = "", .replicate = EVERY_REPLICATE};
    double value[2 * SPLITS * LOG_STATISTICS];
    int half[SPLITS * TWIN_GROUPS];
    int *group = calloc(log->x.rows + 1, sizeof *group);
    gsl_rng *random = stream_open(&key, "twin/halves");
    PartQueue q = {.log = log,
                   .group = group,
                   .half = half,
                   .options = &options->models,
                   .parts = 2 * SPLITS,
                   .value = value,
                   .message = message};
    Status status = group && random ? STATUS_OK : fail_memory(message, "the groups of a log");
    if (!status) {
        half_samples_draw(SPLITS, TWIN_GROUPS, random, half);
        log_groups(log, TWIN_GROUPS, group);
        pthread_mutex_init(&q.lock, NULL);
        status = workers_run(options->jobs, take_parts, &q, message);
        pthread_mutex_destroy(&q.lock);
    }
    if (!status)
        status = q.status;
    if (!status) {
        half_samples_errors(value, SPLITS, LOG_STATISTICS, twin->error);
        for (int k = 0; k < LOG_STATISTICS; k++) { /* each half has twice the variance */
            const double gap = value[k] - value[LOG_STATISTICS + k];
            twin->halves[k] = gap == 0 ? 0 : gap / (2 * twin->error[k]);
        }
        status = spaces_compare(&q.space[0], &q.space[1], &twin->of_halves, message);
    }
    score_space_free(&q.space[0]);
    score_space_free(&q.space[1]);
    gsl_rng_free(random);
    free(group);
    return status;
}

/* The spread of statistics between worlds, at the start. */
static Status spread_of_worlds(Twin *twin, const TwinProblem *problem, const double *start,
                               const TwinOptions *options, Message *message)
{
    TwinDraw draw[START_WORLDS] = {0};
    for (int w = 0; w < START_WORLDS; w++) {
        draw[w].number = (uint32_t)w;
        draw[w].rows = problem->rows;
        twin_options(&problem->base, start, 0, &draw[w].world);
    }
    Status status = twin_draw(draw, START_WORLDS, problem->options, options->jobs, message);
    for (int k = 0; k < LOG_STATISTICS; k++) {
        double value[START_WORLDS];
        for (int w = 0; w < START_WORLDS; w++)
            value[w] = draw[w].value[k];
        twin->world_sd[k] = moments_sd(value, START_WORLDS);
    }
    return status;
}

/* The variance of a difference of the log and a mean of worlds: the log is of one world too. */
static void weigh(const Twin *twin, TwinProblem *problem)
{
    for (int k = 0; k < LOG_STATISTICS; k++) {
        const double tolerance = statistic_table[k].tolerance;
        problem->observed[k] = twin->observed[k];
        problem->variance[k] = (twin->error[k] * twin->error[k] + twin->world_sd[k] * twin->world_sd[k]) *
                                   (1 + 1.0 / problem->worlds) +
                               tolerance * tolerance;
    }
}

/* The best of the default and a few points of a Sobol sequence around it, on small logs. */
static Status screen(const TwinProblem *problem, const Log *log, double *start, Message *message)
{
    static const TwinParameter moved[] = {TWIN_SIGMA_O, TWIN_SIGMA_R, TWIN_DEPENDENCE, TWIN_USER_SHARE,
                                          TWIN_ITEM_SHARE};
    enum { MOVED = sizeof moved / sizeof *moved };
    TwinProblem small = *problem;
    Log sample = {0};
    double best = HUGE_VAL, origin[TWIN_PARAMETERS], value[LOG_STATISTICS];
    gsl_qrng *sobol = gsl_qrng_alloc(gsl_qrng_sobol, MOVED);
    Status status =
        sobol ? log_sample(&sample, log, SCREEN_ROWS, message) : fail_memory(message, "the starts of a fit");
    if (!status)
        status = log_statistics(&sample, problem->options, small.observed, NULL, message);
    small.rows = sample.x.rows;
    small.worlds = 2;
    for (int p = 0; p < TWIN_PARAMETERS; p++)
        origin[p] = start[p];
    for (int s = 0; !status && s <= STARTS; s++) {
        double point[TWIN_PARAMETERS], at[MOVED] = {0}, distance = HUGE_VAL;
        for (int p = 0; p < TWIN_PARAMETERS; p++)
            point[p] = origin[p];
        if (s)
            gsl_qrng_get(sobol, at);
        for (int m = 0; s && m < MOVED; m++)
            point[moved[m]] += (2 * at[m] - 1) * 1.5 * twin_parameter_table[moved[m]].spread;
        status =
            twin_match_cvr(&problem->base, problem->observed[CLICKED_CVR], problem->log_odds, point, message);
        if (!status)
            status = twin_distance(&small, point, value, &distance, message);
        if (status || !(distance < best))
            continue;
        best = distance;
        for (int p = 0; p < TWIN_PARAMETERS; p++)
            start[p] = point[p];
    }
    if (sobol)
        gsl_qrng_free(sobol);
    log_free(&sample);
    return status;
}

/* The largest standardised difference of a world's own log, and whose it is. */
static double implausibility(const Twin *twin, const double *value, int *worst)
{
    double most = 0;
    for (int k = 0; k < LOG_STATISTICS; k++) {
        const double tolerance = statistic_table[k].tolerance;
        if (statistic_table[k].use != STATISTIC_FITTED || isnan(twin->observed[k]))
            continue;
        double z = fabs(value[k] - twin->observed[k]) /
                   sqrt(2 * twin->error[k] * twin->error[k] + tolerance * tolerance);
        z = isnan(z) ? HUGE_VAL : z;
        if (z > most) {
            most = z;
            *worst = k;
        }
    }
    return most;
}

/* A world that is tried. */
typedef struct Candidate {
    uint32_t number;
    double most; /* implausibility, the largest over the levels so far */
    int worst;
} Candidate;

static int nearest_first(const void *a, const void *b)
{
    const Candidate *x = a, *y = b;
    if (x->most != y->most)
        return x->most < y->most ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Holds the first `count` candidates against the log at one level. */
static Status try_candidates(const Twin *twin, const TwinProblem *problem, const TwinLevel *level,
                             Candidate *candidate, int count, const TwinOptions *options, Message *message)
{
    TwinDraw *draw = calloc((size_t)count + 1, sizeof *draw);
    if (!draw)
        return fail_memory(message, "the worlds that are tried");
    for (int i = 0; i < count; i++) {
        draw[i].number = candidate[i].number;
        draw[i].rows = problem->rows;
        twin_options(&problem->base, level->fit.parameter, level->log_odds, &draw[i].world);
    }
    Status status = twin_draw(draw, count, problem->options, options->jobs, message);
    for (int i = 0; !status && i < count; i++) {
        int worst = 0;
        const double most = implausibility(twin, draw[i].value, &worst);
        if (most > candidate[i].most) {
            candidate[i].most = most;
            candidate[i].worst = worst;
        }
    }
    free(draw);
    return status;
}

/* Tries worlds at every level, and only those further that are still plausible; keeps the nearest. Scores do
 * not depend on Gamma, so that a world that is like the log at one level mostly is at the others, and
 * differences between levels are paired by worlds. */
static Status accept(Twin *twin, const TwinProblem *problem, const TwinOptions *options, Message *message)
{
    Candidate *candidate = calloc((size_t)options->candidates + 1, sizeof *candidate);
    int left = options->candidates;
    Status status = candidate ? STATUS_OK : fail_memory(message, "the worlds that are tried");
    for (int i = 0; !status && i < left; i++)
        candidate[i].number = FIRST_CANDIDATE + (uint32_t)i;
    for (int l = 0; !status && l < twin->levels; l++) {
        int plausible = 0;
        status = try_candidates(twin, problem, &twin->level[l], candidate, left, options, message);
        if (!status)
            qsort(candidate, (size_t)left, sizeof *candidate, nearest_first);
        while (plausible < left && candidate[plausible].most < implausible)
            plausible++;
        left = plausible > LEAST_KEPT ? plausible : left < LEAST_KEPT ? left : LEAST_KEPT;
        say(options, "log Gamma %.2f: %d of %d worlds are like the log", twin->level[l].log_odds, plausible,
            options->candidates);
    }
    twin->candidates = options->candidates;
    for (int i = 0; !status && i < options->candidates; i++) {
        const bool passed = i < left && candidate[i].most < implausible;
        twin->accepted += passed;
        twin->rejects[candidate[i].worst] += candidate[i].most >= implausible;
        if (i < left && twin->kept < options->keep && (passed || twin->kept < LEAST_KEPT))
            twin->number[twin->kept++] = candidate[i].number;
    }
    free(candidate);
    return status;
}

/* Statistics of the kept worlds at every level, and the comparison with the log at the first. */
static Status describe_kept(Twin *twin, const TwinProblem *problem, const ScoreSpace *space,
                            const TwinOptions *options, Message *message)
{
    TwinDraw draw[MAX_NUMBERS] = {0};
    Status status = STATUS_OK;
    int compared = 0;
    for (int l = 0; !status && l < twin->levels; l++) {
        TwinLevel *level = &twin->level[l];
        for (int w = 0; w < twin->kept; w++) {
            draw[w] = (TwinDraw){.number = twin->number[w],
                                 .rows = problem->rows,
                                 .wants_space = l == 0 && w < MOST_KEPT_SPACES};
            twin_options(&problem->base, level->fit.parameter, level->log_odds, &draw[w].world);
        }
        status = twin_draw(draw, twin->kept, problem->options, options->jobs, message);
        for (int k = 0; k < LOG_STATISTICS; k++) {
            double value[MAX_NUMBERS];
            for (int w = 0; w < twin->kept; w++)
                value[w] = draw[w].value[k];
            level->mean[k] = moments_mean(value, (size_t)twin->kept);
            level->sd[k] = moments_sd(value, (size_t)twin->kept);
        }
        for (int w = 0; w < twin->kept; w++) {
            SpaceComparison one;
            if (!status && draw[w].space.rows) {
                status = spaces_compare(space, &draw[w].space, &one, message);
                twin->of_worlds.auc += one.auc;
                twin->of_worlds.pmse += one.pmse;
                for (int c = 0; c < 4; c++)
                    twin->of_worlds.ks[c] += one.ks[c];
                if (one.telltale_auc > twin->of_worlds.telltale_auc) {
                    twin->of_worlds.telltale = one.telltale;
                    twin->of_worlds.telltale_auc = one.telltale_auc;
                }
                compared++;
            }
            score_space_free(&draw[w].space);
        }
    }
    twin->of_worlds.auc /= compared;
    twin->of_worlds.pmse /= compared;
    for (int c = 0; c < 4; c++)
        twin->of_worlds.ks[c] /= compared;
    return status;
}

static Status fit_levels(Twin *twin, TwinProblem *problem, const double *start, const TwinOptions *options,
                         Message *message)
{
    enum { FIRST_STEPS = 4, NEXT_STEPS = 3 };
    Status status = STATUS_OK;
    for (int l = 0; !status && l < options->levels; l++) {
        TwinLevel *level = &twin->level[l];
        level->log_odds = problem->log_odds = options->log_odds[l];
        if (l) { /* from the level before, whose slopes it keeps: a level moves the CVR before all else */
            level->fit = twin->level[l - 1].fit;
        } else {
            for (int p = 0; p < TWIN_PARAMETERS; p++) {
                level->fit.parameter[p] = start[p];
                level->fit.prior[p] = twin_parameter_table[p].start;
            }
            level->fit.prior[TWIN_CVR] = start[TWIN_CVR];
        }
        status = twin_match_cvr(&problem->base, problem->observed[CLICKED_CVR], problem->log_odds,
                                level->fit.parameter, message);
        if (!status)
            status = twin_fit(problem, l ? NEXT_STEPS : FIRST_STEPS, &level->fit, message);
        if (!status)
            say(options, "log Gamma %.2f: distance %.1f over %d statistics, CVR %.4f", level->log_odds,
                level->fit.distance, level->fit.fitted, 1 / (1 + exp(-level->fit.parameter[TWIN_CVR])));
        twin->levels = l + 1;
    }
    return status;
}

static size_t conversions_of(const Log *log)
{
    size_t conversions = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        conversions += log->conversion[i];
    return conversions;
}

Status twin_check(const Log *log, Message *message)
{
    enum { LEAST_CONVERSIONS = 50 };
    const size_t conversions = conversions_of(log);
    if (conversions >= LEAST_CONVERSIONS)
        return STATUS_OK;
    return fail(message, STATUS_USAGE,
                "the log has %zu conversions in the %zu rows that it is described by; expected at least %d",
                conversions, log->x.rows, LEAST_CONVERSIONS);
}

static Status make(Twin *twin, const Log *log, const ObservedLog *observed, const TwinOptions *options,
                   Message *message)
{
    ScoreSpace space = {0};
    double start[TWIN_PARAMETERS];
    Status status = twin_check(log, message);
    if (status)
        return status;
    say(options, "%zu rows of %zu, %zu clicks, %zu conversions", log->x.rows, observed->rows, log_clicks(log),
        conversions_of(log));
    twin_base(&twin->base, &observed->log, observed->ids);
    status = log_statistics(log, &options->models, twin->observed, &space, message);
    if (!status)
        status = describe_parts(twin, log, options, message);
    if (!status)
        status = twin_zipf(twin->observed[USER_ZIPF], twin->base.users, log->x.rows, &twin->base.user_zipf,
                           message);
    if (!status)
        status = twin_zipf(twin->observed[ITEM_ZIPF], twin->base.items, log->x.rows, &twin->base.item_zipf,
                           message);
    TwinProblem problem = {.base = twin->base,
                           .options = &options->models,
                           .rows = log->x.rows,
                           .log_odds = options->log_odds[0],
                           .worlds = WORLDS,
                           .jobs = options->jobs};
    for (int p = 0; p < TWIN_PARAMETERS; p++)
        start[p] = twin_parameter_table[p].start;
    start[TWIN_CVR] = twin->observed[CLICKED_CVR];
    if (!status)
        status = twin_match_cvr(&problem.base, twin->observed[CLICKED_CVR], 0, start, message);
    if (!status)
        status = spread_of_worlds(twin, &problem, start, options, message);
    weigh(twin, &problem);
    say(options, "the log and its standard errors are described");
    if (!status)
        status = screen(&problem, log, start, message);
    if (!status)
        status = fit_levels(twin, &problem, start, options, message);
    if (!status)
        status = accept(twin, &problem, options, message);
    if (!status)
        status = describe_kept(twin, &problem, &space, options, message);
    score_space_free(&space);
    return status;
}

Status twin_make(Twin *twin, const ObservedLog *observed, const TwinOptions *options, Message *message)
{
    Log log = {0};
    *twin = (Twin){.log_rows = observed->rows};
    Status status = log_sample(&log, &observed->log, options->rows, message);
    twin->rows = log.x.rows;
    if (!status)
        status = make(twin, &log, observed, options, message);
    log_free(&log);
    return status;
}
