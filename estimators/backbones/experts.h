/* What backbones of gated experts share. An expert is one ReLU layer; the experts of a group read the same
 * input, so a group is one layer of their widths together. A gate is a linear layer whose softmax weighs
 * experts. */
#pragma once

#include "estimators/core/model.h"

/* The head whose gate a head uses: its own. The counterfactual head is the twin of CVR in all that comes
 * before the towers, so it uses the gate of CVR, and has a tower of its own. */
Head gated_as(const Net *net, Head head);

/* Registers a group of experts, or a gate over so many; `owner` is the head whose own they are, or HEADS for
 * what all share. Return the place in net->weight. The streams that their random starts are keyed by go on
 * from the layers of the owner's tower. */
enum { EXPERTS_LAYER = MAX_LAYERS + 1, GATE_LAYER = EXPERTS_LAYER + MAX_LEVELS };
int experts_build(Net *net, int inputs, int experts, Head owner, int level);
int gate_build(Net *net, int inputs, int experts, Head owner, int level);

/* Registers the gates of all heads that have one, one after the other; and the place of the one of a head,
 * when that of the first is `first`. */
void gates_build(Net *net, int inputs, int experts);
int gate_place(const Net *net, Head head, int first);
