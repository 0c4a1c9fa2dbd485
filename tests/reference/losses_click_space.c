/* Losses on clicks alone. */
#include "tests/reference/losses.h"

static double repeated_loss(const PlainBatch *b, int i)
{
    return b->r[i] == 1 ? plain_constant(b, "k") * conversion_loss(b, i) : conversion_loss(b, i);
}

static double repeats(const PlainBatch *b, int i)
{
    return b->r[i] == 1 ? plain_constant(b, "k") : 1;
}

static double plain_oversampling(const PlainBatch *b)
{
    return normalised(b, O, repeated_loss, repeats);
}

bool unbias_keeps(const PlainBatch *b, int k)
{
    return b->u[k] < plain_constant(b, "scale") * b->click_rate / p_tilde(b, b->row[O][k]);
}

static double plain_unbias(const PlainBatch *b)
{
    double sum = 0;
    for (int k = 0; k < b->rows[O]; k++)
        sum += unbias_keeps(b, k) ? conversion_loss(b, b->row[O][k]) : 0;
    return sum / b->exposures;
}

const LossReference losses_click_space[] = {
    {"naive", 0, HEAD(CVR), .loss = plain_naive},
    {"oversampling", 0, HEAD(CVR), .loss = plain_oversampling, .constant = {{"k", 3, 1.5}}},
    {"unbias", 0, HEAD(CVR), .loss = plain_unbias, .constant = {{"scale", 0.1, 0.7}}},
    {.estimator = NULL},
};
