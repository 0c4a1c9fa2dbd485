#include "experiments/risk_predictors.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics.h>
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
    double mean = gsl_stats_mean(truth->p_r, 1, truth->rows);
    for (size_t i = 0; i < truth->rows; i++)
        prediction[i] = mean;
}

static void skew(const Truth *truth, gsl_rng *generator, double *prediction)
{
    for (size_t i = 0; i < truth->rows; i++) {
        double p = truth->p_r[i];
        prediction[i] = fmin(fmax(p + gsl_ran_gaussian_ziggurat(generator, (1 - p) / 2), 0.1), 0.9);
    }
}

static void opposite(const Truth *truth, gsl_rng *generator, double *prediction)
{
    (void)generator;
    for (size_t i = 0; i < truth->rows; i++)
        prediction[i] = 1 - truth->p_r[i];
}

const RiskPredictor risk_predictor_table[] = {
    {"truth", "p_r, the conversion probability itself", truth_itself},
    {"observed", "q, that of the clicked: what click-space training converges to", observed},
    {"constant", "the mean of p_r", constant},
    {"skew", "N(p_r, sd (1-p_r)/2) clipped to [0.1, 0.9]", skew},
    {"opposite", "1 - p_r", opposite},
    {0},
};

const RiskPredictor *risk_predictor_find(const char *name)
{
    for (const RiskPredictor *p = risk_predictor_table; p->name; p++)
        if (!strcmp(p->name, name))
            return p;
    return NULL;
}
