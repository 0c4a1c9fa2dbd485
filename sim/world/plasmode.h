/* A world whose exposures are the rows of a real log (a plasmode simulation: Franklin et al., Comput. Stat.
 * Data Anal. 2014): ids, features and repeats are real, and only two functions of them are a model's:
 *   logit P(r(1)=1 | x,h) = b + sigma_r f_r(x) + gamma_r h
 *   logit P(o=1 | x,h)    = a + sigma_o f_o(x) + gamma_o h,      h ~ N(0,1) of each exposure
 * f_o is fitted to the log's clicks and f_r to the conversions of its clicks (additive_logit.h). */
#pragma once

#include "sim/base/random.h"
#include "sim/log.h"
#include "sim/truth.h"

#include <stdbool.h>

typedef struct PlasmodeOptions {
    double hidden_odds;      /* as that of WorldOptions; 1: no confounder */
    double sigma_o, sigma_r; /* 1: as they are fitted, which is smoother than what the log is of */
} PlasmodeOptions;

typedef struct Plasmode Plasmode;

/* Fits the functions, solves a and b so that the rows of the log have its click rate and its CVR of clicks in
 * expectation, and gamma_o = |gamma_r| so that the mean log odds ratio of hidden confounding is the log of
 * hidden_odds. STATUS_USAGE where they cannot be solved, as for a log without clicks or conversions. */
Status plasmode_create(Plasmode **plasmode, const Log *log, const PlasmodeOptions *options, Message *message);
void plasmode_free(Plasmode *plasmode);

/* Solves again, for other options: the functions are fitted once. After a failure it is for plasmode_free. */
Status plasmode_solve(Plasmode *plasmode, const Log *log, const PlasmodeOptions *options, Message *message);

/* What to draw from it. */
typedef struct RowDraw {
    const StreamKey *key;
    const char *purpose; /* of the stream */
    const Log *rows;     /* whose features the exposures have; of the schema of the log that was fitted */
    const uint32_t *row; /* which of them, in this order; NULL: all, and `count` is ignored */
    size_t count;
    bool forced; /* all are clicked */
} RowDraw;

/* Draws h, r(1) and clicks into newly created `log` and `truth` (may be NULL). */
Status plasmode_draw(const Plasmode *plasmode, const RowDraw *draw, Log *log, Truth *truth, Message *message);
