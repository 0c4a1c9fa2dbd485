/* The trial step of phases that look ahead (Lookahead in estimators/core/estimator.h). Weights w enter the
 * step's loss linearly, theta' = theta - eta sum_k w_k grad e_k, so with v = grad risk(theta')
 *     d risk(theta') / d w_k = -eta <v, grad e_k(theta)>,
 * one directional derivative of the row losses and no second derivative (Liu, Simonyan and Yang, ICLR 2019,
 * section 2.3). */
#pragma once

#include "estimators/core/pass.h"

/* How far from theta the two row losses of the central difference lie, as a length in the space of the
 * parameters: +-TRIAL_LENGTH v / |v|. A row loss is l(y, sigmoid(z)), whose third derivative in z is at most
 * 1 / (6 sqrt 3) < 0.1: where z changes at a rate of s along v / |v|, the difference quotient errs by less
 * than TRIAL_LENGTH^2 / 6 * 0.1 s^3. In float a loss of order 1 is good to some k units of 2^-24, and the
 * moved parameters are rounded likewise, so that it errs by k 2^-24 / TRIAL_LENGTH too. The sum is smallest
 * at TRIAL_LENGTH = (30 k 2^-24 / s^3)^(1/3), which is 0.02 for k = 4 and s = 1, and 0.005 for k = 4 and s =
 * 4; near it the sum is flat. At 2^-7, a power of 2 so that dividing by it is exact, the two are 1e-6 s^3 and
 * k 8e-6, on slopes of order s. A unit that passes its kink within TRIAL_LENGTH adds half of the jump in
 * slope. */
static const double TRIAL_LENGTH = 0x1p-7;

typedef struct Trial Trial;

/* Room for a vector over the parameters of the prediction net; *trial is NULL when no phase looks ahead. */
Status trial_create(Trial **trial, const Estimator *estimator, Model *model, Message *message);
void trial_free(Trial *trial);

/* Takes the step on the sampler's current batch, keeps v, and puts the parameters back bit for bit. The
 * risk(theta'), or NaN where that or the step's loss fails: the phase must not run then. Uses the
 * gradients of the prediction net, and the tape. */
double trial_run(const Lookahead *lookahead, const PassContext *context, Sampler *sampler);
