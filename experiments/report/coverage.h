/* How much of an experiment a store has, against the spec that is stored with it. */
#pragma once

#include "experiments/run/stages.h"
#include "results/store/provenance.h"
#include "results/tables/grid.h"

/* The units of one estimator in one setting: worlds x replicates when trained; of the risk layer, whose
 * predictor is named, worlds. */
typedef struct UnitCount {
    char setting[SPEC_TEXT], predictor[SPEC_WORD], estimator[SPEC_WORD];
    int64_t done, diverged, failed, missing;
} UnitCount;

typedef struct Coverage {
    UnitCount *count; /* by setting, trained estimators first, in the order of the spec */
    int counts;
    int settings;
    Stages stages;                           /* how many worlds and replicates each setting has by now */
    Spec *spec;                              /* that was stored */
    int64_t done, diverged, failed, missing; /* of them all */
    int64_t beyond;                          /* units in the store that the spec does not ask for */
} Coverage;

/* STATUS_FAILED, with the reason, when this program cannot read the stored spec. Free it with coverage_free.
 */
Status coverage_read(Coverage *coverage, Store *store, const Provenance *experiment, Message *message);
void coverage_free(Coverage *coverage);

typedef enum CoveragePart { COVERAGE_FACTS = 1, COVERAGE_UNITS = 2, COVERAGE_ALL = 3 } CoveragePart;

/* Prints where an experiment comes from: the facts, and last the code and data of its units; and what the
 * store has of it: units by setting and by estimator, in csv by both, in a block with names of its own. */
Status coverage_print(Store *store, const Provenance *experiment, CoveragePart parts,
                      const GridFormat *format, FILE *file, Message *message);
