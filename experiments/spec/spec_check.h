/* What single values cannot show: whether the keys of an experiment go together. */
#pragma once

#include "experiments/spec/spec.h"
#include "sim/base/status.h"

/* Checks: at least one estimator, trained or of the risk layer, none twice, the baseline among the trained
 * ones, embeddings that fit the features, needs that the spec does not supply (an estimator that needs
 * unbiased data while unbiased.size is 0: the message names the key to set), propensity sources that need
 * truth on real data, distorted imputations that are learned, ranges to tune in, the number of settings, and
 * claims about what the experiment does not have. A fault is STATUS_USAGE: "[SETTING: ]KEY: what was found;
 * expected ...". */
Status spec_check(const Spec *spec, Message *message);

/* An estimator that has options of its own, set or swept, and is not in the experiment, so that they have no
 * effect. This is no fault, since --set may leave estimators out, but worth a word. False for none. */
bool spec_unlisted(const Spec *spec, char name[SPEC_WORD]);

/* Whether keys are set or swept that cannot act on the spec's data, such as world.ctr on real data; `names`
 * has them, "a, b", as far as they fit. */
bool spec_idle(const Spec *spec, char names[SPEC_TEXT]);

/* Whether a key does nothing on data of the spec's kind. */
bool spec_key_is_idle(const Spec *spec, const char *key);
