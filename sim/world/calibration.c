/* Calibrates a world in three steps, each on what the one before left: raw scores of a sample, standardised
 * scores, intercepts. The sample is quasi-random, so that the rates of a world are as asked to about 1e-4. */
#include "sim/world/calibration.h"

#include "sim/base/draw.h"
#include "sim/base/real.h"
#include "sim/world/density.h"
#include "sim/world/world_internal.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SOBOL_DIMENSIONS = 40 };

static const char purpose[] = "world/calibration";

double calibration_mean(const double *x, int rows)
{
    double sum = 0;
    for (int i = 0; i < rows; i++)
        sum += x[i];
    return sum / rows;
}

double calibration_covariance(const double *x, double mean_x, const double *y, double mean_y)
{
    double sum = 0;
    for (int i = 0; i < CALIBRATION_ROWS; i++)
        sum += (x[i] - mean_x) * (y[i] - mean_y);
    return sum / CALIBRATION_ROWS;
}

static void sample_free(CalibrationSample *sample)
{
    free(sample->s_o); /* one allocation */
}

static Status sample_create(CalibrationSample *sample, const World *w, Message *message)
{
    *sample = (CalibrationSample){0};
    sample->columns = 2 + w->mechanisms + (world_has_terms(w) ? 2 : 0);
    size_t numbers = ((size_t)sample->columns + 1) * CALIBRATION_ROWS;
    sample->s_o = malloc(numbers * sizeof *sample->s_o);
    if (!sample->s_o)
        return fail_memory(message, "the calibration of a world");
    double *next = sample->s_o;
    sample->s_r = next += CALIBRATION_ROWS;
    for (int m = 0; m < w->mechanisms; m++)
        sample->f[m] = next += CALIBRATION_ROWS;
    if (world_has_terms(w)) {
        sample->t_o = next += CALIBRATION_ROWS;
        sample->t_r = next += CALIBRATION_ROWS;
    }
    sample->p_r = next + CALIBRATION_ROWS;
    return STATUS_OK;
}

/* Points of the unit cube: Sobol as far as its dimensions go, shifted, and random numbers beyond. */
typedef struct Cube {
    gsl_qrng *sobol;
    gsl_rng *generator;
    int dimensions, covered;
    double shift[SOBOL_DIMENSIONS], *point;
} Cube;

static void cube_free(Cube *cube)
{
    if (cube->sobol)
        gsl_qrng_free(cube->sobol);
    gsl_rng_free(cube->generator);
    free(cube->point);
}

static Status cube_create(Cube *cube, int dimensions, const StreamKey *key, Message *message)
{
    int covered = dimensions < SOBOL_DIMENSIONS ? dimensions : SOBOL_DIMENSIONS;
    *cube = (Cube){.dimensions = dimensions, .covered = covered};
    cube->sobol = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)covered);
    cube->generator = stream_open(key, purpose);
    cube->point = calloc((size_t)dimensions, sizeof *cube->point);
    if (!cube->sobol || !cube->generator || !cube->point) {
        cube_free(cube);
        return fail_memory(message, "the calibration of a world");
    }
    for (int d = 0; d < covered; d++)
        cube->shift[d] = gsl_rng_uniform(cube->generator);
    return STATUS_OK;
}

static const double *cube_next(Cube *cube)
{
    gsl_qrng_get(cube->sobol, cube->point);
    for (int d = 0; d < cube->covered; d++) {
        double moved = cube->point[d] + cube->shift[d];
        cube->point[d] = moved < 1 ? moved : moved - 1;
    }
    for (int d = cube->covered; d < cube->dimensions; d++)
        cube->point[d] = gsl_rng_uniform(cube->generator);
    return cube->point;
}

/* The ends of (0, 1) would be infinite. */
static double inside(double u)
{
    return fmin(fmax(u, 1e-12), 1 - 1e-12);
}

/* The next block of the sample, also into the input of scores. */
static void next_block(const World *w, Cube *cube, gsl_rng *random[MECHANISM_COUNT], ExposureBlock *block,
                       double *input)
{
    int context = w->options.context;
    bool placed = placement_is_on(&w->options), moves = calendar_moves(w->calendar);
    double *of_context = input + (ptrdiff_t)2 * w->options.latent * SCORE_BLOCK;
    for (int i = 0; i < SCORE_BLOCK; i++) {
        const double *u = cube_next(cube);
        block->user[i] = population_exposed(&w->users, u[0]);
        block->item[i] = population_exposed(&w->items, u[1]);
        for (int d = 0; d < context; d++)
            of_context[d * SCORE_BLOCK + i] = inside(u[2 + d]);
        block->v[i] = placed ? inside(u[2 + context]) : 0;
        if (moves) {
            block->time[i] = calendar_time(w->calendar, u[2 + context + placed]);
            block->item[i] = calendar_item(w->calendar, block->item[i], block->time[i]);
        }
    }
    quantile_kernels()->normal(context * SCORE_BLOCK, of_context, of_context);
    if (placed)
        quantile_kernels()->normal(SCORE_BLOCK, block->v, block->v);
    world_terms(w, block);
    world_place(w, random, block, input);
}

/* Draws raw scores and terms of the sample. */
static Status draw_sample(const World *w, CalibrationSample *sample, const StreamKey *key, Message *message)
{
    Cube cube;
    gsl_rng *random[MECHANISM_COUNT];
    ExposureBlock block = {.rows = SCORE_BLOCK};
    const int dimensions =
        2 + w->options.context + placement_is_on(&w->options) + calendar_moves(w->calendar);
    Status status = cube_create(&cube, dimensions, key, message);
    if (status)
        return status;
    status = mechanism_streams_open(random, w, key, purpose, message);
    double *input = calloc((size_t)world_inputs(w) * SCORE_BLOCK, sizeof *input);
    if (!status && !input)
        status = fail_memory(message, "the calibration of a world");
    for (int first = 0; !status && first < CALIBRATION_ROWS; first += SCORE_BLOCK) {
        double *f[MECHANISM_COUNT] = {0};
        for (int m = 0; m < w->mechanisms; m++)
            f[m] = sample->f[m] + first;
        next_block(w, &cube, random, &block, input);
        if (sample->t_o) {
            memcpy(sample->t_o + first, block.t_o, sizeof block.t_o);
            memcpy(sample->t_r + first, block.t_r, sizeof block.t_r);
        }
        world_raw_scores(w, input, sample->s_o + first, sample->s_r + first, f);
    }
    free(input);
    mechanism_streams_close(random);
    cube_free(&cube);
    return status;
}

/* Raw scores and terms of the sample. Terms hold more of the options than scores do: a sample with terms is
 * never shared. */
static Status sample_scores(const World *w, CalibrationSample *sample, const StreamKey *key,
                            SampleCache *cache, Message *message)
{
    const SampleKey known = {&w->options, key->seed, key->world};
    SampleCache *shared = world_has_terms(w) ? NULL : cache;
    const size_t count = (size_t)sample->columns * CALIBRATION_ROWS;
    if (sample_cache_get(shared, &known, sample->s_o, count))
        return STATUS_OK;
    Status status = draw_sample(w, sample, key, message);
    if (!status)
        sample_cache_put(shared, &known, sample->s_o, count);
    return status;
}

/* The scores of mechanisms become part of the sample's. */
static Status join_mechanisms(World *w, CalibrationSample *sample, Message *message)
{
    for (int m = 0; m < w->mechanisms; m++) {
        const WorldMechanism *of = &w->mechanism[m];
        if (!of->mechanism->weigh)
            continue;
        Status status = of->mechanism->weigh(of->state, w, sample->f[m], sample, message);
        if (status)
            return status;
        of->mechanism->join(of->state, CALIBRATION_ROWS, sample->f[m], sample->s_o, sample->s_r);
    }
    return STATUS_OK;
}

/* s_o = (f_o - mean) / sd, and s_r = dependence s_o + sqrt(1 - dependence^2) e, where e is the part of f_r
 * that f_o does not explain, with variance 1. */
static Status standardise(World *w, CalibrationSample *c, Message *message)
{
    double m_o = calibration_mean(c->s_o, CALIBRATION_ROWS), m_r = calibration_mean(c->s_r, CALIBRATION_ROWS),
           rho = w->options.dependence;
    double v_o = calibration_covariance(c->s_o, m_o, c->s_o, m_o),
           v_r = calibration_covariance(c->s_r, m_r, c->s_r, m_r);
    double slope = v_o > 0 ? calibration_covariance(c->s_o, m_o, c->s_r, m_r) / v_o : 0;
    double rest = v_r - slope * slope * v_o;
    if (!(v_o > 0) || !(rest > 1e-9 * v_r))
        return fail(message, STATUS_USAGE,
                    "world: its scores do not vary freely over exposures; expected more of world.users, "
                    "world.items or world.context");
    double own = sqrt((1 - rho * rho) / rest);
    w->mean_o = m_o;
    w->mean_r = m_r;
    w->o_of_o = 1 / sqrt(v_o);
    w->r_of_o = rho / sqrt(v_o) - own * slope;
    w->r_of_r = own;
    for (int i = 0; i < CALIBRATION_ROWS; i++) {
        double f_o = c->s_o[i] - m_o, f_r = c->s_r[i] - m_r;
        c->s_o[i] = w->o_of_o * f_o;
        c->s_r[i] = w->r_of_o * f_o + w->r_of_r * f_r;
    }
    return STATUS_OK;
}

static double logit(double p)
{
    return real_log(p) - real_log1p(-p);
}

/* The logit of a rate rises with the intercept, nearly in a straight line and by at most as much: a step by
 * its gap, and from then on along the secant, falls back on the middle of the bracket where it leaves that.
 */
Status calibration_solve(const RateGoal *goal, double *intercept, Message *message)
{
    enum { MOST_STEPS = 200 };
    const double widest = 300, precision = 1e-13;
    double low = -widest, high = widest, x = logit(goal->wanted), before = NAN, gap_before = NAN;
    for (int k = 0; k < MOST_STEPS; k++) {
        double gap = logit(goal->rate(x, goal->context)) - logit(goal->wanted);
        double slope = isfinite(gap_before) ? (gap - gap_before) / (x - before) : 1;
        *(gap < 0 ? &low : &high) = x;
        double next = isfinite(gap) ? x - gap / (slope > 0 ? slope : 1) : NAN;
        if (isfinite(gap) && fabs(next - x) <= precision * (1 + fabs(x)) && fabs(next) < widest) {
            *intercept = next;
            return STATUS_OK;
        }
        before = x;
        gap_before = gap;
        x = next > low && next < high ? next : low + (high - low) / 2;
    }
    *intercept = 0;
    return fail(message, STATUS_USAGE, "%s: no intercept gives a rate of %.6g in this world", goal->key,
                goal->wanted);
}

/* The two logits while their intercepts are solved, and the distribution of what x determines of them. */
typedef struct LogitSearch {
    const Quadrature *quadrature;
    Logits logits; /* its sigmas are 1: they are in the density */
    Density density;
    double *p_r, *p_o; /* of its points */
} LogitSearch;

static double search_mean(const LogitSearch *s, const double *p)
{
    double sum = 0;
    for (int i = 0; i < s->density.points; i++)
        sum += s->density.weight[i] * p[i];
    return sum;
}

static double conversion_rate(double intercept, void *context)
{
    LogitSearch *s = context;
    s->logits.b = intercept;
    quadrature_truth(
        s->quadrature, &s->logits,
        &(QuadratureRows){.rows = (size_t)s->density.points, .s_r = s->density.x, .p_r = s->p_r});
    return search_mean(s, s->p_r);
}

static double click_rate(double intercept, void *context)
{
    LogitSearch *s = context;
    s->logits.a = intercept;
    quadrature_truth(s->quadrature, &s->logits,
                     &(QuadratureRows){.rows = (size_t)s->density.points,
                                       .s_o = s->density.x,
                                       .s_r = s->density.y,
                                       .p_r = s->p_r,
                                       .p_o = s->p_o});
    return search_mean(s, s->p_o);
}

/* sigma s + t of every row; t may be NULL. */
static void known_part(double sigma, const double *s, const double *t, double *known)
{
    for (int i = 0; i < CALIBRATION_ROWS; i++)
        known[i] = sigma * s[i] + (t ? t[i] : 0);
}

/* Solves an intercept on the density of what x determines of one logit or of both. */
static Status solve_on_density(LogitSearch *search, const double *x, const double *y, const RateGoal *goal,
                               double *intercept, Message *message)
{
    Status status = density_create(&search->density, &(DensityRows){CALIBRATION_ROWS, x, y, NULL}, message);
    if (status)
        return status;
    search->p_r = calloc(2 * (size_t)search->density.points, sizeof *search->p_r);
    search->p_o = search->p_r + search->density.points;
    status = search->p_r ? calibration_solve(goal, intercept, message)
                         : fail_memory(message, "the calibration of a world");
    free(search->p_r);
    density_free(&search->density);
    return status;
}

/* Conversions first: the click logit holds theirs, but only where clicks are selected on the outcome. */
Status calibration_intercepts(World *w, const CalibrationSample *sample, Message *message)
{
    LogitSearch search = {.quadrature = w->quadrature, .logits = w->logits};
    const RateGoal cvr = {conversion_rate, &search, w->options.cvr, "world.cvr"};
    const RateGoal ctr = {click_rate, &search, w->options.ctr, "world.ctr"};
    double *of_click = malloc((size_t)2 * CALIBRATION_ROWS * sizeof *of_click);
    if (!of_click)
        return fail_memory(message, "the calibration of a world");
    double *of_conversion = of_click + CALIBRATION_ROWS;
    known_part(w->logits.sigma_o, sample->s_o, sample->t_o, of_click);
    known_part(w->logits.sigma_r, sample->s_r, sample->t_r, of_conversion);
    search.logits.sigma_o = search.logits.sigma_r = 1;
    Status status = solve_on_density(&search, of_conversion, NULL, &cvr, &w->logits.b, message);
    search.logits.b = w->logits.b;
    if (!status)
        status = solve_on_density(&search, of_click, w->logits.delta != 0 ? of_conversion : NULL, &ctr,
                                  &w->logits.a, message);
    free(of_click);
    return status;
}

static Status calibrate_mechanisms(World *w, CalibrationSample *sample, Message *message)
{
    for (int m = 0; m < w->mechanisms; m++) {
        const WorldMechanism *of = &w->mechanism[m];
        if (!of->mechanism->calibrate)
            continue;
        quadrature_truth(
            w->quadrature, &w->logits,
            &(QuadratureRows){
                .rows = CALIBRATION_ROWS, .s_r = sample->s_r, .p_r = sample->p_r, .t_r = sample->t_r});
        Status status = of->mechanism->calibrate(of->state, w, sample, message);
        if (status)
            return status;
    }
    return STATUS_OK;
}

static Status create_reachable(World *w, Message *message)
{
    if (!placement_is_on(&w->options))
        return STATUS_OK;
    w->reachable_logits = w->logits;
    w->reachable_logits.gamma_r = sqrt(w->logits.gamma_r * w->logits.gamma_r +
                                       w->options.placement.conversion * w->options.placement.conversion);
    return quadrature_create(&w->reachable_quadrature, &w->reachable_logits, message);
}

Status world_calibrate(World *w, const StreamKey *key, SampleCache *cache, Message *message)
{
    CalibrationSample sample;
    Status status = sample_create(&sample, w, message);
    if (!status)
        status = sample_scores(w, &sample, key, cache, message);
    if (!status)
        status = join_mechanisms(w, &sample, message);
    if (!status)
        status = standardise(w, &sample, message);
    if (!status && w->options.hidden_odds > 0)
        status = calibration_confound(w, &sample, message);
    if (!status)
        status = quadrature_create(&w->quadrature, &w->logits, message);
    if (!status)
        status = calibration_intercepts(w, &sample, message);
    if (!status)
        status = calibrate_mechanisms(w, &sample, message);
    if (!status)
        status = create_reachable(w, message);
    sample_free(&sample);
    return status;
}
