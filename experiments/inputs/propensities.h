/* The propensities that a replicate's estimators are given: one mechanism for every source and distortion
 * (sim/README.md, Propensity misspecification). */
#pragma once

#include "estimators/core/pass.h"
#include "experiments/inputs/source.h"

/* Several threads may ask for them at once. */
typedef struct Propensities Propensities;

/* Computes what all estimators of the replicate share; `setting` and `sample` must outlive it. */
Status propensities_create(Propensities **propensities, const Spec *setting, const Sample *sample,
                           Message *message);
void propensities_free(Propensities *propensities);

typedef struct GivenPropensity {
    float *p;                  /* distorted, for Log.propensity; NULL: the estimator learns its own */
    TemporaryFile *blocks;     /* likewise, for LogBlocks.propensity; NULL: there are none */
    LearnedPropensity learned; /* how it then distorts them */
    double seconds;            /* that the thread has computed for in fitting them */
    bool diverged;             /* the fit did: p means nothing */
} GivenPropensity;

/* For one method. A two-stage method (NEEDS_PROPENSITY) on learned propensities gets those of a CTR model
 * alone, on the method's backbone with the setting's model and training; it is fitted once and kept. */
Status propensities_for(Propensities *propensities, const Method *method, GivenPropensity *given,
                        Message *message);

/* Those of all rows of the log that the sample's stream is of, distorted, by which methods of delayed
 * feedback count with delayed.selection: ips; given->p is NULL without. Learned ones are those of a CTR model
 * on the method's backbone that goes with the stream of `plan`, the same for all methods
 * (fit_stream_propensity), fitted once for each backbone and kept. */
Status propensities_of_stream(Propensities *propensities, const Method *method, const StreamPlan *plan,
                              GivenPropensity *given, Message *message);

/* The propensities of the rows of the log that a search of tune is scored on: the given ones, or else those
 * of a click model alone with the setting's model and training, on matrix factorisation for methods that are
 * on it and on towers for all others, so that methods which are compared have the same. NaN where this model
 * diverged; *p is NULL where no row of the log is held out. */
Status propensities_of_held(Propensities *propensities, const Method *method, const float **p,
                            Message *message);

/* The propensities of the test rows that metrics.weights names, which it does, for every method the same and
 * never distorted: the true ones, or those of a click model on towers that is fitted on the log once and
 * kept. NaN where this model diverged. *p is NULL where the test rows' clicks are not known. */
Status propensities_of_test(Propensities *propensities, const TestExposures *test, const float **p,
                            Message *message);
