/* What changed between two fingerprints of an experiment. */
#pragma once

#include <stddef.h>

/* Writes what tells two different fingerprints apart, as the end of a sentence: "was run with 'world: ctr:
 * 0.1', now 'world: ctr: 0.05'". The first line that differs, with the section it stands in; a key that only
 * one side has is named as such. */
void fingerprint_difference(const char *stored, const char *given, char *text, size_t size);

/* Calls `change` with each line, as above, that differs between the two: as stored and as given, NULL for a
 * key that the side does not have. */
void fingerprint_changes(const char *stored, const char *given,
                         void (*change)(const char *stored, const char *given, void *context), void *context);
