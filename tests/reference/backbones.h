/* The forward passes of the backbones in plain double arithmetic: what tests/estimators/test_backbones.c
 * holds them to. A new backbone is its function and its row in backbones.c; without them that test fails. */
#pragma once

#include "tests/reference/plain_net.h"

typedef PlainNumber PlainLogit(const PlainParameters *w, Head head, const PlainRow *x);

PlainLogit plain_towers, plain_shared_bottom, plain_mf, plain_cross_stitch, plain_mmoe, plain_ple, plain_mose,
    plain_aitm;

typedef struct BackboneReference {
    const char *backbone;
    PlainLogit *logit;
    int depths, layers[3]; /* numbers of layers, and of levels of ple, that a test should try */
} BackboneReference;

/* Row number n; NULL after the last. */
const BackboneReference *backbone_reference(int n);

/* Call it when the parameters or streams behind plain_mose() have changed. */
void plain_forget_streams(void);
