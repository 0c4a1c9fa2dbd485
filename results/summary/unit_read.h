/* What is read of a store's single units when it is first asked for, since there may be 1e5 of them with 60
 * metrics each: values of a metric, which are kept; redraws of the risk layer; and test exposures with
 * predictions, which are not kept. */
#pragma once

#include "results/summary/metric_group.h"
#include "results/summary/summary_read.h"

/* The values of a metric of done units in a setting. They are read once and kept as long as `results`, which
 * own them; what metric_group_compare fills is that of the last call. */
Status results_metric_group(const ExperimentResults *results, int setting, MetricName metric,
                            MetricGroup **group, Message *message);

/* The redraws of one row of the risk layer in one world. */
typedef struct RedrawnWorld {
    int world, redraws;
    double ideal;
    double *estimate; /* redraws; NaN where not defined */
} RedrawnWorld;

/* Zero at first. */
typedef struct RedrawnWorlds {
    RedrawnWorld *world; /* in order */
    int worlds;
} RedrawnWorlds;

/* Clear them also after a failure. */
Status results_redraws(const ExperimentResults *results, const RiskSummary *row, RedrawnWorlds *redrawn,
                       Message *message);
void redrawn_worlds_clear(RedrawnWorlds *redrawn);

/* A unit a redraw whose estimate is defined: its squared error. Clear the values also after a failure. */
Status redrawn_squares(const RedrawnWorlds *redrawn, UnitValues *values, Message *message);

/* What the done units of one estimator in one world predict for the test exposures of a space. */
typedef struct WorldPredictions {
    int world, replicates;
    size_t all, rows; /* test exposures; those in the space */
    size_t *row;      /* rows: the place of each among all */
    double *p_r;      /* rows: true conversion probabilities */
    int *replicate;   /* number of each replicate */
    float *memory;
    const float **prediction; /* replicates x rows */
} WorldPredictions;

/* Which predictions: of an estimator in a setting, over the space D, O or N. */
typedef struct PredictionQuery {
    int setting, estimator;
    const char *space;
} PredictionQuery;

/* Calls `take` with each world whose truth is known, in order. */
Status results_predictions(const ExperimentResults *results, const PredictionQuery *query,
                           Status (*take)(const WorldPredictions *world, void *context, Message *message),
                           void *context, Message *message);

/* The test exposures of a world: their true click propensities, and whether they were clicked. */
typedef struct WorldClicks {
    int world;
    size_t rows;
    const double *p_o;
    const uint8_t *click;
} WorldClicks;

/* Calls `take` with each world whose truth is known, in order. */
Status results_clicks(const ExperimentResults *results, int setting,
                      Status (*take)(const WorldClicks *world, void *context, Message *message),
                      void *context, Message *message);

/* A setting of an experiment, of which a store can have several runs. */
typedef struct SettingAt {
    const ExperimentResults *results;
    int setting;
} SettingAt;

/* Whether the two have worlds in common, and the test exposures of all of these are the same. The clicks
 * tell, as they are drawn: true probabilities may differ in their last digits between machines. */
Status results_same_exposures(SettingAt a, SettingAt b, bool *same, Message *message);

/* For summary_read.c. */
struct KeptMetrics *kept_metrics_create(void);
void kept_metrics_free(struct KeptMetrics *kept);
