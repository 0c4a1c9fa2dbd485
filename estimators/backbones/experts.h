/* What backbones of gated experts share. An expert is one ReLU layer; the experts of a group read the same
 * input, so a group is one layer of their widths together. A gate is a linear layer whose softmax weighs
 * experts. */
#pragma once

#include "estimators/core/model.h"

/* Everything that the heads of a net have in common counts as their first part, and the counterfactual head
 * is the twin of CVR: it is gated as CVR, and has a tower of its own. Whose gate a head goes by: */
Head gated_as(const Net *net, Head head);

/* Registers a group of experts, or a gate over so many; `owner` is the head whose own they are, or HEADS for
 * what all share. Return the place. In the streams that random starts are keyed by, they are layers numbered
 * on from those of the owner's tower. */
enum { EXPERTS_LAYER = MAX_LAYERS + 1, GATE_LAYER = EXPERTS_LAYER + MAX_LEVELS };
int experts_build(Net *net, int inputs, int experts, Head owner, int level);
int gate_build(Net *net, int inputs, int experts, Head owner, int level);

/* The gates of all heads that have one, registered one after the other, and where the one of a head is when
 * the first is at `first`. */
void gates_build(Net *net, int inputs, int experts);
int gate_place(const Net *net, Head head, int first);
