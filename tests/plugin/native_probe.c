/* A native estimator that is as wrong as the macros make it that a test compiles it with. */
#include "cvrlab_estimator.h"

#ifndef MEMBERS
#define MEMBERS
#endif

static Var loss(Pass *s)
{
    return per_exposure(s, bce(logit(s, CVR, O), conversions(s, O)));
}

const Backbone unfinished = {.name = "unfinished"};
static const Constant constants[] = {{"rate", 0.5, 0, 1, "of nothing"}, {0}};
static const Lookahead no_risk = {.step = loss};

/* What of these a test names. */
static const void *const parts[] __attribute__((unused)) = {&unfinished, constants, &no_risk};

#pragma GCC diagnostic ignored "-Woverride-init"
static const Estimator probe = {.name = "native_probe",
                                .year = 2026,
                                .summary = "for tests",
                                .cite = "nobody",
                                .net = {HEAD(CVR)},
                                .constant = constants,
                                .phase = {{loss}},
                                MEMBERS};

CVRLAB_ESTIMATOR(probe);
