/* "Did you mean ...?": the known name nearest to a mistyped one. */
#pragma once

/* Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
int edit_distance(const char *a, const char *b);

/* The nearest of `count` known names, the first of equals; NULL when none is near enough to be what was meant
 * (about one letter in three wrong). */
const char *nearest_name(const char *name, const char *const *known, int count);
