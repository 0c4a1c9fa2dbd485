/* What the risk of a step estimates: its mean over redrawn clicks, with predictions, imputations and true
 * propensities held fixed, against the mean error of all exposures. */
#include "tests/support/monte_carlo.h"
#include "tests/support/stage.h"

enum { REDRAWS = 20000 / SHRINK };

/* What would be seen of each row if it was clicked. */
static uint8_t potential[EXPOSURES];

static void redraw_clicks(Stage *s, gsl_rng *g)
{
    for (int i = 0; i < EXPOSURES; i++) {
        s->log.click[i] = gsl_rng_uniform(g) < (double)s->propensity[i];
        s->log.conversion[i] = s->log.click[i] && potential[i];
    }
}

static void prepare(Stage *s)
{
    stage_data(s);
    for (int i = 0; i < EXPOSURES; i++)
        potential[i] = i % 3 == 0;
}

static double ideal_risk(const Stage *s)
{
    double sum = 0;
    for (int i = 0; i < EXPOSURES; i++)
        sum += cross_entropy(potential[i], probability((double)s->z[CVR][i]));
    return sum / EXPOSURES;
}

/* The risks of phase 0 with one constant set, a redraw each. */
static void risks_of(Stage *s, const char *estimator, const char *constant, double value, double *risk)
{
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    stage_open(s, estimator, &lookup_backbone);
    if (constant)
        stage_set(s, constant, value);
    for (int k = 0; k < REDRAWS; k++) {
        redraw_clicks(s, g);
        risk[k] = stage_run(s, 0).loss;
    }
    stage_close(s);
    gsl_rng_free(g);
}

/* Which imputed errors cdr uses does not depend on the click, so that any filter keeps it unbiased. */
static void filters_of_cdr_keep_it_unbiased(void **state)
{
    static const double eta[] = {0, 0.2, 0.4, 1e6};
    static double risk[REDRAWS];
    Stage *s = *state;
    prepare(s);
    for (int k = 0; k < 4; k++) {
        risks_of(s, "cdr", "eta", eta[k], risk);
        mean_is("cdr", risk, REDRAWS, ideal_risk(s));
    }
}

/* With true propensities and imputed errors that are wrong dr_jl estimates the mean error of all rows, and
 * superdr with a fixed eps that less eps mean(1 - p); with the best eps of each batch it is biased as well.
 */
static void superdr_is_biased_where_dr_jl_is_not(void **state)
{
    static double risk[REDRAWS];
    const double eps = 0.75;
    double unclicked = 0;
    Stage *s = *state;
    prepare(s);
    for (int i = 0; i < ROWS; i++)
        s->z[RESIDUAL_E][i] = (float)eps;
    for (int i = 0; i < EXPOSURES; i++)
        unclicked += (1 - (double)s->propensity[i]) / EXPOSURES;
    risks_of(s, "dr_jl", NULL, 0, risk);
    mean_is("dr_jl", risk, REDRAWS, ideal_risk(s));
    risks_of(s, "superdr", NULL, 0, risk);
    mean_is("superdr", risk, REDRAWS, ideal_risk(s) - eps * unclicked);
    risks_of(s, "superdr", "closed_form", 1, risk);
    double bias = mean_of(risk, REDRAWS) - ideal_risk(s);
    assert_true(fabs(bias) > 2 * STANDARD_ERRORS * error_of_mean(risk, REDRAWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_of_cdr_keep_it_unbiased),
        cmocka_unit_test(superdr_is_biased_where_dr_jl_is_not),
    };
    return cmocka_run_group_tests(tests, stage_create, stage_free);
}
