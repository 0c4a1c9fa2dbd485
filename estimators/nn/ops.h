/* Operations of the tape: each takes and returns Vars, so that a loss reads like its equation. "Elementwise"
 * operations take equal shapes. Unless said otherwise every operand gets its gradient. Labels and weights
 * made by the Pass have none. */
#pragma once

#include "estimators/nn/tape.h"

/* Elementwise. */
Var sigmoid(Var x);
Var softplus(Var x); /* log(1 + exp(x)) */
Var square(Var x);
Var absolute(Var x);
Var scale(Var x, float k);     /* k x */
Var shift(Var x, float k);     /* x + k */
Var clamp_max(Var x, float k); /* min(x, k) */
Var clamp_min(Var x, float k); /* max(x, k) */
Var reciprocal(Var x);         /* 1 / x */
Var logarithm(Var x);          /* log x */
Var exponential(Var x);        /* exp x */
Var one_minus(Var x);          /* 1 - x */
Var add(Var a, Var b);
Var sub(Var a, Var b);
Var mul(Var a, Var b);
Var divide(Var a, Var b); /* a / b */

/* l(y, sigmoid(z)) = -y log sigmoid(z) - (1-y) log(1 - sigmoid(z)), elementwise, from the logit; y may be
 * soft and has a gradient too. */
Var bce(Var z, Var y);

/* logit(sigmoid(a) sigmoid(b)), elementwise and stable: the logit of "clicked and converted" from those of p
 * and c. */
Var logit_and(Var a, Var b);

/* logit(sigmoid(w) sigmoid(a) + (1 - sigmoid(w)) sigmoid(b)), elementwise and stable: the logit of an event
 * that comes in two ways, a where the event of w happens and b where it does not. */
Var logit_mix(Var w, Var a, Var b);

/* P(N(0, 1) < x), elementwise. */
Var normal_probability(Var x);

/* P(X < a, Y < b) of two such numbers with a correlation, elementwise, in [-0.99, 0.99]. */
Var joint_normal_probability(Var a, Var b, Var correlation);

/* To 1 x 1. The mean of no rows is 0, and so is the weighted mean when the weights sum to 0: a batch without
 * clicks teaches nothing. A row of weight w (Node.row_weight) counts as w rows, here, in pairwise
 * and in log_softmax; these are all the operations across rows. */
Var sum(Var x);
Var mean(Var x);
Var weighted_mean(Var weight, Var x); /* sum w x / sum w; w must not need a gradient */

/* sum_ij u_i v_j softplus(x_j - x_i) / (sum_i u_i sum_j v_j) of a column x and weights u and v of its rows,
 * at least 0 and without gradient: the mean loss of pairs, in which a row i is to rank above a row j (Rendle
 * et al., Bayesian personalised ranking, UAI 2009). 0 where either weights sum to 0. Rows of weight 0 cost
 * nothing: time is that of the pairs. */
Var pairwise(Var x, Var u, Var v);

/* How many rows there are: the sum of their weights. */
float weight_of(Var x);

/* Over all entries together: log of exp(x_i) / sum_j exp(x_j), finite where the softmax itself underflows. */
Var log_softmax(Var x);
Var softmax(Var x);

/* The value without its gradient: sg(x). */
Var stop(Var x);

/* sum_k softmax(gates)_k h_k, |B| x d, where gates is |B| x n and the n experts h_k, each |B| x d, lie side
 * by side, one or more in each of `parts` matrices. One fused operation. */
Var mix(Var gates, const Var *experts, int parts);

/* sum_k A[row][k] x_k of x_0, x_1, ..., as many as A has columns, of equal shapes. */
Var stitch(Var a, int row, const Var *x);

/* x, whose gradient goes on times -k. */
Var reverse(Var x, float k);

/* 1 where x > k, 0 elsewhere and NaN where x is NaN; has no gradient. */
Var above(Var x, float k);

/* The smallest entry; 1 of none. */
float least(Var x);

/* The smallest entry that a share `level` of the rows, by their weights, is not above; 1 of none. */
float quantile(Var x, float level);

/* The same of rows with a further weight, at least 0; 1 where these weights sum to 0. */
float weighted_quantile(Var weight, Var x, float level);

/* Attention over two tokens, a row each of a and b: [k | q | v], |B| x 3d, to |B| x d. The sum of w v over
 * the two, w their softmax of <k, q> / sqrt(d). One fused operation. */
Var attend(Var a, Var b);

/* [a | b]: rows x (columns of a + columns of b). */
Var concat(Var a, Var b);

/* Columns [first, first + n) of x. */
Var columns_of(Var x, int first, int n);

/* The products of each entry of a row of a with each of the same row of b, those of the first entry of a
 * first: rows x (columns of a times columns of b). */
Var outer(Var a, Var b);

/* a' b, columns of a x columns of b, of two matrices of as many rows. */
Var gram(Var a, Var b);

/* Long short-term memory (Hochreiter and Schmidhuber 1997) with forget bias 1: the last states of `steps`
 * steps, |B| x (n d), of n separate ones of width d. z holds what every step gives their gates i, f, g and o,
 * (steps |B|) x (4 n d), row t |B| + r for step t of row r; u, (n d) x 4 d, what the state before adds. */
Var lstm(Var z, int steps, Var u);

/* x W + b, then max(0, .) where `relu`; x |B| x k, W k x n, b 1 x n. One fused operation. */
Var linear(Var x, Var weight, Var bias, bool relu);
