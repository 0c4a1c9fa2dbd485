/* The words that an estimator's loss is written in. A loss sees one batch through a Pass: it asks for the
 * logits of heads over a space, for labels and propensities, and returns a 1 x 1 Var of the tape
 * (estimators/nn/ops.h).
 *
 * Spaces, and the blocks of rows behind them:
 *   D  the batch of exposures, |D| rows
 *   O  clicked exposures: the clicked rows of D (DRAW_EXPOSURES) or a batch of clicks of its own
 * (DRAW_CLICKS) N  the unclicked rows of D U  a batch of the unbiased sample
 *
 * Rows of a log with weights (columns.weight) count by them in all sums and means over rows, that is as if
 * they were there so often; a loss does not have to know. Where it needs a number of rows that is
 * weight_of().
 *
 * As parts of D, O and N are views of its rows: a loss that asks for D first gets them for nothing. */
#pragma once

#include "estimators/nn/ops.h"
#include "sim/delay_stream.h"

typedef enum Space { D, O, N, U, SPACES } Space;

/* The outputs of a model, one logit a row. */
typedef enum Head {
    CTR,               /* p */
    CVR,               /* c */
    IMPUTATION,        /* e_hat, or the pseudo-label m of the two-model family */
    COUNTERFACTUAL,    /* c', the twin of CVR: same first layer, own last layers */
    RESIDUAL_P,        /* g_p of Res-IPS/DR: starts at 0 */
    RESIDUAL_E,        /* g_e of Res-IPS/DR: starts at 0 */
    WEIGHT,            /* g of learned weights of clicks: starts at 0 */
    WEIGHT_ALL,        /* the same of all exposures */
    DISCRIMINATOR,     /* click or not, seen from what the other heads of its net work with */
    ACTION,            /* a post-click action: y2 of ESM2, its task of AITM */
    BUY_AFTER_ACTION,  /* y3 of ESM2 */
    BUY_OTHERWISE,     /* y4 of ESM2 */
    CLICK_OFFSET,      /* logit p less logit c, where the logit of p is made of the two; instead of CTR */
    SECOND_CTR,        /* p of a second model */
    SECOND_IMPUTATION, /* m of a second model */
    DELAYED_POSITIVE,  /* f: converts, but after the observation window */
    REAL_NEGATIVE,     /* z: never converts, of those that had not by the end of that window */
    DELAY_RATE,        /* the rate a day at which conversions come, before a softplus */
    SEEN_BY_NOW,       /* f1: has come by now, of the conversions */
    CVR_BEFORE,        /* p_pre: converts, as it was learned before a stream */
    EARLY_POSITIVE,    /* f_in: converts within the observation window */
    HEADS
} Head;
#define HEAD(h) (1U << (h))

typedef struct Pass Pass;
typedef Var LossFunction(Pass *pass);

/* A column of terms, one a row of some space. */
typedef Var RowFunction(Pass *pass);

/* Conversion probability, |D| x 1, of the rows of a prediction batch, which has neither labels nor
 * propensities: it may call logit() only. */
typedef Var PredictFunction(Pass *pass);

/* Logits of a head, rows x 1; those of CTR also where a CLICK_OFFSET stands for it. */
Var logit(Pass *pass, Head head, Space space);

/* Labels, rows x 1, without gradient. */
Var clicks(Pass *pass);                   /* o over D */
Var conversions(Pass *pass, Space space); /* r over O or U */
Var ctcvr_labels(Pass *pass);             /* t = o r over D */
Var actions(Pass *pass);                  /* o d over D: clicked and acted; for methods that need behaviour */

/* Of methods that learn from a stream, over O, rows x 1 and without gradient: conversions() is the label that
 * a row has at its time. Before the stream, in stage 0, all rows have true labels and delays. */
Var of_kind(Pass *pass, StreamKind kind); /* 1 for rows of that kind, else 0 */
Var elapsed(Pass *pass);                  /* days since the click */
Var attribution(Pass *pass);              /* days of the attribution window, the same in all rows */
Var waited(Pass *pass);     /* the delay of a conversion that is known, in days; else those elapsed */
Var seen_early(Pass *pass); /* 1 where a conversion is known that came within the observation window */
Var seen_late(Pass *pass);  /* 1 where the label is 1, and that is not so */

/* f = P(r=1, later than the observation window | x) and z = P(r=0 | not converted by its end, x): given, or
 * those of the heads DELAYED_POSITIVE and REAL_NEGATIVE. Of a model without the former f is p_pre - f_in, by
 * the heads CVR_BEFORE and EARLY_POSITIVE; two heads may leave it a little below 0. */
Var delayed_positive(Pass *pass);
Var real_negative(Pass *pass);

/* f1 = P(converted by now | r=1, x) at the time of a row: given, or that of the head SEEN_BY_NOW. Of an
 * estimator that names its `deadline` z is of that time too, in the place of the window's end. */
Var seen_by_now(Pass *pass);

/* p~ = sg(clip(p, eps, 1)) over D, O or N, rows x 1: given, or the CTR head's own after the spec's
 * distortion. */
Var propensity(Pass *pass, Space space);
Var inverse_propensity(Pass *pass, Space space); /* 1 / p~ */
Var inverse_complement(Pass *pass, Space space); /* 1 / (1-p)~, likewise clipped */
Var propensity_logit(Pass *pass, Space space);   /* logit of p before the clip, within +-log(1e6) */

/* p with its gradient and neither clipped nor distorted, rows x 1: the CTR head's, for losses that train it
 * through its weights; given propensities stay fixed. */
Var live_propensity(Pass *pass, Space space);

/* clip(p, eps, 1), with the gradient of p where it is not clipped. */
Var clipped(Pass *pass, Var p);

/* m, the pseudo-label of an exposure in imputed errors l(m, c), over D, O or N, rows x 1: given, without
 * gradient, or the sigmoid of the IMPUTATION head. */
Var pseudo_label(Pass *pass, Space space);

/* logit m, of which m above is the sigmoid. */
Var pseudo_label_logit(Pass *pass, Space space);

/* Monte-Carlo dropout (Gal and Ghahramani, ICML 2016): m once more, by the head with every entry of its
 * categorical embeddings at 0 with probability `rate` and else divided by 1 - rate; no gradient. Sample k of
 * DROPOUT_SAMPLES, the same for a row in D and in the parts of D. Given labels are all their own samples. */
enum { DROPOUT_SAMPLES = 10 };
Var pseudo_label_sample(Pass *pass, Space space, int k, float rate);

/* (sum of x) / |B|: the mean over the exposures of the batch of a term that is zero off O. `x` is over O;
 * with DRAW_CLICKS |B| is the number of exposures that the clicks stand for, so nothing over D or N belongs
 * here. */
Var per_exposure(Pass *pass, Var x);

/* In a phase with a look-ahead: d_k = -eta <v, grad e_k> for each row loss e_k of the prediction net, without
 * gradient, where v is the gradient of the risk after the step: how that risk answers to a weight of e_k in
 * the step's loss. The phase's loss is the step's with d_k in the place of e_k, and moves the weights. */
Var lookahead_slope(Pass *pass, RowFunction *errors);

/* Numbers uniform in (0, 1), rows x 1, without gradient: drawn anew at every call. */
Var uniform(Pass *pass, Space space);

/* Logits of a head whose gradient reaches what the heads of its net share (embeddings, a trunk) times
 * -strength, and its own parameters as it is: the head learns to tell clicks apart, and what it shares learns
 * to hide them. Gradient reversal, Ganin and Lempitsky, ICML 2015. Get the logits of such a head in no other
 * way. */
Var gradient_reversal(Pass *pass, Head head, Space space, float strength);

/* Logits of a head over a space by the teacher, without gradient: the exponential average of net 0 over the
 * steps, for estimators that name their `teacher`. */
Var teacher_logit(Pass *pass, Head head, Space space);

/* A hidden layer of a head's tower over a space, rows x its width: number `back` from the last, which is 0.
 * NULL where the backbone gives the head no such layer. */
Var hidden_layer(Pass *pass, Head head, Space space, int back);

/* For estimators that have `maps`: a learned square map of such a layer, h W + b, and a learned number for
 * each of its columns, the same in all rows, which starts at 0. */
Var mapped(Pass *pass, Var h, int back);
Var column_numbers(Pass *pass, Var h, int back);

/* Tells the fit which rows a loss uses of those that a method filters, `used` 0 or 1, without gradient: what
 * share it leaves out is FitReport.left_out. */
void note_used(Pass *pass, Var used);

/* Of the whole data. */
float share_of_unbiased(const Pass *pass); /* |U| / (|O| + |U|) */
float click_rate(const Pass *pass);        /* |O| / |D| */

/* The share of the steps planned for this stage of training that are done, in [0, 1). */
float share_done(const Pass *pass);

/* A constant of the estimator by its place in the descriptor's table. */
float constant(const Pass *pass, int index);

/* Whether a constant that names a variant is on: 0 is off. */
bool is_on(const Pass *pass, int index);

/* A backbone: from the features of a space to logits. */
typedef struct Net Net;
typedef struct Backbone {
    const char *name;
    const char *summary;
    unsigned needs; /* of enum Needs: what it cannot do without under any estimator */
    /* Registers the parameters of a net; see estimators/core/model.h. */
    Status (*build)(Net *net, Message *message);
    /* Logits of a head over the rows of a space, |rows| x 1. */
    Var (*logit)(Net *net, Pass *pass, Head head, Space space);
} Backbone;

/* Every backbone; ends with NULL. */
extern const Backbone *const backbone_table[];
