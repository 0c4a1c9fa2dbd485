/* Claims: what an experiment says about its own numbers, and what the numbers say of it. Above
 * results/selection, below the tables. This file: the language.
 *
 *     QUANTITY RELATION QUANTITY
 *     QUANTITY RELATION NUMBER [at KEY=VALUE ...]
 *
 * A claim of = may end with its margin, `within NUMBER` or `within NUMBER %`.
 *
 * A claim that ends in `everywhere` is about every setting that its `at` fits, or about all of them without
 * one; both sides are of the same setting: "escm2_dr auc > esmm auc at world.ctr=0.1 everywhere".
 *
 * RELATION is <, > or =, between blanks. QUANTITY is `ESTIMATOR METRIC [of TASK] [over SPACE] [at KEY=VALUE
 * ...]`, such as "ips mean_bias < naive mean_bias at world.gamma_r=0.7". A side without `at` takes that of
 * the other side. Of the risk layer: `ESTIMATOR risk_bias of PREDICTOR` or `relative_error of PREDICTOR`,
 * such as "dr relative_error of skew < ips relative_error of skew". */
#pragma once

#include "results/summary/setting_pairs.h"

enum {
    CLAIM_TEXT = 256, /* longest claim, with its final 0 */
    CLAIM_WORD = 64,  /* longest name in it */
};

typedef struct Quantity {
    char estimator[CLAIM_WORD];
    char metric[CLAIM_WORD]; /* "mean_bias" also where the claim says bias */
    char task[CLAIM_WORD];   /* "cvr" when left out; of pip "ctcvr", of ess "propensity"; of the risk layer a
                              * predictor
                              */
    char space[CLAIM_WORD];  /* "D" when left out */
    char at[CLAIM_TEXT];     /* "KEY=VALUE KEY=VALUE"; "" where nothing picks a setting */
} Quantity;

/* How far apart the two sides of a claim of = may be. It is never taken from the runs. */
typedef enum MarginUnit {
    MARGIN_NONE,     /* the metric has no margin of its own, and the claim states none; also of < and > */
    MARGIN_ABSOLUTE, /* in the metric's own unit */
    MARGIN_OF_TRUTH, /* a share of the true mean p: of mean_bias and abs_bias */
    MARGIN_OF_RIGHT, /* a share of the right side */
} MarginUnit;

typedef struct Margin {
    MarginUnit unit;
    double size;
} Margin;

typedef struct Claim {
    Quantity left, right;
    double number; /* in place of `right`, where `is_number` */
    bool is_number;
    char relation; /* '<', '>' or '=' */
    Margin margin; /* of = */
    bool states_margin;
    bool everywhere; /* in each setting that left.at fits; right.at is the same */
} Claim;

/* STATUS_USAGE for a text that is not of this form; the message has no place in it. Whether there are such
 * estimators, metrics and settings is not looked at, nor whether a claim of = has a margin. A margin that is
 * not stated is that of the metric, where both sides have the same: 5 % of the true mean p for a bias, 20 %
 * of the right side for mse, 0.005 for auc, gauc, uauc and ndcg, 0.05 for ratio. */
Status claim_parse(const char *text, Claim *claim, Message *message);

/* STATUS_USAGE for a claim of = without a margin, or with a share of 0: a spec may not have one, though the
 * store of an older program may. */
Status claim_check_margin(const Claim *claim, Message *message);

/* Room for a claim and the margin that it does not state. */
enum { CLAIM_MARGIN_TEXT = CLAIM_TEXT + 32 };

/* The text with its margin: "ips auc = 0.7 within 0.005", and with `everywhere` behind that. */
void claim_with_margin(const char *text, const Claim *claim, char with[CLAIM_MARGIN_TEXT]);

/* Whether a setting has every KEY=VALUE of `at`. Numbers are compared as such. */
bool claim_at(const char *at, const SettingPairs *setting);

/* Metrics that a claim knows besides those of metrics.h, of the CVR: they are made of all replicates. NULL
 * ends the list. */
extern const char *const claim_metrics[];

/* Metrics of the risk layer: estimate - ideal, and its size relative to the ideal. NULL ends the list. */
extern const char *const claim_risk_metrics[];
bool claim_is_of_risk(const Quantity *quantity);
