/* "Did you mean ...?": the known name nearest to a mistyped one. */
#pragma once

#include "sim/base/status.h"

/* Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
int edit_distance(const char *a, const char *b);

/* The nearest of `count` known names, the first of equals; NULL when none is near enough to be what was meant
 * (about one letter in three wrong). Of dotted names, the last word alone is near enough: "ctr" finds
 * "world.ctr". */
const char *nearest_name(const char *name, const char *const *known, int count);

/* What a name could have been. */
typedef struct KnownNames {
    const char *const *name;
    int names;
    const char *hint; /* what to expect where no name is near: "one of those that `cvrlab list keys` prints";
                         NULL: the names themselves */
} KnownNames;

/* Fails about a name that is none of the known ones: "WHERE: unknown WHAT 'NAME'; did you mean 'NEAREST'?",
 * or "...; expected HINT" where none is near. Without `where` (NULL) the message has no place. STATUS_USAGE.
 */
Status fail_unknown(Message *message, const char *where, const char *what, const char *name,
                    const KnownNames *known);
