/* A model: nets of heads, their parameters and their optimiser. A net is a set of heads that share embeddings
 * and a backbone. */
#pragma once

#include "estimators/core/estimator.h"
#include "estimators/core/omission.h"
#include "estimators/nn/events.h"
#include "sim/base/random.h"

enum { MAX_WEIGHTS = 704, MAX_TABLES = 2 * MAX_CATEGORICAL + EVENT_TABLES };

/* A dense parameter matrix, rows x cols, in its net's one block of parameters. */
typedef struct Weights {
    int rows, cols;
    size_t offset;    /* in the block */
    double low, high; /* starts uniform in [low, high] */
    double diagonal;  /* where the diagonal starts instead; 0: as the rest */
    const char
        *stream; /* what its random start is keyed by: the same head of two estimators starts the same */
    int stream_index;
} Weights;

struct Net {
    const Backbone *backbone;
    const Schema *schema;
    const ModelOptions *options;
    const Omission *omission;
    unsigned heads;
    int index;      /* of the net in its model */
    size_t lookups; /* the most rows that a step looks up */
    Table table[MAX_TABLES];
    const char *table_name[MAX_TABLES]; /* what its random start is keyed by */
    int tables;
    Weights weight[MAX_WEIGHTS]; /* in the order of registration */
    int weights;
    bool sees_elapsed;     /* its first input is the time since the click */
    bool adds_lacked;      /* the click head adds a linear term of the columns that the omission lacks: */
    int lacked_tables;     /* the first of its own tables, one a categorical column, */
    int lacked_weight;     /* and the place of its weights */
    int layer_zero[HEADS]; /* where a head's layer 0 is or would be; layer l is at layer_zero + 2 l */
    Net *crossed;          /* the net whose inputs, times the numbers of a layer on sg(p), are this one's; */
    int crossing;          /* the place of that layer */
    int maps;              /* the place of the first map of a hidden layer: weight, bias, column numbers */
    size_t floats;         /* of the block */
    float *value, *grad, *m, *v; /* the block, floats each */
    int64_t steps;               /* of Adam */
    bool moves;                  /* the current phase trains it */
};

/* For a backbone's build(): registers a table for a categorical column, whose first `random` columns start at
 * N(0, init^2) and the others at 0. The table of an omitted column has width 0: it keeps its place. */
Status net_table(Net *net, int field, int width, int random, Message *message);

/* For a backbone's build(), after the tables of all columns: registers those of embed_events(). */
Status net_event_tables(Net *net, int width, Message *message);

/* For a backbone's build(): registers a matrix, whose offset is set here; returns its place in net->weight.
 */
int net_weights(Net *net, const Weights *weights);

/* Registers the weight and bias of a layer, uniform in +-1/sqrt(inputs) as PyTorch's Linear, or 0 where
 * `zero`. The bias is at the returned place + 1. */
int net_layer(Net *net, int inputs, int outputs, bool zero, const char *stream, int stream_index);

/* The logit of a head as its backbone gives it and, for the click head of a model with an omission, the term
 * of the columns that the rest of the net lacks. */
Var net_logit(Net *net, Pass *pass, Head head, Space space);

/* The parameter as a leaf of the tape; its gradient is wanted while the net moves. */
Var net_parameter(Net *net, Tape *tape, int place);

/* The layer registered at `place`, applied. */
Var net_linear(Net *net, Var x, int place, bool relu);

/* x times the matrix registered alone at `place`: a layer without a bias. */
Var net_scaled(Net *net, Var x, int place);

typedef struct Model {
    const Method *method;
    ModelOptions options;
    Omission omission; /* of options.omit */
    Net net[MAX_NETS];
    int nets;
    float prior[HEADS]; /* what is added to the logits of a head: where it starts; 0 for nothing */
    Net teacher; /* the exponential average of net 0, never moved by a loss; no heads when not wanted */
} Model;

/* Number of parameters of the model's nets, embeddings and all; without the teacher, which no loss moves. */
int64_t model_parameters(const Model *model);

/* What a model is made of. */
typedef struct ModelSetup {
    const Method *method;
    const ModelOptions *options;
    const Schema *schema;
    size_t lookups; /* the most rows of a table that one phase can look up */
    const StreamKey *key;
} ModelSetup;

/* Builds the nets of a method for data with this schema, with parameters drawn from streams of the key. */
Status model_create(Model **model, const ModelSetup *setup, Message *message);
void model_free(Model *model);

/* Lets heads start at the rate of their label in a log: clicks over D for CTR; r over clicks for CVR and the
 * estimator's other heads of that label, t over D where it says so; actions over clicks, or over D with t;
 * purchases after an action, and otherwise, over the clicks of each kind. One half of a row of each kind is
 * added, so that no rate is 0 or 1. The prior is a part of the logit that nothing moves; its heads' own part
 * starts as ever, and the L2 penalty draws to the rate. */
void model_start_at_rates(Model *model, const Log *log);

/* The same of conversions alone, from numbers of clicks and of those that converted. */
void model_start_at_rate(Model *model, double converted, double clicks);

/* The net that has a head; NULL when the method has no such head. */
Net *model_net(Model *model, Head head);

/* Whether the model gives a p: by a head of its own, or made of c and an offset. */
bool model_predicts_clicks(Model *model);

/* Chooses the nets that the next loss moves (bits as in Phase.moves) and clears their gradients. */
enum { MOVE_ALL = 0, MOVE_NOTHING = 1 << 30 };
void model_move(Model *model, unsigned moves);

/* Gives net `to` the parameters of net `from`, which are of the same shapes. */
void model_copy(Model *model, int from, int to);

/* The same of their embeddings alone. */
void model_copy_tables(Model *model, int from, int to);

/* Moves the teacher towards net 0: decay x teacher + (1 - decay) x net, every parameter. */
void model_teach(Model *model, double decay);

/* One Adam step on the nets that move. */
void model_update(Model *model, double learning_rate, double l2);
