/* What dt_ips and dt_dr share (the disentangled methods of haoxuanli-pku/ICDE24-MNAR): a net of c, whose
 * embeddings move conversions and clicks, and a net of embeddings that move clicks alone, logit p = logit c +
 * that net's. The estimators are one loss, in which nothing is stopped unless they say so. */
#pragma once

#include "estimators/core/estimator.h"

/* The first constants of both: weights of the click loss and of R, and variants. */
enum { ALPHA, BETA, NORMALISED, STOP_PROPENSITY, DISENTANGLED_CONSTANTS };

/* 1 / clip(p) over O, which moves p unless `stop_propensity` is on. */
Var disentangled_weight(Pass *s);

/* alpha mean_D l(o, p) + beta [R(D) + R(O)], R(X) the sum over categorical columns of mean((A' B)^2) +
 * mean([A | B]^2), A and B the embeddings of the rows of X in the net of c and in that of clicks alone. */
Var disentangled_propensity(Pass *s);
