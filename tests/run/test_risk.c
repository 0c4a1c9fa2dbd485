/* The risk estimators against slow plain code and all click patterns of a small case, against their closed
 * forms over a grid of worlds, and as units of a run. */
#include "experiments/inputs/source.h"
#include "experiments/risk/risk_lambda.h"
#include "experiments/run/risk_layer.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_write.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_randist.h>

enum { SMALL = 10, PATTERNS = 1 << SMALL };

/* Sums of ten terms of order 100, whose rounding is 1e-16 relative. */
static const double EXACT = 1e-12;

typedef struct Small {
    double p[SMALL], p_hat[SMALL], c[SMALL], r[SMALL],
        m[SMALL];                                             /* c: the prediction, m: a given pseudo-label */
    double e[SMALL], e_hat[SMALL], none[SMALL], slope[SMALL]; /* none: l(0, c) */
    double spread[SMALL];
} Small;

/* Weights are 1.1 to 10: some are shrunk by each. */
static const double constants[RISK_LAMBDAS] = {[RISK_CLIP_IPS] = 2.5,
                                               [RISK_CLIP_DR] = 3,
                                               [RISK_DOUBLE_CLIP_LOW] = 1.6,
                                               [RISK_DOUBLE_CLIP_HIGH] = 3.5,
                                               [RISK_SWITCH] = 3,
                                               [RISK_SWITCH_DR] = 2.5,
                                               [RISK_DROS] = 6,
                                               [RISK_SG] = 0.3,
                                               [RISK_CDR] = 0.5};

static double cross_entropy(double y, double q)
{
    return -y * log(q) - (1 - y) * log(1 - q);
}

static Small small_of(unsigned long seed)
{
    Small s;
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    gsl_rng_set(g, seed);
    for (int i = 0; i < SMALL; i++) {
        s.p[i] = gsl_ran_flat(g, 0.1, 0.9);
        s.p_hat[i] = gsl_ran_flat(g, 0.1, 0.9);
        s.c[i] = gsl_ran_flat(g, 0.05, 0.95);
        s.m[i] = gsl_rng_uniform(g);
        s.r[i] = gsl_rng_uniform(g) < 0.4;
        s.e[i] = cross_entropy(s.r[i], s.c[i]);
        s.e_hat[i] = cross_entropy(s.m[i], s.c[i]);
        s.none[i] = cross_entropy(0, s.c[i]);
        s.slope[i] = cross_entropy(1, s.c[i]) - s.none[i];
    }
    for (int i = 0; i < SMALL; i++)
        s.spread[i] = s.e_hat[i] * gsl_ran_flat(g, 0.2, 0.8);
    gsl_rng_free(g);
    return s;
}

static RiskCase case_of(const Small *s, bool learned)
{
    RiskCase c = {.rows = SMALL,
                  .p = s->p,
                  .p_hat = s->p_hat,
                  .e = s->e,
                  .e_hat = s->e_hat,
                  .spread = learned ? NULL : s->spread};
    memcpy(c.lambda, constants, sizeof constants);
    if (learned) {
        c.e_hat = s->none;
        c.slope = s->slope;
        c.prediction = s->c;
    }
    return c;
}

/* The risk estimators of estimators/METHODS.md, F, in loops over the rows. */

static double sum_clicked(const uint8_t *o, const double *x, const double *w)
{
    double sum = 0;
    for (int i = 0; i < SMALL; i++)
        sum += o[i] ? x[i] * w[i] : 0;
    return sum;
}

static double doubly_robust(const Small *s, const uint8_t *o, const double *e_hat, bool normalised)
{
    double imputed = 0, corrected = 0, weight = 0;
    for (int i = 0; i < SMALL; i++) {
        imputed += e_hat[i] / SMALL;
        corrected += o[i] ? (s->e[i] - e_hat[i]) / s->p_hat[i] : 0;
        weight += o[i] ? 1 / s->p_hat[i] : 0;
    }
    return imputed + corrected / (normalised ? weight : SMALL);
}

/* sum_D e_hat + sum_O om (e - e_hat), over N: the weight om is all that members of the family differ in. */
static double reweighted(const Small *s, const uint8_t *o, const double *e_hat, const double *om)
{
    double sum = 0;
    for (int i = 0; i < SMALL; i++)
        sum += e_hat[i] + o[i] * om[i] * (s->e[i] - e_hat[i]);
    return sum / SMALL;
}

/* The weight of an estimator with a constant. */
static double shrunk(const char *name, double w)
{
    if (!strcmp(name, "clip_ips"))
        return w < 2.5 ? w : 2.5;
    if (!strcmp(name, "clip_dr"))
        return w < 3 ? w : 3;
    if (!strcmp(name, "double_clip"))
        return w < 1.6 ? 1.6 : w > 3.5 ? 3.5 : w;
    if (!strcmp(name, "switch"))
        return w <= 3 ? w : 0;
    if (!strcmp(name, "switch_dr"))
        return w <= 2.5 ? w : 0;
    if (!strcmp(name, "dros"))
        return 6 * w / (w * w + 6);
    return !strcmp(name, "sg") ? w / (0.7 + 0.3 * w) : w;
}

/* The imputed error of such an estimator. */
static double used(const char *name, double w, double e_hat, double spread)
{
    if (!strcmp(name, "clip_ips") || !strcmp(name, "double_clip"))
        return 0;
    if (!strcmp(name, "switch"))
        return w <= 3 ? 0 : e_hat;
    return strcmp(name, "cdr") != 0 || spread / e_hat < 0.5 ? e_hat : 0;
}

static bool has_constant(const char *name)
{
    static const char *const all[] = {"clip_ips",  "clip_dr", "double_clip", "switch",
                                      "switch_dr", "dros",    "sg",          "cdr"};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (!strcmp(all[k], name))
            return true;
    return false;
}

static double plain_estimate(const char *name, const Small *s, const uint8_t *o, bool learned)
{
    double one[SMALL], w[SMALL], v[SMALL], e_hat[SMALL];
    double n = 0;
    for (int i = 0; i < SMALL; i++) {
        one[i] = 1;
        w[i] = 1 / s->p_hat[i];
        v[i] = (1 - s->p_hat[i]) / (s->p_hat[i] * s->p_hat[i]);
        n += o[i];
    }
    const double *weight = !strcmp(name, "mrdr") ? v : w;
    double label = sum_clicked(o, s->c, weight) / sum_clicked(o, one, weight);
    for (int i = 0; i < SMALL; i++)
        e_hat[i] = cross_entropy(learned ? label : s->m[i], s->c[i]);
    if (has_constant(name)) {
        double om[SMALL];
        for (int i = 0; i < SMALL; i++) {
            om[i] = shrunk(name, w[i]);
            e_hat[i] = used(name, w[i], e_hat[i], learned ? 0 : s->spread[i]);
        }
        return reweighted(s, o, e_hat, om);
    }
    if (!strcmp(name, "naive"))
        return sum_clicked(o, s->e, one) / n;
    if (!strcmp(name, "ips"))
        return sum_clicked(o, s->e, w) / SMALL;
    if (!strcmp(name, "snips"))
        return sum_clicked(o, s->e, w) / sum_clicked(o, one, w);
    if (!strcmp(name, "eib")) {
        double sum = 0;
        for (int i = 0; i < SMALL; i++)
            sum += o[i] ? s->e[i] : e_hat[i];
        return sum / SMALL;
    }
    if (!strcmp(name, "dr"))
        return doubly_robust(s, o, e_hat, false);
    if (!strcmp(name, "stable"))
        return doubly_robust(s, o, e_hat, true);
    if (!strcmp(name, "mrdr") && !learned) {
        double above = 0, below = 0;
        for (int i = 0; i < SMALL; i++) {
            above += o[i] ? v[i] * (s->e[i] - e_hat[i]) : 0;
            below += o[i] ? v[i] : 0;
        }
        for (int i = 0; i < SMALL; i++)
            e_hat[i] += above / below;
    }
    if (!strcmp(name, "superdr")) {
        double above = 0, below = 0;
        for (int i = 0; i < SMALL; i++) {
            above += o[i] ? (1 - s->p_hat[i]) * w[i] * (s->e[i] - e_hat[i]) : 0;
            below += o[i] ? (1 - s->p_hat[i]) * (1 - s->p_hat[i]) * w[i] : 0;
        }
        for (int i = 0; i < SMALL; i++)
            e_hat[i] += above / below * (o[i] - s->p_hat[i]);
    }
    if (!strcmp(name, "tdr")) {
        double above = 0, below = 0;
        for (int i = 0; i < SMALL; i++) {
            above += o[i] ? (s->e[i] - e_hat[i]) * (w[i] - 1) : 0;
            below += o[i] ? (w[i] - 1) * (w[i] - 1) : 0;
        }
        for (int i = 0; i < SMALL; i++)
            e_hat[i] += above / below * (w[i] - 1);
    }
    return doubly_robust(s, o, e_hat, false);
}

static void pattern_of(int pattern, uint8_t o[SMALL])
{
    for (int i = 0; i < SMALL; i++)
        o[i] = (uint8_t)(pattern >> i & 1);
}

static void estimates_are_those_of_plain_code(void **state)
{
    (void)state;
    Small s = small_of(1);
    for (int learned = 0; learned <= 1; learned++) {
        RiskCase c = case_of(&s, learned);
        for (const RiskEstimator *e = risk_estimator_table; e->name; e++)
            for (int pattern = 1; pattern < PATTERNS; pattern++) {
                uint8_t o[SMALL];
                double got, want;
                pattern_of(pattern, o);
                OK(risk_estimate(e, &c, o, &got, message));
                want = plain_estimate(e->name, &s, o, learned);
                if (!(fabs(got - want) <= EXACT * (1 + fabs(want))))
                    fail_msg("%s, pattern %d: %.17g, expected %.17g", e->name, pattern, got, want);
            }
    }
}

static bool takes_imputations(const char *name)
{
    static const char *const none[] = {"naive", "ips", "snips", "clip_ips", "double_clip"};
    for (size_t k = 0; k < sizeof none / sizeof *none; k++)
        if (!strcmp(none[k], name))
            return false;
    return true;
}

/* Without a click a mean of clicks is not defined; what divides by N is. */
static void no_clicks_are_told(void **state)
{
    (void)state;
    Small s = small_of(1);
    RiskCase c = case_of(&s, false), own = case_of(&s, true);
    uint8_t o[SMALL] = {0};
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++) {
        double given, learned;
        bool mean = !strcmp(e->name, "naive") || !strcmp(e->name, "snips") || !strcmp(e->name, "stable");
        OK(risk_estimate(e, &c, o, &given, message));
        OK(risk_estimate(e, &own, o, &learned, message));
        assert_int_equal(isnan(given), mean);
        assert_int_equal(isnan(learned), mean || takes_imputations(e->name));
    }
}

/* Mean and standard deviation over all click patterns, each with its probability. */
static RiskTheory enumerated(const RiskEstimator *e, const RiskCase *c)
{
    double mean = 0, square = 0;
    for (int pattern = 0; pattern < PATTERNS; pattern++) {
        uint8_t o[SMALL];
        double estimate, probability = 1;
        pattern_of(pattern, o);
        for (int i = 0; i < SMALL; i++)
            probability *= o[i] ? c->p[i] : 1 - c->p[i];
        OK(risk_estimate(e, c, o, &estimate, message));
        mean += probability * estimate;
        square += probability * (estimate - risk_ideal(c)) * (estimate - risk_ideal(c));
    }
    double bias = mean - risk_ideal(c);
    return (RiskTheory){bias, sqrt(square - bias * bias)};
}

/* The closed forms as results/README.md has them. */
static RiskTheory designed(const char *name, const RiskCase *c)
{
    double bias = 0, variance = 0;
    for (size_t i = 0; i < c->rows; i++) {
        double p = c->p[i], p_hat = c->p_hat[i], e = c->e[i], gap = c->e[i] - c->e_hat[i];
        if (!strcmp(name, "ips")) {
            bias += (p / p_hat - 1) * e;
            variance += p * (1 - p) * e * e / (p_hat * p_hat);
        } else if (!strcmp(name, "eib")) {
            bias += (1 - p) * -gap;
            variance += p * (1 - p) * gap * gap;
        } else if (!strcmp(name, "dr")) {
            bias += (p / p_hat - 1) * gap;
            variance += p * (1 - p) * gap * gap / (p_hat * p_hat);
        } else if (!strcmp(name, "switch")) {
            bool taken = 1 / p_hat <= 3;
            bias += taken ? (p / p_hat - 1) * e : -gap;
            variance += taken ? p * (1 - p) * e * e / (p_hat * p_hat) : 0;
        } else {
            double om = shrunk(name, 1 / p_hat), rest = e - used(name, 1 / p_hat, c->e_hat[i], c->spread[i]);
            bias += (p * om - 1) * rest;
            variance += p * (1 - p) * om * om * rest * rest;
        }
    }
    return (RiskTheory){bias / (double)c->rows, sqrt(variance) / (double)c->rows};
}

static void closed_forms_are_exact(void **state)
{
    (void)state;
    int closed = 0;
    for (unsigned long seed = 1; seed <= 3; seed++) {
        Small s = small_of(seed);
        RiskCase c = case_of(&s, false);
        for (const RiskEstimator *e = risk_estimator_table; e->name; e++) {
            RiskTheory theory = risk_theory(e, &c);
            assert_int_equal(isnan(theory.bias), isnan(theory.sd));
            if (isnan(theory.bias) || e->share)
                continue;
            closed++;
            RiskTheory all = enumerated(e, &c), design = designed(e->name, &c);
            assert_true(fabs(all.bias) > 1e-3 && all.sd > 1e-3); /* or the comparison says little */
            assert_true(fabs(theory.bias - all.bias) < EXACT && fabs(theory.sd - all.sd) < EXACT);
            assert_true(fabs(theory.bias - design.bias) < EXACT && fabs(theory.sd - design.sd) < EXACT);
        }
    }
    assert_int_equal(closed, 3 * (3 + 8)); /* ips, eib, dr, and those with a constant */
}

/* The delta method of a ratio of sums, as results/README.md has it. That it is good for many clicks is what
 * the redraws of worlds below say. */
static void ratios_are_of_first_order(void **state)
{
    (void)state;
    for (unsigned long seed = 1; seed <= 3; seed++) {
        Small s = small_of(seed);
        RiskCase c = case_of(&s, false);
        for (const RiskEstimator *e = risk_estimator_table; e->name; e++) {
            if (!e->share)
                continue;
            bool naive = !strcmp(e->name, "naive"), stable = !strcmp(e->name, "stable");
            double above = 0, below = 0, bias = 0, variance = 0, base = 0;
            for (int i = 0; i < SMALL; i++) {
                double w = naive ? 1 : 1 / s.p_hat[i];
                above += s.p[i] * w * (s.e[i] - (stable ? s.e_hat[i] : 0));
                below += s.p[i] * w;
                base += (stable ? s.e_hat[i] : 0) / SMALL;
            }
            for (int i = 0; i < SMALL; i++) {
                double w = naive ? 1 : 1 / s.p_hat[i];
                double from_mean = s.e[i] - (stable ? s.e_hat[i] : 0) - above / below;
                bias -= s.p[i] * (1 - s.p[i]) * w * w * from_mean / (below * below);
                variance += s.p[i] * (1 - s.p[i]) * w * w * from_mean * from_mean / (below * below);
            }
            RiskTheory theory = risk_theory(e, &c);
            assert_true(fabs(theory.bias - (above / below + base - risk_ideal(&c) + bias)) < EXACT);
            assert_true(fabs(theory.sd - sqrt(variance)) < EXACT);
        }
    }
}

/* What a constant at its end makes of an estimator, to the last digit but for the order of sums. */
static void constants_at_their_ends_are_other_estimators(void **state)
{
    static const struct {
        const char *name;
        RiskLambda lambda;
        double value;
        const char *other;
    } end[] = {{"clip_ips", RISK_CLIP_IPS, 1e6, "ips"},
               {"clip_dr", RISK_CLIP_DR, 1e6, "dr"},
               {"switch", RISK_SWITCH, 1e6, "ips"},
               {"switch_dr", RISK_SWITCH_DR, 1e6, "dr"},
               {"dros", RISK_DROS, 1e18, "dr"},
               {"sg", RISK_SG, 0, "dr"},
               {"clip_dr", RISK_CLIP_DR, 1, "eib"},
               {"sg", RISK_SG, 1, "eib"},
               {"cdr", RISK_CDR, 0, "ips"},
               {"cdr", RISK_CDR, 1e6, "dr"},
               {"double_clip", RISK_DOUBLE_CLIP_LOW, 0, "clip_ips"}};
    (void)state;
    Small s = small_of(4);
    for (size_t k = 0; k < sizeof end / sizeof *end; k++) {
        RiskCase c = case_of(&s, false);
        c.lambda[end[k].lambda] = end[k].value;
        c.lambda[RISK_CLIP_IPS] = end[k].lambda == RISK_DOUBLE_CLIP_LOW ? 3.5 : c.lambda[RISK_CLIP_IPS];
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            uint8_t o[SMALL];
            double got, want;
            pattern_of(pattern, o);
            OK(risk_estimate(risk_estimator_find(end[k].name), &c, o, &got, message));
            OK(risk_estimate(risk_estimator_find(end[k].other), &c, o, &want, message));
            if (!(fabs(got - want) <= EXACT * (1 + fabs(want))))
                fail_msg("%s, pattern %d: %.17g, expected %.17g", end[k].name, pattern, got, want);
        }
    }
}

/* The objective that a constant is chosen by, in plain loops: bias and variance as if p_hat were right. */
static double objective(const char *name, const Small *s, const uint8_t *o, const double lambda[2])
{
    double bias = 0, variance = 0, square = 0, largest = 0;
    for (int i = 0; i < SMALL; i++) {
        if (!o[i])
            continue;
        double w = 1 / s->p_hat[i], om = w, rest = s->e[i] - s->e_hat[i];
        if (!strcmp(name, "clip_dr"))
            om = fmin(w, lambda[0]);
        else if (!strcmp(name, "switch_dr"))
            om = w <= lambda[0] ? w : 0;
        else if (!strcmp(name, "dros"))
            om = lambda[0] * w / (w * w + lambda[0]);
        else if (!strcmp(name, "sg"))
            om = w / (1 - lambda[0] + lambda[0] * w);
        else {
            om = !strcmp(name, "double_clip") ? fmin(fmax(w, lambda[0]), lambda[1]) : fmin(w, lambda[0]);
            rest = s->e[i];
        }
        bias += (w - om) * rest / SMALL;
        variance += (1 - s->p_hat[i]) * om * om * rest * rest / (SMALL * SMALL);
        square += w * w / SMALL;
        largest = fmax(largest, w);
    }
    double bound = sqrt(2 * square * log(40) / SMALL) + 2 * largest * log(40) / (3 * SMALL);
    return variance + (fabs(bias) + bound) * (fabs(bias) + bound);
}

/* No constant that was not chosen is better, among those that start to shrink at a click's weight; errors of
 * three times as much make variance matter beside the bound, so that something is shrunk. */
static void the_chosen_constant_is_the_best(void **state)
{
    static const char *const name[] = {"clip_ips", "clip_dr", "double_clip", "switch_dr", "dros", "sg"};
    int shrinks = 0;
    (void)state;
    for (unsigned long seed = 1; seed <= 8; seed++) {
        Small s = small_of(seed);
        uint8_t o[SMALL];
        pattern_of(0x3b5 + (int)seed, o);
        for (int i = 0; i < SMALL; i++)
            s.e[i] *= 30 * (i % 2 ? 1 : -1);
        for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
            const RiskEstimator *e = risk_estimator_find(name[k]);
            const bool two = !strcmp(name[k], "double_clip");
            RiskCase c = case_of(&s, false);
            double *lambda = &c.lambda[e->lambda];
            lambda[0] = -1;
            if (two)
                lambda[1] = -1;
            OK(risk_lambda_choose(e, o, &c, message));
            assert_true(lambda[0] >= 0 && (!two || lambda[1] >= lambda[0]));
            double chosen = objective(name[k], &s, o, lambda);
            for (int i = 0; i <= SMALL; i++)
                for (int j = 0; j <= (two ? SMALL : 0); j++) {
                    double w[2] = {i < SMALL ? 1 / s.p_hat[i] : 1e12, j < SMALL ? 1 / s.p_hat[j] : 1e12};
                    if ((i < SMALL && !o[i]) || (two && j < SMALL && !o[j]) || (two && w[0] > w[1]))
                        continue;
                    double at[2] = {e->lambda_at(w[0]), w[1]};
                    assert_true(objective(name[k], &s, o, at) >= chosen * (1 - EXACT));
                }
            shrinks += lambda[0] < e->lambda_at(1e11);
        }
    }
    assert_true(shrinks > 8); /* or nothing is chosen */
    RiskCase c = {.rows = 1,
                  .p = &(double){0.5},
                  .p_hat = &(double){0.5},
                  .e = &(double){1},
                  .e_hat = &(double){0.5},
                  .lambda = {[RISK_CLIP_DR] = -1}};
    OK(risk_lambda_choose(risk_estimator_find("clip_dr"), &(uint8_t){0}, &c, message));
    assert_true(c.lambda[RISK_CLIP_DR] > 2);
}

/* What cdr leaves out, counted row by row, and nothing of any other estimator: at lambda = 0.5 some of the
 * ten, at its ends all and none. An imputed error that is learned has no spread. */
static void what_is_left_out_is_counted(void **state)
{
    (void)state;
    int of_all = 0;
    for (unsigned long seed = 1; seed <= 8; seed++) {
        Small s = small_of(seed);
        RiskCase c = case_of(&s, false), learned = case_of(&s, true);
        int unsure = 0;
        for (int i = 0; i < SMALL; i++)
            unsure += s.spread[i] / s.e_hat[i] >= 0.5;
        of_all += unsure;
        for (const RiskEstimator *e = risk_estimator_table; e->name; e++) {
            const double got = risk_left_out(e, &c);
            assert_int_equal(isnan(got), strcmp(e->name, "cdr") != 0);
            assert_true(isnan(got) || got == unsure / (double)SMALL);
        }
        const RiskEstimator *cdr = risk_estimator_find("cdr");
        assert_true(risk_left_out(cdr, &learned) == 0);
        c.lambda[RISK_CDR] = 0;
        assert_true(risk_left_out(cdr, &c) == 1);
        c.lambda[RISK_CDR] = 0.81; /* ratios are drawn from 0.2 to 0.8 */
        assert_true(risk_left_out(cdr, &c) == 0);
    }
    assert_true(of_all > 8 && of_all < 72); /* or the count says little */
}

/* Learned imputations take the closed form of what they enter, and of nothing else. */
static void learned_imputations_have_no_closed_form(void **state)
{
    (void)state;
    Small s = small_of(2);
    RiskCase c = case_of(&s, true);
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++)
        assert_int_equal(isnan(risk_theory(e, &c).bias), takes_imputations(e->name));
}

static void dr_is_unbiased_when_either_side_is_right(void **state)
{
    (void)state;
    for (unsigned long seed = 1; seed <= 3; seed++) {
        Small s = small_of(seed), propensity = s, imputation = s;
        memcpy(propensity.p_hat, s.p, sizeof s.p);
        memcpy(imputation.e_hat, s.e, sizeof s.e);
        RiskCase wrong = case_of(&s, false), p = case_of(&propensity, false), e = case_of(&imputation, false);
        const RiskEstimator *dr = risk_estimator_find("dr");
        assert_true(fabs(risk_theory(dr, &wrong).bias) > 1e-3);
        assert_true(fabs(risk_theory(dr, &p).bias) < 1e-15);
        assert_true(risk_theory(dr, &e).bias == 0 && risk_theory(dr, &e).sd == 0);
        assert_true(fabs(enumerated(dr, &p).bias) < EXACT && fabs(enumerated(dr, &e).bias) < EXACT);
        /* The others are right when their one side is. */
        assert_true(fabs(risk_theory(risk_estimator_find("ips"), &p).bias) < 1e-15);
        assert_true(fabs(risk_theory(risk_estimator_find("ips"), &e).bias) > 1e-3);
        assert_true(fabs(risk_theory(risk_estimator_find("eib"), &p).bias) > 1e-3);
        assert_true(risk_theory(risk_estimator_find("eib"), &e).bias == 0);
    }
}

/* Redraws. */

enum { ALL = 17 };

static void all_estimators(const RiskEstimator *all[ALL])
{
    int count = 0;
    for (const RiskEstimator *e = risk_estimator_table; e->name; e++) {
        assert_true(count < ALL);
        all[count++] = e;
    }
    assert_int_equal(count, ALL);
}

static const StreamKey key = {.seed = 11, .setting = ""};

/* With p_hat = p and e_hat = 0.6 e + 0.1 dr is right and superdr is not: its expectation is that of the ideal
 * less eps mean(1-p), with eps that of all exposures, but for terms of order 1/N = 5e-5; a hundredth of that
 * bias here. With e_hat = e both are exact. */
static void superdr_is_biased_where_the_propensity_alone_is_right(void **state)
{
    enum { ROWS_ = 20000, REDRAWS = 1000 / SHRINK };
    static double p[ROWS_], e[ROWS_], e_hat[ROWS_], estimate[2 * REDRAWS];
    const RiskEstimator *two[2] = {risk_estimator_find("dr"), risk_estimator_find("superdr")};
    double above = 0, below = 0, rest = 0;
    (void)state;
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    for (int i = 0; i < ROWS_; i++) {
        p[i] = gsl_ran_flat(g, 0.1, 0.9);
        e[i] = gsl_rng_uniform(g);
        e_hat[i] = 0.6 * e[i] + 0.1;
        above += (1 - p[i]) * (e[i] - e_hat[i]);
        below += (1 - p[i]) * (1 - p[i]);
        rest += (1 - p[i]) / ROWS_;
    }
    gsl_rng_free(g);
    RiskCase c = {.rows = ROWS_, .p = p, .p_hat = p, .e = e, .e_hat = e_hat};
    const double ideal = risk_ideal(&c), bias = -above / below * rest;
    OK(risk_redraw(&(RiskRedraw){&c, two, 2, &key, REDRAWS, 2, estimate}, message));
    mean_is("dr, p right", estimate, REDRAWS, ideal);
    assert_true(fabs(bias) > 0.05);
    const double *super = estimate + REDRAWS, error = error_of_mean(super, REDRAWS);
    assert_true(fabs(mean_of(super, REDRAWS) - ideal - bias) < STANDARD_ERRORS * error + 0.01 * fabs(bias));
    assert_true(fabs(mean_of(super, REDRAWS) - ideal) > 0.9 * fabs(bias));
    c.e_hat = e;
    OK(risk_redraw(&(RiskRedraw){&c, two, 2, &key, REDRAWS, 2, estimate}, message));
    for (int k = 0; k < 2 * REDRAWS; k++)
        assert_true(fabs(estimate[k] - ideal) < EXACT);
}

/* The value of superdr is (sum_O e + sum_N e~) / N. */
static void superdr_keeps_the_errors_that_are_seen(void **state)
{
    (void)state;
    Small s = small_of(5);
    RiskCase c = case_of(&s, false);
    for (int pattern = 1; pattern < PATTERNS; pattern++) {
        uint8_t o[SMALL];
        double got, above = 0, below = 0, want = 0;
        pattern_of(pattern, o);
        for (int i = 0; i < SMALL; i++) {
            above += o[i] * (1 / s.p_hat[i] - 1) * (s.e[i] - s.e_hat[i]);
            below += o[i] * (1 / s.p_hat[i] - 1) * (1 - s.p_hat[i]);
        }
        for (int i = 0; i < SMALL; i++)
            want += (o[i] ? s.e[i] : s.e_hat[i] - above / below * s.p_hat[i]) / SMALL;
        OK(risk_estimate(risk_estimator_find("superdr"), &c, o, &got, message));
        assert_true(fabs(got - want) <= EXACT * (1 + fabs(want)));
    }
}

/* With e = p_hat = 1, ips is the share of clicks: the kernel draws each row with its own probability. */
static void clicks_have_their_probabilities(void **state)
{
    enum { REDRAWS = 40000 / SHRINK };
    static double share[REDRAWS];
    static const double p[] = {0, 1, 0.5, 1e-3, 0.37};
    static const double one[] = {1}, nothing[] = {0};
    const RiskEstimator *ips = risk_estimator_find("ips");
    (void)state;
    for (int i = 0; i < 5; i++) {
        RiskCase c = {.rows = 1, .p = &p[i], .p_hat = one, .e = one, .e_hat = nothing};
        OK(risk_redraw(&(RiskRedraw){&c, &ips, 1, &key, REDRAWS, 1, share}, message));
        within_error("share of clicks", mean_of(share, REDRAWS), p[i], sqrt(p[i] * (1 - p[i]) / REDRAWS));
    }
}

/* Jobs, the number of redraws and which estimators there are change no estimate; another key does. */
static void estimates_depend_on_the_redraw_alone(void **state)
{
    enum { ROWS_ = 5000, REDRAWS = 100, FEWER = 37 };
    static double column[4][ROWS_], one[ALL * REDRAWS], two[ALL * REDRAWS], few[FEWER], other[REDRAWS];
    const RiskEstimator *all[ALL];
    (void)state;
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < ROWS_; i++)
            column[k][i] = gsl_ran_flat(g, 0.1, 0.9);
    gsl_rng_free(g);
    RiskCase c = {.rows = ROWS_, .p = column[0], .p_hat = column[1], .e = column[2], .e_hat = column[3]};
    memcpy(c.lambda, constants, sizeof constants);
    all_estimators(all);
    OK(risk_redraw(&(RiskRedraw){&c, all, ALL, &key, REDRAWS, 1, one}, message));
    OK(risk_redraw(&(RiskRedraw){&c, all, ALL, &key, REDRAWS, 3, two}, message));
    assert_memory_equal(one, two, sizeof one);
    OK(risk_redraw(&(RiskRedraw){&c, &all[4], 1, &key, FEWER, 2, few}, message));
    assert_memory_equal(few, one + 4 * REDRAWS, sizeof few);
    OK(risk_redraw(&(RiskRedraw){&c, &all[4], 1, &(StreamKey){.seed = 12, .setting = ""}, REDRAWS, 1, other},
                   message));
    assert_true(memcmp(other, one + 4 * REDRAWS, sizeof other) != 0);
    for (int k = 1; k < REDRAWS; k++)
        assert_true(one[k] != one[k - 1]);
    for (int e = 0; e < ALL; e++) {
        OK(risk_redraw(&(RiskRedraw){&c, &all[e], 1, &key, REDRAWS, 2, other}, message));
        assert_memory_equal(other, one + e * REDRAWS, sizeof other);
    }
}

/* Worlds. */

typedef struct Where {
    const char *gamma, *delta, *level, *propensity, *imputation;
} Where;

static const Where worlds[] = {
    {"0", "0", "exposure", "oracle", "oracle"},    {"0", "0", "exposure", "inverted", "outcome"},
    {"0", "0", "exposure", "learned", "constant"}, {"1", "0", "exposure", "full", "observed"},
    {"1", "0", "user", "oracle", "full"},          {"1", "0", "item", "inverted", "inverted"},
    {"0", "1.5", "exposure", "full", "oracle"},    {"1", "-1", "exposure", "constant", "observed"},
    {"1", "1", "user", "omitted", "oracle"},       {"1", "1", "item", "oracle", "learned"},
};

static Spec spec_of(const Where *w)
{
    Spec s;
    const char *const set[][2] = {
        {"name", "risk"},
        {"risk.estimators", "[clip_ips, clip_dr, double_clip, switch, switch_dr, dros, sg]"},
        {"risk.size", SHRINK > 1 ? "500" : "4000"},
        {"world.users", "60"},
        {"world.items", "40"},
        {"world.ctr", "0.25"},
        {"world.gamma_o", w->gamma},
        {"world.gamma_r", w->gamma},
        {"world.delta", w->delta},
        {"world.hidden_level", w->level},
        {"propensity.source", w->propensity},
        {"propensity.omit", "[user]"},
        {"propensity.scale", "0.9"},
        {"propensity.noise", "0.2"},
        {"imputation.source", w->imputation},
        {"test.size", "10"},
        {"train.epochs", "1"},
        {"model.layers", "[4]"},
    };
    spec_defaults(&s);
    for (size_t k = 0; k < sizeof set / sizeof *set; k++)
        OK(spec_set(&s, set[k][0], set[k][1], "here", message));
    if (strcmp(w->imputation, "learned") != 0 && strcmp(w->imputation, "outcome") != 0)
        OK(spec_set(&s, "imputation.shift", "0.3", "here", message));
    OK(spec_check(&s, message));
    return s;
}

static void simulated_is_exact(const char *what, const double *estimate, int n, double ideal,
                               RiskTheory theory)
{
    const double mean = mean_of(estimate, (size_t)n);
    if (theory.sd == 0) { /* nothing varies: errors are imputed exactly */
        assert_true(fabs(mean - ideal - theory.bias) < EXACT &&
                    variance_of(estimate, (size_t)n) < EXACT * EXACT);
        return;
    }
    double *square = calloc((size_t)n, sizeof *square);
    assert_non_null(square);
    for (int k = 0; k < n; k++)
        square[k] = (estimate[k] - mean) * (estimate[k] - mean);
    mean_is(what, estimate, (size_t)n, ideal + theory.bias);
    within_error(what, variance_of(estimate, (size_t)n), theory.sd * theory.sd,
                 error_of_mean(square, (size_t)n));
    free(square);
}

static void simulation_agrees_with_the_closed_forms(void **state)
{
    slow_under_valgrind();
    enum { REDRAWS = 4000 / SHRINK };
    static double estimate[ALL * REDRAWS];
    const RiskEstimator *all[ALL];
    int compared = 0;
    (void)state;
    all_estimators(all);
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++) {
        Spec s = spec_of(&worlds[w]);
        RiskLayer *layer;
        OK(risk_layer_open(&layer, &s, "", 0, message));
        for (const RiskPredictor *predictor = risk_predictor_table; predictor->name; predictor++) {
            RiskCase c;
            if (predictor->of_levels)
                continue;
            OK(risk_layer_predict(layer, predictor, &c, message));
            OK(risk_redraw(&(RiskRedraw){&c, all, ALL, risk_layer_key(layer), REDRAWS, 2, estimate},
                           message));
            for (int e = 0; e < ALL; e++) {
                RiskTheory theory = risk_theory(all[e], &c);
                char what[160];
                snprintf(what, sizeof what, "%s of %s, world %zu", all[e]->name, predictor->name, w);
                if (isnan(theory.bias))
                    continue;
                simulated_is_exact(what, estimate + e * REDRAWS, REDRAWS, risk_ideal(&c), theory);
                compared++;
            }
        }
        risk_layer_close(layer);
    }
    /* given imputations: all but mrdr, tdr and superdr; learned ones: naive, ips, snips, clip_ips,
     * double_clip */
    assert_int_equal(compared, 5 * (9 * (ALL - 3) + 5));
}

/* Clicks are redrawn with the probability that they were drawn with, given the confounder and the outcome
 * itself: over one log of the exposures, click - p has mean 0 whatever it is weighted by. p_o(x), or that
 * given h alone, would not do. */
static void clicks_are_redrawn_as_they_were_drawn(void **state)
{
    Spec s = spec_of(&(Where){"1", "1.5", "exposure", "oracle", "oracle"});
    RiskLayer *layer;
    Source *source;
    Sample sample;
    RiskCase c;
    (void)state;
    OK(spec_set(&s, "risk.size", "20000", "here", message));
    OK(risk_layer_open(&layer, &s, "", 0, message));
    OK(risk_layer_predict(layer, risk_predictor_find("constant"), &c, message));
    OK(source_open(&source, &s, "", 0, NULL, message));
    OK(source_draw_risk(source, &sample, message));
    double *given = calloc(c.rows, sizeof *given), *known = calloc(c.rows, sizeof *known);
    assert_true(given && known && sample.log->x.rows == c.rows);
    for (size_t i = 0; i < c.rows; i++) {
        given[i] = (sample.log->click[i] - c.p[i]) * c.e[i];
        known[i] = (sample.log->click[i] - sample.truth.p_o_full[i]) * c.e[i];
    }
    mean_is("click - p, weighted by the error", given, c.rows, 0);
    assert_true(fabs(mean_of(known, c.rows)) > 2 * STANDARD_ERRORS * error_of_mean(known, c.rows));
    free(given);
    free(known);
    sample_free(&sample);
    source_close(source);
    risk_layer_close(layer);
}

/* Propensities of which some are far below a tenth of the click rate of the log that they come with. */
static void an_automatic_clip_is_that_of_the_log(void **state)
{
    Spec s = spec_of(&(Where){"0", "0", "exposure", "oracle", "oracle"});
    Source *source;
    Sample sample;
    (void)state;
    OK(spec_set(&s, "propensity.scale", "4", "here", message));
    OK(source_open(&source, &s, "", 0, NULL, message));
    OK(source_draw_risk(source, &sample, message));
    double rate = (double)log_clicks(sample.log) / (double)sample.log->x.rows;
    char number[32];
    snprintf(number, sizeof number, "%.17g", 0.1 * rate);
    const char *const clip[] = {"auto", number, "0"};
    RiskLayer *layer[3];
    RiskCase c[3];
    for (int k = 0; k < 3; k++) {
        OK(spec_set(&s, "train.clip", clip[k], "here", message));
        OK(risk_layer_open(&layer[k], &s, "", 0, message));
        OK(risk_layer_predict(layer[k], risk_predictor_find("constant"), &c[k], message));
    }
    size_t raised = 0;
    for (size_t i = 0; i < c[0].rows; i++) {
        raised += c[2].p_hat[i] < 0.1 * rate;
        assert_true(c[0].p_hat[i] == fmax(c[2].p_hat[i], 0.1 * rate));
    }
    assert_memory_equal(c[0].p_hat, c[1].p_hat, c[0].rows * sizeof *c[0].p_hat);
    assert_true(raised > 0 && raised < c[0].rows);
    for (int k = 0; k < 3; k++)
        risk_layer_close(layer[k]);
    sample_free(&sample);
    source_close(source);
}

/* The bias of dr, its exact terms over the rows, and their standard error over outcomes. */
typedef struct Bias {
    double mean, error;
} Bias;

static Bias bias_of_dr(const char *gamma, const char *propensity, const char *imputation)
{
    Spec s = spec_of(&(Where){gamma, "0", "exposure", propensity, imputation});
    RiskLayer *layer;
    RiskCase c;
    const char *const plain[][2] = {{"risk.size", "40000"},
                                    {"train.clip", "0.1"},
                                    {"propensity.scale", "1"},
                                    {"propensity.noise", "0"},
                                    {"imputation.shift", "0"}};
    for (size_t k = 0; k < sizeof plain / sizeof *plain; k++)
        OK(spec_set(&s, plain[k][0], plain[k][1], "here", message));
    OK(risk_layer_open(&layer, &s, "", 0, message));
    OK(risk_layer_predict(layer, risk_predictor_find("truth"), &c, message));
    double *term = calloc(c.rows, sizeof *term);
    assert_non_null(term);
    for (size_t i = 0; i < c.rows; i++)
        term[i] = (c.p[i] / c.p_hat[i] - 1) * (c.e[i] - c.e_hat[i]);
    Bias bias = {risk_theory(risk_estimator_find("dr"), &c).bias, error_of_mean(term, c.rows)};
    assert_true(fabs(bias.mean - mean_of(term, c.rows)) < EXACT);
    free(term);
    risk_layer_close(layer);
    return bias;
}

/* In the words of an experiment, over the outcomes of a world where nothing is hidden: a propensity of the
 * oracle is right above the clip, an imputation is right exactly when it is the outcome, and on average over
 * outcomes when it is p_r. */
static void right_sides_are_those_of_the_sources(void **state)
{
    (void)state;
    Bias outcome = bias_of_dr("0", "inverted", "outcome"), oracle = bias_of_dr("0", "inverted", "oracle");
    Bias wrong = bias_of_dr("0", "inverted", "inverted");
    assert_true(outcome.mean == 0);
    within_error("p_r imputed", oracle.mean, 0, oracle.error);
    assert_true(oracle.mean != 0);
    assert_true(fabs(wrong.mean) > 2 * STANDARD_ERRORS * wrong.error);
}

/* What a spec cannot say. */
static void wrong_specs_are_refused(void **state)
{
    static const struct {
        const char *set[3], *expected;
    } wrong[] = {
        {{"risk.estimators=[ips,ips]"}, "risk.estimators: 'ips' is listed twice"},
        {{"risk.estimators=[cdr]"},
         "risk.estimators: cdr needs the spread of given imputations; expected an imputation.source such as "
         "oracle, with imputation.noise"},
        {{"risk.double_clip_low=3", "risk.double_clip_high=2"},
         "risk.double_clip_low: found 3; expected at most risk.double_clip_high, 2"},
        {{"risk.predictors=[skew,skew]"}, "risk.predictors: 'skew' is listed twice"},
        {{"risk.predictors=[]"}, "risk.predictors: none given; expected a list such as [truth, skew]"},
        {{"data.source=coat", "data.path=x", "propensity.source=constant"},
         "risk.estimators: of real data clicks are those of a model that is learned on a whole log; expected "
         "propensity.source: learned and log.order: shuffled, or []"},
        {{"imputation.shift=1"},
         "imputation.scale, shift, noise: learned imputations are not distorted; expected 1, 0, 0 or an "
         "imputation.source "
         "that is given, such as oracle"},
        {{"risk.estimators=[]"},
         "estimators: none given; expected a list such as [naive, esmm], or risk.estimators"},
        {{"baseline=naive"}, "baseline: found 'naive'; expected estimators to compare with it"},
        {{"risk.estimators=[]", "estimators=[ips]", "data.source=coat"},
         "data.path: empty; expected the folder of the data (--data DIR)"},
    };
    Message failure;
    (void)state;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        Spec s;
        spec_defaults(&s);
        OK(spec_set(&s, "name", "x", "here", message));
        OK(spec_set(&s, "risk.estimators", "[ips]", "here", message));
        assert_int_equal(spec_check(&s, &failure), STATUS_OK);
        for (int i = 0; i < 3 && wrong[k].set[i]; i++)
            OK(spec_assign(&s, wrong[k].set[i], "here", message));
        assert_int_equal(spec_check(&s, &failure), STATUS_USAGE);
        assert_string_equal(failure.text, wrong[k].expected);
    }
    Spec s;
    spec_defaults(&s);
    assert_int_equal(spec_set(&s, "risk.estimators", "[snip]", "here", &failure), STATUS_USAGE);
    assert_string_equal(failure.text,
                        "here: risk.estimators: unknown risk estimator 'snip'; did you mean 'snips'?");
    assert_int_equal(spec_set(&s, "risk.predictors", "[zzz]", "here", &failure), STATUS_USAGE);
    assert_string_equal(failure.text, "here: risk.predictors: unknown predictor 'zzz'; expected one of those "
                                      "that `cvrlab list risk` prints");
    assert_int_equal(spec_set(&s, "imputation.source", "omitted", "here", &failure), STATUS_USAGE);
    OK(spec_set(&s, "data.source", "coat", "here", message));
    OK(spec_set(&s, "data.path", "x", "here", message));
    OK(spec_set(&s, "name", "x", "here", message));
    OK(spec_set(&s, "estimators", "[naive]", "here", message));
    OK(spec_set(&s, "imputation.source", "oracle", "here", message));
    assert_int_equal(spec_check(&s, &failure), STATUS_USAGE);
    assert_non_null(
        strstr(failure.text, "imputation.source: given imputations are for data whose truth is known"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_those_of_plain_code),
        cmocka_unit_test(no_clicks_are_told),
        cmocka_unit_test(closed_forms_are_exact),
        cmocka_unit_test(ratios_are_of_first_order),
        cmocka_unit_test(constants_at_their_ends_are_other_estimators),
        cmocka_unit_test(the_chosen_constant_is_the_best),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(learned_imputations_have_no_closed_form),
        cmocka_unit_test(dr_is_unbiased_when_either_side_is_right),
        cmocka_unit_test(superdr_is_biased_where_the_propensity_alone_is_right),
        cmocka_unit_test(superdr_keeps_the_errors_that_are_seen),
        cmocka_unit_test(clicks_have_their_probabilities),
        cmocka_unit_test(estimates_depend_on_the_redraw_alone),
        cmocka_unit_test(simulation_agrees_with_the_closed_forms),
        cmocka_unit_test(clicks_are_redrawn_as_they_were_drawn),
        cmocka_unit_test(an_automatic_clip_is_that_of_the_log),
        cmocka_unit_test(right_sides_are_those_of_the_sources),
        cmocka_unit_test(wrong_specs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
