/* How much of an experiment a store has, against the spec that is stored with it. */
#pragma once

#include "experiments/spec.h"
#include "results/provenance.h"
#include "results/table.h"

/* The units of one estimator in one setting: worlds x replicates when trained; of the risk layer, whose
 * predictor is named, worlds. */
typedef struct UnitCount {
    char setting[SPEC_TEXT], predictor[SPEC_WORD], estimator[SPEC_WORD];
    int64_t done, diverged, missing;
} UnitCount;

typedef struct Census {
    UnitCount *count; /* by setting, trained estimators first, in the order of the spec */
    int counts;
    int settings;
    Spec *spec;                      /* that was stored */
    int64_t done, diverged, missing; /* of them all */
    int64_t beyond;                  /* units in the store that the spec does not ask for */
} Census;

/* STATUS_FAILED, with the reason, when this program cannot read the stored spec. Free it with census_free. */
Status census_read(Census *census, Store *store, const Provenance *experiment, Message *message);
void census_free(Census *census);

typedef enum CensusPart { CENSUS_FACTS = 1, CENSUS_UNITS = 2, CENSUS_ALL = 3 } CensusPart;

/* Prints where an experiment comes from: the facts; and what the store has of it: units by setting and by
 * estimator, in csv by both, in a block with names of its own. */
Status census_print(Store *store, const Provenance *experiment, CensusPart parts, TableFormat format,
                    FILE *file, Message *message);
