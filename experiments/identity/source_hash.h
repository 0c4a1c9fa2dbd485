/* Hashes of the program's own source, made when it is built: what each estimator's numbers come from.
 *
 * What is hashed are the tokens of C: comments, blanks and line breaks do not count, so that a reworded
 * comment or another layout changes nothing, and every machine that has the same source finds the same.
 *
 * This folder may include sim/base alone. */
#pragma once

#include "sim/base/status.h"

enum {
    CODE_HASH = 17, /* 16 hexadecimal digits and the final 0 */
    MOST_ESTIMATORS = 256,
    ESTIMATOR_NAME = 64,
};

/* An estimator's own source: the file of estimators/ that defines it, and what that includes of
 * estimators/shared, headers with the .c files of their names, and so on. */
typedef struct OwnCode {
    char estimator[ESTIMATOR_NAME], hash[CODE_HASH];
} OwnCode;

typedef struct SourceHashes {
    OwnCode own[MOST_ESTIMATORS]; /* by name */
    int estimators;
    char base[CODE_HASH]; /* what all of them are built on */
    char risk[CODE_HASH]; /* the risk layer's own */
} SourceHashes;

/* Reads the source tree at `root`. STATUS_FAILED when a file cannot be read, or there are none. */
Status source_hashes(SourceHashes *hashes, const char *root, Message *message);

/* The hash of the names and tokens of some files below `root`, whatever their order. */
Status source_hash_of(const char *const *path, int files, const char *root, char hash[CODE_HASH],
                      Message *message);

/* The tokens of a C text, a line each; a directive ends with an empty line. NULL when out of memory; free()
 * it. */
char *source_tokens(const char *text);
