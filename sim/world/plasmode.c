/* Fits, solves and draws. The confounder's weight is solved on a part of the rows, as for worlds; the two
 * constants then on all of them. */
#include "sim/world/plasmode.h"

#include "sim/base/draw.h"
#include "sim/base/real.h"
#include "sim/world/additive_logit.h"
#include "sim/world/calibration.h"
#include "sim/world/quadrature.h"

#include <math.h>
#include <stdlib.h>

struct Plasmode {
    AdditiveLogit *click, *conversion;
    Logits logits;
    Quadrature *quadrature;
};

/* The rows that constants are solved on. */
typedef struct PlasmodeSearch {
    Logits logits;
    Quadrature *quadrature;
    size_t rows;
    const double *f_o, *f_r;
    double *p_r, *p_o, *q;
    double ctr, clicked_cvr; /* wanted */
    Status status;
    Message *message;
} PlasmodeSearch;

static void fill_truth(PlasmodeSearch *s)
{
    quadrature_truth(
        s->quadrature, &s->logits,
        &(QuadratureRows){
            .rows = s->rows, .s_o = s->f_o, .s_r = s->f_r, .p_r = s->p_r, .p_o = s->p_o, .q = s->q});
}

static double click_rate(double intercept, void *context)
{
    PlasmodeSearch *s = context;
    double sum = 0;
    s->logits.a = intercept;
    fill_truth(s);
    for (size_t i = 0; i < s->rows; i++)
        sum += s->p_o[i];
    return sum / (double)s->rows;
}

static double clicked_cvr(double intercept, void *context)
{
    PlasmodeSearch *s = context;
    double conversions = 0, clicks = 0;
    s->logits.b = intercept;
    fill_truth(s);
    for (size_t i = 0; i < s->rows; i++) {
        conversions += s->p_o[i] * s->q[i];
        clicks += s->p_o[i];
    }
    return conversions / clicks;
}

/* Clicks first: they do not depend on b. */
static Status solve_rates(PlasmodeSearch *s, Message *message)
{
    const RateGoal ctr = {click_rate, s, s->ctr, "the click rate of the log"};
    const RateGoal cvr = {clicked_cvr, s, s->clicked_cvr, "the CVR of the log's clicks"};
    Status status = calibration_solve(&ctr, &s->logits.a, message);
    return status ? status : calibration_solve(&cvr, &s->logits.b, message);
}

/* Gamma / (1 + Gamma) where gamma_r is the signed root of `square`, up to the strongest confounder that there
 * are quadrature rules for. */
static double odds_rate(double square, void *context)
{
    PlasmodeSearch *s = context;
    if (s->status)
        return 0.5;
    s->logits.gamma_o = fmin(sqrt(fabs(square)), strongest_confounder);
    s->logits.gamma_r = copysign(s->logits.gamma_o, square);
    quadrature_free(s->quadrature);
    s->status = quadrature_create(&s->quadrature, &s->logits, s->message);
    if (!s->status)
        s->status = solve_rates(s, s->message);
    if (s->status)
        return 0.5;
    fill_truth(s);
    return real_sigmoid(mean_log_odds(s->rows, s->p_r, s->p_o, s->q));
}

/* The first rows are as good as any: what depends on x hardly moves Gamma. */
static Status solve_confounder(PlasmodeSearch *s, double odds, Message *message)
{
    enum { PART = 1 << 13 };
    const size_t rows = s->rows;
    const RateGoal goal = {odds_rate, s, odds / (1 + odds), "plasmode.hidden_odds"};
    double square = 0;
    s->rows = rows < PART ? rows : PART;
    Status status = odds == 1 ? STATUS_OK : calibration_solve(&goal, &square, message);
    if (s->status)
        status = s->status;
    else if (status || fabs(square) >= strongest_confounder * strongest_confounder)
        status =
            fail(message, STATUS_USAGE,
                 "plasmode.hidden_odds: no hidden confounder of a weight up to %g gives %.6g on these rows",
                 strongest_confounder, odds);
    s->rows = rows;
    s->logits.gamma_o = sqrt(fabs(square));
    s->logits.gamma_r = copysign(s->logits.gamma_o, square);
    return status;
}

Status plasmode_solve(Plasmode *p, const Log *log, const PlasmodeOptions *options, Message *message)
{
    Message why = {{0}};
    double *column = calloc(5 * log->x.rows + 1, sizeof *column), conversions = 0;
    if (!column)
        return fail_memory(message, "the rows of a log");
    quadrature_free(p->quadrature);
    p->quadrature = NULL;
    PlasmodeSearch search = {.logits = {.sigma_o = options->sigma_o, .sigma_r = options->sigma_r},
                             .rows = log->x.rows,
                             .f_o = column,
                             .f_r = column + log->x.rows,
                             .p_r = column + 2 * log->x.rows,
                             .p_o = column + 3 * log->x.rows,
                             .q = column + 4 * log->x.rows,
                             .message = &why};
    additive_logit_values(p->click, &log->x, column);
    additive_logit_values(p->conversion, &log->x, column + log->x.rows);
    for (size_t i = 0; i < log->x.rows; i++)
        conversions += log->conversion[i];
    const double clicks = (double)log_clicks(log);
    search.ctr = clicks / (double)log->x.rows;
    search.clicked_cvr = conversions / clicks;
    Status status = solve_confounder(&search, options->hidden_odds, &why);
    quadrature_free(search.quadrature);
    search.quadrature = NULL;
    if (!status)
        status = quadrature_create(&search.quadrature, &search.logits, &why);
    if (!status)
        status = solve_rates(&search, &why);
    p->logits = search.logits;
    p->quadrature = search.quadrature;
    free(column);
    if (status)
        *message = why;
    return status;
}

Status plasmode_create(Plasmode **plasmode, const Log *log, const PlasmodeOptions *options, Message *message)
{
    Plasmode *p = calloc(1, sizeof *p);
    *plasmode = NULL;
    if (!p)
        return fail_memory(message, "a world of a log's rows");
    Status status = additive_logit_fit(&p->click, &log->x, log->click, NULL, message);
    if (!status)
        status = additive_logit_fit(&p->conversion, &log->x, log->conversion, log->click, message);
    if (!status)
        status = plasmode_solve(p, log, options, message);
    if (status)
        plasmode_free(p);
    else
        *plasmode = p;
    return status;
}

void plasmode_free(Plasmode *p)
{
    if (!p)
        return;
    additive_logit_free(p->click);
    additive_logit_free(p->conversion);
    quadrature_free(p->quadrature);
    free(p);
}

/* h, r(1) and whether the exposure is clicked, in this order from the stream, for each row. */
static void draw_outcomes(const Plasmode *p, gsl_rng *random, const RowDraw *draw, const double *f_o,
                          const double *f_r, Log *log, Truth *truth)
{
    const Logits *l = &p->logits;
    for (size_t i = 0; i < log->x.rows; i++) {
        const double h = draw_normal(random, 1);
        const double p_r = real_sigmoid(l->b + l->sigma_r * f_r[i] + l->gamma_r * h),
                     p_o = real_sigmoid(l->a + l->sigma_o * f_o[i] + l->gamma_o * h);
        const bool potential = gsl_rng_uniform(random) < p_r, click = gsl_rng_uniform(random) < p_o;
        log->click[i] = click || draw->forced;
        log->conversion[i] = log->click[i] && potential;
        if (!truth)
            continue;
        truth->potential[i] = potential;
        truth->p_r_full[i] = p_r;
        truth->p_o_full[i] = truth->p_o_given[i] = p_o;
    }
    if (truth)
        quadrature_truth(p->quadrature, l,
                         &(QuadratureRows){.rows = log->x.rows,
                                           .s_o = f_o,
                                           .s_r = f_r,
                                           .p_r = truth->p_r,
                                           .p_o = truth->p_o,
                                           .q = truth->q});
}

Status plasmode_draw(const Plasmode *p, const RowDraw *draw, Log *log, Truth *truth, Message *message)
{
    const size_t rows = draw->row ? draw->count : draw->rows->x.rows;
    uint32_t *all = NULL;
    double *f = NULL;
    gsl_rng *random = stream_open(draw->key, draw->purpose);
    *log = (Log){0};
    if (truth)
        *truth = (Truth){0};
    if (!draw->row)
        all = calloc(rows + 1, sizeof *all);
    f = calloc(2 * rows + 1, sizeof *f);
    Status status = random && f && (draw->row || all) ? STATUS_OK : fail_memory(message, "the rows of a log");
    for (size_t i = 0; !status && all && i < rows; i++)
        all[i] = (uint32_t)i;
    if (!status)
        status = log_select(log, draw->rows, all ? all : draw->row, rows, message);
    if (!status && truth)
        status = truth_create(truth, rows, message);
    if (!status) {
        additive_logit_values(p->click, &log->x, f);
        additive_logit_values(p->conversion, &log->x, f + rows);
        draw_outcomes(p, random, draw, f, f + rows, log, truth);
    }
    gsl_rng_free(random);
    free(all);
    free(f);
    if (status) {
        log_free(log);
        if (truth)
            truth_free(truth);
    }
    return status;
}
