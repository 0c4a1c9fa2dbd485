/* The rows that a search of tune is scored on. */
#pragma once

#include "experiments/inputs/source.h"

/* Moves a share of the log or of the unbiased sample, as `options` say, into sample->held, with its truth
 * where it is known. What is left takes the place of the whole, so that nothing that is fitted or learned
 * from the sample sees the rows that were moved. The same rows for equal keys. */
Status sample_hold_out(Sample *sample, const TuneOptions *options, Message *message);
