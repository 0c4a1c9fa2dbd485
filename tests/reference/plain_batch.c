/* Sums over the rows of a batch, propensities, and the losses that several methods are made of. */
#include "tests/reference/plain_batch.h"

#include <math.h>

double plain_constant(const PlainBatch *b, const char *key)
{
    for (const PlainConstant *c = b->constant; c->key; c++)
        if (!strcmp(c->key, key))
            return b->other >> (c - b->constant) & 1 ? c->other : c->methods;
    fail_msg("the reference has no constant %s", key);
    return 0;
}

double probability(double z)
{
    return 1 / (1 + exp(-z));
}

double cross_entropy(double y, double q)
{
    return -y * log(q) - (1 - y) * log(1 - q);
}

double total(const PlainBatch *b, Space space, PlainTerm *term)
{
    double sum = 0;
    for (int k = 0; k < b->rows[space]; k++)
        sum += term(b, b->row[space][k]);
    return sum;
}

double average(const PlainBatch *b, Space space, PlainTerm *term)
{
    return b->rows[space] ? total(b, space, term) / b->rows[space] : 0;
}

double clicked_share(const PlainBatch *b, PlainTerm *term)
{
    return total(b, O, term) / b->exposures;
}

double normalised(const PlainBatch *b, Space space, PlainTerm *product, PlainTerm *weight)
{
    double sum = total(b, space, weight);
    return sum > 0 ? total(b, space, product) / sum : 0;
}

double clip_to(const PlainBatch *b, double p)
{
    return fmin(fmax(p, b->clip), 1);
}

/* The logit of p: the CTR head's, or made of c's. */
static double click_score(const PlainBatch *b, double (*z)[ROWS], int i)
{
    return strncmp(b->estimator, "dt_", 3) == 0 ? z[CVR][i] + z[CLICK_OFFSET][i] : z[CTR][i];
}

double p_raw(const PlainBatch *b, int i)
{
    if (b->given)
        return b->given[i];
    double moved = probability(b->shift + b->scale * click_score(b, b->s, i) + b->noise[i]);
    return 1 / ((1 - b->beta) / moved + b->beta / b->average);
}

double p_tilde(const PlainBatch *b, int i)
{
    return clip_to(b, p_raw(b, i));
}

double inverse_p(const PlainBatch *b, int i)
{
    return 1 / p_tilde(b, i);
}

double inverse_not_p(const PlainBatch *b, int i)
{
    return 1 / clip_to(b, 1 - p_raw(b, i));
}

double click_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i], probability(click_score(b, b->z, i)));
}

double conversion_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[CVR][i]));
}

double ctcvr_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->o[i] * b->r[i], probability(b->z[CTR][i]) * probability(b->z[CVR][i]));
}

static double conversion_loss_over_p(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) * inverse_p(b, i);
}

double plain_naive(const PlainBatch *b)
{
    return average(b, O, conversion_loss);
}

double plain_esmm(const PlainBatch *b)
{
    return average(b, D, click_loss) + average(b, D, ctcvr_loss);
}

double plain_ips(const PlainBatch *b)
{
    return clicked_share(b, conversion_loss_over_p);
}

double plain_snips(const PlainBatch *b)
{
    return normalised(b, O, conversion_loss_over_p, inverse_p);
}

double pseudo_loss(const PlainBatch *b, int i)
{
    return cross_entropy(probability(b->s[IMPUTATION][i]), probability(b->z[CVR][i]));
}

double stopped_pseudo_loss(const PlainBatch *b, int i)
{
    return cross_entropy(probability(b->s[IMPUTATION][i]), probability(b->s[CVR][i]));
}

static double pseudo_gap_over_p(const PlainBatch *b, int i)
{
    return conversion_loss(b, i) / p_tilde(b, i) - pseudo_loss(b, i) / p_tilde(b, i);
}

double plain_two_model_prediction(const PlainBatch *b)
{
    return clicked_share(b, pseudo_gap_over_p) + average(b, D, pseudo_loss);
}

double square_imputation_gap(const PlainBatch *b, int i)
{
    double r_hat = probability(b->s[CVR][i]);
    double gap = cross_entropy(b->r[i], r_hat) - cross_entropy(probability(b->z[IMPUTATION][i]), r_hat);
    return gap * gap;
}

static double dr_jl_term(const PlainBatch *b, int i)
{
    return square_imputation_gap(b, i) / p_tilde(b, i);
}

double plain_dr_jl_imputation(const PlainBatch *b)
{
    return clicked_share(b, dr_jl_term);
}

double plain_click(const PlainBatch *b)
{
    return average(b, D, click_loss);
}

double p_res(const PlainBatch *b, double (*g)[ROWS], int i)
{
    double p = fmin(fmax(p_raw(b, i), 1e-6), 1 - 1e-6);
    return clip_to(b, probability(log(p) - log(1 - p) + g[RESIDUAL_P][i]));
}

double stopped_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->s[CVR][i]));
}

double plain_res_dr_nominal(const PlainBatch *b)
{
    return plain_click(b) + plain_dr_jl_imputation(b);
}

double p_live(const PlainBatch *b, int i)
{
    return b->given ? b->given[i] : probability(click_score(b, b->z, i));
}
