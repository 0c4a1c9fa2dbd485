/* For a native estimator in a shared library: a file like those of estimators/, in the words of
 * estimators/core/loss.h, with CVRLAB_ESTIMATOR() at its end. See estimators/plugin/examples/my_ips.c.
 *
 * Include this first: it gives the functions of cvrlab the names under which the program exports them. The
 * library works with the cvrlab whose headers it was compiled with, and is refused by any other. */
#pragma once

#include "cvrlab_names.h"
#include "cvrlab_stamp.h"

#include "estimators/plugin/native_estimator.h"

/* Publishes a descriptor; once in a library, outside of functions: CVRLAB_ESTIMATOR(my_ips); */
#define CVRLAB_ESTIMATOR(descriptor)                                                                         \
    extern __attribute__((visibility("default"))) const NativeEstimator cvrlab_estimator;                    \
    const NativeEstimator cvrlab_estimator = {CVRLAB_HEADERS, &(descriptor)}
