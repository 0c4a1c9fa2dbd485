/* Where the numbers of a store come from. */
#pragma once

#include "results/store/store.h"

/* One experiment; texts are never NULL. */
typedef struct Provenance {
    char *name, *question;
    char *spec;              /* as in ExperimentRow */
    Fingerprint fingerprint; /* by key */
    char *version, *libraries, *host;
    char *started, *finished; /* UTC, ISO 8601; finished is "" where something is missing */
    int64_t seed;
} Provenance;

typedef struct ProvenanceList {
    Provenance *experiment; /* in order of name */
    int experiments;
} ProvenanceList;

/* Reads all experiments of the store. STATUS_FAILED when it has none. Clear it also after a failure. */
Status provenance_read(ProvenanceList *list, Store *store, Message *message);
void provenance_clear(ProvenanceList *list);

/* Reads the fingerprint of one experiment; no keys where there is none of that name. Clear it also after a
 * failure. */
Status fingerprint_read(Fingerprint *fingerprint, Store *store, const char *experiment, Message *message);

/* The experiment of that name, or NULL. */
const Provenance *provenance_find(const ProvenanceList *list, const char *name);

/* Bytes of the store's file and its write-ahead log. */
int64_t provenance_bytes(Store *store);
