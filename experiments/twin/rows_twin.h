/* A twin of a log's own rows (sim/world/plasmode.h): all of x is as it is, and only outcomes are a model's.
 * It says what estimators do on this log, and not on one of more or of other traffic, as worlds can. */
#pragma once

#include "experiments/spec/spec.h"
#include "experiments/twin/twin.h"

/* The rows' outcomes at one log Gamma. */
typedef struct RowsLevel {
    PlasmodeOptions options; /* factors so that models that are fitted to drawn outcomes have the AUCs that
                                those of the log's own have */
    double cvr;              /* over all rows, were all clicked */
    double mean[LOG_STATISTICS], sd[LOG_STATISTICS]; /* over drawn outcomes */
} RowsLevel;

typedef struct RowsTwin {
    size_t rows; /* that logs are compared by */
    bool tested; /* as of the observed log */
    double observed[LOG_STATISTICS];
    RowsLevel level[MOST_LEVELS];
    int levels, draws;
} RowsTwin;

/* Makes the twin; options for worlds have no effect. As twin_check and plasmode_solve fail. */
Status rows_twin_make(RowsTwin *twin, const ObservedLog *observed, const TwinOptions *options,
                      Message *message);

/* The experiment on the rows, a setting for each level. `spec` has the layout, path and columns of the log,
 * and else its defaults. */
Status rows_twin_spec(const RowsTwin *twin, const char *name, Spec *spec, Message *message);

/* What was fitted, how like it is, and what it cannot say. */
void rows_twin_report(const RowsTwin *twin, FILE *file);
