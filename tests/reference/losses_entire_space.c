/* Losses over every exposure, and the plain losses of click and conversion on a multi-task backbone. */
#include "tests/reference/losses.h"

#include <math.h>

/* l(t, c) */
static double false_negative_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i] * b->r[i], probability(b->z[CVR][i]));
}

static double plain_direct(const PlainBatch *b)
{
    return average(b, D, false_negative_loss);
}

bool aman_keeps(const PlainBatch *b, int k)
{
    return b->o[b->row[D][k]] == 1 || b->u[k] > 1 - plain_constant(b, "share");
}

static double plain_aman(const PlainBatch *b)
{
    double sum = 0, kept = 0;
    for (int k = 0; k < b->rows[D]; k++)
        if (aman_keeps(b, k)) {
            sum += false_negative_loss(b, b->row[D][k]);
            kept++;
        }
    return kept > 0 ? sum / kept : 0;
}

/* The head of conversions is that of clicked and converted. */
static double plain_division(const PlainBatch *b)
{
    return average(b, D, click_loss) + average(b, D, false_negative_loss);
}

static double plain_multi_task(const PlainBatch *b)
{
    return average(b, D, click_loss) + average(b, O, conversion_loss);
}

static double mixed_conversion(const PlainBatch *b, int i)
{
    double y2 = probability(b->z[ACTION][i]);
    return y2 * probability(b->z[BUY_AFTER_ACTION][i]) + (1 - y2) * probability(b->z[BUY_OTHERWISE][i]);
}

static double action_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i] * b->d[i], probability(b->z[CTR][i]) * probability(b->z[ACTION][i]));
}

static double mixed_ctcvr_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i] * b->r[i], probability(b->z[CTR][i]) * mixed_conversion(b, i));
}

static double plain_esm2(const PlainBatch *b)
{
    return average(b, D, click_loss) + average(b, D, action_loss) + average(b, D, mixed_ctcvr_loss);
}

static double chain_loss(const PlainBatch *b, int i)
{
    return click_loss(b, i) + cross_entropy(b->o[i] * b->r[i], probability(b->z[CVR][i]));
}

static double chain_action_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i] * b->d[i], probability(b->z[ACTION][i]));
}

static double excess(const PlainBatch *b, Head before, Head after, int i)
{
    return fmax(probability(b->z[after][i]) - probability(b->z[before][i]), 0);
}

static double conversion_above_click(const PlainBatch *b, int i)
{
    return excess(b, CTR, CVR, i);
}

static double steps_above_the_one_before(const PlainBatch *b, int i)
{
    return excess(b, CTR, ACTION, i) + excess(b, ACTION, CVR, i);
}

static double plain_aitm(const PlainBatch *b)
{
    return average(b, D, chain_loss) + plain_constant(b, "alpha") * average(b, D, conversion_above_click);
}

static double plain_aitm_action(const PlainBatch *b)
{
    return average(b, D, chain_loss) + average(b, D, chain_action_loss) +
           plain_constant(b, "alpha") * average(b, D, steps_above_the_one_before);
}

const LossReference losses_entire_space[] = {
    {"aman", 0, HEAD(CVR), .loss = plain_aman, .constant = {{"share", 0.1, 0.6}}},
    {"division", 0, CLICK_AND_CVR, .loss = plain_division},
    {"esmm", 0, CLICK_AND_CVR, .loss = plain_esmm},
    {"esmm_ns", 0, CLICK_AND_CVR, .loss = plain_esmm},
    {"esm2", 0, HEAD(CTR) | HEAD(ACTION) | HEAD(BUY_AFTER_ACTION) | HEAD(BUY_OTHERWISE), .loss = plain_esm2},
    {"direct", 0, HEAD(CVR), .loss = plain_direct},
    {"shared_bottom", 0, CLICK_AND_CVR, .loss = plain_multi_task},
    {"cross_stitch", 0, CLICK_AND_CVR, .loss = plain_multi_task},
    {"mmoe", 0, CLICK_AND_CVR, .loss = plain_multi_task},
    {"ple", 0, CLICK_AND_CVR, .loss = plain_multi_task},
    {"mose", 0, CLICK_AND_CVR, .loss = plain_multi_task},
    {"aitm", 0, CLICK_AND_CVR, .loss = plain_aitm, .constant = {{"alpha", 0.6, 4}}},
    {"aitm_action", 0, CLICK_AND_CVR | HEAD(ACTION), .loss = plain_aitm_action,
     .constant = {{"alpha", 0.6, 4}}},
    {.estimator = NULL},
};
