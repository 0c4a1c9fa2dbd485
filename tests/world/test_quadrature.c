/* Truth by quadrature over the hidden confounder, against adaptive integration, draws and closed forms. */
#include "sim/world/quadrature.h"

#include "sim/base/random.h"
#include "tests/support/support.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double linked(Link link, double x)
{
    return link == LINK_PROBIT ? gsl_cdf_ugaussian_P(x) : sigmoid(x);
}

/* One row and its logits, for integrands. */
typedef struct Row {
    Logits logits;
    double s_o, s_r;
    double t_o, t_r;
} Row;

static double conversion_given(const Row *row, double h)
{
    const Logits *l = &row->logits;
    return linked(l->link, l->b + l->sigma_r * row->s_r + row->t_r + l->gamma_r * h);
}

static double click_given(const Row *row, double h, int potential)
{
    const Logits *l = &row->logits;
    return linked(l->link, l->a + l->sigma_o * row->s_o + row->t_o + l->gamma_o * h +
                               l->delta * (potential - conversion_given(row, h)));
}

static double conversion_integrand(double h, void *row)
{
    return gsl_ran_ugaussian_pdf(h) * conversion_given(row, h);
}

static double joint_integrand(double h, void *row)
{
    return gsl_ran_ugaussian_pdf(h) * conversion_given(row, h) * click_given(row, h, 1);
}

static double click_integrand(double h, void *row)
{
    return joint_integrand(h, row) +
           gsl_ran_ugaussian_pdf(h) * (1 - conversion_given(row, h)) * click_given(row, h, 0);
}

/* Over +-14: beyond, the normal density is below 1e-43, and a probability as low as those here is above 1e-13
 * of it at h = 8. */
static double integral(double (*f)(double, void *), const Row *row, gsl_integration_workspace *workspace)
{
    enum { INTERVALS = 1000 };
    double value = 0;
    double error = 0;
    gsl_function function = {f, (void *)(uintptr_t)row};
    int status = gsl_integration_qag(&function, -14, 14, 0, 1e-12, INTERVALS, GSL_INTEG_GAUSS61, workspace,
                                     &value, &error);
    assert_int_equal(status, GSL_SUCCESS); /* the estimated error is below 1e-12 of the value */
    return value;
}

/* The promise of the comment at node_count. */
static void near(const char *what, const Row *row, double got, double want)
{
    if (!(fabs(got / want - 1) < 1e-10)) {
        const Logits *l = &row->logits;
        fail_msg("%s: %.15g, expected %.15g: a %g b %g gamma_o %g gamma_r %g delta %g s_o %g s_r %g", what,
                 got, want, l->a, l->b, l->gamma_o, l->gamma_r, l->delta, row->s_o, row->s_r);
    }
}

static const double intercept[][2] = {{-6, -5}, {-3, -1}, {1, 2}};

/* The nodes depend on gamma_o, gamma_r and delta alone, so one rule serves all intercepts. */
static void check_against_integrals(Logits logits, bool terms, gsl_integration_workspace *workspace)
{
    static const double s_o[] = {-3, 0, 0.4, 2.5};
    static const double s_r[] = {1.5, -2.5, 0.7, 3};
    static const double t_o[] = {1, -0.3, 2, -1.5}, t_r[] = {-2, 1.2, 0.4, -0.1};
    enum { N = sizeof s_o / sizeof *s_o };
    double p_r[N];
    double p_o[N];
    double q[N];
    Quadrature *quadrature;
    OK(quadrature_create(&quadrature, &logits, message));
    for (size_t k = 0; k < sizeof intercept / sizeof *intercept; k++) {
        logits.a = intercept[k][0];
        logits.b = intercept[k][1];
        quadrature_truth(quadrature, &logits,
                         &(QuadratureRows){N, s_o, s_r, p_r, p_o, q, terms ? t_o : NULL, terms ? t_r : NULL});
        for (int i = 0; i < N; i++) {
            Row row = {logits, s_o[i], s_r[i], terms ? t_o[i] : 0, terms ? t_r[i] : 0};
            double click = integral(click_integrand, &row, workspace);
            near("p_r", &row, p_r[i], integral(conversion_integrand, &row, workspace));
            near("p_o", &row, p_o[i], click);
            near("q", &row, q[i], integral(joint_integrand, &row, workspace) / click);
        }
    }
    quadrature_free(quadrature);
}

static void agrees_with_adaptive_integration(void **state)
{
    (void)state;
    static const double gamma_o[] = {-5, 0, 0.5, 2, 5};
    static const double gamma_r[] = {-2, 0, 1, 5};
    static const double delta[] = {-4, 0, 1, 4};
    gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(1000);
    assert_non_null(workspace);
    for (size_t o = 0; o < sizeof gamma_o / sizeof *gamma_o; o++) {
        for (size_t r = 0; r < sizeof gamma_r / sizeof *gamma_r; r++) {
            for (size_t d = 0; d < sizeof delta / sizeof *delta; d++) {
                Logits logits = {.sigma_o = 1.2,
                                 .sigma_r = 0.8,
                                 .gamma_o = gamma_o[o],
                                 .gamma_r = gamma_r[r],
                                 .delta = delta[d]};
                check_against_integrals(logits, false, workspace);
            }
        }
    }
    gsl_integration_workspace_free(workspace);
}

/* Terms of x besides the scores, with h of exposures (as a placement has them) and without (where h is itself
 * a term, of a user or an item): the latter is a closed form that needs no node. */
static void terms_are_a_part_of_the_truth(void **state)
{
    (void)state;
    static const double gamma[][3] = {{0, 0, 0}, {0, 0, 2}, {1.5, -1, 0}, {-1, 2, 3}};
    gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(1000);
    assert_non_null(workspace);
    for (size_t k = 0; k < 2 * sizeof gamma / sizeof *gamma; k++)
        check_against_integrals((Logits){.sigma_o = 1.2,
                                         .sigma_r = 0.8,
                                         .gamma_o = gamma[k / 2][0],
                                         .gamma_r = gamma[k / 2][1],
                                         .delta = k % 2 ? 0 : gamma[k / 2][2],
                                         .link = k % 2 ? LINK_PROBIT : LINK_LOGIT},
                                true, workspace);
    gsl_integration_workspace_free(workspace);
}

/* A share of n draws has standard error sqrt(p (1-p) / n); 4.5 of them leave 12 comparisons a false alarm of
 * 8e-5, and the draws are fixed. */
static void near_share(const char *what, double hits, double n, double p)
{
    double z = (hits / n - p) / sqrt(p * (1 - p) / n);
    if (!(fabs(z) < 4.5)) {
        fail_msg("%s: %g of %g draws, expected %g: z = %g", what, hits, n, p, z);
    }
}

/* Draw h, then r(1), then the click, as the generator does; the integrals must be the shares. */
static void agrees_with_draws(void **state)
{
    (void)state;
    enum { DRAWS = 1000000 };
    static const Row row[] = {
        {{.a = -2, .sigma_o = 1, .gamma_o = 1, .b = -1, .sigma_r = 1, .gamma_r = 1}, 0.5, -0.5, 0, 0},
        {{.a = -1, .sigma_o = 1, .delta = 2, .b = -2, .sigma_r = 1}, 1, 0.3, 0, 0},
        {{.a = 0, .sigma_o = 1, .gamma_o = 3, .delta = -2, .b = 0.5, .sigma_r = 2, .gamma_r = -2},
         0.1,
         0.2,
         0,
         0},
        {{.a = -3, .sigma_o = 1, .gamma_o = 5, .delta = 4, .b = -3, .sigma_r = 1, .gamma_r = 5}, 0, -1, 0, 0},
    };
    for (uint32_t k = 0; k < sizeof row / sizeof *row; k++) {
        StreamKey key = {.seed = 1, .setting = "", .replicate = k};
        gsl_rng *generator = stream_open(&key, "quadrature");
        assert_non_null(generator);
        double conversions = 0;
        double clicks = 0;
        double both = 0;
        for (int i = 0; i < DRAWS; i++) {
            double h = gsl_ran_gaussian_ziggurat(generator, 1);
            int potential = gsl_rng_uniform(generator) < conversion_given(&row[k], h);
            int click = gsl_rng_uniform(generator) < click_given(&row[k], h, potential);
            conversions += potential;
            clicks += click;
            both += potential && click;
        }
        gsl_rng_free(generator);
        double p_r;
        double p_o;
        double q;
        Quadrature *quadrature;
        OK(quadrature_create(&quadrature, &row[k].logits, message));
        quadrature_truth(quadrature, &row[k].logits,
                         &(QuadratureRows){1, &row[k].s_o, &row[k].s_r, &p_r, &p_o, &q, NULL, NULL});
        quadrature_free(quadrature);
        near_share("p_r", conversions, DRAWS, p_r);
        near_share("p_o", clicks, DRAWS, p_o);
        near_share("q", both, clicks, q);
    }
}

enum { ROWS = 300 };
typedef struct Sample {
    double s_o[ROWS], s_r[ROWS], p_r[ROWS], p_o[ROWS], q[ROWS];
} Sample;

static void fill(Sample *x, const Logits *logits)
{
    StreamKey key = {.seed = 2, .setting = ""};
    gsl_rng *generator = stream_open(&key, "rows");
    assert_non_null(generator);
    for (int i = 0; i < ROWS; i++) {
        x->s_o[i] = gsl_ran_gaussian_ziggurat(generator, 1.5);
        x->s_r[i] = gsl_ran_gaussian_ziggurat(generator, 1.5);
    }
    gsl_rng_free(generator);
    Quadrature *quadrature;
    OK(quadrature_create(&quadrature, logits, message));
    quadrature_truth(quadrature, logits,
                     &(QuadratureRows){ROWS, x->s_o, x->s_r, x->p_r, x->p_o, x->q, NULL, NULL});
    quadrature_free(quadrature);
}

/* Either side of exp may be off by 4 ulp (the vector library's bound) and its argument by two roundings,
 * which the exponential makes |argument| eps each; the last two operations add one rounding each. */
static void near_sigmoid(double got, double argument)
{
    double bound = (2 * 4 + 2 * fabs(argument) + 4) * DBL_EPSILON;
    assert_true(fabs(got / sigmoid(argument) - 1) <= bound);
}

static void without_hidden_parts_all_are_sigmoids(void **state)
{
    (void)state;
    static Sample x;
    Logits logits = {.a = -2.5, .sigma_o = 1.1, .b = -1.2, .sigma_r = 0.9};
    fill(&x, &logits);
    assert_memory_equal(x.q, x.p_r, sizeof x.q);
    for (int i = 0; i < ROWS; i++) {
        near_sigmoid(x.p_r[i], logits.b + logits.sigma_r * x.s_r[i]);
        near_sigmoid(x.p_o[i], logits.a + logits.sigma_o * x.s_o[i]);
    }
}

/* Without h, delta alone: q follows from Bayes' rule. */
static void selection_on_the_outcome_alone_is_closed_form(void **state)
{
    (void)state;
    static Sample x;
    Logits logits = {.a = -2.5, .sigma_o = 1.1, .delta = 2, .b = -1.2, .sigma_r = 0.9};
    fill(&x, &logits);
    for (int i = 0; i < ROWS; i++) {
        double r = sigmoid(logits.b + logits.sigma_r * x.s_r[i]);
        double level = logits.a + logits.sigma_o * x.s_o[i];
        double converted = r * sigmoid(level + 2 * (1 - r));
        double click = converted + (1 - r) * sigmoid(level - 2 * r);
        /* some 30 roundings of numbers below 10 are far below 1e-13 */
        assert_true(fabs(x.p_o[i] / click - 1) < 1e-13);
        assert_true(fabs(x.q[i] / (converted / click) - 1) < 1e-13);
        assert_true(x.q[i] > x.p_r[i]);
    }
}

/* A confounder of one side only does not confound. */
static void missing_at_random_q_is_p_r_exactly(void **state)
{
    (void)state;
    static Sample x;
    Logits click_side = {.a = -1, .sigma_o = 1, .gamma_o = 2, .b = -2, .sigma_r = 1};
    Logits conversion_side = {.a = -1, .sigma_o = 1, .b = -2, .sigma_r = 1, .gamma_r = 2};
    fill(&x, &click_side);
    assert_memory_equal(x.q, x.p_r, sizeof x.q);
    fill(&x, &conversion_side);
    assert_memory_equal(x.q, x.p_r, sizeof x.q);
    conversion_side.gamma_o = 1; /* and one of both does */
    fill(&x, &conversion_side);
    for (int i = 0; i < ROWS; i++) {
        assert_true(x.q[i] > x.p_r[i]);
    }
}

/* Any run of rows alone gives the bits it has among the others. */
static void a_row_does_not_depend_on_its_place(void **state)
{
    (void)state;
    static Sample x;
    static const size_t size[] = {1, 2, 3, 7, 8, 63, 64, 65, 127, 128, 129, 200};
    static const size_t offset[] = {0, 1, 5, 31, 63, 64, 65, 100};
    Logits logits = {.a = -1, .sigma_o = 1, .gamma_o = 1, .delta = 1, .b = -2, .sigma_r = 1, .gamma_r = 0.7};
    fill(&x, &logits);
    Quadrature *quadrature;
    OK(quadrature_create(&quadrature, &logits, message));
    for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
        for (size_t j = 0; j < sizeof offset / sizeof *offset; j++) {
            size_t n = size[k];
            size_t at = offset[j];
            double p_r[ROWS + 1];
            double p_o[ROWS + 1];
            double q[ROWS + 1];
            p_r[n] = p_o[n] = q[n] = -1;
            quadrature_truth(quadrature, &logits,
                             &(QuadratureRows){n, x.s_o + at, x.s_r + at, p_r, p_o, q, NULL, NULL});
            assert_memory_equal(p_r, x.p_r + at, n * sizeof *p_r);
            assert_memory_equal(p_o, x.p_o + at, n * sizeof *p_o);
            assert_memory_equal(q, x.q + at, n * sizeof *q);
            assert_true(p_r[n] == -1 && p_o[n] == -1 && q[n] == -1); /* nothing is written past the end */
        }
    }
    quadrature_free(quadrature);
}

/* p_r alone, or p_r and p_o, are those of the full call; sums of some 100 terms in another order differ by
 * less than 1e-13. */
static void outputs_may_be_left_out(void **state)
{
    (void)state;
    static Sample x;
    static double p_r[ROWS];
    static double p_o[ROWS];
    Logits logits = {.a = -1, .sigma_o = 1, .gamma_o = 1, .delta = 1, .b = -2, .sigma_r = 1, .gamma_r = 0.7};
    fill(&x, &logits);
    Quadrature *quadrature;
    OK(quadrature_create(&quadrature, &logits, message));
    quadrature_truth(quadrature, &logits, &(QuadratureRows){ROWS, x.s_o, x.s_r, p_r, p_o, NULL, NULL, NULL});
    assert_memory_equal(p_r, x.p_r, sizeof p_r);
    assert_memory_equal(p_o, x.p_o, sizeof p_o);
    memset(p_r, 0, sizeof p_r);
    quadrature_truth(quadrature, &logits, &(QuadratureRows){ROWS, NULL, x.s_r, p_r, NULL, NULL, NULL, NULL});
    for (int i = 0; i < ROWS; i++) {
        assert_true(fabs(p_r[i] / x.p_r[i] - 1) < 1e-13);
    }
    quadrature_truth(quadrature, &logits, &(QuadratureRows){0, NULL, NULL, NULL, NULL, NULL, NULL, NULL});
    quadrature_free(quadrature);
    quadrature_free(NULL);
}

/* A normal h is one more error of both probits: p_r and p_o are normal distribution functions, and clicks
 * with conversions a bivariate one, which is integrated over the latent number of the conversion here. */
typedef struct Pair {
    double a, b, correlation;
} Pair;

static double pair_integrand(double x, void *argument)
{
    const Pair *p = argument;
    return gsl_ran_ugaussian_pdf(x) *
           gsl_cdf_ugaussian_P((p->a - p->correlation * x) / sqrt(1 - p->correlation * p->correlation));
}

static double both_below(const Pair *p, gsl_integration_workspace *workspace)
{
    double value, error;
    gsl_function function = {pair_integrand, (void *)(uintptr_t)p};
    assert_int_equal(gsl_integration_qag(&function, -14, p->b, 1e-15, 1e-12, 1000, GSL_INTEG_GAUSS61,
                                         workspace, &value, &error),
                     GSL_SUCCESS);
    return value;
}

static void probits_have_closed_forms(void **state)
{
    (void)state;
    static const double gamma[][2] = {{0, 0}, {1, 0.8}, {-2, 1.5}, {0.5, 3}};
    gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(1000);
    assert_non_null(workspace);
    for (size_t g = 0; g < sizeof gamma / sizeof *gamma; g++) {
        const double gamma_o = gamma[g][0], gamma_r = gamma[g][1];
        const Logits logits = {.a = -1,
                               .b = -0.7,
                               .sigma_o = 1.2,
                               .sigma_r = 0.8,
                               .gamma_o = gamma_o,
                               .gamma_r = gamma_r,
                               .link = LINK_PROBIT};
        static const double s_o[] = {-3, 0, 0.4, 2.5}, s_r[] = {1.5, -2.5, 0.7, 3};
        double p_r[4], p_o[4], q[4];
        Quadrature *quadrature;
        OK(quadrature_create(&quadrature, &logits, message));
        quadrature_truth(quadrature, &logits, &(QuadratureRows){4, s_o, s_r, p_r, p_o, q, NULL, NULL});
        for (int i = 0; i < 4; i++) {
            const Row row = {logits, s_o[i], s_r[i], 0, 0};
            const double root_o = sqrt(1 + gamma_o * gamma_o), root_r = sqrt(1 + gamma_r * gamma_r);
            const Pair pair = {(logits.a + logits.sigma_o * s_o[i]) / root_o,
                               (logits.b + logits.sigma_r * s_r[i]) / root_r,
                               gamma_o * gamma_r / root_o / root_r};
            near("p_r", &row, p_r[i], gsl_cdf_ugaussian_P(pair.b));
            near("p_o", &row, p_o[i], gsl_cdf_ugaussian_P(pair.a));
            near("q", &row, q[i], both_below(&pair, workspace) / gsl_cdf_ugaussian_P(pair.a));
        }
        quadrature_free(quadrature);
    }
    gsl_integration_workspace_free(workspace);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_adaptive_integration),
        cmocka_unit_test(probits_have_closed_forms),
        cmocka_unit_test(terms_are_a_part_of_the_truth),
        cmocka_unit_test(agrees_with_draws),
        cmocka_unit_test(without_hidden_parts_all_are_sigmoids),
        cmocka_unit_test(selection_on_the_outcome_alone_is_closed_form),
        cmocka_unit_test(missing_at_random_q_is_p_r_exactly),
        cmocka_unit_test(a_row_does_not_depend_on_its_place),
        cmocka_unit_test(outputs_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
