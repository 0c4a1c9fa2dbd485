/* The statements that make an empty store.
 *
 * Every primary key is what a row is about, never the order of insertion, and tables are stored in that order
 * (WITHOUT ROWID): the same runs give the same SELECT *, whatever the number of workers and however often a
 * run was resumed. Only run.seconds, experiment.started and finished, and the numbers in series and
 * metric_name differ. Blobs are arrays in the
 * machine's byte order. NaN is NULL.
 *
 * Tables summary_* are filled by summary_refresh, since SQL has neither jackknife nor t quantiles; the views
 * add the order of settings and estimators. */
#include "results/store/schema.h"

#include "results/store/query.h"

/* What an experiment's numbers depend on; see fingerprint.h. */
const char schema_fingerprint[] =
    "CREATE TABLE fingerprint ("
    " experiment TEXT NOT NULL REFERENCES experiment (name), key TEXT NOT NULL, value TEXT NOT NULL,"
    " legacy TEXT," /* NULL: none is known */
    " PRIMARY KEY (experiment, key)) WITHOUT ROWID";

/* The keys that tell settings apart, in the order of the sweeps. */
const char schema_setting_key[] =
    "CREATE TABLE setting_key ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " number REAL," /* the value where it is a number, else NULL */
    " position INTEGER NOT NULL,"
    " PRIMARY KEY (experiment, setting, key),"
    " FOREIGN KEY (experiment, setting) REFERENCES setting (experiment, setting)) WITHOUT ROWID";

/* What the random draws of a setting are keyed by: settings with the same log train on the same logs. */
const char schema_setting_log[] =
    "CREATE TABLE setting_log ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, log TEXT NOT NULL,"
    " PRIMARY KEY (experiment, setting),"
    " FOREIGN KEY (experiment, setting) REFERENCES setting (experiment, setting)) WITHOUT ROWID";

/* What each estimator of the experiment is: itself, or a named method's base; and what tables and figures
 * show in place of its name. */
const char schema_method[] =
    "CREATE TABLE method ("
    " experiment TEXT NOT NULL, estimator TEXT NOT NULL, base TEXT NOT NULL, label TEXT NOT NULL,"
    " unbiased INTEGER," /* whether it trains on the unbiased sample; NULL: not known */
    " PRIMARY KEY (experiment, estimator),"
    " FOREIGN KEY (experiment, estimator) REFERENCES estimator (experiment, estimator)) WITHOUT ROWID";

/* What made the numbers: results/store/origin.h. Hashes of the code of each estimator that has units, own and
 * what it is built on; the commit of the program that ran the first of them; and what else some of them are
 * of, where units of other code were kept knowingly: "" for none. */
const char schema_code[] =
    "CREATE TABLE code ("
    " experiment TEXT NOT NULL REFERENCES experiment (name), estimator TEXT NOT NULL,"
    " own TEXT NOT NULL, base TEXT NOT NULL, revision TEXT NOT NULL, kept TEXT NOT NULL,"
    " PRIMARY KEY (experiment, estimator)) WITHOUT ROWID";

/* The files of real data, with their SHA-256; kept as above. */
const char schema_data_file[] =
    "CREATE TABLE data_file ("
    " experiment TEXT NOT NULL REFERENCES experiment (name), file TEXT NOT NULL,"
    " path TEXT NOT NULL, bytes INTEGER NOT NULL, hash TEXT NOT NULL, kept TEXT NOT NULL,"
    " PRIMARY KEY (experiment, file)) WITHOUT ROWID";

/* The program that ran the first unit; revision is its commit. */
const char schema_build[] =
    "CREATE TABLE build ("
    " experiment TEXT PRIMARY KEY REFERENCES experiment (name), revision TEXT NOT NULL,"
    " compiler TEXT NOT NULL, flags TEXT NOT NULL, cpu TEXT NOT NULL) WITHOUT ROWID";

/* Predictions are large, and what stands before them is read without them. */
const char schema_run[] =
    "CREATE TABLE run ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, estimator TEXT NOT NULL,"
    " world INTEGER NOT NULL, replicate INTEGER NOT NULL,"
    " status TEXT NOT NULL"
    " CHECK (status IN ('done', 'diverged', 'failed', 'timeout', 'skipped')),"
    " seconds REAL," /* of computing in training; NULL: not known */
    " steps INTEGER NOT NULL, tuned TEXT NOT NULL,"
    " parameters INTEGER," /* that were trained; NULL: not known */
    " message TEXT,"       /* why it is not done; NULL where it is, or where there is no more to say */
    " shared TEXT,"        /* the setting that it was trained in, and copied from; NULL: its own */
    " asked INTEGER,"    /* 1: its training asked for propensities, 2: for pseudo-labels, 3: for both, 0: for
                            neither; NULL: not known */
    " predictions BLOB," /* float32, one for each test exposure */
    " PRIMARY KEY (experiment, setting, estimator, world, replicate),"
    " FOREIGN KEY (experiment, setting) REFERENCES setting (experiment, setting),"
    " FOREIGN KEY (experiment, estimator) REFERENCES estimator (experiment, estimator))"
    " WITHOUT ROWID";

/* The numbers of settings with their estimators, and of metrics, which stand for their texts in the largest
 * table. */
const char schema_series[] =
    "CREATE TABLE series ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, estimator TEXT NOT NULL, id INTEGER NOT NULL UNIQUE,"
    " PRIMARY KEY (experiment, setting, estimator),"
    " FOREIGN KEY (experiment, setting) REFERENCES setting (experiment, setting),"
    " FOREIGN KEY (experiment, estimator) REFERENCES estimator (experiment, estimator)) WITHOUT ROWID";

const char schema_metric_name[] =
    "CREATE TABLE metric_name ("
    " space TEXT NOT NULL, task TEXT NOT NULL, metric TEXT NOT NULL, id INTEGER NOT NULL UNIQUE,"
    " PRIMARY KEY (space, task, metric)) WITHOUT ROWID";

/* The metrics of a unit lie together, so that writing one touches a page or two. There is no foreign key to
 * the run, which would be looked up for each of them. `without` are float32 numbers, of metrics of real
 * data's labels: how the value depends on the test sample (results/statistics/test_sample.h). */
const char schema_metric_value[] =
    "CREATE TABLE metric_value ("
    " series INTEGER NOT NULL, world INTEGER NOT NULL, replicate INTEGER NOT NULL, metric INTEGER NOT NULL,"
    " value REAL, without BLOB,"
    " PRIMARY KEY (series, world, replicate, metric)) WITHOUT ROWID";

const char schema_view_metric[] =
    "CREATE VIEW metric AS"
    " SELECT s.experiment, s.setting, n.space, n.task, n.metric, s.estimator, v.world, v.replicate, v.value"
    " FROM metric_value v JOIN series s ON s.id = v.series JOIN metric_name n ON n.id = v.metric"
    " ORDER BY 1, 2, 3, 4, 5, 6, 7, 8";

/* A row for each estimator of the ideal loss of a fixed predictor in a world; positions are those in the
 * program's lists. */
const char schema_risk[] =
    "CREATE TABLE risk ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, predictor TEXT NOT NULL,"
    " estimator TEXT NOT NULL, world INTEGER NOT NULL, predictor_position INTEGER NOT NULL,"
    " estimator_position INTEGER NOT NULL, redraws INTEGER NOT NULL, ideal REAL,"
    " bias_theory REAL, sd_theory REAL," /* exact; NULL where there is no closed form */
    " left_out REAL,"           /* share of the imputed errors; NULL where all are taken, or not known */
    " estimates BLOB NOT NULL," /* float64, one for each redraw */
    " PRIMARY KEY (experiment, setting, predictor, estimator, world),"
    " FOREIGN KEY (experiment, setting) REFERENCES setting (experiment, setting)) WITHOUT ROWID";

/* worlds: those with a done unit; variance_worlds: those with two of them, which variance and bias_sq are of.
 * X_first: 1 where the estimator may be the best by X: its place is 1 in a 95 % confidence set of all places
 * at once; else 0, and NULL where there is nothing to compare. */
const char schema_summary_bias_variance[] =
    "CREATE TABLE summary_bias_variance ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, estimator TEXT NOT NULL,"
    " replicates INTEGER NOT NULL, worlds INTEGER NOT NULL, variance_worlds INTEGER NOT NULL,"
    " mean_bias REAL, mean_bias_mcse REAL, relative_bias REAL, relative_bias_mcse REAL,"
    " bias_sq REAL, bias_sq_mcse REAL, variance REAL, variance_mcse REAL, mse REAL,"
    " mse_mcse REAL, seconds REAL, diverged INTEGER NOT NULL, failed INTEGER NOT NULL,"
    " bias_first INTEGER, bias_sq_first INTEGER, variance_first INTEGER,"
    " PRIMARY KEY (experiment, setting, estimator)) WITHOUT ROWID";

/* sd and mcse are of one sample: the worlds' means where there are several worlds, else the replicates. On
 * real data mcse holds the chance in the test sample as well, whose part is test_se; NULL where the truth is
 * known, and where the units are of an older program. mcse is NULL where the test sample has too few labels.
 * median and trimmed_mean, without a tenth of them at each end, are of all replicates of all worlds. */
const char schema_summary_metric[] =
    "CREATE TABLE summary_metric ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, estimator TEXT NOT NULL,"
    " replicates INTEGER NOT NULL, space TEXT NOT NULL, task TEXT NOT NULL, metric TEXT NOT NULL,"
    " mean REAL, sd REAL, mcse REAL, test_se REAL, median REAL, trimmed_mean REAL,"
    " PRIMARY KEY (experiment, setting, estimator, space, task, metric)) WITHOUT ROWID";

const char schema_precision[] = /* results/selection/precision.h */
    "CREATE TABLE precision ("
    " experiment TEXT PRIMARY KEY REFERENCES experiment (name), asked TEXT NOT NULL) WITHOUT ROWID";

const char schema_view_bias_variance[] =
    "CREATE VIEW bias_variance AS"
    " SELECT t.experiment, t.setting, t.estimator, t.replicates, t.worlds, t.variance_worlds,"
    " t.mean_bias, t.mean_bias_mcse, t.relative_bias, t.relative_bias_mcse, t.bias_sq,"
    " t.bias_sq_mcse, t.variance, t.variance_mcse, t.mse, t.mse_mcse, t.seconds, t.diverged, t.failed,"
    " t.bias_first, t.bias_sq_first, t.variance_first,"
    " (SELECT max(r.parameters) FROM run r WHERE r.experiment = t.experiment"
    " AND r.setting = t.setting AND r.estimator = t.estimator) AS parameters"
    " FROM summary_bias_variance t"
    " JOIN setting s USING (experiment, setting)"
    " JOIN estimator e USING (experiment, estimator)"
    " ORDER BY t.experiment, s.position, t.setting, e.position";

const char schema_view_metric_summary[] =
    "CREATE VIEW metric_summary AS"
    " SELECT t.experiment, t.setting, t.estimator, t.replicates, t.space, t.task, t.metric,"
    " t.mean, t.sd, t.mcse, t.test_se, t.median, t.trimmed_mean"
    " FROM summary_metric t"
    " JOIN setting s USING (experiment, setting)"
    " JOIN estimator e USING (experiment, estimator)"
    " ORDER BY t.experiment, s.position, t.setting, e.position, t.space, t.task, t.metric";

const char schema_view_risk_summary[] =
    "CREATE VIEW risk_summary AS"
    " SELECT t.experiment, t.setting, t.estimator, t.replicates, t.predictor, t.estimate_mean,"
    " t.ideal, t.bias, t.bias_mcse, t.bias_theory, t.sd, t.sd_theory, t.rmse, t.relative_error,"
    " t.relative_error_mcse,"
    " (SELECT avg(r.left_out) FROM risk r WHERE r.experiment = t.experiment AND r.setting = t.setting"
    " AND r.predictor = t.predictor AND r.estimator = t.estimator) AS left_out"
    " FROM summary_risk t"
    " JOIN setting s USING (experiment, setting)"
    " ORDER BY t.experiment, s.position, t.setting, t.predictor_position, t.estimator_position";

const char *const schema_layout[] = {
    "CREATE TABLE experiment ("
    " name TEXT PRIMARY KEY, question TEXT NOT NULL, spec TEXT NOT NULL,"
    " baseline TEXT NOT NULL, seed INTEGER NOT NULL,"
    " top_k INTEGER NOT NULL, shown TEXT NOT NULL, version TEXT NOT NULL,"
    " libraries TEXT NOT NULL, host TEXT NOT NULL, started TEXT NOT NULL, finished TEXT,"
    " stale INTEGER NOT NULL,"             /* 1: the summaries of all settings have to be computed anew */
    " registered TEXT NOT NULL DEFAULT ''" /* results/store/registration.h; '' in stores of older layouts */
    ") WITHOUT ROWID",

    "CREATE TABLE estimator ("
    " experiment TEXT NOT NULL REFERENCES experiment (name), estimator TEXT NOT NULL,"
    " position INTEGER NOT NULL,"
    " PRIMARY KEY (experiment, estimator)) WITHOUT ROWID",

    schema_method,

    schema_fingerprint,

    schema_code,

    schema_data_file,

    schema_build,

    schema_precision,

    /* What the experiment says of its numbers; results/claims/claims.h checks it. */
    "CREATE TABLE claim ("
    " experiment TEXT NOT NULL REFERENCES experiment (name), position INTEGER NOT NULL,"
    " says TEXT NOT NULL, that TEXT NOT NULL,"
    " PRIMARY KEY (experiment, position)) WITHOUT ROWID",

    "CREATE TABLE setting ("
    " experiment TEXT NOT NULL REFERENCES experiment (name), setting TEXT NOT NULL,"
    " position INTEGER NOT NULL,"
    " stale INTEGER NOT NULL DEFAULT 0," /* 1: something was written since its summaries were computed */
    " PRIMARY KEY (experiment, setting)) WITHOUT ROWID",

    schema_setting_key,

    schema_setting_log,

    "CREATE TABLE test_set ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, world INTEGER NOT NULL,"
    " rows INTEGER NOT NULL, p_r BLOB, p_o BLOB, q BLOB," /* float64 */
    " click BLOB,"                                        /* uint8 */
    " PRIMARY KEY (experiment, setting, world),"
    " FOREIGN KEY (experiment, setting) REFERENCES setting (experiment, setting)) WITHOUT ROWID",

    schema_run,

    schema_series,

    schema_metric_name,

    schema_metric_value,

    schema_risk,

    schema_summary_bias_variance,

    "CREATE TABLE summary_decile ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, estimator TEXT NOT NULL,"
    " decile INTEGER NOT NULL, replicates INTEGER NOT NULL, mean_p_o REAL, mean_bias REAL,"
    " mean_bias_mcse REAL, bias_sq REAL, bias_sq_mcse REAL, variance REAL, variance_mcse REAL,"
    " PRIMARY KEY (experiment, setting, estimator, decile)) WITHOUT ROWID",

    "CREATE TABLE summary_calibration ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, estimator TEXT NOT NULL,"
    " bin INTEGER NOT NULL, replicates INTEGER NOT NULL, predicted REAL, predicted_mcse REAL,"
    " p_r REAL, p_r_mcse REAL,"
    " PRIMARY KEY (experiment, setting, estimator, bin)) WITHOUT ROWID",

    schema_summary_metric,

    "CREATE TABLE summary_paired ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, estimator TEXT NOT NULL,"
    " replicates INTEGER NOT NULL, baseline TEXT NOT NULL, space TEXT NOT NULL,"
    " task TEXT NOT NULL, metric TEXT NOT NULL, difference REAL, low REAL, high REAL,"
    " p_holm REAL,"
    " PRIMARY KEY (experiment, setting, estimator, space, task, metric)) WITHOUT ROWID",

    "CREATE TABLE summary_risk ("
    " experiment TEXT NOT NULL, setting TEXT NOT NULL, predictor TEXT NOT NULL,"
    " estimator TEXT NOT NULL, predictor_position INTEGER NOT NULL,"
    " estimator_position INTEGER NOT NULL, replicates INTEGER NOT NULL, estimate_mean REAL,"
    " ideal REAL, bias REAL, bias_mcse REAL, bias_theory REAL, sd REAL, sd_theory REAL,"
    " rmse REAL, relative_error REAL, relative_error_mcse REAL,"
    " PRIMARY KEY (experiment, setting, predictor, estimator)) WITHOUT ROWID",

    schema_view_bias_variance,

    schema_view_metric,

    "CREATE VIEW decile AS"
    " SELECT t.experiment, t.setting, t.estimator, t.replicates, t.decile, t.mean_p_o,"
    " t.mean_bias, t.mean_bias_mcse, t.bias_sq, t.bias_sq_mcse, t.variance, t.variance_mcse"
    " FROM summary_decile t"
    " JOIN setting s USING (experiment, setting)"
    " JOIN estimator e USING (experiment, estimator)"
    " ORDER BY t.experiment, s.position, t.setting, e.position, t.decile",

    "CREATE VIEW calibration AS"
    " SELECT t.experiment, t.setting, t.estimator, t.replicates, t.bin, t.predicted,"
    " t.predicted_mcse, t.p_r, t.p_r_mcse"
    " FROM summary_calibration t"
    " JOIN setting s USING (experiment, setting)"
    " JOIN estimator e USING (experiment, estimator)"
    " ORDER BY t.experiment, s.position, t.setting, e.position, t.bin",

    schema_view_metric_summary,

    "CREATE VIEW paired_difference AS"
    " SELECT t.experiment, t.setting, t.estimator, t.replicates, t.baseline, t.space, t.task,"
    " t.metric, t.difference, t.low, t.high, t.p_holm"
    " FROM summary_paired t"
    " JOIN setting s USING (experiment, setting)"
    " JOIN estimator e USING (experiment, estimator)"
    " ORDER BY t.experiment, s.position, t.setting, e.position, t.space, t.task, t.metric",

    schema_view_risk_summary,

    NULL,
};

Status schema_version(Store *store, int *version, Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT CASE WHEN EXISTS (SELECT 1 FROM sqlite_schema) THEN user_version"
                                  " ELSE 0 END FROM pragma_user_version",
                                  "");
    *version =
        !status && query_next(store, statement, &status, message) ? sqlite3_column_int(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

Status schema_set_version(Store *store, Message *message)
{
    char pragma[64];
    sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA user_version = %d", STORE_VERSION);
    return query_run(store, message, pragma, "");
}

Status schema_create(Store *store, Message *message)
{
    char pragma[64];
    sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    Status status = query_run(store, message, pragma, "");
    if (!status)
        status = schema_set_version(store, message);
    for (const char *const *statement = schema_layout; !status && *statement; statement++)
        status = query_run(store, message, *statement, "");
    return status;
}
