/* The doubly robust risk of the joint methods with the loss of its imputation: multi_dr, escm2_dr, dr_v2. */
#pragma once

#include "estimators/core/loss.h"

/* What e_hat is, and what the two losses move. Zero for Zhang et al., WWW 2020: an error, softplus of the
 * IMPUTATION head, and a prediction that the imputation's loss leaves alone. */
typedef struct JointForm {
    bool labels; /* e_hat = l(m, c), m the pseudo-label of the head, stopped in the risk */
    bool imputation_moves_prediction; /* c is live in the imputation's loss */
    bool risk_moves_imputation;       /* m is live in the risk */
} JointForm;

/* mean[e_hat + o (e - e_hat) / p~] + sum_O (e - e_hat)^2 / p~ / |B|, with e = l(r, c). */
Var joint_doubly_robust(Pass *s, JointForm form);
