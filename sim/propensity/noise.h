/* Normal noise on the logits of given probabilities: of propensities, and of imputations. */
#pragma once

#include "sim/base/random.h"
#include "sim/base/status.h"
#include "sim/propensity/propensity.h"

/* N(0,1) a row, from the stream of (key, purpose); *noise is NULL where the distortion has none. free() it.
 */
Status noise_create(float **noise, const Distortion *distortion, size_t rows, const StreamKey *key,
                    const char *purpose, Message *message);
