/* Claims: what an experiment says about its own numbers, and what the numbers say of it. Above
 * results/selection, below the tables. This file: the language.
 *
 *     QUANTITY RELATION QUANTITY
 *     QUANTITY RELATION NUMBER [at KEY=VALUE ...]
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

typedef struct Claim {
    Quantity left, right;
    double number; /* in place of `right`, where `is_number` */
    bool is_number;
    char relation; /* '<', '>' or '=' */
} Claim;

/* STATUS_USAGE for a text that is not of this form; the message has no place in it. Whether there are such
 * estimators, metrics and settings is not looked at. */
Status claim_parse(const char *text, Claim *claim, Message *message);

/* Whether a setting has every KEY=VALUE of `at`. Numbers are compared as such. */
bool claim_at(const char *at, const SettingPairs *setting);

/* Metrics that a claim knows besides those of metrics.h, of the CVR: they are made of all replicates. NULL
 * ends the list. */
extern const char *const claim_metrics[];

/* Metrics of the risk layer: estimate - ideal, and its size relative to the ideal. NULL ends the list. */
extern const char *const claim_risk_metrics[];
bool claim_is_of_risk(const Quantity *quantity);
