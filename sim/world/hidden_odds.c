/* Gamma of a world, what clicks cannot tell of it, and the hidden confounder that gives a wanted one. Its
 * mean log hardly varies with x, so that a small part of the calibration's sample is enough to solve for it.
 */
#include "sim/base/real.h"
#include "sim/world/calibration.h"
#include "sim/world/world_internal.h"

#include <math.h>
#include <stdlib.h>

/* The part of the sample. */
enum { ROWS = 1 << 12 };

const double strongest_confounder = 5;

double mean_log_odds(size_t rows, const double *p_r, const double *p_o, const double *q)
{
    const double least = 1e-6;
    double sum = 0;
    size_t counted = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!(1 - p_o[i] > least))
            continue;
        counted++;
        if (q[i] == p_r[i]) /* at random, to the bit */
            continue;
        const double q_n = (p_r[i] - p_o[i] * q[i]) / (1 - p_o[i]);
        sum += real_log(q[i] / (1 - q[i])) - real_log(q_n / (1 - q_n));
    }
    return counted ? sum / (double)counted : 0;
}

Status world_hidden_odds(const World *world, HiddenOdds *odds, Message *message)
{
    enum { EXPOSURES = 1 << 16 };
    const StreamKey key = {.setting = "", .replicate = EVERY_REPLICATE};
    const ExposureDraw draw = {&key, "hidden_odds", SAMPLE_EXPOSURES, EXPOSURES, 0};
    Log log;
    Truth truth;
    Status status = world_draw(world, &draw, &log, &truth, message);
    if (status)
        return status;
    double clicks = 0, conversions = 0;
    for (size_t i = 0; i < truth.rows; i++) {
        clicks += truth.p_o[i];
        conversions += truth.p_o[i] * truth.q[i];
    }
    *odds = (HiddenOdds){.mean_log = mean_log_odds(truth.rows, truth.p_r, truth.p_o, truth.q),
                         .clicked_cvr = conversions / clicks};
    log_free(&log);
    truth_free(&truth);
    return STATUS_OK;
}

double world_click_confounding(const World *world)
{
    return world->options.gamma_o;
}

double world_conversion_confounding(const World *world)
{
    return world->options.gamma_r;
}

typedef struct ConfounderSearch {
    World *world;
    const CalibrationSample *sample;
    double p_r[ROWS], p_o[ROWS], q[ROWS];
    double strongest[2]; /* the rate at the strongest confounders, below and above 0; NaN until it is known */
    Status status;
    Message *message;
} ConfounderSearch;

static void set_confounder(World *world, double gamma)
{
    world->logits.gamma_r = world->options.gamma_r = gamma;
    world->logits.gamma_o = world->options.gamma_o = fabs(gamma);
}

/* Gamma / (1 + Gamma), a rate whose logit is log Gamma, where gamma_r = gamma and gamma_o = |gamma|. */
static double odds_rate(ConfounderSearch *s, double gamma)
{
    World *w = s->world;
    const CalibrationSample *c = s->sample;
    set_confounder(w, gamma);
    s->status = quadrature_create(&w->quadrature, &w->logits, s->message);
    if (!s->status)
        s->status = calibration_intercepts(w, c, s->message);
    if (!s->status)
        quadrature_truth(w->quadrature, &w->logits,
                         &(QuadratureRows){.rows = ROWS,
                                           .s_o = c->s_o,
                                           .s_r = c->s_r,
                                           .p_r = s->p_r,
                                           .p_o = s->p_o,
                                           .q = s->q,
                                           .t_o = c->t_o,
                                           .t_r = c->t_r});
    quadrature_free(w->quadrature);
    w->quadrature = NULL;
    return s->status ? 0.5 : real_sigmoid(mean_log_odds(ROWS, s->p_r, s->p_o, s->q));
}

static double signed_root(double x)
{
    return copysign(sqrt(fabs(x)), x);
}

/* The square of gamma, with its sign, stands in the place of an intercept: log Gamma goes with it nearly one
 * by one. Beyond the strongest confounder nothing changes any more. */
static double rate_of_square(double square, void *context)
{
    ConfounderSearch *s = context;
    if (s->status)
        return 0.5;
    if (fabs(square) < strongest_confounder * strongest_confounder)
        return odds_rate(s, signed_root(square));
    double *end = &s->strongest[square > 0];
    if (isnan(*end))
        *end = odds_rate(s, copysign(strongest_confounder, square));
    return *end;
}

Status calibration_confound(World *world, const CalibrationSample *sample, Message *message)
{
    const double odds = world->options.hidden_odds;
    double square = 0;
    Message why;
    ConfounderSearch *search = calloc(1, sizeof *search);
    if (!search)
        return fail_memory(message, "the calibration of a world");
    *search =
        (ConfounderSearch){.world = world, .sample = sample, .strongest = {NAN, NAN}, .message = message};
    const RateGoal goal = {rate_of_square, search, odds / (1 + odds), "world.hidden_odds"};
    Status status = STATUS_OK;
    if (odds != 1 || world->logits.delta != 0) /* else none is needed, to the bit */
        status = calibration_solve(&goal, &square, &why);
    if (search->status)
        status = search->status;
    else if (status || fabs(square) >= strongest_confounder * strongest_confounder)
        status = fail(message, STATUS_USAGE,
                      "world.hidden_odds: no hidden confounder of a weight up to %g gives %.6g in this world",
                      strongest_confounder, odds);
    set_confounder(world, signed_root(square));
    free(search);
    return status;
}
