/* Training a method on a log, and predicting with it. */
#pragma once

#include "estimators/core/estimator.h"
#include "estimators/core/options.h"
#include "estimators/core/pass.h"
#include "estimators/core/sampler.h"

typedef struct Fit Fit;

typedef struct FitReport {
    bool diverged;  /* a loss was NaN or infinite: training stopped there, predictions mean nothing */
    int epochs;     /* that ran */
    int64_t steps;  /* optimiser steps, a batch each */
    double seconds; /* of training, wall clock */
    double loss;    /* mean over the last epoch, all phases added */
} FitReport;

/* Builds the model; `data` and `key` must outlive the fit. `learned` says how learned propensities are
 * distorted (NULL: not at all). */
Status fit_create(Fit **fit, const Method *method, const EstimatorOptions *options, const TrainingData *data,
                  const LearnedPropensity *learned, const StreamKey *key, Message *message);
void fit_free(Fit *fit);

/* Runs all epochs, or until the training loss stalls (TrainOptions.patience). Allocates nothing. */
Status fit_train(Fit *fit, FitReport *report, Message *message);

/* One step of all phases on the next batch; false when a loss is not finite. For fit_train and benchmarks. */
bool fit_step(Fit *fit, double *loss);

/* Conversion probabilities of all rows of x (same schema as the log) into cvr; click probabilities into ctr
 * when it is not NULL and the method has a CTR head (NaN when not). */
Status fit_predict(Fit *fit, const Features *x, float *cvr, float *ctr, Message *message);

/* Fits a CTR model alone on the log and predicts the click probability of each of its rows: the first stage
 * of two-stage methods. */
Status fit_propensity(const Backbone *backbone, const ModelOptions *model, const TrainOptions *train,
                      const Log *log, const StreamKey *key, float *propensity, FitReport *report,
                      Message *message);
