/* The delete-a-group jackknife. Groups of users, so that what goes together within a user counts. */
#include "experiments/twin/jackknife.h"

#include <math.h>

void jackknife_errors(const double *value, int groups, int size, double *error)
{
    for (int k = 0; k < size; k++) {
        double mean = 0, squares = 0;
        for (int g = 0; g < groups; g++)
            mean += value[g * size + k] / groups;
        for (int g = 0; g < groups; g++)
            squares += (value[g * size + k] - mean) * (value[g * size + k] - mean);
        error[k] = sqrt(squares * (groups - 1) / groups);
    }
}
