/* Claims against the numbers of a store: what a report says of an experiment, checked by the program. */
#pragma once

#include "results/claims/claim_text.h"
#include "results/summary/summary_read.h"

typedef enum Verdict {
    VERDICT_HOLDS,
    VERDICT_WITHIN_ERROR, /* of < and >: the interval contains 0 */
    VERDICT_FAILS,
    VERDICT_UNKNOWN, /* runs are missing, or too few for an interval */
} Verdict;

/* "holds", "within error", "does not hold", "not known". */
const char *verdict_name(Verdict verdict);

/* Left minus right, with the 95 % interval that the verdict stands on: `<` holds when it lies below 0, fails
 * when above; `=` holds when it contains 0: the runs do not contradict it.
 *
 * Two sides that were trained on the same logs, in one setting or in two of the same SettingResults.log, are
 * paired by (world, replicate): t interval of the paired differences of claim_values, for the integrated
 * quantities of their pseudo-values. Sides on different logs are two samples: Welch's t interval. Errors are over all units, worlds and replicates
 * alike. */
typedef struct Evidence {
    double left, left_mcse, right, right_mcse; /* the number of a claim has no error: NaN */
    double difference, low, high;
    Verdict verdict;
} Evidence;

Status claim_evaluate(const ExperimentResults *results, const Claim *claim, Evidence *evidence,
                      Message *message);
