/* Where the numbers of a store come from. */
#pragma once

#include "results/store/store.h"

/* What some of the units were made of: the code of an estimator, or a file of data. */
typedef struct ProvenancePart {
    char *name; /* the estimator or the file's path */
    char *made; /* its hashes, and of a file its size, as text */
    char *by;   /* the commit of the program; of a file "" */
    char *kept; /* of what other code or data some units are, which was kept knowingly; "" for none */
} ProvenancePart;

typedef struct ProvenanceParts {
    ProvenancePart *part; /* by name */
    int parts;
} ProvenanceParts;

/* One experiment; texts are never NULL. */
typedef struct Provenance {
    char *name, *question;
    char *spec;              /* as in ExperimentRow */
    Fingerprint fingerprint; /* by key */
    char *version, *libraries, *host;
    char *commit, *compiler, *flags, *cpu; /* "not recorded" in stores of earlier programs */
    ProvenanceParts code, data;            /* empty where not recorded */
    char *started, *finished;              /* UTC, ISO 8601; finished is "" where something is missing */
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
