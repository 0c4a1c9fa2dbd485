/* How many units of each kind a store has of an experiment. */
#pragma once

#include "results/store/store.h"

/* Which units are asked for: worlds and replicates below these numbers, risk rows of at least so many
 * redraws. */
typedef struct UnitRange {
    const char *setting; /* the one that is counted; NULL: all */
    int worlds, replicates, redraws;
} UnitRange;

/* The units of one estimator in one setting. */
typedef struct UnitTally {
    char *setting;
    char *predictor; /* of the risk layer; "" for a trained estimator */
    char *estimator;
    int64_t done, diverged; /* of those in the range */
    int64_t failed;         /* likewise: neither done nor diverged */
    int64_t short_of;       /* risk rows in the range but for their redraws, which are too few */
    int64_t all;            /* in the range or not */
} UnitTally;

typedef struct UnitTallyList {
    UnitTally *tally; /* by setting, predictor and estimator, in the order of strcmp */
    int tallies;
} UnitTallyList;

/* Counts an experiment's units. Clear the list also after a failure. */
Status unit_tally_read(UnitTallyList *list, Store *store, const char *experiment, const UnitRange *range,
                       Message *message);
void unit_tally_clear(UnitTallyList *list);

/* Units of an estimator that are not done for one reason, in the range or not; units that diverged where
 * there is more to say than that. */
typedef struct UnitFailure {
    char *estimator, *reason;
    char *setting; /* of the first of them, */
    int world, replicate;
    int64_t units;
} UnitFailure;

typedef struct UnitFailureList {
    UnitFailure *failure; /* by the order of estimators in the experiment, then by reason */
    int failures;
} UnitFailureList;

/* Reads why an experiment's units have failed. Clear the list also after a failure. */
Status unit_failures_read(UnitFailureList *list, Store *store, const char *experiment, Message *message);
void unit_failures_clear(UnitFailureList *list);

/* NULL when the store has no such unit. */
const UnitTally *unit_tally_find(const UnitTallyList *list, const char *setting, const char *predictor,
                                 const char *estimator);
