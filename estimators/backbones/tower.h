/* The multilayer perceptrons that tower-like backbones share. */
#pragma once

#include "estimators/core/model.h"

/* Registers an embedding table for every categorical column that is not omitted, of width 0 in a net whose
 * inputs are another's, crossed; *inputs is the width of pass_input(). */
Status tower_embeddings(Net *net, int *inputs, Message *message);

/* Registers the layers of a head, number `from` (0 is the first) to the last, which gives the logit. */
void tower_build(Net *net, Head head, int inputs, int from);

/* Applies the layers number `from` to the last to x, which is the layer before where `from` is not 0, and
 * keeps the hidden ones for hidden_layer(); `from` may be later than where the head was built from. */
Var tower_apply(Net *net, Pass *pass, Head head, Space space, Var x, int from);

/* Number of heads of a net, and the place of a head among them. */
int head_count(const Net *net);
int head_rank(const Net *net, Head head);

/* The counterfactual head is the twin of CVR: it has CVR's first layer, and layers of its own after that. */
bool is_twin(const Net *net, Head head);

/* Heads whose logit starts at 0 everywhere: corrections of something, which start as none. */
bool starts_at_zero(Head head);

/* What a head's random start is keyed by. */
const char *head_name(Head head);
