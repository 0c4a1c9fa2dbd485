/* The draws of delays, and their truth. Times, delays and the score of delays have streams of their own. The
 * truth keeps what the distribution of a row is computed from, since estimators ask for it at any time. */
#include "sim/world/delay.h"

#include "sim/world/hermite.h"
#include "sim/world/world_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double hours_of_day = 24;

/* What the delays of a world have in common. */
typedef struct DelayRule {
    DelayLaw law;
    double mu, sigma, confounding;
    Link link;
    double gamma_o, gamma_r, delta; /* of h in the logits, where the delays are confounded */
    int nodes;                      /* of h; 0 where x tells all that moves the delays */
    double *h, *weight;
} DelayRule;

typedef struct Delay {
    const World *world;
    int mechanism; /* its place among the world's */
    DelayRule rule;
    Score *score;          /* f_d; NULL where it has no weight */
    double of_r, of_score; /* s_d = of_r s_r + of_score (f_d - mean) */
    double mean;
} Delay;

static bool delay_is_on(const WorldOptions *options)
{
    return options->delay.days > 0;
}

static void delay_release(void *state)
{
    Delay *d = state;
    if (!d)
        return;
    score_free(d->score);
    free(d->rule.h);
    free(d->rule.weight);
    free(d);
}

/* As for the logits (quadrature.c), with the steepness in h that a row's delays have. */
static Status place_nodes(DelayRule *rule, Message *message)
{
    enum { MOST = 4096 };
    const double of_law = rule->law.family == DELAY_EXPONENTIAL ? 1
                          : rule->law.family == DELAY_WEIBULL   ? rule->law.shape
                                                                : 1 / rule->law.shape;
    const double logits = fabs(rule->gamma_o) + fabs(rule->gamma_r) * (1 + fabs(rule->delta) / 4);
    const double steepness = fmax(logits, fabs(rule->confounding) * fmax(of_law, 1));
    const size_t nodes = (size_t)fmin(32 + 32 * steepness * steepness, MOST);
    rule->h = calloc(nodes, sizeof *rule->h);
    rule->weight = calloc(nodes, sizeof *rule->weight);
    if (!rule->h || !rule->weight)
        return fail_memory(message, "the delays of a world");
    rule->nodes = (int)hermite_rule(nodes, rule->h, rule->weight);
    return STATUS_OK;
}

static Status delay_prepare(WorldMechanism *self, const World *world, const StreamKey *key, Message *message)
{
    const WorldOptions *all = &world->options;
    const DelayOptions *options = &all->delay;
    Delay *d = self->state = calloc(1, sizeof *d);
    if (!d)
        return fail_memory(message, "the delays of a world");
    d->world = world;
    d->mechanism = (int)(self - world->mechanism);
    d->rule = (DelayRule){.law = {.family = options->family,
                                  .shape = options->shape,
                                  .immediate = options->immediate,
                                  .immediate_mean = options->immediate_mean / hours_of_day,
                                  .window = options->window},
                          .sigma = options->sigma,
                          .confounding = options->confounding,
                          .link = all->link};
    d->rule.mu = delay_law_log_scale(&d->rule.law, options->median / hours_of_day);
    if (options->sigma == 0)
        return STATUS_OK;
    gsl_rng *random = stream_open(key, "world/delays");
    Status status = random ? score_create(&d->score, all->shape, all->latent, all->context, random, message)
                           : fail_memory(message, "the delays of a world");
    gsl_rng_free(random);
    return status;
}

static void delay_score(const WorldMechanism *self, const World *world, const double *input, double *f)
{
    (void)world;
    const Delay *d = self->state;
    if (d->score)
        score_evaluate(d->score, input, f);
    else
        memset(f, 0, SCORE_BLOCK * sizeof *f);
}

/* The score, and the rule of h, whose weights in the logits may have been solved for (world.hidden_odds). */
static Status delay_calibrate(void *state, const World *world, const CalibrationSample *sample,
                              Message *message)
{
    Delay *d = state;
    const double *f = sample->f[d->mechanism], *s_r = sample->s_r, rho = world->options.delay.dependence;
    const Logits *logits = &world->logits;
    d->rule.gamma_o = logits->gamma_o;
    d->rule.gamma_r = logits->gamma_r;
    d->rule.delta = logits->delta;
    if (d->rule.confounding != 0 && !world->hidden) {
        Status status = place_nodes(&d->rule, message);
        if (status)
            return status;
    }
    if (!d->score)
        return STATUS_OK;
    const double m_f = calibration_mean(f, CALIBRATION_ROWS), m_r = calibration_mean(s_r, CALIBRATION_ROWS);
    const double v_f = calibration_covariance(f, m_f, f, m_f),
                 v_r = calibration_covariance(s_r, m_r, s_r, m_r);
    const double slope = calibration_covariance(f, m_f, s_r, m_r) / v_r, rest = v_f - slope * slope * v_r;
    if (!(rest > 1e-9 * v_f))
        return fail(message, STATUS_USAGE,
                    "delay.sigma: the score of delays does not vary freely over exposures; expected more of "
                    "world.users, world.items or world.context");
    d->of_score = sqrt((1 - rho * rho) / rest);
    d->of_r = rho / sqrt(v_r) - d->of_score * slope;
    d->mean = m_f;
    return STATUS_OK;
}

static Status delay_add_columns(Log *log, Truth *truth, Message *message)
{
    Status status = log_add_delays(log, message);
    return status || !truth ? status : truth_add_delay(truth, message);
}

/* L at h = 0, or with the h of the row's user or item. */
static double log_scale_of(const Delay *d, const ExposureBlock *block, int i)
{
    const World *w = d->world;
    const double s_d = d->of_r * block->s_r[i] + d->of_score * (block->f[d->mechanism][i] - d->mean);
    const uint32_t member = w->options.hidden_level == HIDDEN_USER ? block->user[i] : block->item[i];
    return d->rule.mu + d->rule.sigma * s_d + d->rule.confounding * (w->hidden ? w->hidden[member] : 0);
}

static void delay_draw(const void *state, gsl_rng *random, const ExposureBlock *block, Log *log)
{
    const Delay *d = state;
    for (int i = 0; i < block->rows; i++) {
        const size_t row = block->first + (size_t)i;
        const double part = gsl_rng_uniform(random), share = gsl_rng_uniform(random);
        if (!log->delays)
            continue;
        log->delays->click_time[row] = block->time[i];
        log->delays->conversion_time[row] = INFINITY;
        if (!log->conversion[row])
            continue;
        const double log_scale = log_scale_of(d, block, i) + d->rule.confounding * block->h[i];
        log->delays->conversion_time[row] =
            block->time[i] + delay_law_draw(&d->rule.law, log_scale, part, share);
    }
}

static void delay_truth(const void *state, const ExposureBlock *block, Truth *truth)
{
    const Delay *d = state;
    const Logits *l = &d->world->logits;
    DelayTruth *delay = truth->delay;
    if (!delay)
        return;
    delay->rule = &d->rule;
    for (int i = 0; i < block->rows; i++) {
        const size_t row = block->first + (size_t)i;
        delay->log_scale[row] = log_scale_of(d, block, i);
        delay->logit_r[row] = l->b + l->sigma_r * block->s_r[i] + block->t_r[i];
        delay->logit_o[row] = l->a + l->sigma_o * block->s_o[i] + block->t_o[i];
    }
}

/* P(d <= elapsed | r=1, x): the mean over h of those who convert and, among the clicked, click. */
static double share_seen(const DelayTruth *truth, size_t row, double elapsed, bool clicked)
{
    const DelayRule *rule = truth->rule;
    const double log_scale = truth->log_scale[row];
    if (!rule->nodes)
        return delay_law_within(&rule->law, log_scale, elapsed);
    double all = 0, seen = 0;
    for (int j = 0; j < rule->nodes; j++) {
        const double h = rule->h[j],
                     p = link_probability(rule->link, truth->logit_r[row] + rule->gamma_r * h),
                     click = link_probability(rule->link, truth->logit_o[row] + rule->gamma_o * h +
                                                              rule->delta * (1 - p));
        const double weight = rule->weight[j] * p * (clicked ? click : 1);
        all += weight;
        seen += weight * delay_law_within(&rule->law, log_scale + rule->confounding * h, elapsed);
    }
    return seen / all;
}

DelayState delay_state_at(const Truth *truth, size_t row, double elapsed, bool clicked)
{
    DelayState state = {.rate = clicked ? truth->q[row] : truth->p_r[row],
                        .seen = share_seen(truth->delay, row, elapsed, clicked)};
    state.later = state.rate * (1 - state.seen);
    state.negative = (1 - state.rate) / (1 - state.rate + state.later);
    state.converts = state.later / (1 - state.rate + state.later);
    return state;
}

const Mechanism delay_mechanism = {
    .name = "the delays of conversions",
    .stream = "delays",
    .is_on = delay_is_on,
    .prepare = delay_prepare,
    .release = delay_release,
    .score = delay_score,
    .calibrate = delay_calibrate,
    .add_columns = delay_add_columns,
    .draw = delay_draw,
    .truth = delay_truth,
};
