/* A log: made with all columns zero, freed, counted, and refused where no memory could hold it. */
#include "sim/log.h"

#include "tests/support/support.h"

static const Schema schema = {.categorical = 3,
                              .name = {"user", "item", "segment"},
                              .cardinality = {50, 40, 3},
                              .dense = 5,
                              .groups = 2,
                              .group = {{"user_latent", 3}, {"context", 2}}};

/* AddressSanitizer would end the program where calloc must fail here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void a_new_log_is_zero(void **state)
{
    (void)state;
    enum { ROWS = 1000 };
    Log log;
    OK(log_create(&log, &schema, ROWS, message));
    assert_int_equal(log.x.rows, ROWS);
    assert_memory_equal(&log.x.schema, &schema, sizeof schema);
    for (int i = 0; i < ROWS; i++) {
        for (int f = 0; f < 3; f++) {
            assert_int_equal(log.x.id[i * 3 + f], 0);
        }
        for (int c = 0; c < 5; c++) {
            assert_true(log.x.dense[i * 5 + c] == 0);
        }
        assert_int_equal(log.click[i], 0);
        assert_int_equal(log.conversion[i], 0);
    }
    assert_null(log.propensity);
    assert_null(log.behaviour);
    assert_null(log.x.stream);
    log_free(&log);
}

static void a_freed_log_is_empty(void **state)
{
    (void)state;
    const Log empty = {0};
    Log log;
    OK(log_create(&log, &schema, 10, message));
    log.propensity = malloc(10 * sizeof *log.propensity);
    log.behaviour = calloc(1, sizeof *log.behaviour);
    assert_non_null(log.behaviour);
    log.behaviour->action = malloc(10);
    log_free(&log); /* the sanitizer counts what is left */
    assert_memory_equal(&log, &empty, sizeof log);
    log_free(&log);

    Features x;
    OK(features_create(&x, &schema, 10, message));
    features_free(&x);
    assert_memory_equal(&x, &empty.x, sizeof x);
    features_free(&x);
}

static void parts_have_all_columns(void **state)
{
    (void)state;
    static const uint32_t row[] = {7, 2, 2};
    Log log, part;
    OK(log_create(&log, &schema, 10, message));
    OK(log_add_behaviour(&log, message));
    log.propensity = calloc(10, sizeof *log.propensity);
    assert_non_null(log.propensity);
    for (uint32_t i = 0; i < 10; i++) {
        for (int f = 0; f < schema.categorical; f++)
            log.x.id[i * (uint32_t)schema.categorical + (uint32_t)f] = 10 * i + (uint32_t)f;
        for (int c = 0; c < schema.dense; c++)
            log.x.dense[i * (uint32_t)schema.dense + (uint32_t)c] = (float)(100 * i + (uint32_t)c);
        log.click[i] = i % 2;
        log.conversion[i] = i % 3 == 1;
        log.behaviour->action[i] = i % 4 == 3;
        log.propensity[i] = (float)i / 10;
    }
    OK(log_select(&part, &log, row, 3, message));
    assert_int_equal(part.x.rows, 3);
    assert_null(part.imputation);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t from = row[i], f = (uint32_t)schema.categorical - 1, c = (uint32_t)schema.dense - 1;
        assert_true(part.x.id[i * (uint32_t)schema.categorical + f] == 10 * from + f);
        assert_true(part.x.dense[i * (uint32_t)schema.dense + c] == (float)(100 * from + c));
        assert_true(part.click[i] == log.click[from] && part.conversion[i] == log.conversion[from]);
        assert_true(part.behaviour->action[i] == log.behaviour->action[from]);
        assert_true(part.propensity[i] == log.propensity[from]);
    }
    log_free(&part);
    log_free(&log);
}

/* NULL means "absent" or "out of memory", so even empty columns are not NULL. */
static void empty_columns_exist(void **state)
{
    (void)state;
    Log log;
    OK(log_create(&log, &schema, 0, message));
    assert_non_null(log.x.id);
    assert_non_null(log.x.dense);
    assert_non_null(log.click);
    assert_non_null(log.conversion);
    assert_int_equal(log_clicks(&log), 0);
    log_free(&log);

    Schema plain = schema;
    plain.dense = plain.groups = 0;
    OK(log_create(&log, &plain, 4, message));
    assert_non_null(log.x.dense);
    log_free(&log);
}

static void too_large_a_log_is_refused(void **state)
{
    skipped_under_valgrind("a request for more than there is counts as a fault");
    (void)state;
    const Log empty = {0};
    static const int dense[] = {0, 5};
    for (int k = 0; k < 2; k++) {
        Schema wide = schema;
        wide.dense = dense[k];
        const size_t rows[] = {SIZE_MAX / 16, SIZE_MAX};
        for (int j = 0; j < 2; j++) {
            Log log;
            Message message = {""};
            assert_int_equal(log_create(&log, &wide, rows[j], &message), STATUS_MEMORY);
            assert_non_null(strstr(message.text, "memory"));
            assert_memory_equal(&log, &empty, sizeof log);
        }
    }
}

/* A column of rows x row size that wraps around to a few bytes. */
static void a_product_that_wraps_is_refused(void **state)
{
    (void)state;
    const Features empty = {0};
    Features x;
    Message message = {""};
    size_t rows = ((size_t)1 << 62) + 1; /* times 12 and 20 bytes are 12 and 20 */
    assert_int_equal(features_create(&x, &schema, rows, &message), STATUS_MEMORY);
    assert_non_null(strstr(message.text, "memory"));
    assert_memory_equal(&x, &empty, sizeof x);
}

static void clicks_are_counted(void **state)
{
    (void)state;
    enum { ROWS = 1000 }; /* more than a byte counts */
    Log log;
    OK(log_create(&log, &schema, ROWS, message));
    assert_int_equal(log_clicks(&log), 0);
    log.click[0] = log.click[ROWS - 1] = 1;
    log.conversion[5] = 1;
    assert_int_equal(log_clicks(&log), 2);
    memset(log.click, 1, ROWS);
    assert_int_equal(log_clicks(&log), ROWS);
    log_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_log_is_zero),          cmocka_unit_test(a_freed_log_is_empty),
        cmocka_unit_test(parts_have_all_columns),     cmocka_unit_test(empty_columns_exist),
        cmocka_unit_test(too_large_a_log_is_refused), cmocka_unit_test(a_product_that_wraps_is_refused),
        cmocka_unit_test(clicks_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
