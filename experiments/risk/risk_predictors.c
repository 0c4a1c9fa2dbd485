/* The fixed predictors. Those of five levels move predictions between the levels of the semi-synthetic
 * matrix, as the literature on doubly robust learning does. */
#include "experiments/risk/risk_predictors.h"

#include "results/statistics/moments.h"
#include "sim/base/draw.h"
#include "sim/world/rating_matrix.h"

#include <math.h>
#include <string.h>

static void truth_itself(const Truth *truth, gsl_rng *generator, double *prediction)
{
    (void)generator;
    memcpy(prediction, truth->p_r, truth->rows * sizeof *prediction);
}

static void observed(const Truth *truth, gsl_rng *generator, double *prediction)
{
    (void)generator;
    memcpy(prediction, truth->q, truth->rows * sizeof *prediction);
}

static void constant(const Truth *truth, gsl_rng *generator, double *prediction)
{
    (void)generator;
    double mean = moments_mean(truth->p_r, truth->rows);
    for (size_t i = 0; i < truth->rows; i++)
        prediction[i] = mean;
}

static void skew(const Truth *truth, gsl_rng *generator, double *prediction)
{
    for (size_t i = 0; i < truth->rows; i++) {
        double p = truth->p_r[i];
        prediction[i] = fmin(fmax(p + draw_normal(generator, (1 - p) / 2), 0.1), 0.9);
    }
}

/* Is the conversion probability this level? */
static bool at_level(const Truth *truth, size_t i, int level)
{
    return truth->p_r[i] == rating_matrix_level[level];
}

/* p_r, but as many exposures of a level as there are of the highest, chosen at random, are predicted to be of
 * the highest. */
static void promote(const Truth *truth, gsl_rng *generator, int level, double *prediction)
{
    size_t wanted = 0, left = 0;
    for (size_t i = 0; i < truth->rows; i++) {
        wanted += at_level(truth, i, LEVELS - 1);
        left += at_level(truth, i, level);
    }
    for (size_t i = 0; i < truth->rows; i++) {
        bool candidate = at_level(truth, i, level);
        bool chosen = candidate && gsl_rng_uniform(generator) * (double)left < (double)wanted;
        prediction[i] = chosen ? rating_matrix_level[LEVELS - 1] : truth->p_r[i];
        left -= candidate;
        wanted -= chosen;
    }
}

static void one(const Truth *truth, gsl_rng *generator, double *prediction)
{
    promote(truth, generator, 0, prediction);
}

static void three(const Truth *truth, gsl_rng *generator, double *prediction)
{
    promote(truth, generator, 1, prediction);
}

static void five(const Truth *truth, gsl_rng *generator, double *prediction)
{
    promote(truth, generator, 2, prediction);
}

static void crs(const Truth *truth, gsl_rng *generator, double *prediction)
{
    (void)generator;
    for (size_t i = 0; i < truth->rows; i++)
        prediction[i] =
            truth->p_r[i] >= rating_matrix_level[3] ? rating_matrix_level[0] : rating_matrix_level[2];
}

static void opposite(const Truth *truth, gsl_rng *generator, double *prediction)
{
    (void)generator;
    for (size_t i = 0; i < truth->rows; i++)
        prediction[i] = 1 - truth->p_r[i];
}

const RiskPredictor risk_predictor_table[] = {
    {"truth", "p_r, the conversion probability itself", truth_itself, false},
    {"observed", "q, that of the clicked: what click-space training converges to", observed, false},
    {"constant", "the mean of p_r", constant, false},
    {"skew", "N(p_r, sd (1-p_r)/2) clipped to [0.1, 0.9]", skew, false},
    {"opposite", "1 - p_r", opposite, false},
    {"one", "p_r, with as many 0.1 as there are 0.9 turned to 0.9", one, true},
    {"three", "p_r, with as many 0.3 as there are 0.9 turned to 0.9", three, true},
    {"five", "p_r, with as many 0.5 as there are 0.9 turned to 0.9", five, true},
    {"crs", "0.1 where p_r is 0.7 or 0.9, else 0.5", crs, true},
    {0},
};

const RiskPredictor *risk_predictor_find(const char *name)
{
    for (const RiskPredictor *p = risk_predictor_table; p->name; p++)
        if (!strcmp(p->name, name))
            return p;
    return NULL;
}
