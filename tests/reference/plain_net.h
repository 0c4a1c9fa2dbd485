/* The parameters of a net and its layers in plain double arithmetic, with a running bound of what float
 * rounding may do. Nothing here uses the tape. */
#pragma once

#include "estimators/backbones/experts.h"
#include "estimators/backbones/tower.h"
#include "tests/support/support.h"

enum { FIELDS = 3, DENSE = 2, EMBEDDING = 4, LARGEST = 7, EVENTS = 3, UNITS = 64, FLOATS = 4096 };

/* The parameters of a net in double. */
typedef struct PlainParameters {
    const Net *net;
    double dense[FLOATS];
    double table[FIELDS + EVENT_TABLES][GAP_BUCKETS][EMBEDDING + HEADS];
} PlainParameters;

PlainParameters plain_parameters(const Net *net);

/* A value that float arithmetic may get wrong by `error`. */
typedef struct PlainNumber {
    double value, error;
} PlainNumber;

/* The features of a row. */
typedef struct PlainRow {
    const uint32_t *id;
    const float *dense;
    const ActivityStream *stream;
} PlainRow;

extern double plain_nearest_kink; /* the smallest |x| that met max(0, x); set it to HUGE_VAL before */

/* Where the matrix of a stream is in the block; NULL when the net has none. */
const Weights *plain_weights(const Net *net, const char *stream, int index);

/* y = x W + b, then max(0, .) where `relu`; returns the number of outputs. A sum of n products in any order
 * is off by (n + 2) u times the sum of their absolute values. */
int plain_layer(const PlainParameters *w, const char *stream, int layer, bool relu, int inputs,
                const PlainNumber *x, PlainNumber *y);

/* Embeddings and dense columns; returns how many. */
int plain_features(const PlainParameters *w, const PlainRow *x, PlainNumber *a);

/* The counterfactual head is the twin of CVR in all but its tower. */
Head plain_gated_as(const Net *net, Head head);

/* sum_k softmax(gate)_k h_k of n experts in a row. A weight is off by the factor exp(+-d), where d gathers:
 * the errors of two gates; of their difference, 1/2 ulp of it; of two exponentials, 4 ulp each; of a sum of n
 * and a quotient, which is a product with a reciprocal good to 2 ulp. */
void plain_mix(int n, const PlainNumber *gate, int width, const PlainNumber *h, PlainNumber *y);

/* All layers of the head's tower, on `width` inputs. */
PlainNumber plain_tower_on(const PlainParameters *w, Head head, int width, PlainNumber *a);
