#include "sim/world/world.h"

#include "sim/world/world_internal.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Exposures that stand for the exposure distribution when a world is calibrated: a randomly shifted Sobol
 * sequence, whose means are some ten times nearer than those of as many random draws. */
enum { CALIBRATION_ROWS = 1 << 17, SOBOL_DIMENSIONS = 40 };

/* Where the profile starts in the inputs of scores. */
static int profile_row(const World *world)
{
    return 2 * world->options.latent + world->options.context;
}

int world_inputs(const World *world)
{
    return profile_row(world) + (world_activity(world) ? world->options.latent : 0);
}

const Schema *world_schema(const World *world)
{
    return &world->schema;
}

const WorldOptions *world_options(const World *world)
{
    return &world->options;
}

double world_click_intercept(const World *world)
{
    return world->logits.a;
}

double world_conversion_intercept(const World *world)
{
    return world->logits.b;
}

const ActionLogit *world_action(const World *world)
{
    return world->options.behaviour.rate > 0 ? &world->action : NULL;
}

const Activity *world_activity(const World *world)
{
    return world->options.activity.events > 0 ? &world->activity : NULL;
}

void world_place(const World *world, uint32_t user, uint32_t item, int place, double *input)
{
    int k = world->options.latent, profile = profile_row(world);
    for (int d = 0; world_activity(world) && d < k; d++)
        input[(profile + d) * SCORE_BLOCK + place] =
            world->activity.profile[(size_t)user * (size_t)k + (size_t)d];
    for (int d = 0; d < k; d++) {
        input[d * SCORE_BLOCK + place] = world->users.z[(size_t)user * (size_t)k + (size_t)d];
        input[(k + d) * SCORE_BLOCK + place] = world->items.z[(size_t)item * (size_t)k + (size_t)d];
    }
}

/* f_s = sum_d m_ud (z_id + 1) of a block, or 0 in a world without streams. */
static void stream_scores(const World *world, const double *input, double *f_s)
{
    int k = world->options.latent;
    const double *z = input + (ptrdiff_t)k * SCORE_BLOCK;
    const double *profile = input + (ptrdiff_t)profile_row(world) * SCORE_BLOCK;
    memset(f_s, 0, SCORE_BLOCK * sizeof *f_s);
    for (int d = 0; world_activity(world) && d < k; d++)
        for (int i = 0; i < SCORE_BLOCK; i++)
            f_s[i] += profile[d * SCORE_BLOCK + i] * (z[d * SCORE_BLOCK + i] + 1);
}

void world_scores(const World *world, const double *input, double *s_o, double *s_r)
{
    score_evaluate(world->click, input, s_o);
    score_evaluate(world->conversion, input, s_r);
    if (world_activity(world)) {
        double f_s[SCORE_BLOCK];
        stream_scores(world, input, f_s);
        for (int i = 0; i < SCORE_BLOCK; i++)
            s_r[i] = world->r_of_x * s_r[i] + world->r_of_s * f_s[i];
    }
    for (int i = 0; i < SCORE_BLOCK; i++) {
        double f_o = s_o[i] - world->mean_o, f_r = s_r[i] - world->mean_r;
        s_o[i] = world->o_of_o * f_o;
        s_r[i] = world->r_of_o * f_o + world->r_of_r * f_r;
    }
}

Schema world_schema_of(const WorldOptions *o)
{
    return (Schema){
        .categorical = 4,
        .name = {[FIELD_USER] = "user", [FIELD_ITEM] = "item", "segment", "category"},
        .cardinality = {(uint32_t)o->users, (uint32_t)o->items, (uint32_t)o->segments,
                        (uint32_t)o->categories},
        .dense = 2 * o->latent + o->context,
        .events = o->activity.events,
        .groups = 3,
        .group = {{"user_latent", o->latent}, {"item_latent", o->latent}, {"context", o->context}}};
}

static Status draw_populations(World *w, const StreamKey *key, Message *message)
{
    const WorldOptions *o = &w->options;
    PopulationOptions users = {"users", o->users, o->latent, o->segments, o->user_zipf, o->feature_noise};
    PopulationOptions items = {"items", o->items, o->latent, o->categories, o->item_zipf, o->feature_noise};
    Status status = population_create(&w->users, &users, key, message);
    return status ? status : population_create(&w->items, &items, key, message);
}

static Status draw_scores(World *w, const StreamKey *key, Message *message)
{
    const WorldOptions *o = &w->options;
    gsl_rng *generator = stream_open(key, "world/scores");
    if (!generator)
        return fail_memory(message, "the score functions");
    Status status = score_create(&w->click, o->shape, o->latent, o->context, generator, message);
    if (!status)
        status = score_create(&w->conversion, o->shape, o->latent, o->context, generator, message);
    gsl_rng_free(generator);
    return status;
}

/* The sample of exposures that calibration looks at. */
typedef struct Calibration {
    double *s_o, *s_r; /* CALIBRATION_ROWS scores */
    double *p_r, *p_o; /* room for their probabilities */
    double *f_s;       /* raw scores of the streams */
} Calibration;

static void calibration_free(Calibration *c)
{
    free(c->s_o); /* one allocation */
}

static Status calibration_create(Calibration *c, Message *message)
{
    c->s_o = calloc(5 * (size_t)CALIBRATION_ROWS, sizeof *c->s_o);
    if (!c->s_o)
        return fail_memory(message, "the calibration of a world");
    c->s_r = c->s_o + CALIBRATION_ROWS;
    c->p_r = c->s_r + CALIBRATION_ROWS;
    c->p_o = c->p_r + CALIBRATION_ROWS;
    c->f_s = c->p_o + CALIBRATION_ROWS;
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
    cube->generator = stream_open(key, "world/calibration");
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

/* Raw scores of the sample: the world's standardisation is still the identity. */
static Status sample_scores(const World *w, Calibration *c, const StreamKey *key, Message *message)
{
    int context = w->options.context, latent = w->options.latent;
    Cube cube;
    Status status = cube_create(&cube, 2 + context, key, message);
    if (status)
        return status;
    double *input = calloc((size_t)world_inputs(w) * SCORE_BLOCK, sizeof *input);
    if (!input)
        status = fail_memory(message, "the calibration of a world");
    for (int first = 0; !status && first < CALIBRATION_ROWS; first += SCORE_BLOCK) {
        for (int i = 0; i < SCORE_BLOCK; i++) {
            const double *u = cube_next(&cube);
            world_place(w, population_exposed(&w->users, u[0]), population_exposed(&w->items, u[1]), i,
                        input);
            for (int d = 0; d < context; d++) /* the ends of (0, 1) would be infinite */
                input[(2 * latent + d) * SCORE_BLOCK + i] =
                    gsl_cdf_ugaussian_Pinv(fmin(fmax(u[2 + d], 1e-12), 1 - 1e-12));
        }
        world_scores(w, input, c->s_o + first, c->s_r + first);
        stream_scores(w, input, c->f_s + first);
    }
    free(input);
    cube_free(&cube);
    return status;
}

static double mean(const double *x, int rows)
{
    double sum = 0;
    for (int i = 0; i < rows; i++)
        sum += x[i];
    return sum / rows;
}

/* Mean of (x - mean_x)(y - mean_y). */
static double covariance(const double *x, double mean_x, const double *y, double mean_y)
{
    double sum = 0;
    for (int i = 0; i < CALIBRATION_ROWS; i++)
        sum += (x[i] - mean_x) * (y[i] - mean_y);
    return sum / CALIBRATION_ROWS;
}

/* Gives the stream its share of the raw conversion score, weight^2 of the variance. */
static Status blend_stream(World *w, Calibration *c, Message *message)
{
    const double least = 1e-12; /* relative to the mean: what is below is rounding */
    double weight = w->options.activity.weight;
    if (!world_activity(w) || !(weight > 0))
        return STATUS_OK;
    double m_x = mean(c->s_r, CALIBRATION_ROWS), m_s = mean(c->f_s, CALIBRATION_ROWS);
    double v_x = covariance(c->s_r, m_x, c->s_r, m_x), v_s = covariance(c->f_s, m_s, c->f_s, m_s);
    if (!(v_x > least * m_x * m_x) || !(v_s > least * m_s * m_s))
        return fail(
            message, STATUS_USAGE,
            "stream.weight: the streams or the other features do not vary over exposures; expected more of "
            "world.users or world.items, or weight 0");
    w->r_of_x = sqrt((1 - weight * weight) / v_x);
    w->r_of_s = weight / sqrt(v_s);
    for (int i = 0; i < CALIBRATION_ROWS; i++)
        c->s_r[i] = w->r_of_x * c->s_r[i] + w->r_of_s * c->f_s[i];
    return STATUS_OK;
}

/* s_o = (f_o - mean) / sd, and s_r = dependence s_o + sqrt(1 - dependence^2) e, where e is the part of f_r
 * that f_o does not explain, with variance 1. */
static Status standardise(World *w, Calibration *c, Message *message)
{
    double m_o = mean(c->s_o, CALIBRATION_ROWS), m_r = mean(c->s_r, CALIBRATION_ROWS),
           rho = w->options.dependence;
    double v_o = covariance(c->s_o, m_o, c->s_o, m_o), v_r = covariance(c->s_r, m_r, c->s_r, m_r);
    double slope = v_o > 0 ? covariance(c->s_o, m_o, c->s_r, m_r) / v_o : 0;
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

/* A rate of the sample as a function of an intercept, for the root finder. */
typedef struct Rate {
    const World *world;
    Calibration *sample;
    int rows;          /* of the sample, the first ones */
    double *intercept; /* &logits.a or &logits.b */
    Logits logits;
    double wanted;
} Rate;

static double rate_gap(double intercept, void *argument)
{
    Rate *rate = argument;
    Calibration *c = rate->sample;
    int click = rate->intercept == &rate->logits.a;
    *rate->intercept = intercept;
    quadrature_truth(rate->world->quadrature, &rate->logits, (size_t)rate->rows, click ? c->s_o : NULL,
                     c->s_r, c->p_r, click ? c->p_o : NULL, NULL);
    return mean(click ? c->p_o : c->p_r, rate->rows) - rate->wanted;
}

/* The root between two intercepts; a code of GSL, not 0 when there is none. */
static int find_root(gsl_root_fsolver *solver, Rate *rate, double (*gap)(double, void *), double low,
                     double high, double *root)
{
    const double precision = 1e-12;
    enum { MOST_STEPS = 200 };
    gsl_function function = {gap, rate};
    int code = gsl_root_fsolver_set(solver, &function, low, high), status = GSL_CONTINUE;
    for (int step = 0; !code && status == GSL_CONTINUE && step < MOST_STEPS; step++) {
        code = gsl_root_fsolver_iterate(solver);
        status = gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                                        precision, precision);
    }
    *root = gsl_root_fsolver_root(solver);
    return code ? code : status;
}

/* The intercept at which the rate is as wanted. A part of the sample says where to look, which leaves few
 * steps for the whole. */
static Status solve_intercept(Rate *rate, double (*gap)(double, void *), double *intercept, const char *key,
                              Message *message)
{
    const double widest = 300, near = 0.1;
    double guess, root;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver)
        return fail_memory(message, "the calibration of a world");
    rate->rows = CALIBRATION_ROWS / 32;
    int code = find_root(solver, rate, gap, -widest, widest, &guess);
    rate->rows = CALIBRATION_ROWS;
    if (!code)
        code = find_root(solver, rate, gap, guess - near, guess + near, &root);
    if (code)
        code = find_root(solver, rate, gap, -widest, widest, &root);
    *intercept = code ? 0 : root;
    gsl_root_fsolver_free(solver);
    if (code)
        return fail(message, STATUS_USAGE, "%s: no intercept gives a rate of %.6g in this world", key,
                    rate->wanted);
    return STATUS_OK;
}

/* P(d(1)=1) of the sample less what was asked, as a function of the intercept c. */
static double action_gap(double intercept, void *argument)
{
    const Rate *rate = argument;
    const Calibration *c = rate->sample;
    ActionLogit logit = rate->world->action;
    double sum = 0;
    logit.c = intercept;
    for (int i = 0; i < rate->rows; i++)
        sum += action_graph(&logit, c->s_o[i], c->p_r[i]).action;
    return sum / rate->rows - rate->wanted;
}

/* The intercept of actions; those of clicks and conversions are solved. */
static Status calibrate_actions(World *w, Rate *rate, Message *message)
{
    const BehaviourOptions *o = &w->options.behaviour;
    if (!world_action(w))
        return STATUS_OK;
    w->action = (ActionLogit){.sigma = o->sigma, .lift = o->lift};
    rate->wanted = o->rate;
    quadrature_truth(w->quadrature, &rate->logits, (size_t)rate->rows, NULL, rate->sample->s_r,
                     rate->sample->p_r, NULL, NULL);
    return solve_intercept(rate, action_gap, &w->action.c, "behaviour.rate", message);
}

static Status calibrate(World *w, const StreamKey *key, Message *message)
{
    Calibration sample;
    Status status = calibration_create(&sample, message);
    if (!status)
        status = sample_scores(w, &sample, key, message);
    if (!status)
        status = blend_stream(w, &sample, message);
    if (!status)
        status = standardise(w, &sample, message);
    if (!status)
        status = quadrature_create(&w->quadrature, &w->logits, message);
    Rate rate = {.world = w, .sample = &sample, .logits = w->logits};
    if (!status) { /* conversion first: the click logit holds it */
        rate.intercept = &rate.logits.b;
        rate.wanted = w->options.cvr;
        status = solve_intercept(&rate, rate_gap, rate.intercept, "world.cvr", message);
    }
    if (!status) {
        rate.intercept = &rate.logits.a;
        rate.wanted = w->options.ctr;
        status = solve_intercept(&rate, rate_gap, rate.intercept, "world.ctr", message);
    }
    if (!status)
        status = calibrate_actions(w, &rate, message);
    w->logits = rate.logits;
    calibration_free(&sample);
    return status;
}

Status world_create(World **world, const WorldOptions *options, uint64_t seed, uint32_t index,
                    Message *message)
{
    *world = NULL;
    StreamKey key = {.seed = seed, .setting = "", .world = index, .replicate = EVERY_REPLICATE};
    World *w = calloc(1, sizeof *w);
    if (!w)
        return fail_memory(message, "a world");
    w->options = *options;
    w->schema = world_schema_of(options);
    w->r_of_x = w->o_of_o = w->r_of_r = 1;
    w->logits = (Logits){.sigma_o = options->sigma_o,
                         .gamma_o = options->gamma_o,
                         .delta = options->delta,
                         .sigma_r = options->sigma_r,
                         .gamma_r = options->gamma_r};
    Status status = draw_populations(w, &key, message);
    if (!status && world_activity(w))
        status = activity_create(&w->activity, &options->activity, &w->users, &w->items, &key, message);
    if (!status)
        status = draw_scores(w, &key, message);
    if (!status)
        status = calibrate(w, &key, message);
    if (status)
        world_free(w);
    else
        *world = w;
    return status;
}

void world_free(World *world)
{
    if (!world)
        return;
    population_free(&world->users);
    population_free(&world->items);
    activity_free(&world->activity);
    score_free(world->click);
    score_free(world->conversion);
    quadrature_free(world->quadrature);
    free(world);
}
