/* The risk layer of one setting and world: its fixed exposures, and the estimates of the ideal loss of a
 * fixed predictor on them. */
#pragma once

#include "experiments/risk/risk.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/spec.h"

typedef struct RiskLayer RiskLayer;

/* Draws the world's exposures, with the propensities and imputations that trained estimators would be given:
 * clicks are redrawn with probability Truth.p_o_given, and estimators divide by the setting's propensities,
 * clipped to train.clip. Propensities that are learned, constant or omitted come from one log of clicks on
 * the same exposures. `setting` and `log` (settings_log) must outlive the layer. */
Status risk_layer_open(RiskLayer **layer, const Spec *setting, const char *log, uint32_t world,
                       Message *message);
void risk_layer_close(RiskLayer *layer);

/* Makes the case of a predictor, whose errors are its log losses against r(1). The case points into the layer
 * and holds until the next call. */
Status risk_layer_predict(RiskLayer *layer, const RiskPredictor *predictor, RiskCase *c, Message *message);

/* The key of the redraws. Settings that differ in neither world nor risk.size have the same key, so that
 * differences between their propensities or imputations are paired. */
const StreamKey *risk_layer_key(const RiskLayer *layer);
