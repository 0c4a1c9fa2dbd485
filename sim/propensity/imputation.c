/* Imputations that need the log alone; those that need the truth are in from_truth.c. */
#include "sim/propensity/imputation.h"

void constant_imputation(const uint8_t *click, const uint8_t *conversion, size_t n, float *m)
{
    size_t clicks = 0, conversions = 0;
    for (size_t i = 0; i < n; i++) {
        clicks += click[i];
        conversions += click[i] && conversion[i];
    }
    float rate = clicks ? (float)((double)conversions / (double)clicks) : 0.5F;
    for (size_t i = 0; i < n; i++)
        m[i] = rate;
}
