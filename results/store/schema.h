/* The layout of a store, in one place. */
#pragma once

#include "results/store/store.h"

enum {
    STORE_APPLICATION_ID = 0x43565231, /* "CVR1", in the header of every store */
    STORE_VERSION = 11,                /* user_version: raised by every change of the layout */
    SUMMARY_VERSION = 9,               /* since which summaries, and what says which are stale, are today's */
    STORE_OLDEST = 5,                  /* the first that upgrade.c has a step from */
};

/* The statements that make those of its tables and views that upgrade.c makes in older stores. */
extern const char schema_fingerprint[], schema_setting_key[], schema_setting_log[];
extern const char schema_method[], schema_run[];
extern const char schema_code[], schema_data_file[], schema_build[], schema_precision[];
extern const char schema_series[], schema_metric_name[], schema_metric_value[], schema_view_metric[];
extern const char schema_summary_bias_variance[], schema_summary_metric[];
extern const char schema_risk[];
extern const char schema_view_bias_variance[], schema_view_metric_summary[], schema_view_risk_summary[];

/* The statements of the whole layout; ends with NULL. */
extern const char *const schema_layout[];

/* Makes the layout in an empty file. Call it within a transaction. */
Status schema_create(Store *store, Message *message);

/* The version of the layout that the file has, as SQLite sees it: a change of it may still be in the
 * write-ahead log. 0 for an empty file. */
Status schema_version(Store *store, int *version, Message *message);

/* Says in the file that it has the layout STORE_VERSION. */
Status schema_set_version(Store *store, Message *message);
