/* How large a sample must be for a mean to have an asked standard error: Stein's two-stage rule (Annals of
 * Mathematical Statistics 16, 1945), which a run with `precision` goes by. The first stage is a pilot, whose
 * spread fixes the size; so the size does not depend on how the mean came out, as it does where one looks
 * again after each value and stops at a low error. */
#pragma once

#include <stdbool.h>

enum {
    PILOT_SIZE = 20,   /* fewest values that a size is fixed by */
    SAMPLE_STAGES = 4, /* the pilot, the size that it fixes, and two top-ups */
    RESERVE_PERCENT =
        20 /* above the size that the spread asks for, since a second stage costs more than it */
};

/* What is known of the mean after a stage. */
typedef struct SampleSpread {
    int values; /* at least 2 */
    double sd;
} SampleSpread;

/* Whether a 95 % interval of the mean, by Student's t, is no wider than that of a normal mean whose standard
 * error is `most`, which is above 0. */
bool sample_suffices(SampleSpread spread, double most);

/* The size at which it would be, with the reserve; at least `values`. Not a number where sd is not. */
double sample_size(SampleSpread spread, double most);
