/* The Gauss-Hermite rule for a standard normal number, the same bits on every machine. */
#pragma once

#include <stddef.h>

/* Nodes, ascending, and weights, of sum 1, of the rule of n >= 1 nodes: the mean of g(h), h ~ N(0, 1), is the
 * weighted sum of g over the nodes, exactly for polynomials of degree 2n - 1. Nodes whose weight is below
 * 1e-22 are left out. Both arrays have room for n numbers. Returns how many nodes there are. */
size_t hermite_rule(size_t n, double *node, double *weight);
