/* Training a method on a log, and predicting with it. */
#pragma once

#include "estimators/core/estimator.h"
#include "estimators/core/options.h"
#include "estimators/core/pass.h"
#include "estimators/core/sampler.h"

typedef struct Fit Fit;

typedef struct FitReport {
    bool diverged;      /* a loss was NaN or infinite: training stopped there, predictions mean nothing */
    int epochs;         /* that ran, of the last stage that has epochs */
    int64_t parameters; /* of all nets: what training moves, or could */
    int64_t steps;      /* optimiser steps, a batch each, of all stages */
    double seconds;     /* that the thread has computed for in training */
    double loss;        /* mean over the last epoch, of a stream over its last step; all phases added */
    double left_out;    /* share of rows that losses leave out, likewise; NaN where none filters any */
} FitReport;

/* What a fit is made of. The method and the options are copied; the rest must outlive the fit. */
typedef struct FitSetup {
    const Method *method;
    const EstimatorOptions *options;
    const TrainingData *data;
    const LearnedPropensity *learned; /* how learned propensities are distorted; NULL: not at all */
    const StreamKey *key;
} FitSetup;

/* eps of propensities on a log: train->clip; where that is AUTO, a tenth of the log's click rate, so that the
 * weight of a click is ten times that of a random one at most, however rare clicks are. */
double propensity_clip(const TrainOptions *train, const Log *log);

/* Days that a method with a stream observes a click for: its constant of that name, and no more than the
 * attribution window, which it is without one. */
double observation_window(const Estimator *estimator, const EstimatorOptions *options, double attribution);

/* Builds the model, at its start. */
Status fit_create(Fit **fit, const FitSetup *setup, Message *message);
void fit_free(Fit *fit);

/* Runs all epochs, or until the training loss stalls (TrainOptions.patience), and then the stream of a method
 * that has one. Allocates nothing. */
Status fit_train(Fit *fit, FitReport *report, Message *message);

/* Test exposures of a stream, with the times at which they are predicted. */
typedef struct StreamTest {
    const Features *x;
    const double *time; /* of its rows, days */
    float *cvr, *ctr;   /* a value a row, as of fit_predict(); either may be NULL */
    const Log *log;     /* x is of it where it is one in a file, to be let go after each step; else NULL */
} StreamTest;

/* fit_train() of a method with a stream that predicts as it goes: for each step of the plan first the test
 * rows before its end, by what the model is then, and then one pass over the rows of the stream. With a plan
 * that is cut all epochs over the log as it is known at plan->from, and then all test rows. */
Status fit_stream(Fit *fit, const StreamTest *test, FitReport *report, Message *message);

/* One step of the phases of the stage, the first before training, on the next batch; false when a loss is not
 * finite. fit_train() calls it. */
bool fit_step(Fit *fit, double *loss);

/* Conversion probabilities of all rows of x (same schema as the log) into cvr, and click probabilities into
 * ctr where the method has a CTR head (NaN where not). Either may be NULL: not wanted. */
Status fit_predict(Fit *fit, const Features *x, float *cvr, float *ctr, Message *message);

/* AskedFor: what losses of the training asked for. Nothing else of propensities and pseudo-labels reached it.
 */
unsigned fit_asked(const Fit *fit);

/* p_hat of every row of the log that it was trained on, before the clip: given, or those of the CTR head as
 * it is now, distorted. For a fit that asked. */
Status fit_p_hat(Fit *fit, float *p_hat, Message *message);

/* The first stage of two-stage methods: a CTR model alone, on a log, all of whose features it sees. */
typedef struct PropensitySetup {
    const Backbone *backbone;
    const ModelOptions *model;
    const TrainOptions *train;
    const TrainingData *data; /* must outlive the fit */
    const StreamKey *key;
} PropensitySetup;

/* Fits it. The fit is its caller's: fit_predict gives click probabilities in the place of conversions. */
Status fit_propensity(Fit **fit, const PropensitySetup *setup, FitReport *report, Message *message);

/* Click probabilities of all rows of a log with times, setup->data->log, into p, by a CTR model that goes
 * with a stream, setup->data->plan: it learns from the exposures before the stream, whose clicks are known at
 * once, and then from those of each step after it has predicted them. Rows before the stream have what it
 * says when the stream begins. Where report->diverged, p means nothing. */
Status fit_stream_propensity(const PropensitySetup *setup, float *p, FitReport *report, Message *message);
