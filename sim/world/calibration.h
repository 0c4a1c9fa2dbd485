/* Calibration: the constants that give a world the rates it was asked for, solved on a sample of exposures.
 * For files of sim/world alone. */
#pragma once

#include "sim/world/world.h"

/* Exposures that stand for the exposure distribution: a randomly shifted Sobol sequence, whose means are some
 * ten times nearer than those of as many random draws. */
enum { CALIBRATION_ROWS = 1 << 17 };

/* Columns of CALIBRATION_ROWS. */
typedef struct CalibrationSample {
    double *s_o, *s_r;          /* scores */
    double *t_o, *t_r;          /* other terms of the logits (world_terms), NULL where there are none */
    double *p_r;                /* room for the probability of conversion */
    int columns;                /* of all these but p_r, which lie one after the other from s_o on */
    double *f[MECHANISM_COUNT]; /* raw scores of the world's mechanisms that have one, else NULL */
} CalibrationSample;

double calibration_mean(const double *x, int rows);

/* Mean of (x - mean_x)(y - mean_y) over the sample. */
double calibration_covariance(const double *x, double mean_x, const double *y, double mean_y);

/* A rate that an intercept is to give. */
typedef struct RateGoal {
    double (*rate)(double intercept, void *context); /* of a logit with this intercept; rises with it */
    void *context;
    double wanted;
    const char *key; /* that asks for it, for the message */
} RateGoal;

/* STATUS_USAGE where no intercept gives the rate; *intercept is then 0. */
Status calibration_solve(const RateGoal *goal, double *intercept, Message *message);

/* Solves both intercepts for the world's logits and its quadrature; as calibration_solve. */
Status calibration_intercepts(World *world, const CalibrationSample *sample, Message *message);

/* The weight of h up to which there are quadrature rules, as of the keys world.gamma_o and world.gamma_r. */
extern const double strongest_confounder;

/* Mean of log odds(q) - log odds(q_N) (HiddenOdds). Rows that are clicked almost surely say nothing of q_N.
 */
double mean_log_odds(size_t rows, const double *p_r, const double *p_o, const double *q);

/* Sets gamma_o = |gamma_r| so that the mean log odds ratio of hidden confounding (HiddenOdds.mean_log) is the
 * log of world.hidden_odds; the sample's scores are standardised. STATUS_USAGE where no weight up to 5 does
 * it. */
Status calibration_confound(World *world, const CalibrationSample *sample, Message *message);

/* Standardises the scores of a world, solves both intercepts and what its mechanisms have to solve;
 * populations, scores and mechanisms are drawn. The key is the world's; `cache` may be NULL. */
Status world_calibrate(World *world, const StreamKey *key, SampleCache *cache, Message *message);
