/* Small linear systems against their definition. */
#include "estimators/shared/positive_system.h"
#include "tests/support/support.h"

#include <gsl/gsl_rng.h>
#include <math.h>

enum { N = 40 };

/* G'G + 1 is positive definite; what it gives for a chosen x has that solution. */
static void a_solution_solves_its_system(void **state)
{
    static double g[N][N], a[N * N], b[N], x[N];
    (void)state;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(random);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            g[i][j] = gsl_rng_uniform(random) - 0.5;
    for (int i = 0; i < N; i++)
        x[i] = gsl_rng_uniform(random) - 0.5;
    gsl_rng_free(random);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i * N + j] = i == j;
            for (int k = 0; k < N; k++)
                a[i * N + j] += g[k][i] * g[k][j];
            b[i] += a[i * N + j] * x[j];
        }
    assert_true(positive_system_solve(N, a, b));
    for (int i = 0; i < N; i++) /* eigenvalues lie in [1, 1 + |G|^2 <= 1 + N^2 / 4] */
        assert_true(fabs(b[i] - x[i]) < 1e-12 * N * N);
}

static void what_is_not_positive_is_refused(void **state)
{
    (void)state;
    double indefinite[] = {1, 2, 2, 1}, empty[] = {0, 0, 0, 0}, unknown[] = {NAN, 0, 0, 1}, x[2];
    double *const bad[] = {indefinite, empty, unknown};
    for (int k = 0; k < 3; k++) {
        x[0] = x[1] = 3;
        assert_false(positive_system_solve(2, bad[k], x));
        assert_true(x[0] == 0 && x[1] == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_solution_solves_its_system),
        cmocka_unit_test(what_is_not_positive_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
