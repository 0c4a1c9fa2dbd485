/* Cholesky's A = L L'. It is its own, and not GSL's, so that the sums have one order on every machine. */
#include "estimators/shared/positive_system.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static double *row(int n, double *a, int i)
{
    return a + (size_t)i * (size_t)n;
}

/* Puts L in the lower triangle; false where a pivot is not positive, or no number. */
static bool decompose(int n, double *a)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = row(n, a, i)[j];
            for (int k = 0; k < j; k++)
                sum -= row(n, a, i)[k] * row(n, a, j)[k];
            if (i == j && !(sum > 0))
                return false;
            row(n, a, i)[j] = i == j ? sqrt(sum) : sum / row(n, a, j)[j];
        }
    return true;
}

bool positive_system_solve(int n, double *a, double *x)
{
    if (!decompose(n, a)) {
        memset(x, 0, (size_t)n * sizeof *x);
        return false;
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= row(n, a, i)[k] * x[k];
        x[i] /= row(n, a, i)[i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= row(n, a, k)[i] * x[k];
        x[i] /= row(n, a, i)[i];
    }
    return true;
}
