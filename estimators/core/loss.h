/* The words that an estimator's loss is written in. A loss sees one batch through a Pass: it asks for the
 * logits of heads over a space, for labels and propensities, and returns a 1 x 1 Var of the tape
 * (estimators/nn/ops.h).
 *
 * Spaces, and the blocks of rows behind them:
 *   D  the batch of exposures, |D| rows
 *   O  clicked exposures: the clicked rows of D (DRAW_EXPOSURES) or a batch of clicks of its own
 * (DRAW_CLICKS) N  the unclicked rows of D U  a batch of the unbiased sample O and N as parts of D are views
 * of D's rows: ask for D first and they cost nothing. */
#pragma once

#include "estimators/nn/ops.h"

typedef enum Space { D, O, N, U, SPACES } Space;

/* The outputs of a model, one logit a row. */
typedef enum Head {
    CTR,              /* p */
    CVR,              /* c */
    IMPUTATION,       /* e_hat, or the pseudo-label m of the two-model family */
    COUNTERFACTUAL,   /* c', the twin of CVR: same first layer, own last layers */
    RESIDUAL_P,       /* g_p of Res-IPS/DR: starts at 0 */
    RESIDUAL_E,       /* g_e of Res-IPS/DR: starts at 0 */
    ACTION,           /* a post-click action: y2 of ESM2, its task of AITM */
    BUY_AFTER_ACTION, /* y3 of ESM2 */
    BUY_OTHERWISE,    /* y4 of ESM2 */
    HEADS
} Head;
#define HEAD(h) (1U << (h))

typedef struct Pass Pass;
typedef Var LossFunction(Pass *pass);

/* Conversion probability, |D| x 1, of the rows of a prediction batch; only logit() may be asked. */
typedef Var PredictFunction(Pass *pass);

/* Logits of a head, rows x 1. */
Var logit(Pass *pass, Head head, Space space);

/* Labels, rows x 1, without gradient. */
Var clicks(Pass *pass);                   /* o over D */
Var conversions(Pass *pass, Space space); /* r over O or U */
Var ctcvr_labels(Pass *pass);             /* t = o r over D */
Var actions(Pass *pass);                  /* o d over D: clicked and acted; for methods that need behaviour */

/* p~ = sg(clip(p, eps, 1)) over D, O or N, rows x 1: given, or the CTR head's own after the spec's
 * distortion. */
Var propensity(Pass *pass, Space space);
Var inverse_propensity(Pass *pass, Space space); /* 1 / p~ */
Var inverse_complement(Pass *pass, Space space); /* 1 / (1-p)~, likewise clipped */
Var propensity_logit(Pass *pass, Space space);   /* logit p~ */

/* clip(p, eps, 1), with the gradient of p where it is not clipped. */
Var clipped(Pass *pass, Var p);

/* (sum of x) / |B|: the mean over the exposures of the batch of a term that is zero off O. `x` is over O;
 * with DRAW_CLICKS |B| is the number of exposures that the clicks stand for, so nothing over D or N belongs
 * here. */
Var per_exposure(Pass *pass, Var x);

/* |U| / (|O| + |U|) of the whole data. */
float share_of_unbiased(const Pass *pass);

/* A constant of the estimator by its place in the descriptor's table. */
float constant(const Pass *pass, int index);

/* Where a backbone turns the features of a space into logits. */
typedef struct Net Net;
typedef struct Backbone {
    const char *name;
    const char *summary;
    /* Registers the parameters of a net; see estimators/core/model.h. */
    Status (*build)(Net *net, Message *message);
    /* Logits of a head over the rows of a space, |rows| x 1. */
    Var (*logit)(Net *net, Pass *pass, Head head, Space space);
} Backbone;

/* Every backbone; ends with NULL. */
extern const Backbone *const backbone_table[];
