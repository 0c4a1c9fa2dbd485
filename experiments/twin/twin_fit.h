/* Fits the parameters of a world to the statistics of a log: indirect inference with common random numbers
 * (Gourieroux, Monfort and Renault 1993), by Gauss-Newton steps. */
#pragma once

#include "experiments/twin/twin_world.h"

typedef struct TwinProblem {
    WorldOptions base;
    const EstimatorOptions *options; /* of the models of log_statistics */
    size_t rows;                     /* of the log and of the drawn ones */
    double observed[LOG_STATISTICS];
    double variance[LOG_STATISTICS]; /* of a difference: of the log, of a mean of worlds, and what is
                                        tolerated; NaN for a statistic that is not fitted */
    double log_odds;                 /* log Gamma */
    int worlds;                      /* that the statistics are means over; numbers 0, 1, ... */
    int jobs;
} TwinProblem;

typedef struct TwinFit {
    double parameter[TWIN_PARAMETERS];                 /* first the start, then the fit */
    double error[TWIN_PARAMETERS];                     /* standard errors, of the prior's too */
    double jacobian[LOG_STATISTICS * TWIN_PARAMETERS]; /* of the statistics, of fitted ones alone */
    int differences; /* times that it was made: twice for a start and the first step, and then it is kept,
                        also for near problems */
    double value[LOG_STATISTICS];  /* mean over the worlds, at the fit */
    double distance;               /* sum of squared differences over their variances */
    int fitted;                    /* statistics that it is over */
    double prior[TWIN_PARAMETERS]; /* where the prior lies */
} TwinFit;

/* Mean statistics over the worlds, and the distance. */
Status twin_distance(const TwinProblem *problem, const double parameter[TWIN_PARAMETERS],
                     double value[LOG_STATISTICS], double *distance, Message *message);

/* At most `steps` steps from fit->parameter. */
Status twin_fit(const TwinProblem *problem, int steps, TwinFit *fit, Message *message);
