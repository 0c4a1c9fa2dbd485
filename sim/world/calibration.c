/* Calibrates a world in three steps, each on what the one before left: raw scores of a sample, standardised
 * scores, intercepts. The sample is quasi-random, so that the rates of a world are as asked to about 1e-4. */
#include "sim/world/calibration.h"

#include "sim/world/world_internal.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_roots.h>
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
    int columns = 4 + w->mechanisms + (world_has_terms(w) ? 2 : 0);
    sample->s_o = calloc((size_t)columns * CALIBRATION_ROWS, sizeof *sample->s_o);
    if (!sample->s_o)
        return fail_memory(message, "the calibration of a world");
    double *next = sample->s_o;
    sample->s_r = next += CALIBRATION_ROWS;
    sample->p_r = next += CALIBRATION_ROWS;
    sample->p_o = next += CALIBRATION_ROWS;
    for (int m = 0; m < w->mechanisms; m++)
        sample->f[m] = next += CALIBRATION_ROWS;
    if (world_has_terms(w)) {
        sample->t_o = next += CALIBRATION_ROWS;
        sample->t_r = next + CALIBRATION_ROWS;
    }
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
static double normal(double u)
{
    return gsl_cdf_ugaussian_Pinv(fmin(fmax(u, 1e-12), 1 - 1e-12));
}

/* The next block of the sample, also into the input of scores. */
static void next_block(const World *w, Cube *cube, gsl_rng *random[MECHANISM_COUNT], ExposureBlock *block,
                       double *input)
{
    int context = w->options.context, latent = w->options.latent;
    bool placed = placement_is_on(&w->options);
    for (int i = 0; i < SCORE_BLOCK; i++) {
        const double *u = cube_next(cube);
        block->user[i] = population_exposed(&w->users, u[0]);
        block->item[i] = population_exposed(&w->items, u[1]);
        for (int d = 0; d < context; d++)
            input[(2 * latent + d) * SCORE_BLOCK + i] = normal(u[2 + d]);
        block->v[i] = placed ? normal(u[2 + context]) : 0;
    }
    world_terms(w, block);
    world_place(w, random, block, input);
}

/* Raw scores and terms of the sample. */
static Status sample_scores(const World *w, CalibrationSample *sample, const StreamKey *key, Message *message)
{
    Cube cube;
    gsl_rng *random[MECHANISM_COUNT];
    ExposureBlock block = {.rows = SCORE_BLOCK};
    Status status = cube_create(&cube, 2 + w->options.context + placement_is_on(&w->options), key, message);
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

/* The scores of mechanisms become part of the sample's. */
static Status join_mechanisms(World *w, CalibrationSample *sample, Message *message)
{
    for (int m = 0; m < w->mechanisms; m++) {
        const WorldMechanism *of = &w->mechanism[m];
        if (!of->mechanism->score)
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

/* A goal, and the number of rows that the rate is taken over. */
typedef struct RateSearch {
    const RateGoal *goal;
    int rows;
} RateSearch;

static double rate_gap(double intercept, void *argument)
{
    const RateSearch *search = argument;
    return search->goal->rate(intercept, search->rows, search->goal->context) - search->goal->wanted;
}

/* The root between two intercepts; a code of GSL, not 0 when there is none. */
static int find_root(gsl_root_fsolver *solver, RateSearch *search, double low, double high, double *root)
{
    const double precision = 1e-12;
    enum { MOST_STEPS = 200 };
    gsl_function function = {rate_gap, search};
    int code = gsl_root_fsolver_set(solver, &function, low, high), status = GSL_CONTINUE;
    for (int step = 0; !code && status == GSL_CONTINUE && step < MOST_STEPS; step++) {
        code = gsl_root_fsolver_iterate(solver);
        status = gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                                        precision, precision);
    }
    *root = gsl_root_fsolver_root(solver);
    return code ? code : status;
}

/* A part of the sample gives a first guess, after which the whole sample needs few steps. */
Status calibration_solve(const RateGoal *goal, double *intercept, Message *message)
{
    const double widest = 300, near = 0.1;
    double guess, root;
    RateSearch search = {goal, CALIBRATION_ROWS / 32};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver)
        return fail_memory(message, "the calibration of a world");
    int code = find_root(solver, &search, -widest, widest, &guess);
    search.rows = CALIBRATION_ROWS;
    if (!code)
        code = find_root(solver, &search, guess - near, guess + near, &root);
    if (code)
        code = find_root(solver, &search, -widest, widest, &root);
    *intercept = code ? 0 : root;
    gsl_root_fsolver_free(solver);
    if (code)
        return fail(message, STATUS_USAGE, "%s: no intercept gives a rate of %.6g in this world", goal->key,
                    goal->wanted);
    return STATUS_OK;
}

/* The two logits while their intercepts are solved. */
typedef struct LogitSearch {
    const World *world;
    CalibrationSample *sample;
    Logits logits;
} LogitSearch;

static double conversion_rate(double intercept, int rows, void *context)
{
    LogitSearch *s = context;
    s->logits.b = intercept;
    quadrature_truth(
        s->world->quadrature, &s->logits,
        &(QuadratureRows){
            .rows = (size_t)rows, .s_r = s->sample->s_r, .p_r = s->sample->p_r, .t_r = s->sample->t_r});
    return calibration_mean(s->sample->p_r, rows);
}

static double click_rate(double intercept, int rows, void *context)
{
    LogitSearch *s = context;
    s->logits.a = intercept;
    quadrature_truth(s->world->quadrature, &s->logits,
                     &(QuadratureRows){.rows = (size_t)rows,
                                       .s_o = s->sample->s_o,
                                       .s_r = s->sample->s_r,
                                       .p_r = s->sample->p_r,
                                       .p_o = s->sample->p_o,
                                       .t_o = s->sample->t_o,
                                       .t_r = s->sample->t_r});
    return calibration_mean(s->sample->p_o, rows);
}

/* Conversions first: the click logit holds theirs. */
static Status solve_intercepts(World *w, CalibrationSample *sample, Message *message)
{
    LogitSearch search = {w, sample, w->logits};
    const RateGoal cvr = {conversion_rate, &search, w->options.cvr, "world.cvr"};
    const RateGoal ctr = {click_rate, &search, w->options.ctr, "world.ctr"};
    Status status = calibration_solve(&cvr, &w->logits.b, message);
    search.logits.b = w->logits.b;
    return status ? status : calibration_solve(&ctr, &w->logits.a, message);
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

Status world_calibrate(World *w, const StreamKey *key, Message *message)
{
    CalibrationSample sample;
    Status status = sample_create(&sample, w, message);
    if (!status)
        status = sample_scores(w, &sample, key, message);
    if (!status)
        status = join_mechanisms(w, &sample, message);
    if (!status)
        status = standardise(w, &sample, message);
    if (!status)
        status = quadrature_create(&w->quadrature, &w->logits, message);
    if (!status)
        status = solve_intercepts(w, &sample, message);
    if (!status)
        status = calibrate_mechanisms(w, &sample, message);
    if (!status)
        status = create_reachable(w, message);
    sample_free(&sample);
    return status;
}
