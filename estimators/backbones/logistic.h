/* A logistic regression on embeddings and dense columns, whatever model.layers says. Not a backbone to
 * choose: that is towers with model.layers: []. */
#pragma once

#include "estimators/core/loss.h"

extern const Backbone logistic_backbone;
