/* The risk layer of one setting and world: its fixed exposures, and the estimates of the ideal loss of a
 * fixed predictor on them. */
#pragma once

#include "experiments/risk/risk.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/spec.h"

typedef struct RiskLayer RiskLayer;

/* Draws the world's exposures, and their propensities and imputations by the mechanism of the trained
 * estimators: clicks are redrawn with Truth.p_o_given, estimators divide by what the setting says, clipped to
 * train.clip. Propensities that are learned, constant or omitted come from one log of clicks on the same
 * exposures. `setting` and `text` must outlive it. */
Status risk_layer_open(RiskLayer **layer, const Spec *setting, const char *text, uint32_t world,
                       Message *message);
void risk_layer_close(RiskLayer *layer);

/* Puts a predictor on; errors are its log losses against r(1). The case points into the layer, until the next
 * one. */
Status risk_layer_predict(RiskLayer *layer, const RiskPredictor *predictor, RiskCase *c, Message *message);

/* What redraws are keyed by: the same in settings that differ in neither world nor risk.size, so that
 * differences between their propensities or imputations are paired. */
const StreamKey *risk_layer_key(const RiskLayer *layer);
