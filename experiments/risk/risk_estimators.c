/* The risk estimators of estimators/METHODS.md, F, one after the other: the estimate, and where it is linear
 * in the clicks, or a ratio of two sums that are, the terms that its bias and variance follow from. Those
 * with a constant are by account: switch_dr, dros and sg by one of st-tech/zr-obp obp/ope/estimators.py. */
#include "experiments/risk/risk_estimators.h"

#include <math.h>
#include <string.h>

static double term_1(const RiskExposure *r)
{
    (void)r;
    return 1;
}

static double term_w(const RiskExposure *r)
{
    return r->w;
}

static double term_e(const RiskExposure *r)
{
    return r->e;
}

static double term_e_hat(const RiskExposure *r)
{
    return r->e_hat;
}

static double term_gap(const RiskExposure *r)
{
    return r->e - r->e_hat;
}

static double term_w_e(const RiskExposure *r)
{
    return r->w * r->e;
}

static double term_w_gap(const RiskExposure *r)
{
    return r->w * term_gap(r);
}

static double naive(const RiskSums *s)
{
    return s->e / s->click;
}

static double eib(const RiskSums *s)
{
    return (s->imputed + s->gap) / s->rows;
}

static double ips(const RiskSums *s)
{
    return s->w_e / s->rows;
}

static double snips(const RiskSums *s)
{
    return s->w_e / s->click_w;
}

static double dr(const RiskSums *s)
{
    return (s->imputed + s->w_gap) / s->rows;
}

/* dr with e_hat + b, where b minimises sum_O v (e - e_hat - b)^2, v = (1-p_hat)/p_hat^2 = w^2 - w. A learned
 * label has these weights itself, and no shift. */
static double mrdr(const RiskSums *s)
{
    double v = s->click_w2 - s->click_w;
    double b = s->learned || !(v > 0) ? 0 : (s->w2_gap - s->w_gap) / v;
    return (s->imputed + s->rows * b + s->w_gap - b * s->click_w) / s->rows;
}

/* dr with e_hat + eps (w - 1), eps = sum_O (e - e_hat)(w - 1) / sum_O (w - 1)^2. */
static double tdr(const RiskSums *s)
{
    double squares = s->click_w2 - 2 * s->click_w + s->click;
    double eps = squares > 0 ? (s->w_gap - s->gap) / squares : 0;
    double imputed = s->imputed + eps * (s->weight - s->rows);
    return (imputed + s->w_gap - eps * (s->click_w2 - s->click_w)) / s->rows;
}

/* dr with e_hat + eps (o - p_hat), eps = sum_O (w - 1)(e - e_hat) / sum_O (w - 1)(1 - p_hat), as it is
 * printed: sum_D of what is added is then eps (|O| - sum_D p_hat), and not that of an imputed error of all
 * exposures. */
static double superdr(const RiskSums *s)
{
    double squares = s->click_w - 2 * s->click + s->click_p;
    double eps = squares > 0 ? (s->w_gap - s->gap) / squares : 0;
    double imputed = s->imputed + eps * (s->click - s->p);
    return (imputed + s->w_gap - eps * (s->click_w - s->click)) / s->rows;
}

static double stable(const RiskSums *s)
{
    return s->imputed / s->rows + s->w_gap / s->click_w;
}

static double clip_ips_term(const RiskExposure *r)
{
    return fmin(r->w, r->lambda[0]) * r->e;
}

static double clip_dr_term(const RiskExposure *r)
{
    return fmin(r->w, r->lambda[0]) * term_gap(r);
}

static double double_clip_term(const RiskExposure *r)
{
    return fmin(fmax(r->w, r->lambda[0]), r->lambda[1]) * r->e;
}

static double switch_term(const RiskExposure *r)
{
    return r->w <= r->lambda[0] ? r->w * r->e : 0;
}

static double switch_base(const RiskExposure *r)
{
    return r->w <= r->lambda[0] ? 0 : r->e_hat;
}

static double switch_dr_term(const RiskExposure *r)
{
    return r->w <= r->lambda[0] ? r->w * term_gap(r) : 0;
}

static double dros_term(const RiskExposure *r)
{
    return r->lambda[0] * r->w / (r->w * r->w + r->lambda[0]) * term_gap(r);
}

static double sg_term(const RiskExposure *r)
{
    return r->w / (1 - r->lambda[0] + r->lambda[0] * r->w) * term_gap(r);
}

/* An imputed error is used where it is sure: spread / e_hat < lambda. */
static bool cdr_leaves_out(const RiskExposure *r)
{
    return !(r->spread < r->lambda[0] * r->e_hat);
}

static double cdr_base(const RiskExposure *r)
{
    return cdr_leaves_out(r) ? 0 : r->e_hat;
}

static double cdr_term(const RiskExposure *r)
{
    return r->w * (r->e - cdr_base(r));
}

static double at_weight(double w)
{
    return w;
}

/* Halves the weight w. */
static double dros_at_weight(double w)
{
    return w * w;
}

/* Likewise, as far as a constant of at most 1 can. */
static double sg_at_weight(double w)
{
    return w > 2 ? 1 / (w - 1) : 1;
}

const RiskEstimator risk_estimator_table[] = {
    {.name = "naive", .meaning = "mean error of the clicks: sum_O e / |O|", naive, term_e, .share = term_1},
    {.name = "eib",
     .meaning = "errors of non-clicks imputed: (sum_O e + sum_N e_hat) / N",
     eib,
     term_gap,
     term_e_hat,
     .imputes = true},
    {.name = "ips", .meaning = "inverse propensity: sum_O e/p_hat / N", ips, term_w_e},
    {.name = "snips",
     .meaning = "self-normalised ips: sum_O e/p_hat / sum_O 1/p_hat",
     snips,
     term_w_e,
     .share = term_w},
    {.name = "dr",
     .meaning = "doubly robust: (sum_D e_hat + sum_O (e - e_hat)/p_hat) / N",
     dr,
     term_w_gap,
     term_e_hat,
     .imputes = true},
    {.name = "mrdr",
     .meaning = "dr with imputations fitted on clicks by weights (1-p_hat)/p_hat^2: a shift of given ones",
     mrdr,
     .imputes = true,
     .label = RISK_LABEL_VARIANCE},
    {.name = "tdr", .meaning = "dr with imputed errors corrected along 1/p_hat - 1", tdr, .imputes = true},
    {.name = "stable",
     .meaning = "dr with its correction divided by sum_O 1/p_hat instead of N",
     stable,
     term_w_gap,
     term_e_hat,
     term_w,
     .imputes = true},
    {.name = "clip_ips",
     .meaning = "ips with weights of at most lambda: min(1/p_hat, lambda)",
     .term = clip_ips_term,
     .lambda = RISK_CLIP_IPS,
     .lambda_at = at_weight},
    {.name = "clip_dr",
     .meaning = "dr with weights of at most lambda: min(1/p_hat, lambda)",
     .term = clip_dr_term,
     .base = term_e_hat,
     .imputes = true,
     .lambda = RISK_CLIP_DR,
     .lambda_at = at_weight},
    {.name = "double_clip",
     .meaning = "ips with weights between two bounds",
     .term = double_clip_term,
     .lambda = RISK_DOUBLE_CLIP_LOW,
     .lambda_at = at_weight},
    {.name = "switch",
     .meaning = "ips where 1/p_hat <= lambda, imputed errors elsewhere",
     .term = switch_term,
     .base = switch_base,
     .imputes = true,
     .lambda = RISK_SWITCH,
     .lambda_at = at_weight},
    {.name = "switch_dr",
     .meaning = "dr without its correction where 1/p_hat > lambda",
     .term = switch_dr_term,
     .base = term_e_hat,
     .imputes = true,
     .lambda = RISK_SWITCH_DR,
     .lambda_at = at_weight},
    {.name = "dros",
     .meaning = "dr with optimistic shrinkage of w = 1/p_hat: lambda w / (w^2 + lambda)",
     .term = dros_term,
     .base = term_e_hat,
     .imputes = true,
     .lambda = RISK_DROS,
     .lambda_at = dros_at_weight},
    {.name = "sg",
     .meaning = "dr with sub-gaussian weights of w = 1/p_hat: w / (1 - lambda + lambda w)",
     .term = sg_term,
     .base = term_e_hat,
     .imputes = true,
     .lambda = RISK_SG,
     .lambda_at = sg_at_weight},
    {.name = "cdr",
     .meaning = "conservative dr: without imputed errors whose spread, that of imputation.noise, is at least "
                "lambda times as large",
     .term = cdr_term,
     .base = cdr_base,
     .leaves_out = cdr_leaves_out,
     .imputes = true,
     .lambda = RISK_CDR},
    {.name = "superdr",
     .meaning =
         "dr with imputed errors corrected along o - p_hat: biased where p_hat is right and e_hat wrong",
     superdr,
     .imputes = true,
     .reads_p = true},
    {0},
};

const RiskEstimator *risk_estimator_find(const char *name)
{
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++)
        if (!strcmp(e->name, name))
            return e;
    return NULL;
}
