/* Means over worlds, with their errors. */
#pragma once

/* Zero at first. */
typedef struct Pooled {
    int worlds;
    double sum, square_error;
    double first; /* the first world's value; below, sums of value - first and of its square */
    double gap, square_gap;
} Pooled;

/* Adds a world's value, or the mean of n of them with the error sd / sqrt(n). A world whose value is not
 * known (NaN) takes no part. */
void pool(Pooled *pooled, double value, double error);
void pool_sample(Pooled *pooled, const double *value, int n);

/* NaN without worlds. */
double pooled_mean(const Pooled *pooled);

/* Its error as what is to be expected of any world of the kind: sd_w(value) / sqrt(W), which holds what
 * chance does within worlds and between them; of a single world, its own. */
double pooled_error(const Pooled *pooled);

/* Its error as a mean over these very worlds: sqrt(sum error_w^2) / W; where one is not known, the above. */
double pooled_error_of_these(const Pooled *pooled);
