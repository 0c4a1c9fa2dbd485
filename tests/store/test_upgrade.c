/* The step from layout 10, whose risk rows did not say what is left out: nothing else is lost or computed
 * anew, by a reader or by a run that goes on. */
#include "results/store/origin.h"
#include "results/store/query.h"
#include "results/store/schema.h"
#include "results/store/store_merge.h"
#include "results/summary/unit_read.h"

#include "tests/support/store_fixture.h"
#include "tests/support/stores.h"

static char *folder;
static char path[128], other_path[128];

static const double estimate[] = {2, 2.5, 1};

static RiskRow row_of(int world, double left_out)
{
    return (RiskRow){.experiment = "compare",
                     .setting = "world.ctr=0.1",
                     .predictor = "skew",
                     .estimator = "cdr",
                     .world = world,
                     .redraws = 3,
                     .ideal = 2,
                     .bias_theory = 0.25,
                     .sd_theory = NAN,
                     .left_out = left_out,
                     .estimate = estimate};
}

static Store *open_at(const char *where, StoreMode mode)
{
    Store *store = NULL;
    OK(store_open(&store, where, mode, message));
    return store;
}

/* A store whose summary of the risk layer says what nothing in it is computed from. */
static void make_store(const char *where)
{
    Store *store = open_at(where, STORE_WRITE);
    fixture_fill(store);
    const RiskRow row[] = {row_of(0, 0.25), row_of(1, 0.75)};
    OK(store_risk(store, row, 2, message));
    OK(summary_refresh(store, message));
    OK(query_run(store, message, "UPDATE summary_risk SET bias = 42", ""));
    store_close(store);
}

static void change(const char *where, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(where, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int setup(void **state)
{
    (void)state;
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    snprintf(other_path, sizeof other_path, "%s/b.db", folder);
    assert_int_equal(setenv("F", folder, 1), 0); /* where stores.h finds files */
    make_store(path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* The rows and the summary of layout 10, and what it did not have. */
static void expect_read(Store *store, double left_out)
{
    StoreResults results;
    RedrawnWorlds redrawn;
    OK(results_read(&results, store, message));
    const ExperimentResults *r = &results.experiment[0];
    assert_int_equal(r->risk_rows, 1);
    assert_true(r->risk_row[0].bias.value == 42 && r->risk_row[0].bias_theory == 0.25);
    assert_int_equal(r->risk_row[0].replicates, 6);
    if (isnan(left_out))
        assert_true(isnan(r->risk_row[0].left_out));
    else
        assert_true(r->risk_row[0].left_out == left_out);
    OK(results_redraws(r, &r->risk_row[0], &redrawn, message));
    assert_int_equal(redrawn.worlds, 2);
    assert_memory_equal(redrawn.world[1].estimate, estimate, sizeof estimate);
    redrawn_worlds_clear(&redrawn);
    assert_int_equal(results_cell(r, 0, 0)->done, WORLDS * REPLICATES);
    results_clear(&results);
}

static void a_reader_knows_no_share(void **state)
{
    (void)state;
    Store *store = open_at(path, STORE_READ);
    expect_read(store, 0.5);
    store_close(store);
    change(path, STORES_BACK_TO_10);
    store = open_at(path, STORE_READ);
    expect_read(store, NAN);
    store_close(store);
    assert_true(store_number("a.db", "PRAGMA user_version") == 10);
    assert_true(
        store_number("a.db", "SELECT count(*) FROM pragma_table_info('risk') WHERE name = 'left_out'") == 0);
}

/* One that has to compute summaries does so in the file, as with one of today. */
static void a_reader_refreshes_what_is_stale(void **state)
{
    (void)state;
    StoreResults results;
    change(path, STORES_BACK_TO_10 "UPDATE setting SET stale = 1");
    Store *store = open_at(path, STORE_READ);
    OK(results_read(&results, store, message));
    assert_true(fabs(results.experiment[0].risk_row[0].bias.value - (0 + 0.5 - 1) / 3) < 1e-12);
    results_clear(&results);
    store_close(store);
    assert_true(store_number("a.db", "SELECT count(*) FROM summary_risk WHERE bias = 42") == 0);
    assert_true(store_number("a.db", "SELECT count(*) FROM setting WHERE stale") == 0);
    assert_true(store_number("a.db", "PRAGMA user_version") == 10);
}

static void a_run_brings_it_up(void **state)
{
    (void)state;
    change(path, STORES_BACK_TO_10);
    Store *store = open_at(path, STORE_WRITE);
    expect_read(store, NAN);
    store_close(store);
    store_close(open_at(other_path, STORE_WRITE));
    sqlite3 *both = stores_attach("a.db", "b.db");
    stores_same_rows(both, "type, name, sql", "sqlite_schema");
    assert_true(stores_value(both, "PRAGMA user_version") == STORE_VERSION);
    assert_true(stores_value(both, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
    assert_true(stores_value(both, "SELECT bias FROM risk_summary WHERE left_out IS NULL") == 42);
    stores_close(both);
    store = open_at(path, STORE_WRITE);
    const RiskRow row = row_of(1, 0.125);
    OK(store_risk(store, &row, 1, message));
    store_close(store);
    assert_true(store_number("a.db", "SELECT left_out FROM risk WHERE world = 1") == 0.125);
    assert_true(store_number("a.db", "SELECT count(*) FROM risk WHERE left_out IS NULL") == 1);
    assert_true(store_number("a.db", "SELECT left_out FROM risk_summary") ==
                0.125); /* of the worlds that know it */
}

/* A row that does not know its share is no other than one that does, and one of another share is. */
static void a_share_that_is_not_known_does_not_differ(void **state)
{
    (void)state;
    for (int known = 1; known >= 0; known--) {
        if (!known)
            change(path, STORES_BACK_TO_10);
        Store *store = open_at(path, STORE_WRITE);
        const RiskRow same_row = row_of(0, 0.25), another = row_of(0, 0.5);
        bool same = false, differs = false;
        OK(origin_same_risk(store, &same_row, &same, message));
        OK(origin_same_risk(store, &another, &differs, message));
        assert_true(same && differs == !known);
        store_close(store);
    }
}

static void stores_are_merged_with_it(void **state)
{
    (void)state;
    make_store(other_path);
    change(path, "DELETE FROM risk");
    Store *store = open_at(path, STORE_WRITE), *other = open_at(other_path, STORE_READ);
    MergeCount taken;
    OK(store_merge(store, other, &taken, message));
    assert_int_equal(taken.taken, 2);
    store_close(other);
    store_close(store);
    assert_true(store_number("a.db", "SELECT sum(left_out) FROM risk") == 1);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reader_knows_no_share, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reader_refreshes_what_is_stale, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_brings_it_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_share_that_is_not_known_does_not_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(stores_are_merged_with_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
