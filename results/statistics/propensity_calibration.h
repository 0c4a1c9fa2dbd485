/* Whether propensities that were logged with clicks are those of the clicks. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct PropensityCalibration {
    double mean_inverse, mean_inverse_se; /* of o/p over all rows: 1 in expectation for the true p */
    /* Of logit p in a logistic regression of the click on it, with an intercept: 1 in expectation for the
     * true p. Rows with p = 1 have no logit and are left out. NaN where it is not defined: all rows have the
     * same p, all are clicked or none, or p parts clicked rows from others. */
    double slope, slope_se;
    float lowest; /* p */
} PropensityCalibration;

/* p in (0, 1] and the click of each row, of at least two. Standard errors take rows as independent. */
PropensityCalibration propensity_calibration(const float *p, const uint8_t *click, size_t rows);
