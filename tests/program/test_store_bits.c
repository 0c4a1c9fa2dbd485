/* A small store to the last bit: predictions, metrics and summaries of a world and of its risk layer are the
 * same whatever compiled the program and whatever it runs on. What is recorded here changes only where a
 * formula or an order of sums is meant to change; tests/bits.sh builds in several ways and runs this. */
#include "sim/base/sha256.h"
#include "tests/support/program.h"
#include "tests/support/stores.h"

static const struct {
    const char *table, *digits; /* the first of the hash */
} recorded[] = {
#include "tests/program/store_bits.inc"
};

static const char experiment[] =
    "name: bits\nworlds: 2\nreplicates: 2\nlog.size: 700\ntest.size: 300\nunbiased.size: 100\n"
    "world: {users: 30, items: 20, latent: 3, context: 2, ctr: 0.3, gamma_o: 0.7, gamma_r: 0.7}\n"
    "behaviour.rate: 0.3\nmodel: {embedding: 8, layers: [24, 16]}\ntrain: {epochs: 2, batch: 100}\n"
    "estimators: [naive, esmm, ips, dr_jl, multi_dr, dcmt, mmoe+escm2_ips, mf+ips, res_dr, aitm]\n"
    "risk: {estimators: [naive, ips, snips, dr], predictors: [truth, skew], redraws: 50}\nrisk.size: 200\n"
    "sweep.world.dependence: [0.2, 0.8]\n";

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* All of a row but what says how long something took. */
static void add_row(Sha256 *hash, sqlite3_stmt *row)
{
    for (int c = 0; c < sqlite3_column_count(row); c++) {
        if (!strcmp(sqlite3_column_name(row, c), "seconds"))
            continue;
        if (sqlite3_column_type(row, c) == SQLITE_FLOAT) {
            const double value = sqlite3_column_double(row, c);
            sha256_add(hash, &value, sizeof value);
            continue;
        }
        const void *bytes = sqlite3_column_blob(row, c); /* before its length */
        if (bytes)
            sha256_add(hash, bytes, (size_t)sqlite3_column_bytes(row, c));
        sha256_add(hash, "|", 1);
    }
}

static void hash_table(sqlite3 *db, const char *table, char digits[SHA256_TEXT])
{
    char sql[256];
    sqlite3_stmt *row;
    Sha256 hash;
    snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2, 3, 4, 5, 6%s", table,
             strcmp(table, "metric") != 0 ? "" : ", 7, 8"); /* a key has at most so many */
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    sha256_begin(&hash);
    while (sqlite3_step(row) == SQLITE_ROW)
        add_row(&hash, row);
    sqlite3_finalize(row);
    sha256_end(&hash, digits);
    digits[16] = 0;
}

static void numbers_are_those_that_are_recorded(void **state)
{
    int differ = 0;
    (void)state;
    program_needed();
    program_write(&program, "bits.yaml", experiment);
    program_succeeds(&program, "run $F/bits.yaml --db $F/bits.db");
    sqlite3 *db = stores_open("bits.db");
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
        char digits[SHA256_TEXT];
        hash_table(db, recorded[i].table, digits);
        if (strcmp(digits, recorded[i].digits) != 0) {
            print_error("    {\"%s\", \"%s\"},\n", recorded[i].table, digits);
            differ++;
        }
    }
    stores_close(db);
    assert_int_equal(differ, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_those_that_are_recorded)};
    return cmocka_run_group_tests(tests, create, destroy);
}
