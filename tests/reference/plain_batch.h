/* The losses of estimators/METHODS.md in plain double arithmetic: one batch of exposures, and the terms that
 * several losses are made of. Nothing here uses the tape. */
#pragma once

#include "estimators/core/estimator.h"
#include "tests/support/support.h"

enum { EXPOSURES = 60, UNBIASED = 20, ROWS = EXPOSURES + UNBIASED, DRAWS = 2 * DROPOUT_SAMPLES * EXPOSURES };

/* Logits of every head and row; rows of the unbiased sample come after those of the log. */
typedef double Scores[HEADS][ROWS];

/* A constant of an estimator: as in estimators/METHODS.md, and another value, which makes it count. */
typedef struct PlainConstant {
    const char *key;
    double methods, other;
} PlainConstant;

/* One batch. `z` holds the logits, `s` the same ones held fixed: sg(x) is x computed from s. */
typedef struct PlainBatch {
    int rows[SPACES], row[SPACES][EXPOSURES];
    double o[ROWS], r[ROWS], d[ROWS];
    double (*z)[ROWS], (*s)[ROWS];
    double exposures; /* |B| of the sums over O */
    double share;     /* |U| / (|O| + |U|) of all data */
    double clip;
    const double *given;                             /* propensities; NULL: learned, distorted as below */
    double scale, shift, noise[ROWS], beta, average; /* as the spec distorts it */
    double u[DRAWS];   /* what uniform() gives the rows of a space, in their order, and then others */
    bool labels_given; /* pseudo-labels are: s[IMPUTATION] */
    bool own_clicks;   /* O is no part of D */
    double click_rate; /* |O| / |D| of all data */
    double done;       /* share_done() */
    double attribution, waited[ROWS];      /* days */
    double kind[ROWS], early[ROWS];        /* of a stream's rows of O, one of each row of the log at most */
    const double *later, *negative, *seen; /* given f, z and f1; NULL: learned */
    const char *estimator;
    const PlainConstant *constant; /* of the estimator; ends with a NULL key */
    unsigned other;                /* bit k: constant k has its other value */
} PlainBatch;

/* The value of a constant in this batch. */
double plain_constant(const PlainBatch *b, const char *key);

/* What one row adds to a sum. Rows are counted from 0 in the log, and those of the unbiased sample on from
 * EXPOSURES. */
typedef double PlainTerm(const PlainBatch *b, int i);

double average(const PlainBatch *b, Space space, PlainTerm *term); /* over its rows; 0 of none */
double total(const PlainBatch *b, Space space, PlainTerm *term);
double clicked_share(const PlainBatch *b, PlainTerm *term); /* sum_O / |B| */
/* sum w x / sum w, where `product` is w x. */
double normalised(const PlainBatch *b, Space space, PlainTerm *product, PlainTerm *weight);

double probability(double z);             /* 1 / (1 + exp(-z)) */
double cross_entropy(double y, double q); /* l(y, q) */

/* p, without gradient: before the clip, clipped, and the inverses of it and of 1 - p, which is clipped
 * likewise. */
double p_raw(const PlainBatch *b, int i);
double p_tilde(const PlainBatch *b, int i);
double inverse_p(const PlainBatch *b, int i);
double inverse_not_p(const PlainBatch *b, int i);
double clip_to(const PlainBatch *b, double p);
/* p_res = sigmoid(logit p + g_p(x)), clipped like every propensity that divides; `g` says whose g_p. */
double p_res(const PlainBatch *b, double (*g)[ROWS], int i);

double click_loss(const PlainBatch *b, int i);      /* l(o, p) */
double conversion_loss(const PlainBatch *b, int i); /* l(r, c) */
double ctcvr_loss(const PlainBatch *b, int i);      /* l(o r, p c) */
double stopped_loss(const PlainBatch *b, int i);    /* l(r, sg(c)) */

/* The two-model family, with m of the IMPUTATION head: l(sg(m), c), l(sg(m), sg(c)), and (l(r, sg(c)) - l(m,
 * sg(c)))^2. */
double pseudo_loss(const PlainBatch *b, int i);
double stopped_pseudo_loss(const PlainBatch *b, int i);
double square_imputation_gap(const PlainBatch *b, int i);

/* p that a loss may move through its weights: neither clipped nor distorted. */
double p_live(const PlainBatch *b, int i);

/* Losses that are those of several methods, or parts of them. */
double plain_click(const PlainBatch *b);
double plain_naive(const PlainBatch *b);
double plain_esmm(const PlainBatch *b);
double plain_ips(const PlainBatch *b);
double plain_snips(const PlainBatch *b);
double plain_two_model_prediction(const PlainBatch *b);
double plain_dr_jl_imputation(const PlainBatch *b);
double plain_res_dr_nominal(const PlainBatch *b);
