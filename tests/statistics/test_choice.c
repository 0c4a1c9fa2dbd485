/* Regret: by hand, against all orders of ties, and as units store it; and the task ctcvr_by_cvr. */
#include "results/statistics/metrics.h"
#include "results/store/query.h"

#include "tests/support/program.h"
#include "tests/support/store_fixture.h"
#include "tests/support/stores.h"

static void close_to(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12))
        fail_msg("%.17g, expected %.17g", got, want);
}

/* User 5 has values .1, .2, .3 and scores that take the second and the first; user 2 has a single row. */
static void by_hand(void **state)
{
    (void)state;
    static const float cvr[] = {0.5F, 0.75F, 0.125F, 0.1F};
    static const double p_o[] = {0.5, 0.5, 0.5, 0.2}, q[] = {0.2, 0.4, 0.6, 0.3};
    static const uint32_t user[] = {5, 5, 5, 2};
    close_to(choice_regret(&(Choice){4, cvr, p_o, q, user, 2}), ((0.3 + 0.2) / 2 - (0.2 + 0.1) / 2 + 0) / 2);
    close_to(choice_regret(&(Choice){4, cvr, p_o, q, user, 1}), (0.3 - 0.2 + 0) / 2);
    close_to(choice_regret(&(Choice){4, cvr, p_o, q, user, 3}), 0);
    /* The true CTR ranks with the prediction. */
    static const double other[] = {1, 0.5, 0.5, 0.2};
    close_to(choice_regret(&(Choice){4, cvr, other, q, user, 1}), (0.3 - 0.2 + 0) / 2);
    assert_true(isnan(choice_regret(&(Choice){0, cvr, p_o, q, user, 1})));
}

static void the_truth_has_none(void **state)
{
    (void)state;
    enum { N = 500 };
    float cvr[N];
    double p_o[N], q[N];
    uint32_t user[N];
    gsl_rng *g = fixture_generator(5);
    for (int i = 0; i < N; i++) {
        cvr[i] = (float)gsl_rng_uniform(g);
        p_o[i] = gsl_rng_uniform(g);
        q[i] = (double)cvr[i];
        user[i] = (uint32_t)gsl_rng_uniform_int(g, 40);
    }
    gsl_rng_free(g);
    assert_true(choice_regret(&(Choice){N, cvr, p_o, q, user, 5}) == 0);
    /* Another order of the same choice is the same to the last digit. */
    for (int i = 0; i < N; i++)
        cvr[i] = 1;
    const double all = choice_regret(&(Choice){N, cvr, p_o, q, user, N});
    for (int i = 0; i < N; i++)
        cvr[i] = (float)(1 + i) / (1 + N);
    assert_true(all == 0 && choice_regret(&(Choice){N, cvr, p_o, q, user, N}) == 0);
}

/* Rows with many ties: a row is chosen with the share of its tie that fits. */
static void ties_are_averaged(void **state)
{
    (void)state;
    enum { N = 300, USERS = 40 };
    for (unsigned long seed = 0; seed < 5; seed++) {
        float cvr[N];
        double p_o[N], q[N], sum = 0;
        uint32_t user[N];
        const int k = 1 + (int)seed;
        int users = 0;
        gsl_rng *g = fixture_generator(seed);
        for (int i = 0; i < N; i++) {
            cvr[i] = (float)(1 + gsl_rng_uniform_int(g, 4)) / 8;
            p_o[i] = gsl_rng_uniform(g) < 0.5 ? 0.25 : 0.5;
            q[i] = gsl_rng_uniform(g);
            user[i] = (uint32_t)gsl_rng_uniform_int(g, USERS) * 1000;
        }
        gsl_rng_free(g);
        for (uint32_t u = 0; u < USERS; u++) {
            double best = 0, chosen = 0;
            int rows = 0;
            for (int i = 0; i < N; i++)
                rows += user[i] == u * 1000;
            const int most = k < rows ? k : rows;
            for (int i = 0; i < N; i++) {
                int better = 0, above = 0, tied = 0;
                if (user[i] != u * 1000)
                    continue;
                for (int j = 0; j < N; j++) {
                    if (user[j] != user[i])
                        continue;
                    const double mine = p_o[i] * (double)cvr[i], other = p_o[j] * (double)cvr[j];
                    above += other > mine;
                    tied += other == mine;
                    better += p_o[j] * q[j] > p_o[i] * q[i];
                }
                const double room = most - above < 0 ? 0 : most - above > tied ? tied : most - above;
                chosen += p_o[i] * q[i] * room / tied / most;
                best += better < most ? p_o[i] * q[i] / most : 0;
            }
            sum += rows > 0 ? best - chosen : 0;
            users += rows > 0;
        }
        close_to(choice_regret(&(Choice){N, cvr, p_o, q, user, k}), sum / users);
    }
}

/* Also of an estimator without a model of clicks. The AUC of c against p_o q is summed from the store's
 * blobs. */
static void units_store_them(void **state)
{
    (void)state;
    program_needed();
    Program p;
    program_create(&p);
    program_write(&p, "small.yaml",
                  "name: small\nlog.size: 2000\ntest.size: 200\nestimators: [naive, esmm]\n"
                  "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
                  "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 128}\nreplicates: 1\n"
                  "claims: [naive regret > -1, naive auc of ctcvr_by_cvr > 0]\n");
    program_succeeds(&p, "run $F/small.yaml --db $F/small.db");
    sqlite3 *db = stores_open("small.db");
    assert_true(stores_value(db, "SELECT count(*) FROM metric WHERE metric = 'regret' AND task = 'ctcvr' AND"
                                 " space = 'D' AND value BETWEEN 0 AND 1") == 2);
    assert_true(stores_value(db, "SELECT count(*) FROM metric WHERE task = 'ctcvr_by_cvr' AND"
                                 " estimator = 'naive'") == 7);
    assert_true(stores_value(db, "SELECT count(*) FROM metric WHERE metric = 'segment_ece' AND"
                                 " value > 0 AND estimator = 'naive'") == 2);
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT p_o, q, predictions, value FROM test_set, run, metric WHERE"
                                        " run.estimator = 'naive' AND metric.estimator = 'naive' AND task ="
                                        " 'ctcvr_by_cvr' AND metric = 'auc'",
                                        -1, &row, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const double *p_o = sqlite3_column_blob(row, 0), *q = sqlite3_column_blob(row, 1);
    const float *c = sqlite3_column_blob(row, 2);
    const int rows = sqlite3_column_bytes(row, 0) / (int)sizeof *p_o;
    assert_int_equal(rows, 200);
    double wins = 0, pairs = 0;
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < rows; j++) {
            const double weight = i == j ? 0 : p_o[i] * q[i] * (1 - p_o[j] * q[j]);
            wins += weight * (c[i] > c[j] ? 1 : c[i] == c[j] ? 0.5 : 0);
            pairs += weight;
        }
    }
    close_to(sqlite3_column_double(row, 3), wins / pairs);
    sqlite3_finalize(row);
    stores_close(db);
    program_succeeds(&p, "table $F/small.db --metric regret,auc/D/ctcvr_by_cvr,uauc,medae/O,segment_ece");
    assert_non_null(strstr(p.output, "  regret@"));
    assert_non_null(strstr(p.output, "  AUC (D, ctcvr by cvr)"));
    assert_null(strstr(p.output, "not known"));
    program_free(&p);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(the_truth_has_none),
        cmocka_unit_test(ties_are_averaged),
        cmocka_unit_test(units_store_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
