/* The trial step of phases that look ahead (Lookahead in estimators/core/estimator.h). Weights w enter the
 * step's loss linearly, theta' = theta - eta sum_k w_k grad e_k, so with v = grad risk(theta')
 *     d risk(theta') / d w_k = -eta <v, grad e_k(theta)>,
 * one directional derivative of the row losses and no second derivative (Liu, Simonyan and Yang, ICLR 2019,
 * section 2.3). */
#pragma once

#include "estimators/core/pass.h"

typedef struct Trial Trial;

/* Room for a vector over the parameters of the prediction net; *trial is NULL when no phase looks ahead. */
Status trial_create(Trial **trial, const Estimator *estimator, Model *model, Message *message);
void trial_free(Trial *trial);

/* Takes the step on the sampler's current batch, keeps v, and puts the parameters back bit for bit. The
 * risk(theta'), or NaN where that, the step's loss or the tape fails: the phase must not run then. Uses the
 * gradients of the prediction net, and the tape. */
double trial_run(const Lookahead *lookahead, const PassContext *context, Sampler *sampler);
