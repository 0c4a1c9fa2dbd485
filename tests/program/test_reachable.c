/* What a run stores of predictions that lack the placement: their distance to what can be reached, and the
 * floor. */
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <math.h>

static double stored(const char *estimator, const char *metric)
{
    char sql[256];
    snprintf(
        sql, sizeof sql,
        "SELECT value FROM metric WHERE estimator = '%s' AND metric = '%s' AND task = 'cvr' AND space = 'D'",
        estimator, metric);
    return store_number("small.db", sql);
}

static void runs_store_it_where_it_is_known(void **state)
{
    (void)state;
    program_needed();
    Program p;
    program_create(&p);
    program_write(
        &p, "small.yaml",
        "name: small\nreplicates: 1\nlog.size: 4000\ntest.size: 20000\n"
        "estimators: [naive, esmm, ips]\n"
        "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
        "placement: {click: 1, conversion: 1}\nmodel: {embedding: 2, layers: [4], omit: placement}\n"
        "train: {epochs: 3, batch: 128}\nestimator.ips.omit: [placement, user]\n"
        "claims: [naive mse_reachable < 1, naive floor over O > 0]\n");
    program_succeeds(&p, "run $F/small.yaml --db $F/small.db");
    assert_true(store_number("small.db", "SELECT count(*) FROM metric WHERE metric IN ('mse_reachable', "
                                         "'floor') AND estimator = 'ips'") == 0);
    assert_true(store_number("small.db", "SELECT count(*) FROM metric WHERE metric IN ('mse_reachable', "
                                         "'floor') AND task = 'cvr' AND value > 0") == 12);
    assert_true(stored("naive", "floor") == stored("esmm", "floor"));
    /* What is left of mse is twice a mean of products of two independent numbers below 1. */
    double rest = stored("naive", "mse") - stored("naive", "mse_reachable") - stored("naive", "floor");
    double error = 2 * sqrt(stored("naive", "mse_reachable") * stored("naive", "floor") / 20000);
    assert_true(fabs(rest) < 4.5 * error);
    assert_true(stored("naive", "floor") > 20 * error);
    program_succeeds(&p, "table $F/small.db --metric mse_reachable,floor/O");
    program_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(runs_store_it_where_it_is_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
