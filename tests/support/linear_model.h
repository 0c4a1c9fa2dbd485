/* The program's fits of a linear conversion model, held against regressions in double. The model is "towers"
 * without hidden layers on ids of one value each: its logit is affine in the dense columns, of which there
 * may be none, and then it is a constant. */
#pragma once

#include "estimators/core/train.h"
#include "tests/support/logistic.h"

/* Enough to end 1e-4 standard errors from a minimum near the start, which is_minimum() makes sure of. */
enum { LINEAR_STEPS = 300 };

/* A log as a linear model sees it, and a regression on its rows. Not to be moved: the regression points at
 * the log. */
typedef struct Linear {
    Log log;
    Regression rows;
    int steps; /* of training; LINEAR_STEPS at first */
} Linear;

/* The first dense columns of a log, and ids that tell nothing. */
void linear_create(Linear *linear, const Log *log, int columns);
void linear_free(Linear *linear);

/* The projection of y onto linear models over a sample of D, with weights w (NULL: all alike). */
Coefficients linear_projection(const Log *sample, int columns, const double *w, const double *y);

/* Gives a log the propensities p[0..rows). */
void give_propensity(Log *log, const double *p);

/* Every step sees all rows, so training is Adam on the whole loss: nothing but rounding keeps it from the
 * minimum. */
EstimatorOptions whole_batches(size_t rows, int steps);

/* Gives options the estimator's own constants. */
void default_constants(EstimatorOptions *options, const Estimator *estimator);

/* Trains it on all of the data; fit_free() it. */
Fit *linear_train(const Method *method, const EstimatorOptions *options, const TrainingData *data);

/* The coefficients of a fitted linear model: its logits at the origin and one step along each column. */
Coefficients linear_coefficients(Fit *fit, const Schema *schema);

/* An estimator whose loss is a regression on clicks, with weights 1 or 1/p. */
Coefficients linear_fit_clicks(const char *name, Linear *linear, bool weighted);

/* Predicts with the IMPUTATION head in the place of CVR. */
Var linear_imputed(Pass *pass);

/* dr_jl, and both its models in double: the prediction is a regression over D on the pseudo-label m + (o/p)
 * (r - m), the imputation a least-squares fit of (e - e_hat)^2 = (r - m)^2 z^2 on clicks, z the logit of the
 * prediction. With p = P(o=1 | x) errors of m reach neither the limit nor, to first order, the sampling
 * error. */
Coefficients linear_fit_doubly_robust(Linear *linear);
