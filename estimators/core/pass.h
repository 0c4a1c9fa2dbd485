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

/* A ratio of sums over an epoch, for use in the next. */
typedef struct EpochRatio {
    double above, below; /* sums of the present epoch so far */
    float last;          /* the ratio of the epoch before; 0 in the first */
} EpochRatio;
void epoch_ratio_turn(EpochRatio *ratio); /* when an epoch starts */

/* What stays the same from pass to pass. */
typedef struct PassContext {
    Tape *tape;
    Model *model;
    const double *constants; /* of the estimator */
    double clip;
    LearnedPropensity learned;
    struct Trial *trial; /* estimators/core/lookahead.h; NULL when no phase looks ahead */
    EpochRatio *ratio;   /* the fit's */
} PassContext;

/* What the heads of a net have in common, computed once for each space. From SHARED_OWN on are slots that a
 * backbone numbers as it likes. */
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
    float reversal; /* strength of the gradient reversal into what heads share; 0 for none */
};

/* A training pass over the sampler's current batch. The tape must have been reset. */
void pass_start(Pass *pass, const PassContext *context, Sampler *sampler);

/* A prediction pass over rows of `x`; model_move(MOVE_NOTHING) first. */
void pass_start_prediction(Pass *pass, const PassContext *context, const RowSet *rows);

/* For backbones. */
Tape *pass_tape(Pass *pass);
RowSet pass_rows(Pass *pass, Space space);
Var pass_input(Pass *pass, Net *net, Space space); /* embeddings and dense columns, |rows| x inputs */

/* What a head's own layers see, x, with the gradient that leaves them turned under gradient_reversal(): every
 * backbone passes it so to the layers that are the head's alone. */
Var pass_turned(const Pass *pass, Var x);

/* The factor that does the same in a backbone without such layers: 1, or negative. */
float pass_flow(const Pass *pass);

/* The value in a slot of the net over a space: what `make` returned for it or, where D has it already, its
 * rows there. */
Var pass_shared(Pass *pass, Net *net, int slot, Space space, Var (*make)(Net *net, Pass *pass, Space space));

/* The same without a function to make it: the place where the value is or, where it points to NULL, belongs.
 */
Var *pass_slot(Pass *pass, Net *net, int slot, Space space);
