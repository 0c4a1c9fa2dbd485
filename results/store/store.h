/* The SQLite store of one or more experiments. One writer; every write that the caller sees as one is one
 * transaction. This folder and results/summary are the only ones that hold SQL; it includes sim/base alone.
 *
 * Other programs read a store too. These stay: the views bias_variance, metric_summary, paired_difference,
 * risk_summary, decile, calibration and metric, and the tables experiment, setting, setting_key, fingerprint,
 * method and run; columns may be added. All but experiment, fingerprint and method have the columns
 * experiment and setting. A setting is a text to be read by people, "world.ctr=0.1 train.l2=0"; setting_key
 * has a row for each key of it (experiment, setting, key, value, number, position), where number is NULL for
 * a value such as "oracle". So the mean squared error by a swept key is
 *
 *     SELECT k.number AS ctr, b.estimator, b.mse FROM bias_variance b
 *     JOIN setting_key k USING (experiment, setting) WHERE k.key = 'world.ctr'
 *
 * and in pandas, with a column for each swept key,
 *
 *     keys = pd.read_sql("SELECT * FROM setting_key", db)
 *     keys = keys.pivot(index=["experiment", "setting"], columns="key", values="value").reset_index()
 *     pd.read_sql("SELECT * FROM bias_variance", db).merge(keys, how="left")
 */
#pragma once

#include "results/store/fingerprint.h"
#include "sim/base/status.h"
#include "sim/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Store Store;
struct sqlite3;

typedef enum StoreMode {
    /* The file must exist; nothing but summary_refresh changes it, and where its layout is an older one,
     * nothing at all: its summaries are computed for this opening alone. Works without permission to write.
     */
    STORE_READ,
    /* The file is made when missing, and brought to today's layout when older; WAL mode, foreign keys on. */
    STORE_WRITE,
} StoreMode;

/* Opens and checks that the file is a cvrlab store of a version that this program knows (application_id,
 * user_version). A foreign or unreadable file is refused and left as it was: STATUS_USAGE for a file that is
 * no store, STATUS_FAILED for one that is missing or cannot be opened. A store is for one thread at a time,
 * and a process opens it once: to look at the file anew and close it would drop the locks of the first
 * opening. */
Status store_open(Store **store, const char *path, StoreMode mode, Message *message);
void store_close(Store *store);

/* The connection, for query.c. */
struct sqlite3 *store_connection(Store *store);
const char *store_path(const Store *store);

/* Its file, opened for locks (store_lock.h), and the experiment that was registered through it
 * (registration.h). */
int store_lock_file(const Store *store);
struct Registration *store_registration(Store *store);

/* Statements that are prepared, for query.c, and numbers of metrics, for metric_names.c. */
struct QueryList *store_queries(Store *store);
struct MetricNames *store_metric_names(Store *store);

/* Whom to tell, once, when a store has kept a process waiting for a second because another one writes to it;
 * NULL for nobody. For all stores of the process. */
void store_when_waiting(void (*tell)(const char *path));

/* Makes the tables of another store that is open, and so was checked, readable as other.TABLE; for
 * store_merge. */
Status store_attach(Store *store, const Store *other, Message *message);
void store_detach(Store *store);

/* Lets a store that was opened for reading be written, or no longer: for summary_refresh. */
Status store_let_write(Store *store, bool writes, Message *message);

/* One of the statements that an experiment's numbers are checked against. */
typedef struct ClaimRow {
    const char *says; /* in words; may be empty */
    const char *that; /* in the language of claim_text.h */
} ClaimRow;

/* An estimator of an experiment. */
typedef struct MethodRow {
    const char *name;
    const char *base;  /* of a named method; of others, and where it is NULL, the name */
    const char *label; /* what tables and figures show; NULL: the name */
    bool unbiased;     /* trains on the unbiased sample */
} MethodRow;

/* Provenance of an experiment. */
typedef struct ExperimentRow {
    const char *name, *question;
    const char *spec;               /* full YAML text as run */
    const Fingerprint *fingerprint; /* what the numbers depend on; see spec_fingerprint */
    const char *baseline;           /* estimator that paired differences are taken from */
    /* In the order of the spec; every run's estimator must be among them. None for an experiment that has the
     * risk layer alone. */
    const MethodRow *method;
    int methods;
    int64_t seed;
    int top_k; /* k of the @k metrics; 0 where unknown */
    /* Comma-separated measures that its tables and figures show; empty for the usual ones. */
    const char *precision; /* as precision_write writes it; "" or NULL for none */
    const char *shown;
    const char *version, *libraries, *host;
    const ClaimRow *claim; /* in order */
    int claims;
    struct Origin *origin; /* what makes its numbers now (origin.h); NULL: nothing is compared or recorded */
} ExperimentRow;

/* Registers the experiment, or takes it up again: then its fingerprint must not differ from the stored one
 * (else STATUS_USAGE, naming the first key that differs), nor its origin (see origin_register), `finished` is
 * cleared, question, spec, baseline, shown measures, claims, labels and order of estimators are replaced,
 * keys that the stored fingerprint lacks are added to it, and provenance stays that of the first run, or of
 * the one that ran all units again. Estimators of earlier runs that the row does not name stay, after its
 * own. One that differs takes the place of an experiment without any run or risk row, unless another process
 * is at work on that. From then on whatever is written of the experiment through this store fails with
 * STATUS_USAGE when another one has taken its place. */
Status store_experiment(Store *store, const ExperimentRow *row, Message *message);

typedef struct SettingRow {
    const char *experiment;
    const char *setting; /* its text, "key=value key=value"; empty without a sweep */
    int position;        /* among the settings */
    const KeyValue *key; /* of each key that a sweep varies, in the order of the sweeps */
    int keys;
    const char *log; /* what its random draws are keyed by: settings of the same log have the same draws;
                        NULL: its own text */
} SettingRow;

/* Registers a setting, or replaces position and keys of one that is there. */
Status store_setting(Store *store, const SettingRow *row, Message *message);

/* Has the setting's summaries computed anew, since something of it is being written; within the transaction
 * that writes it. */
Status store_mark_stale(Store *store, const char *experiment, const char *setting, Message *message);

/* The fixed test exposures of a world, or of real data. Stored once per (experiment, setting, world). */
typedef struct TestSet {
    size_t rows;
    const double *p_r, *p_o, *q; /* rows entries; all NULL for real data, where no truth is known */
    const uint8_t *click;        /* drawn clicks of the test exposures: O and N; NULL for real data */
} TestSet;
Status store_test_set(Store *store, const char *experiment, const char *setting, int world,
                      const TestSet *test, Message *message);

/* Whether the store has the test exposures of a world. */
Status store_has_test_set(Store *store, const char *experiment, const char *setting, int world, bool *there,
                          Message *message);

typedef struct MetricRow {
    const char *space;  /* "D", "O", "N" */
    const char *task;   /* "cvr", "ctr", "ctcvr", "propensity" */
    const char *metric; /* static names of results/statistics/metrics.h */
    double value;
    const float *without; /* RunRow.groups of them, as results/statistics/test_sample.h says; or NULL */
} MetricRow;

/* One unit of work. */
typedef struct RunRow {
    const char *experiment, *setting, *estimator;
    int world, replicate;    /* from 0 */
    const char *status;      /* "done", "diverged", "failed", "timeout" or "skipped" */
    const char *message;     /* why it is neither done nor diverged; NULL where it is, but for a model from
                                outside that has said why it diverged */
    double seconds;          /* of computing in training; NaN where not known */
    int64_t steps;           /* optimiser steps */
    int64_t parameters;      /* that were trained; 0 where not known */
    const char *tuned;       /* "key=value ...": options that a search chose; NULL or "" for none */
    const char *shared;      /* the setting that trained it; NULL: its own */
    int asked;               /* AskedFor of estimators/core/pass.h, of a unit that is done */
    const float *prediction; /* CVR of the test exposures; NULL unless done */
    size_t rows;
    const MetricRow *metric;
    int metrics, groups;
} RunRow;

/* What a unit of work is known by. */
typedef struct UnitKey {
    const char *experiment, *setting, *estimator;
    int world, replicate; /* from 0 */
} UnitKey;

/* Claims a unit of work for this process; false when another process is at work on it. A claim ends with the
 * process or with store_release. What another process did meanwhile is stored by then: ask store_unit_state
 * after the claim. */
bool store_claim(Store *store, const UnitKey *unit);
void store_release(Store *store, const UnitKey *unit);

/* What the store has of a unit: the statuses of RunRow. */
typedef enum UnitState {
    UNIT_MISSING,
    UNIT_DONE,
    UNIT_DIVERGED,
    UNIT_FAILED,
    UNIT_TIMEOUT,
    UNIT_SKIPPED,
} UnitState;
Status store_unit_state(Store *store, const UnitKey *unit, UnitState *state, Message *message);
const char *unit_state_name(UnitState state);

/* Copies the unit with its predictions and metrics from another setting, which trained it, if it is done
 * there and its training asked for just that much. The copy says so, and has no training time. */
Status store_copy_run(Store *store, const UnitKey *unit, const char *setting, int asked, bool *copied,
                      Message *message);

/* Writes the unit, its metrics and predictions in one transaction. A unit that is there already stays as it
 * is, unless it has failed: then it is replaced. On an error, such as a full disk, nothing of the unit is
 * stored. */
Status store_run(Store *store, const RunRow *row, Message *message);

/* Estimates of the ideal loss of a fixed predictor by one estimator in one world. */
typedef struct RiskRow {
    const char *experiment, *setting;
    const char *predictor, *estimator;
    int predictor_position, estimator_position; /* in tables */
    int world, redraws;
    double ideal;                  /* the loss that is estimated */
    double bias_theory, sd_theory; /* exact; NaN where there is no closed form */
    double left_out;               /* share of the exposures whose imputed error is left out; NaN where none
                                      can be, or it is not known */
    const double *estimate;        /* redraws entries; NaN where not defined */
} RiskRow;

/* Writes the rows, of one experiment, in one transaction; a row takes the place of the one with fewer
 * redraws. */
Status store_risk(Store *store, const RiskRow *row, int rows, Message *message);

/* What a row of the risk layer is known by. */
typedef struct RiskKey {
    const char *experiment, *setting, *predictor, *estimator;
    int world;
} RiskKey;

/* The number of redraws that the store has of a row; 0 for none. */
Status store_risk_redraws(Store *store, const RiskKey *key, int *redraws, Message *message);

/* Stamps the end of the experiment. */
Status store_finish(Store *store, const char *experiment, Message *message);
