/* What only the truth can give. It is apart from propensity.c and imputation.c because estimators may use
 * those and must not see truth. */
#include "sim/propensity/from_truth.h"

#include <assert.h>
#include <float.h>
#include <math.h>

static double mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : 0;
}

/* As float, kept where it can divide and be distorted: in (0, 1]. */
static float probability(double p)
{
    return (float)fmin(fmax(p, (double)FLT_MIN), 1.0);
}

static void copy(const double *from, size_t n, float *p)
{
    for (size_t i = 0; i < n; i++)
        p[i] = probability(from[i]);
}

static void inverted(const double *from, size_t n, float *p)
{
    double rate = mean(from, n);
    /* Not exactly 1, as a logit is taken of it when it is distorted. */
    double highest = 1 - (double)FLT_EPSILON;
    for (size_t i = 0; i < n; i++)
        p[i] = probability(fmin((1 - from[i]) * rate / (1 - rate), highest));
}

void truth_propensity(const Truth *truth, PropensitySource source, float *p)
{
    switch (source) {
    case PROPENSITY_ORACLE:
        copy(truth->p_o, truth->rows, p);
        break;
    case PROPENSITY_FULL:
        copy(truth->p_o_full, truth->rows, p);
        break;
    case PROPENSITY_INVERTED:
        inverted(truth->p_o, truth->rows, p);
        break;
    case PROPENSITY_LEARNED:
    case PROPENSITY_CONSTANT:
    case PROPENSITY_OMITTED:
    case PROPENSITY_NAIVE_BAYES:
    case PROPENSITY_LOGGED:
        assert(false && "a propensity that comes from the log, not from the truth");
        break;
    }
}

bool truth_imputes(ImputationSource source)
{
    return source != IMPUTATION_LEARNED && source != IMPUTATION_CONSTANT;
}

void truth_imputation(const Truth *truth, ImputationSource source, float *m)
{
    switch (source) {
    case IMPUTATION_OUTCOME:
        for (size_t i = 0; i < truth->rows; i++)
            m[i] = truth->potential[i];
        break;
    case IMPUTATION_ORACLE:
        copy(truth->p_r, truth->rows, m);
        break;
    case IMPUTATION_FULL:
        copy(truth->p_r_full, truth->rows, m);
        break;
    case IMPUTATION_OBSERVED:
        copy(truth->q, truth->rows, m);
        break;
    case IMPUTATION_INVERTED:
        inverted(truth->p_r, truth->rows, m);
        break;
    case IMPUTATION_LEARNED:
    case IMPUTATION_CONSTANT:
        assert(false && "an imputation that comes from the log, not from the truth");
        break;
    }
}
