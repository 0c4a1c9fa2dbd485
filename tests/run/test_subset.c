/* test.stored: predictions of a few test exposures in the store, metrics of all. */
#include "experiments/inputs/test_subset.h"

#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <math.h>

enum { ALL = 100, SOME = 30 };

typedef struct Exposures {
    double p_r[ALL], p_o[ALL], q[ALL];
    uint8_t click[ALL];
    TestSet set;
} Exposures;

static void make(Exposures *e)
{
    for (int i = 0; i < ALL; i++) {
        e->p_r[i] = i;
        e->p_o[i] = i + 0.25;
        e->q[i] = i + 0.5;
        e->click[i] = i % 3 == 0;
    }
    e->set = (TestSet){ALL, e->p_r, e->p_o, e->q, e->click};
}

static TestSubset create(const TestSet *all, int64_t most, uint32_t world)
{
    Message message;
    TestSubset stored;
    const StreamKey key = {1, "", world, EVERY_REPLICATE};
    if (test_subset_create(&stored, all, most, &key, &message))
        fail_msg("%s", message.text);
    return stored;
}

static void without_a_limit_all_are_kept(void **state)
{
    (void)state;
    static const int64_t most[] = {0, ALL, ALL + 1};
    static const float predictions[ALL] = {0};
    Exposures e;
    make(&e);
    for (int i = 0; i < 3; i++) {
        TestSubset stored = create(&e.set, most[i], 0);
        assert_null(stored.row);
        assert_int_equal(stored.set.rows, ALL);
        assert_ptr_equal(stored.set.p_r, e.p_r);
        assert_ptr_equal(test_subset_predictions(&stored, predictions, NULL), predictions);
        test_subset_free(&stored);
    }
}

static void what_is_kept_belongs_together(void **state)
{
    (void)state;
    Exposures e;
    make(&e);
    float all[ALL], memory[SOME];
    for (int i = 0; i < ALL; i++)
        all[i] = (float)i;
    TestSubset stored = create(&e.set, SOME, 0);
    const float *kept = test_subset_predictions(&stored, all, memory);
    assert_int_equal(stored.set.rows, SOME);
    for (int i = 0; i < SOME; i++) {
        uint32_t row = stored.row[i];
        assert_true(row < ALL && (i == 0 || row > stored.row[i - 1]));
        assert_true(stored.set.p_r[i] == row && stored.set.p_o[i] == row + 0.25 &&
                    stored.set.q[i] == row + 0.5);
        assert_int_equal(stored.set.click[i], row % 3 == 0);
        assert_true(kept[i] == (float)row);
    }
    test_subset_free(&stored);
    const TestSet unknown = {.rows = ALL};
    stored = create(&unknown, SOME, 0);
    assert_int_equal(stored.set.rows, SOME);
    assert_null(stored.set.p_r);
    assert_null(stored.set.click);
    test_subset_free(&stored);
}

/* How often each exposure is among those of 400 worlds: binomial, within 5 standard errors. */
static void each_is_as_likely(void **state)
{
    (void)state;
    enum { WORLDS = 400 };
    int times[ALL] = {0};
    Exposures e;
    make(&e);
    for (uint32_t world = 0; world < WORLDS; world++) {
        TestSubset stored = create(&e.set, SOME, world);
        for (int i = 0; i < SOME; i++)
            times[stored.row[i]]++;
        test_subset_free(&stored);
    }
    const double share = (double)SOME / ALL, error = sqrt(WORLDS * share * (1 - share));
    for (int i = 0; i < ALL; i++)
        assert_true(fabs(times[i] - WORLDS * share) < 5 * error);
}

/* The same experiment with and without test.stored: equal metrics, and the stored rows of the predictions. */
static void metrics_are_of_all(void **state)
{
    (void)state;
    program_needed();
    Program p;
    program_create(&p);
    program_write(&p, "all.yaml",
                  "name: all\nreplicates: 2\nlog.size: 2000\ntest.size: 300\nestimators: [naive, esmm]\n"
                  "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
                  "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 128}\n");
    program_succeeds(&p, "run $F/all.yaml --db $F/all.db");
    program_succeeds(&p, "run $F/all.yaml --db $F/some.db --set test.stored=70");
    sqlite3 *db = stores_attach("all.db", "some.db");
    stores_same_rows(db, "setting, estimator, world, replicate, space, task, metric, value", "metric");
    stores_close(db);
    assert_true(store_number("all.db", "SELECT count(*) > 100 FROM metric") == 1);
    assert_true(store_number("some.db", "SELECT count(*) FROM run WHERE length(predictions) = 70 * 4") == 4);
    assert_true(store_number("some.db", "SELECT count(*) FROM test_set WHERE rows = 70 AND"
                                        " length(p_r) = 70 * 8 AND length(click) = 70") == 1);
    assert_true(store_number("some.db", "SELECT count(*) FROM bias_variance WHERE variance > 0") == 2);
    program_succeeds(&p, "table $F/some.db");
    program_run(&p, "run $F/all.yaml --db $F/some.db");
    assert_int_equal(p.code, 2);
    assert_non_null(strstr(p.errors, "test.stored"));
    program_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_all_are_kept),
        cmocka_unit_test(what_is_kept_belongs_together),
        cmocka_unit_test(each_is_as_likely),
        cmocka_unit_test(metrics_are_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
