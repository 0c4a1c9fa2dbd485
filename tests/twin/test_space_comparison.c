/* Two samples whose distance is known in closed form. */
#include "experiments/twin/space_comparison.h"
#include "sim/base/random.h"

#include "tests/support/monte_carlo.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>

static ScoreSpace normal_space(size_t rows, double shift, gsl_rng *random)
{
    ScoreSpace space = {.rows = rows};
    space.column[0] = calloc(SCORE_COLUMNS * rows, sizeof *space.column[0]);
    assert_non_null(space.column[0]);
    for (int c = 0; c < SCORE_COLUMNS; c++) {
        space.column[c] = space.column[0] + (size_t)c * rows;
        for (size_t i = 0; i < rows; i++)
            space.column[c][i] = gsl_ran_gaussian(random, 1) + (c == 2 ? shift : 0);
    }
    return space;
}

/* Normal columns, of which one is shifted by d: the best classifier has an AUC of Phi(d / sqrt 2), and the
 * distribution functions are 2 Phi(d / 2) - 1 apart. 44 coefficients that say nothing lower the AUC a little,
 * by less than 44 / rows of its excess. */
static void a_shift_is_found(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { N = 20000 / SHRINK };
    const double d = 0.4, auc = gsl_cdf_ugaussian_P(d / sqrt(2)), ks = 2 * gsl_cdf_ugaussian_P(d / 2) - 1;
    const StreamKey key = {.seed = 7, .setting = ""};
    gsl_rng *random = stream_open(&key, "spaces");
    SpaceComparison got;
    Message message;
    ScoreSpace a = normal_space(N, d, random), b = normal_space(N, 0, random);
    assert_int_equal(spaces_compare(&a, &b, &got, &message), STATUS_OK);
    const double error = sqrt((1.0 / N + 1.0 / N) / 12); /* of an AUC, at its largest */
    within_error("AUC", got.auc, auc, error + 44.0 / N / STANDARD_ERRORS);
    within_error("AUC of the column", got.telltale_auc, auc, error);
    assert_int_equal(got.telltale, 2);
    within_error("KS", got.ks[2], ks, sqrt(2 * 0.25 / N));
    assert_true(got.ks[0] < 2 * sqrt(2.0 / N)); /* beyond it with probability 2 exp(-8) */
    assert_true(got.pmse > 2);
    score_space_free(&a);
    score_space_free(&b);
    gsl_rng_free(random);
}

/* Samples of one distribution: pMSE is 1 on average, and the AUC .5. */
static void alike_is_alike(void **state)
{
    slow_under_valgrind();
    (void)state;
    enum { TIMES = 40 / SHRINK + 4, N = 1500 };
    const StreamKey key = {.seed = 8, .setting = ""};
    gsl_rng *random = stream_open(&key, "spaces");
    double auc[TIMES], pmse[TIMES];
    for (int t = 0; t < TIMES; t++) {
        SpaceComparison got;
        Message message;
        ScoreSpace a = normal_space(N, 0, random), b = normal_space(N, 0, random);
        assert_int_equal(spaces_compare(&a, &b, &got, &message), STATUS_OK);
        auc[t] = got.auc;
        pmse[t] = got.pmse;
        score_space_free(&a);
        score_space_free(&b);
    }
    mean_is("AUC", auc, TIMES, 0.5);
    /* The ratio's expectation is 1 to first order in k / N = .015. */
    within_error("pMSE", mean_of(pmse, TIMES), 1, error_of_mean(pmse, TIMES) + 0.03 / STANDARD_ERRORS);
    gsl_rng_free(random);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shift_is_found),
        cmocka_unit_test(alike_is_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
