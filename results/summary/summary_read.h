/* What a store says of its experiments, read once into arrays: tables, figures, claims and comparisons are
 * made of these, and none of them asks the database.
 *
 * Arrays are indexed by the place of a setting and of an estimator in the experiment, from 0, settings by
 * position and estimators in the order of the spec. What is not known is NaN. */
#pragma once

#include "results/store/store.h"
#include "results/summary/metric_group.h"
#include "results/summary/setting_pairs.h"
#include "results/summary/summary.h"

enum { NAME_TEXT = 64 };

/* A mean with its Monte Carlo standard error. */
typedef struct Estimate {
    double value, mcse;
} Estimate;

/* Bias and variance of an estimator's predictions in one setting, over all test exposures or those of a
 * decile of true propensity. Of a decile there is neither relative bias nor mse. */
typedef struct BiasVarianceSummary {
    int replicates; /* 0: there is no such row, and all is NaN */
    Estimate mean_bias, relative_bias, bias_sq, variance, mse;
    Estimate seconds; /* median training time, without an error; not of a decile */
    double mean_p_o;  /* of a decile */
    /* Worlds with a done unit, and with the two that a variance needs: those that variance and bias_sq are
     * of. Not of a decile. */
    int worlds, variance_worlds;
    /* Whether the estimator may be the best by it, as of places_first. Not of a decile. */
    int bias_first, bias_sq_first, variance_first;
} BiasVarianceSummary;

/* A metric over the replicates of an estimator in a setting: mean with its error; median and trimmed mean,
 * which a few replicates far off do not move, of all replicates of all worlds. */
typedef struct MetricCentre {
    int replicates;
    Estimate mean;
    double
        test_error; /* the part of the test sample in its error; NaN where the truth is known, or it is not */
    double median, trimmed_mean;
} MetricCentre;

/* One of the bins of equal size of an estimator's predictions. */
typedef struct CalibrationBin {
    int replicates; /* 0: there is no such row */
    Estimate predicted, p_r;
} CalibrationBin;

/* A unit of work. */
typedef struct UnitRun {
    int world, replicate;
    bool done, diverged; /* neither: it failed */
    bool shared;         /* it was trained in another setting */
    double seconds;
    double parameters; /* NaN where not known */
} UnitRun;

/* One estimator in one setting. */
typedef struct EstimatorResults {
    UnitRun *run; /* by world and replicate */
    int runs, done, diverged, failed, shared;
    double seconds;    /* median over the done units */
    double parameters; /* that were trained: the most over the units, since a search may choose widths */
    BiasVarianceSummary all, decile[DECILES];
    CalibrationBin bin[CALIBRATION_BINS];
} EstimatorResults;

typedef struct SettingResults {
    char *text; /* "world.ctr=0.1 world.gamma_r=0.7" */
    char *log;  /* settings of the same log were trained on the same logs: their units are paired */
    SettingPairs pairs;
    bool truth;   /* true probabilities of the test exposures are known, and with them bias and variance */
    bool clicked; /* conversions are scored on clicks alone, since labels are known there only */
} SettingResults;

/* An estimator of the ideal loss of a fixed predictor, in one setting. */
typedef struct RiskSummary {
    int setting;
    char predictor[NAME_TEXT], estimator[NAME_TEXT];
    int replicates; /* redraws with an estimate that is defined; 0: nothing else is known */
    double estimate_mean, ideal, bias_theory, sd, sd_theory, rmse;
    Estimate bias, relative_error;
    double left_out; /* share of the exposures whose imputed error is left out, a mean over the worlds; NaN
                        where none can be, or it is not known */
} RiskSummary;

typedef struct StoredClaim {
    char *says, *that; /* as in ClaimRow */
} StoredClaim;

/* One experiment. Texts are never NULL. */
typedef struct ExperimentResults {
    Store *store; /* borrowed; see unit_read.h for what is read of it later */
    char *name, *question, *baseline;
    char *shown;     /* comma-separated metrics that its tables and figures show; "" for the usual ones */
    char *precision; /* by which replicates were chosen (results/selection/precision.h); "" for none */
    int top_k;       /* of the @k metrics; 0 where unknown */
    int worlds;      /* with a run */
    bool risk;       /* the risk layer has something of it */
    char **estimator;
    char **label;          /* of each estimator: what is shown in place of its name */
    bool *trains_unbiased; /* of each estimator: on the unbiased sample */
    bool *outside; /* of each estimator: it is a model from outside, whose seconds are not of computing in
                      this program */
    bool tuned_unbiased; /* options were chosen on a part of it; false where it is not known who trains on it
                          */
    bool naive_bayes;    /* and propensities come from it by naive Bayes */
    bool tuned_truth;    /* options were chosen by the truth, in every setting */
    int estimators;      /* of the spec, whether they have a run or not */
    SettingResults *setting;
    int settings;
    EstimatorResults *cell; /* settings x estimators */
    MetricName *metric;
    int metrics;
    MetricCentre *metric_centre; /* settings x estimators x metrics */
    RiskSummary *risk_row;       /* by setting, predictor and estimator, in the order of tables */
    int risk_rows;
    StoredClaim *claim; /* in order */
    int claims;
    struct KeptMetrics *kept; /* of unit_read.h */
} ExperimentResults;

/* All experiments of a store, in order of name. */
typedef struct StoreResults {
    Store *store;
    ExperimentResults *experiment;
    int experiments;
} StoreResults;

/* Opens a store and reads all, once its summaries are up to date: what is printed of a store goes through
 * here, and so nothing that prints ever writes. Fails as store_open, and where summaries are older than the
 * runs and there is no permission to write. Close them also after a failure. */
Status results_open(StoreResults *results, const char *path, Message *message);
void results_close(StoreResults *results);

/* The same of a store that is open, and stays open as long as the results are used. Clear them also after a
 * failure. */
Status results_read(StoreResults *results, Store *store, Message *message);
void results_clear(StoreResults *results);

/* The place of the estimator, or -1. */
int results_estimator(const ExperimentResults *results, const char *name);

/* What is shown in place of the estimator's name; the name itself of one that the experiment does not have.
 */
const char *results_label(const ExperimentResults *results, const char *name);

/* Whether the estimator has a unit in any setting. */
bool results_has_runs(const ExperimentResults *results, int estimator);

const EstimatorResults *results_cell(const ExperimentResults *results, int setting, int estimator);

/* A metric over the replicates. */
MetricCentre results_metric_centre(const ExperimentResults *results, int setting, int estimator,
                                   MetricName metric);
