/* Repeated half-samples (McCarthy 1969). Groups are of users, so that what goes together within a user
 * counts. */
#include "experiments/twin/half_samples.h"

#include <gsl/gsl_randist.h>
#include <math.h>

void half_samples_draw(int splits, int groups, gsl_rng *random, int *half)
{
    for (int s = 0; s < splits; s++) {
        int *of = half + (ptrdiff_t)s * groups;
        for (int g = 0; g < groups; g++)
            of[g] = g < groups / 2;
        gsl_ran_shuffle(random, of, (size_t)groups, sizeof *of);
    }
}

void half_samples_errors(const double *value, int splits, int size, double *error)
{
    for (int k = 0; k < size; k++) {
        double squares = 0;
        for (int s = 0; s < splits; s++) {
            const double gap = value[2 * s * size + k] - value[(2 * s + 1) * size + k];
            squares += gap * gap / 4;
        }
        error[k] = sqrt(squares / splits);
    }
}
