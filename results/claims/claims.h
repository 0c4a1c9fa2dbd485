/* Claims against the numbers of a store: what a report says of an experiment, checked by the program. */
#pragma once

#include "results/claims/claim_text.h"
#include "results/summary/summary_read.h"

typedef enum Verdict {
    VERDICT_HOLDS,
    VERDICT_WITHIN_ERROR, /* the interval contains 0; of =: it crosses an edge of the margin */
    VERDICT_FAILS,
    VERDICT_UNKNOWN, /* runs are missing, or too few for an interval; or a claim of = has no margin */
} Verdict;
enum { VERDICTS = VERDICT_UNKNOWN + 1 };

/* "holds", "within error", "does not hold", "not known". */
const char *verdict_name(Verdict verdict);

/* Parses a claim of the experiment. STATUS_FAILED, with the name of the store, for a text that is none. */
Status claim_read(const ExperimentResults *results, const StoredClaim *stored, Claim *claim,
                  Message *message);

/* Left minus right, with the 95 % interval that the verdict stands on: `<` holds when it lies below 0, fails
 * when above; `=` holds when it lies inside the margin, fails when it lies wholly outside. Where the margin
 * is a share s of a right side that has an error of its own, what is held to 0 are the intervals of left - (1
 * - s) right and left - (1 + s) right: the interval of their ratio by Fieller's theorem (1954) lies inside 1
 * +- s or outside. The true mean p of a bias is the smaller of the two sides'.
 *
 * Two sides that were trained on the same logs, in one setting or in two of the same SettingResults.log, are
 * paired by (world, replicate): t interval of the paired differences of claim_values, for the integrated
 * quantities of their pseudo-values. Sides on different logs are two samples: Welch's t interval. Errors are
 * over all units, worlds and replicates alike. */
typedef struct Evidence {
    double left, left_mcse, right, right_mcse; /* the number of a claim has no error: NaN */
    double difference, low, high;
    Verdict verdict;
} Evidence;

/* Of a claim of everywhere the numbers are NaN, and the verdict is that of its VerdictMap. */
Status claim_evaluate(const ExperimentResults *results, const Claim *claim, Evidence *evidence,
                      Message *message);

/* What a claim of everywhere comes to in one setting. */
typedef struct SettingVerdict {
    bool asked; /* its `at` fits the setting; else there is no evidence */
    Evidence evidence;
} SettingVerdict;

/* And in all. */
typedef struct VerdictMap {
    SettingVerdict *setting; /* one for each setting of the experiment */
    int settings;            /* that are asked */
    int count[VERDICTS];     /* of these, by verdict */
    Verdict verdict; /* of all together: it does not hold where it fails in one, and holds where it holds in
                        each */
} VerdictMap;

/* Each evidence is what the claim has with an `at` that picks that setting alone. Clear the map also after a
 * failure. */
Status verdict_map_read(VerdictMap *map, const ExperimentResults *results, const Claim *claim,
                        Message *message);
void verdict_map_clear(VerdictMap *map);
