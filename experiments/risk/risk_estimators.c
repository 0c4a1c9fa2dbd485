/* The risk estimators of estimators/METHODS.md, F, one after the other: the estimate, and where it is linear
 * in the clicks the term of a click, which its exact bias and variance follow from. */
#include "experiments/risk/risk_estimators.h"

#include <math.h>
#include <string.h>

static double naive(const RiskSums *s)
{
    return s->e / s->click;
}

static double eib(const RiskSums *s)
{
    return (s->imputed + s->gap) / s->rows;
}

static double eib_term(double w, double e, double e_hat)
{
    (void)w;
    return e - e_hat;
}

static double ips(const RiskSums *s)
{
    return s->w_e / s->rows;
}

static double ips_term(double w, double e, double e_hat)
{
    (void)e_hat;
    return w * e;
}

static double snips(const RiskSums *s)
{
    return s->w_e / s->click_w;
}

static double dr(const RiskSums *s)
{
    return (s->imputed + s->w_gap) / s->rows;
}

static double dr_term(double w, double e, double e_hat)
{
    return w * (e - e_hat);
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

static double stable(const RiskSums *s)
{
    return s->imputed / s->rows + s->w_gap / s->click_w;
}

const RiskEstimator risk_estimator_table[] = {
    {"naive", "mean error of the clicks: sum_O e / |O|", naive, NULL, false, RISK_LABEL_INVERSE},
    {"eib", "errors of non-clicks imputed: (sum_O e + sum_N e_hat) / N", eib, eib_term, true,
     RISK_LABEL_INVERSE},
    {"ips", "inverse propensity: sum_O e/p_hat / N", ips, ips_term, false, RISK_LABEL_INVERSE},
    {"snips", "self-normalised ips: sum_O e/p_hat / sum_O 1/p_hat", snips, NULL, false, RISK_LABEL_INVERSE},
    {"dr", "doubly robust: (sum_D e_hat + sum_O (e - e_hat)/p_hat) / N", dr, dr_term, true,
     RISK_LABEL_INVERSE},
    {"mrdr", "dr with imputations fitted on clicks by weights (1-p_hat)/p_hat^2: a shift of given ones", mrdr,
     NULL, true, RISK_LABEL_VARIANCE},
    {"tdr", "dr with imputed errors corrected along 1/p_hat - 1", tdr, NULL, true, RISK_LABEL_INVERSE},
    {"stable", "dr with its correction divided by sum_O 1/p_hat instead of N", stable, NULL, true,
     RISK_LABEL_INVERSE},
    {0},
};

const RiskEstimator *risk_estimator_find(const char *name)
{
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++)
        if (!strcmp(e->name, name))
            return e;
    return NULL;
}
