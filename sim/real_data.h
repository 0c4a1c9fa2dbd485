/* Real data with an unbiased test set, as logs: what every reader of a data set makes. */
#pragma once

#include "sim/log.h"

typedef struct RealData {
    Log log;      /* what users did of their own choice */
    Log unbiased; /* randomly shown items, all clicked: the unbiased sample; may have no rows */
    Log test;     /* the rest of those: conversion is the label that predictions are scored against */
} RealData;

void real_data_free(RealData *data);
