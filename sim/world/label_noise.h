/* Wrong labels, a mechanism: a log's conversions are not those that came about.
 *
 *   P(r~=1 | r=0) = rho01,   P(r~=0 | r=1) = rho10,   independent of all else
 *
 * The label r~ is what a log and an unbiased sample have; clicks, what follows from outcomes and the truth
 * are those of r. Its rate among clicks with CVR q is rho01 + (1 - rho01 - rho10) q. */
#pragma once

typedef struct LabelNoiseOptions {
    double rho01, rho10; /* in [0, 1]; both 0: labels are right */
} LabelNoiseOptions;
