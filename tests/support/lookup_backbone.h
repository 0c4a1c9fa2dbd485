/* A backbone with one free parameter a head and row of the log and of the unbiased sample behind it, and then
 * one that is common to the rows of the head, 0 at the start: the logit is their sum. */
#pragma once

#include "estimators/core/pass.h"
#include "tests/reference/plain_batch.h"

extern const Backbone lookup_backbone;
