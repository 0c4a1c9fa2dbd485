/* The SQLite store of one or more experiments. One writer; every write that the caller sees as one is one
 * transaction. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Store Store;
struct sqlite3;

typedef enum StoreMode {
    STORE_READ,  /* must exist; nothing but summary_refresh changes it. Works without permission to write */
    STORE_WRITE, /* created when missing; WAL mode, foreign keys on */
} StoreMode;

/* Opens and checks that the file is a cvrlab store of a version that this program knows (application_id,
 * user_version). A foreign or unreadable file is refused and left as it was: STATUS_USAGE for a file that is
 * no store, STATUS_FAILED for one that is missing or cannot be opened. A store is for one thread at a time,
 * and a process opens it once: to look at the file anew and close it would drop the locks of the first
 * opening. */
Status store_open(Store **store, const char *path, StoreMode mode, Message *message);
void store_close(Store *store);

/* The connection, for modules of results/ and for reading. */
struct sqlite3 *store_connection(Store *store);
const char *store_path(const Store *store);

/* Lets a store that was opened for reading be written (writes = 1), or no longer (0): for summary_refresh. */
Status store_let_write(Store *store, int writes, Message *message);

/* One of the statements that an experiment's numbers are checked against. */
typedef struct ClaimRow {
    const char *says; /* in words; may be empty */
    const char *that; /* in the language of claim_text.h */
} ClaimRow;

/* Provenance of an experiment. */
typedef struct ExperimentRow {
    const char *name, *question;
    const char *spec;        /* full YAML text as run */
    const char *fingerprint; /* what the numbers depend on; see spec_fingerprint */
    const char *baseline;    /* estimator that paired differences are taken from */
    const char *estimators;  /* comma-separated, in the order of the spec; every run's estimator must be among
                                them. Empty where  only the risk layer is asked for */
    int64_t seed;
    int top_k; /* k of the @k metrics; 0 where unknown */
    const char
        *shown; /* comma-separated measures that its tables and figures show; empty for the usual ones */
    const char *version, *libraries, *host;
    const ClaimRow *claim; /* in order */
    int claims;
} ExperimentRow;

/* Registers the experiment, or takes it up again: then the stored fingerprint must be the same (else
 * STATUS_USAGE, naming the first line that differs), `finished` is cleared, question, spec, baseline, shown
 * measures, claims and order of estimators are replaced, and provenance stays that of the first run.
 * Estimators of earlier runs that the row does not name stay, after its own. An experiment without any run or
 * risk row counts as new. */
Status store_experiment(Store *store, const ExperimentRow *row, Message *message);

/* Registers a setting; `position` orders the settings, and is replaced if the setting is there. */
Status store_setting(Store *store, const char *experiment, const char *setting, int position,
                     Message *message);

/* The fixed test exposures of a world, or of real data. Stored once per (experiment, setting, world). */
typedef struct TestSet {
    size_t rows;
    const double *p_r, *p_o, *q; /* rows entries; all NULL for real data, where no truth is known */
    const uint8_t *click;        /* drawn clicks of the test exposures: O and N; NULL for real data */
} TestSet;
Status store_test_set(Store *store, const char *experiment, const char *setting, int world,
                      const TestSet *test, Message *message);

typedef struct MetricRow {
    const char *space;  /* "D", "O", "N" */
    const char *task;   /* "cvr", "ctr", "ctcvr" */
    const char *metric; /* static names of results/statistics/metrics.h */
    double value;
} MetricRow;

/* One unit of work. */
typedef struct RunRow {
    const char *experiment, *setting, *estimator;
    int world, replicate;    /* from 0 */
    const char *status;      /* "done" or "diverged" */
    double seconds;          /* training time */
    int64_t steps;           /* optimiser steps */
    const char *tuned;       /* "key=value ...": options that a search chose; NULL or "" for none */
    const float *prediction; /* CVR of the test exposures; NULL when diverged */
    size_t rows;
    const MetricRow *metric;
    int metrics;
} RunRow;

/* 1 if the unit is in the store, 0 if not, -1 on error. */
int store_has_run(Store *store, const char *experiment, const char *setting, int world, int replicate,
                  const char *estimator, Message *message);

/* Writes the unit, its metrics and predictions in one transaction. A unit that is there already stays as it
 * is. On an error, such as a full disk, nothing of the unit is stored. */
Status store_run(Store *store, const RunRow *row, Message *message);

/* Estimates of the ideal loss of a fixed predictor by one estimator in one world. */
typedef struct RiskRow {
    const char *experiment, *setting;
    const char *predictor, *estimator;
    int predictor_position, estimator_position; /* in tables */
    int world, redraws;
    double ideal;                  /* the loss that is estimated */
    double bias_theory, sd_theory; /* exact; NaN where there is no closed form */
    const double *estimate;        /* redraws entries; NaN where not defined */
} RiskRow;

/* Writes the rows, of one experiment, in one transaction; a row takes the place of the one with fewer
 * redraws. */
Status store_risk(Store *store, const RiskRow *row, int rows, Message *message);

/* Number of redraws that the store has of a row; 0 for none, -1 on error. */
int store_risk_redraws(Store *store, const char *experiment, const char *setting, int world,
                       const char *predictor, const char *estimator, Message *message);

/* Stamps the end of the experiment. */
Status store_finish(Store *store, const char *experiment, Message *message);
