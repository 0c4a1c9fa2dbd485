/* The parts of summary_refresh: each fills the summary tables of one setting, whose old rows are gone. */
#pragma once

#include "results/store/store.h"

/* What is being summarised. */
typedef struct SummaryScope {
    Store *store;
    const char *experiment, *setting;
    const char *baseline; /* of paired differences */
} SummaryScope;

/* summary_bias_variance, summary_decile and summary_calibration: means over worlds of what bias_variance.h
 * says of each. Nothing for a setting without truth. */
Status summarise_truth(const SummaryScope *scope, Message *message);

/* summary_risk. Bias and its exact value are means over the worlds of those within a world, whose ideal loss
 * is fixed, and the error of the bias is that within these worlds, as is the exact value; standard deviation
 * and rmse are root means of squares within worlds; the relative error is the mean of |estimate - ideal| /
 * ideal. Estimates that are not defined are left out and not counted.
 */
Status summarise_risk(const SummaryScope *scope, Message *message);

/* summary_metric and summary_paired. */
Status summarise_metrics(const SummaryScope *scope, Message *message);
