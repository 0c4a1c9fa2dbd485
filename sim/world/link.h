/* From a linear predictor of a world to a probability. */
#pragma once

typedef enum Link {
    LINK_LOGIT,  /* 1 / (1 + exp(-z)) */
    LINK_PROBIT, /* P(N(0, 1) < z) */
} Link;

double link_probability(Link link, double z);
