/* What ome_eib, ome_ips and ome_dr share: errors of labels that are wrong at known or estimated rates. */
#pragma once

#include "estimators/core/estimator.h"

enum { RHO01, RHO10, QUANTILE, CAP };
extern const Constant outcome_error_constants[];

/* The net of q, a model of the label as it is seen (head COUNTERFACTUAL, which is the twin of nothing in a
 * net of its own), and its loss mean_O l(r~, q). */
enum { LABEL_NET = 1 << 2 };
LossFunction label_model;

/* l~(r~, c) over O, whose mean over wrong labels is l(r, c); z: the logit of c. It may be below 0. */
Var corrected_error(Pass *s, Var z);

/* sum_O [sg l~ - l(m, sg c)]^2 / p~ / |B|. */
LossFunction corrected_imputation;
