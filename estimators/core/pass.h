/* One loss on one batch: the Pass behind estimators/core/loss.h, and what backbones and the training loop
 * need of it. */
#pragma once

#include "estimators/core/loss.h"
#include "estimators/core/model.h"
#include "estimators/core/sampler.h"
#include "sim/propensity/propensity.h"

/* Where propensities come from when the log gives none: the CTR head, distorted. */
typedef struct LearnedPropensity {
    Distortion distortion;
    double mean;        /* of the mixture: the log's CTR */
    const float *noise; /* one a row of the log; NULL without noise */
} LearnedPropensity;

/* What losses can ask for that may be given from outside; flags. */
typedef enum AskedFor { ASKED_PROPENSITY = 1, ASKED_IMPUTATION = 2, ASKED_BOTH = 3 } AskedFor;

/* What losses have told by note_used(): sums of rows, by their weights. */
typedef struct UsedRows {
    double used, rows;
} UsedRows;

/* What stays the same from pass to pass. */
typedef struct PassContext {
    Tape *tape;
    Model *model;
    const double *constants; /* of the estimator */
    double clip;
    LearnedPropensity learned;
    struct Trial *trial; /* estimators/core/lookahead.h; NULL when no phase looks ahead */
    double share_done;   /* of the steps planned for this stage of training */
    unsigned *asked;     /* AskedFor: what losses have asked for; NULL: nobody wants to know */
    UsedRows *used_rows; /* likewise */
} PassContext;

/* What the heads of a net have in common, computed once for each space. The slots from SHARED_OWN on
 * are numbered by the backbone. */
enum {
    SHARED_INPUT,
    SHARED_TRUNK,
    SHARED_SECOND,
    SHARED_OWN,
    OWN_SLOTS = 2 * MAX_LAYERS * (HEADS + 1),
    SHARED_SLOTS = SHARED_OWN + OWN_SLOTS
};

struct Pass {
    const PassContext *context;
    Sampler *sampler; /* NULL in prediction */
    RowSet rows[SPACES];
    bool have_rows[SPACES];
    Var shared[MAX_NETS][SHARED_SLOTS][SPACES]; /* NULL until asked for, and so are the logits */
    Var logit[HEADS][SPACES];
    Var hidden[HEADS][MAX_LAYERS][SPACES]; /* what backbones have kept of them: see pass_keep_hidden() */
    float reversal; /* strength of the gradient reversal into what heads share; 0 for none */
    float dropout;  /* rate of the dropout of embeddings; 0 for none */
    Var sample[DROPOUT_SAMPLES][SPACES]; /* logits under dropout; NULL until asked for */
};

/* A training pass over the sampler's current batch. The tape must have been reset. */
void pass_start(Pass *pass, const PassContext *context, Sampler *sampler);

/* A prediction pass over rows of `x`; model_move(MOVE_NOTHING) first. */
void pass_start_prediction(Pass *pass, const PassContext *context, const RowSet *rows);

/* The tape, the rows and the features of a space, for backbones. */
Tape *pass_tape(Pass *pass);
RowSet pass_rows(Pass *pass, Space space);
Var pass_input(Pass *pass, Net *net, Space space); /* embeddings and dense columns, |rows| x inputs */

/* The input x of the layers that are a head's alone. Under gradient_reversal() the gradient that these layers
 * send back to what the heads share is reversed, so every backbone passes their input through this. */
Var pass_reversed(const Pass *pass, Var x);

/* For hidden_layer(): what a head's tower has computed as its layer number `layer`, 0 the first, over a
 * space. */
void pass_keep_hidden(Pass *pass, Head head, Space space, int layer, Var x);

/* The same for a backbone without such layers: the factor on the gradient of what heads share, 1 or
 * -strength. */
float pass_gradient_factor(const Pass *pass);

/* Factors of dropout on embeddings, rows x columns, 0 or 1 / (1 - rate), drawn anew; NULL where nothing is
 * dropped. pass_input() applies them; a backbone that reads its tables otherwise does it itself. No gradient
 * passes through what has been dropped. */
const float *pass_dropout(Pass *pass, int rows, int columns);

/* The value in a slot of the net over a space: what `make` returned for it or, where D has it already, its
 * rows there. */
Var pass_shared(Pass *pass, Net *net, int slot, Space space, Var (*make)(Net *net, Pass *pass, Space space));

/* The same without a function to make it: where the value stands or, when that is still NULL, has to be put.
 */
Var *pass_slot(Pass *pass, Net *net, int slot, Space space);
