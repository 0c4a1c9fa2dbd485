/* The audit of a log: what it can say of conversion rates, how far selection may bend it, and what is wrong
 * with it. docs/AUDIT.md has the formula of every number.
 *
 * An AuditLog is arrays: the rows, and what models predict for each without having seen its user. Sections
 * are functions from it to small structs; audit_print.h prints these, audit_page.h with figures. The folder
 * may include sim, estimators, results, plots, and experiments/spec, inputs, report and twin. */
#pragma once

#include "estimators/core/train.h"
#include "results/statistics/test_sample.h"
#include "sim/log.h"

#include <stdbool.h>

enum {
    AUDIT_FOLDS = 5,         /* of users; a group of users is in fold group % AUDIT_FOLDS */
    AUDIT_ALL = TEST_GROUPS, /* in place of the group that is left out: none is */
    AUDIT_DECILES = 10,
    AUDIT_COLUMN = 64,
    MOST_REFITS = 50, /* splits of the users */
};

/* The data of an audit. */
typedef struct AuditData {
    Log log;    /* what users did of their own choice */
    Log random; /* forced outcomes: conversion is a label on every row; no rows where there are none */
    Log test;   /* held out of the log; no rows where nothing is */
    const char *unread; /* columns of the files that are not in the logs; NULL where there are none */
    size_t unclicked;   /* conversions without a click in the files of all three: no labels */
} AuditData;

/* logit p^ = intercept + slope x the logit that a model says: its recalibration on rows that it has not seen.
 */
typedef struct AuditLine {
    double intercept, slope;
} AuditLine;

/* Predictions for rows, on the logit scale and not recalibrated. */
typedef struct AuditPredictions {
    float *click, *conversion;               /* of the log */
    float *random_click, *random_conversion; /* of its random rows */
} AuditPredictions;

/* Room for predictions of all rows of the data; free them with audit_predictions_free. */
Status audit_predictions_create(AuditPredictions *predictions, const AuditData *data, Message *message);
void audit_predictions_free(AuditPredictions *predictions);

/* After how many epochs the models of clicks and of conversions predicted best what they had not seen. */
typedef struct AuditEpochs {
    int click, conversion;
} AuditEpochs;

typedef struct AuditHalf AuditHalf;

typedef struct AuditLog {
    const AuditData *data;
    uint8_t *group, *random_group; /* of each row's user, 0 to TEST_GROUPS - 1 */
    bool present[TEST_GROUPS];     /* groups that have rows of the log */
    bool fitted; /* there are FEWEST_LABELS of clicks, conversions and their opposites: what follows is filled
                  */
    AuditPredictions fit;
    AuditEpochs epochs;
    AuditLine click[TEST_GROUPS + 1],
        conversion[TEST_GROUPS + 1]; /* without the rows of a group (audit_recalibrate); last: of all */
    double clip;                     /* eps of the weights of clicks */
    int halves; /* two for each split of the users; 0: errors lack what other models would change */
    AuditHalf *half;
} AuditLog;

/* The rows of half the users, with models of their own. */
struct AuditHalf {
    AuditData data; /* without features */
    AuditLog log;
};

/* How models are fitted. */
typedef struct AuditFit {
    const Method *method;
    const EstimatorOptions *options;
    const StreamKey *key;
} AuditFit;

/* Groups the rows, predicts by the best epochs and recalibrates with all rows; the data must outlive it. Free
 * with audit_log_free, also after a failure. */
Status audit_log_create(AuditLog *audit, const AuditData *data, const AuditFit *fit, Message *message);
void audit_log_free(AuditLog *audit);

/* The recalibrations of what is in audit->fit, without each group and of all. */
void audit_recalibrate(AuditLog *audit);

/* What errors are made of: the recalibrations without each group, and up to MOST_REFITS splits of the users
 * into halves with models of their own, but none where a half has too few labels. */
Status audit_refit_halves(AuditLog *audit, const AuditFit *fit, int splits, Message *message);

/* Trains on all folds but one and predicts the rows of that one, five times; `random` likewise by the fold of
 * its users. Users are one to the models, since they have seen none of those that they predict. Arrays of
 * `to` may be NULL: not wanted. STATUS_FAILED where a training diverges. */
Status audit_cross_fit(const AuditLog *audit, const AuditFit *fit, const AuditPredictions *to,
                       Message *message);

/* The same by the best epoch of train.epochs, of clicks and of conversions each, which is that of the least
 * log loss of all rows of the log by models that have not seen them. Ends where the last train.patience
 * epochs were better for neither; 0: trains them all. */
Status audit_cross_fit_best(const AuditLog *audit, const AuditFit *fit, const AuditPredictions *to,
                            AuditEpochs *epochs, Message *message);

/* Trains on the whole log and predicts probabilities for the rows of another part. */
Status audit_fit_whole(const AuditLog *audit, const AuditFit *fit, const Features *x, float *click,
                       float *conversion, Message *message);

/* The regression of a label on a model's logits, over the rows that are marked (NULL: all) and not of the
 * group `without`; {0, 1} where they have fewer than FEWEST_LABELS of a class. A normal prior on both as weak
 * as a thousandth of a row's information keeps separated labels finite. */
typedef struct AuditLabels {
    size_t rows;
    const float *logit;
    const uint8_t *label, *marked, *group;
} AuditLabels;
AuditLine audit_line(const AuditLabels *labels, int without);

/* p^ and q^ of a row, recalibrated without a group (AUDIT_ALL: with all). */
double audit_probability(const AuditLine *line, float logit);

/* --- Errors */

/* A 95 % interval; the error is NaN where fewer than FEWEST_LABELS groups have rows, or the value is not
 * defined without one of them. */
typedef struct AuditEstimate {
    double value, error, low, high;
} AuditEstimate;

enum { AUDIT_VALUES = 40 };

/* Numbers of the rows but those of the group `without`, AUDIT_ALL where the log is half of another. */
typedef void AuditStatistic(const AuditLog *audit, const void *context, int without, double *value);

/* The numbers of all rows, with the jackknife over groups of users; at most AUDIT_VALUES. Recalibrations are
 * redone with each group left out, models are not. */
void audit_jackknife(const AuditLog *audit, AuditStatistic *statistic, const void *context, int values,
                     AuditEstimate *estimate);

/* The same for numbers of the models: where the audit has halves, the error holds what other users would
 * change of the models. To the jackknife's variance comes what refitting adds: the mean over splits of (half
 * the difference of the halves)^2 less the square of what the jackknife foretells of that difference. */
void audit_refitted(const AuditLog *audit, AuditStatistic *statistic, const void *context, int values,
                    AuditEstimate *estimate);

/* The most that models of clicks may have still to learn, as a multiple of what they have learned: if they
 * miss c rows^-1/8, what models of all rows know more than those of half of them is 2^(1/8) - 1 of it. With
 * its error, in squares. 0 without halves. */
double audit_missed(const AuditLog *audit);

/* Stretches the interval of a number that is right if models miss nothing to that of the same number if they
 * miss the most: it holds each number between the two with a probability of .95 (Imbens and Manski,
 * Econometrica 2004). */
void audit_reach_to(const AuditLog *audit, AuditEstimate *nothing_missed, const AuditEstimate *most_missed);

/* --- 1. Counts and rates */

typedef struct AuditCounts {
    size_t rows, clicks, conversions;
    size_t users, items, users_once, items_once; /* ids that occur, and that occur once */
    size_t repeated_pairs;                       /* rows whose user and item stand in an earlier row too */
    size_t duplicates;                           /* rows that are equal to an earlier one in all columns */
    size_t unclicked;                            /* conversions without a click, of all parts */
    AuditEstimate ctr, cvr, ctcvr;               /* CVR of clicks */
    double design[3]; /* of the three: the variance over that of independent rows; NaN where not known */
} AuditCounts;
Status audit_counts(AuditCounts *counts, const AuditLog *audit, Message *message);

/* --- 2. The selection gap, where outcomes were forced */

typedef struct AuditGap {
    AuditEstimate clicked, forced, gap; /* CVR of clicks, of random rows, and their difference */
    AuditEstimate log_ratio;
    AuditEstimate adjusted;  /* CVR of clicks less mean q^ of random rows: who and what is clicked */
    AuditEstimate rest;      /* mean q^ less mean r of random rows: what features do not explain */
    AuditEstimate log_gamma; /* the log of Gamma^ */
} AuditGap;
Status audit_gap(AuditGap *gap, const AuditLog *audit, Message *message);

/* log Gamma^ of random rows: it maximises the likelihood of their outcomes r under p q + (1 - p) q_N(Gamma).
 */
typedef struct AuditForced {
    size_t rows;
    const double *p, *q;
    const uint8_t *outcome;
} AuditForced;
double audit_log_gamma(const AuditForced *forced);

/* --- 3. Overlap */

enum { AUDIT_QUANTILES = 7 };
extern const double audit_quantile[AUDIT_QUANTILES];

typedef struct AuditOverlap {
    double quantile[AUDIT_QUANTILES];         /* of p^ over the log */
    double clip;                              /* eps */
    double below_clip, below_50th, below_nth; /* shares of rows with p^ below eps, 1/50, 1/rows */
    double ess, ess_share;                    /* of clicks with w = 1 / max(p^, eps) */
    double largest, top;                      /* shares of the weight: of the largest, of the top 1 % */
    double clipped_clicks, clipped_weight;    /* shares of clicks and of weight where w = 1 / eps */
    AuditEstimate mean_weight;                /* sum of w over rows of the log: 1 if p^ is right */
} AuditOverlap;
Status audit_overlap(AuditOverlap *overlap, const AuditLog *audit, Message *message);

/* w of a row, p^ recalibrated without a group. */
double audit_weight(const AuditLog *audit, size_t row, int without);

/* A tenth of the items that occur, in the order of their rows: the first has the rarest. */
typedef struct AuditItems {
    size_t items, rows, clicks;
    double ess, ess_share; /* of the clicks with w; NaN without a click */
} AuditItems;
Status audit_items(AuditItems tenth[AUDIT_DECILES], const AuditLog *audit, Message *message);

/* --- 4. Calibration of the models before they are recalibrated */

typedef struct AuditDecile {
    size_t rows, events;
    double predicted, observed, low, high; /* means, with Wilson's interval of the observed */
} AuditDecile;

typedef struct AuditCalibration {
    AuditEstimate intercept, slope;                       /* of clicks */
    AuditEstimate conversion_intercept, conversion_slope; /* of conversions of clicks */
    double error;                                         /* ECE: mean |predicted - observed| over deciles */
    double log_loss, constant_log_loss;
    AuditDecile decile[AUDIT_DECILES];
} AuditCalibration;
Status audit_calibration(AuditCalibration *calibration, const AuditLog *audit, Message *message);

/* --- 5. Balance */

typedef struct AuditBalance {
    char column[AUDIT_COLUMN];
    bool categorical;
    double before, after; /* |standardised mean difference|, or total variation of a categorical column */
} AuditBalance;

/* Clicks against all rows, a struct a column (audit_columns of them). */
int audit_columns(const Schema *schema);
void audit_column_name(const Schema *schema, int column, char name[AUDIT_COLUMN]);
Status audit_balance(AuditBalance *balance, const AuditLog *audit, Message *message);

/* --- 6. Sensitivity */

enum { AUDIT_GAMMAS = 6 };
extern const double audit_gamma[AUDIT_GAMMAS];

/* What Gamma bounds. */
typedef enum AuditModel {
    AUDIT_ODDS, /* the odds of conversion of clicks over those of other rows with the same x */
    AUDIT_TAN,  /* the odds of a click with the hidden cause over those without it, as rd_ips does (Tan, JASA
                   2006) */
} AuditModel;

/* The farthest that P(r(1) = 1 | o = 0) may be from q: below it for a Gamma above 1, and above it for one
 * over Gamma. */
double audit_unclicked(AuditModel model, double q, double gamma);

typedef struct AuditSensitivity {
    AuditEstimate lower[AUDIT_GAMMAS], upper[AUDIT_GAMMAS]; /* of the CVR of all rows, for each Gamma */
    AuditEstimate no_lower, no_upper;                       /* without any assumption (Manski) */
} AuditSensitivity;
void audit_sensitivity(AuditSensitivity *sensitivity, const AuditLog *audit, AuditModel model);

/* The smallest Gamma of at least 1 whose bounds hold the total; INFINITY beyond 1000. */
double audit_tipping(const AuditLog *audit, double total);

/* Gamma of what a column tells: that whose bounds, from a q^ without the column, first hold the total of q^.
 */
double audit_benchmark(const AuditLog *audit, const float *without_column);

/* --- 7. Predicted over observed */

typedef struct AuditPredicted {
    AuditEstimate ratio; /* sum of c^ over sum of r, of clicks */
    AuditEstimate total; /* mean of c^ over the log */
    AuditEstimate
        decile[AUDIT_DECILES]; /* the ratio of each tenth of the clicks by p^; NaN without conversions
                                */
} AuditPredicted;
Status audit_predicted(AuditPredicted *predicted, const AuditLog *audit, const float *conversion_logit,
                       Message *message);

/* --- 8. Leaks */

typedef struct AuditLeak {
    char column[AUDIT_COLUMN];
    double click, conversion; /* AUC of the column alone: for clicks, and for conversions among clicks */
    double told; /* share of the entropy of clicks that is known where the column has its usual value of rows
                    without a click: 1 for what is empty exactly there */
    bool leaks;
} AuditLeak;
Status audit_leaks(AuditLeak *leak, const AuditLog *audit, Message *message);

/* The area under the ROC curve, ties half; NaN without both classes. Sorts the rows. */
typedef struct AuditScore {
    double score;
    uint8_t label;
} AuditScore;
double audit_auc(AuditScore *row, size_t rows);

/* What a column says of a label by itself, over the rows that are marked (NULL: all): its AUC as above, of a
 * dense one at least .5. `score` is scratch for all rows, `sum` for 2 AUDIT_FOLDS numbers of each id. */
typedef struct AuditColumn {
    const Features *x;
    const uint8_t *label, *marked;
    AuditScore *score;
    double *sum;
} AuditColumn;
double audit_column_auc(const AuditColumn *column, int place);

/* The fold of a row, below AUDIT_FOLDS. */
size_t audit_row_fold(size_t row);

/* Most ids of a categorical column. */
size_t audit_most_ids(const Schema *schema);

/* --- 9. Parts */

typedef struct AuditDrift {
    char column[AUDIT_COLUMN];
    bool categorical;
    double distance; /* Kolmogorov-Smirnov, or total variation */
    size_t unseen;   /* rows of the part whose id is not in the log */
    double unseen_share,
        expected; /* and what Good and Turing expect: ids of the log that occur once / rows */
} AuditDrift;
Status audit_drift(AuditDrift *drift, const AuditLog *audit, const Log *part, Message *message);

enum { AUDIT_TELLING = 3 };

/* How well a classifier tells rows of the part from those of the log: a cross-fitted logistic regression on
 * dense columns, their squares, and how much more often an id is in the part. */
typedef struct AuditClassifier {
    double auc, low, high;      /* 95 % by Hanley and McNeil */
    size_t rows[2];             /* that were drawn of the log, and of the part */
    double *column_auc;         /* of each column by itself, audit_columns of them; the caller's */
    int telling[AUDIT_TELLING]; /* the columns of the largest, -1 where there are fewer */
} AuditClassifier;
Status audit_classifier(AuditClassifier *classifier, const AuditLog *audit, const Log *part,
                        Message *message);

/* What a model of the whole log is worth on the part: on all rows, and on those whose ids are all in the log.
 */
typedef struct AuditPartScore {
    size_t rows, clicks, conversions;
    double click_auc, conversion_auc; /* NaN without both labels; conversions of clicks */
    double ratio;                     /* predicted over observed conversions of clicks */
} AuditPartScore;
typedef struct AuditSeen {
    AuditPartScore all, seen;
} AuditSeen;
Status audit_seen(AuditSeen *seen, const AuditLog *audit, const AuditFit *fit, const Log *part,
                  Message *message);

/* --- 10. Power */

/* The standard error of an AUC by Hanley and McNeil. */
double audit_auc_error(double auc, size_t positive, size_t negative);
/* Random rows with forced outcomes that show a gap from a rate, with power .8 at the 5 % level. */
double audit_rows_for_gap(double rate, double gap);
