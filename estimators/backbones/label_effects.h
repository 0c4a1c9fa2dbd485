/* Linear models of a row's user, item and observed label: what meta-learned weights and labels are made of.
 * Not a backbone to choose, since no prediction can be made of a label. */
#pragma once

#include "estimators/core/loss.h"

/* WEIGHT over O is lin(user, item, r), WEIGHT_ALL over D is lin(user, item, o), IMPUTATION over D is lin(o),
 * and RESIDUAL_E over D is a o r, what a conversion adds to it; all start at 0. */
extern const Backbone label_effects;
