/* Propensities of ratings by naive Bayes: Schnabel et al., ICML 2016, section 5.1. */
#pragma once

#include "sim/base/status.h"
#include "sim/log.h"

/* P(o=1 | r) = P(r | o=1) P(o=1) / P(r), with P(r) from the unbiased sample, into p[0..of->x.rows): for each
 * row of `of`, by its label for a clicked row, the mean click rate for an unclicked one, whose label nobody
 * knows. Estimates above 1 become 1. A label that the unbiased sample lacks makes P(r) the add-one estimate
 * (n_r + 1) / (n + 2) for both labels; otherwise nothing is smoothed.
 *
 * STATUS_FAILED when the log has no clicks or the unbiased sample no rows: there is nothing to estimate from.
 */
Status naive_bayes_propensity(const Log *log, const Log *unbiased, const Log *of, float *p, Message *message);
