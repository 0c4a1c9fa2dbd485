/* How well two logs can be told apart, not by their raw columns, which are copies of another kind in a
 * simulated world, but by what models and counts make of them (ScoreSpace). */
#pragma once

#include "experiments/twin/log_statistics.h"

typedef struct SpaceComparison {
    double
        auc; /* of a logistic regression with squares and products, cross-fitted in two halves: .5 is alike */
    double pmse; /* mean (p_i - c)^2 of one fit to all over (k-1) c (1-c) / N, what two independent samples of
                    the same log have on average: 1 is alike (Snoke et al. 2018, for independent samples) */
    double ks[4]; /* Kolmogorov-Smirnov distances of the first columns: logits and log counts */
    int telltale; /* the column that alone tells most */
    double telltale_auc;
} SpaceComparison;

Status spaces_compare(const ScoreSpace *a, const ScoreSpace *b, SpaceComparison *comparison,
                      Message *message);
