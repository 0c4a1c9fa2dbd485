/* Real rows whose outcomes were forced, in the place of exposures whose truth is known: their labels are what
 * would have happened after a click, whoever clicks. What clicks they get is a model's. */
#pragma once

#include "experiments/spec/spec.h"
#include "sim/data/real_data.h"
#include "sim/truth.h"

/* Makes the test rows of `real`, all of them forced, into a log with the truth: potential outcomes are the
 * labels, p_o and p_r (and all that is conditional on more) what a click model and `naive`, fitted on the log
 * with the setting's model and training, say of the rows, and clicks one draw of p_o from the stream
 * "risk/click". The log and the truth are the caller's to free. STATUS_FAILED where a fit diverges. */
Status forced_outcomes_make(const Spec *spec, const RealData *real, const StreamKey *key, Log *log,
                            Truth *truth, Message *message);
