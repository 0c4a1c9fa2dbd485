/* How often users click and buy on the test exposures of a setting, by the stored truth. */
#pragma once

#include "results/summary/summary_read.h"

/* Means over the worlds. NaN where there is no truth. */
typedef struct WorldRates {
    int worlds;        /* with a truth */
    int64_t rows;      /* test exposures of the first world, or of real data; 0 where none are stored */
    double click;      /* P(click) of an exposure */
    double conversion; /* P(conversion) of an exposure, were it clicked: what estimators are to find */
    double clicked;    /* the same among clicked ones: what their mean shows */
    double
        click_bias; /* the mean bias of a consistent estimate of P(conversion | click, x), as the log grows */
} WorldRates;

/* STATUS_FAILED for columns of another length than the test set. */
Status world_rates_read(const ExperimentResults *results, int setting, WorldRates *rates, Message *message);
