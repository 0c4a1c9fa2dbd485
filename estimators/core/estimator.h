/* The descriptor of an estimator and of a backbone, and the table of all of them. */
#pragma once

#include "estimators/core/loss.h"
#include "estimators/core/options.h"
#include "sim/base/status.h"
#include "sim/delay_stream.h"

typedef enum Family {
    FAMILY_CLICK_SPACE,    /* trained on clicks alone */
    FAMILY_ENTIRE_SPACE,   /* click and conversion modelled over every exposure */
    FAMILY_PROPENSITY,     /* inverse propensity and doubly robust */
    FAMILY_COUNTERFACTUAL, /* counterfactual and semi-supervised over the whole space */
    FAMILY_CONFOUNDING,    /* methods for hidden confounding, and bookends for those with unbiased data */
    FAMILY_MULTI_TASK,     /* a backbone of its own, with the plain losses of click and conversion */
    FAMILY_DELAYED,        /* trained on a stream of clicks whose conversions come late */
    FAMILIES
} Family;

/* What an estimator cannot do without; the run is refused before anything starts when the data lack it. */
typedef enum Needs {
    NEEDS_NOTHING = 0,
    NEEDS_UNBIASED = 1 << 0,   /* an unbiased sample: unbiased.size */
    NEEDS_BEHAVIOUR = 1 << 1,  /* post-click behaviour */
    NEEDS_STREAM = 1 << 2,     /* activity streams */
    NEEDS_PROPENSITY = 1 << 3, /* propensities fixed before training: given, or fitted in a first stage */
    NEEDS_DELAYS = 1 << 4,     /* times of clicks and conversions, and a part of them to stream */
} Needs;

/* A constant of the method, a key of the experiment file: estimator.NAME.KEY. */
typedef struct Constant {
    const char *key;
    double value, low, high; /* default and inclusive range */
    const char *meaning;
} Constant;

/* What a phase that learns from a trial step needs: one step of gradient descent of the prediction net (that
 * of the CVR head) on `step`, then the gradient of `risk` there. See lookahead_slope(). */
typedef struct Lookahead {
    LossFunction *step, *risk;
    int rate; /* eta of the step: its place among the constants */
} Lookahead;

/* A part of a training step: one loss, and the nets that it moves. */
typedef struct Phase {
    LossFunction *loss;         /* NULL ends the list */
    unsigned moves;             /* bit n set: net n; 0 moves all */
    const Lookahead *lookahead; /* NULL for none; else the prediction net does not move */
    int stage;                  /* training runs stage 0 to its end, then stage 1 */
    const char *only;           /* the constant without which the phase is left out; NULL: never left out */
    const char *rate;           /* the constant by which its learning rate is multiplied; NULL for 1 */
    const char *unless;         /* that with which it is; NULL: never */
} Phase;

enum { MAX_NETS = 6, MAX_PHASES = 7, CROSSING = 5 };

/* What an estimator was written from. */
typedef enum SourceKind {
    READ_ACCOUNT,      /* a description alone: that of METHODS */
    READ_PAPER,        /* the paper */
    READ_PUBLIC_CODE,  /* somebody's public code */
    READ_AUTHORS_CODE, /* the authors' own code */
    READ_MEMORY,       /* nothing: formulas as remembered or derived. No shipped experiment compares such, nor
                          forms of other estimators that are: Estimator.from_memory */
} SourceKind;

typedef struct Estimator {
    const char *name;
    int year;
    Family family;
    unsigned needs;      /* of enum Needs */
    const char *summary; /* one line, no final stop */
    const char *cite;
    /* What the catalogue says of it (estimators/README.md, `cvrlab list estimators NAME`), in short
     * sentences. Those of plug-ins may leave it out. */
    const char *follows;    /* the estimator that it modifies; NULL for one that modifies none */
    const char *idea;       /* why it should work */
    const char *formula;    /* its loss in the notation of METHODS, a line for each phase or definition */
    const char *assumes;    /* what has to hold for it to find p_r */
    const char *fails;      /* where it does not, by its loss or by an experiment, which is named */
    const char *backbone;   /* the paper's own; NULL is "towers" */
    unsigned net[MAX_NETS]; /* each a set of HEAD bits that share embeddings and backbone; 0 ends the list */
    const Backbone *own[MAX_NETS]; /* a net's backbone where that is part of the method; NULL: the method's */
    Phase phase[MAX_PHASES];       /* run in this order on every batch */
    const Constant *constant;      /* ends with a NULL key; NULL for none */
    PredictFunction *predict;      /* NULL: the sigmoid of the CVR head */
    unsigned labels;               /* heads besides CVR whose label is r of clicks */
    bool cvr_of_all;               /* the label of the CVR head is t over D */
    unsigned labels_of_all;        /* heads besides CVR whose label is t over D */
    unsigned crossed;       /* bit n: net n has no embeddings of columns, its inputs are those of net 0, each
                               times CROSSING numbers that are linear in sg(p). Not where a backbone reads its
                               tables otherwise, as mf does */
    int maps;               /* of how many last hidden layers net 0 has mapped() and column_numbers() */
    const char *teacher;    /* the constant that is the decay of a step of the teacher; NULL for none */
    const char *last_steps; /* the constant that is the number of steps of the last stage; NULL: it has all
                               epochs, as every other stage */
    const char *double_learning; /* the constant that makes every epoch one of double learning (Guo et al.,
                                    SIGIR 2021): net 1 starts as a copy of net 0 and takes the phases that
                                    move it alone, then net 0 takes its own, then net 2, an epoch of batches
                                    each; or NULL */
    const StreamRule *stream;    /* of methods that learn from a stream of clicks: stage 0 is their training
                                    before it, with true labels, and stage 1 that on its rows. Losses are over
                                    O alone, and a method has the constant `observation`, the hours that a click
                                    is observed for, unless its rule has no use for it. NULL: trained on a log */
    bool learns_cut; /* it can be trained on a log as it is known at a time too, by the losses of stage 1
                        alone, which then see each click once with what is known of it (delay_stream_cut) */
    const char *immediate; /* the constant without which the rule's AGAIN_IMMEDIATE is left out, or NULL */
    const char *deadline; /* the constant that is the days between a counterfactual deadline, no more than the
                             attribution window, and the begin of the stream. Before it there are then rows of
                             STREAM_DEADLINE too, for models of what is still to come; or NULL */
    unsigned elapsed;     /* bit n set: net n sees the time since the click */
    const char *rounds;   /* the constant that is the number of rounds before the stream: in each after the
                             first net 1 takes the embeddings of net 0, and its phases run once more; or NULL */
    SourceKind source;
    const char *differs;     /* from that source, in one line; NULL for nothing */
    const char *from_memory; /* the constant whose values but the default are forms from memory; or NULL */
} Estimator;

/* Every estimator, in the order of estimators/METHODS.md; ends with NULL. */
extern const Estimator *const estimator_table[];

/* An estimator on a backbone. */
typedef struct Method {
    const Estimator *estimator;
    const Backbone *backbone;
} Method;

/* Finds "escm2_dr" (on its paper's backbone) or "mmoe+escm2_dr". STATUS_USAGE with the nearest name when
 * there is none. */
Status method_find(const char *name, Method *method, Message *message);

/* NULL when there is none of that name. */
const Backbone *backbone_find(const char *name);

/* What the estimator and its backbones need. */
unsigned method_needs(const Method *method);

const char *family_name(Family family);

/* "authors' code", "public code", "paper", "account" or "memory". */
const char *source_kind_name(SourceKind kind);

/* Number of constants of an estimator. */
int constant_count(const Estimator *estimator);

/* Whether the values but the default of constant number k are forms from memory. */
bool constant_is_from_memory(const Estimator *estimator, int k);
