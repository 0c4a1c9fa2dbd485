/* What the program looks for in the library of a native estimator, as the symbol cvrlab_estimator. */
#pragma once

#include "estimators/core/estimator.h"

/* The first member stays what it is for ever, so that any cvrlab can say what a library was compiled with. */
typedef struct NativeEstimator {
    const char *headers; /* CVRLAB_HEADERS: the version of cvrlab and a hash of its headers */
    const Estimator *estimator;
} NativeEstimator;
