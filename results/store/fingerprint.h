/* What the numbers of an experiment depend on, key by key, and how two such lists differ.
 *
 * The program learns new keys, and must go on with the stores that it filled before. So a key may come with
 * its legacy value: the value that stands for what the program did before it knew the key. Two fingerprints
 * are compared over the keys of both, and a side that lacks a key has the legacy value that the other side
 * gives for it. This works in both directions: a newer program goes on with an older store as long as the
 * spec says of a new key what was always done, and an older program goes on with a newer store as long as
 * the store holds the legacy value of each key that this program does not know. A key without a legacy value
 * must be on both sides; such are overrides and ranges, which a spec may or may not have, and keys that only
 * a store of version 5 has, which kept no legacy values.
 *
 * Keys that begin with "methods.NAME." are those of a named method. A side that has none of them lacks the
 * method, as an experiment may lack an estimator, and then they are not compared.
 *
 * A key that the program gives up must stay in the fingerprint, with the value that the program has settled
 * on. Otherwise its stores would be compared with the legacy value, which may be another one. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct FingerprintKey {
    char *key;    /* "world.ctr", "estimator.ips.l2" */
    char *value;  /* its shortest text */
    char *legacy; /* likewise; NULL: a fingerprint without the key is another one */
} FingerprintKey;

/* Zero at first; it owns its texts. */
typedef struct Fingerprint {
    FingerprintKey *key;
    int keys;
} Fingerprint;

/* Adds copies of the texts. `legacy` may be NULL. */
Status fingerprint_add(Fingerprint *fingerprint, const char *key, const char *value, const char *legacy,
                       Message *message);
void fingerprint_clear(Fingerprint *fingerprint);

/* One key whose value differs: as stored and as given now. NULL where a side lacks the key and no legacy
 * value is known. */
typedef struct FingerprintChange {
    const char *key, *stored, *given;
} FingerprintChange;

/* Steps to the next key that differs, those of `given` first; false after the last. *at is 0 at first. */
bool fingerprint_next_change(const Fingerprint *stored, const Fingerprint *given, int *at,
                             FingerprintChange *change);

/* Whether the two differ. Writes the first difference as the end of a sentence: "was run with 'world.ctr:
 * 0.1', now 'world.ctr: 0.05'". */
bool fingerprint_difference(const Fingerprint *stored, const Fingerprint *given, char *text, size_t size);
