/* Counts beside those that are published: whole, in part, of another version, and what is not stated. */
#include "sim/data/published.h"
#include "tests/support/support.h"

static const Published versions[] = {
    {"Small", "its README", {{[PART_LOG] = 100, [PART_TEST] = 7}, 10, 0}},
    {"Large", "its paper", {{[PART_LOG] = 10000, [PART_RANDOM] = 500}, 20, 30}},
    {0}};

static void says(DataSize found, const char *expected)
{
    char text[PUBLISHED_TEXT];
    published_compare(versions, &found, text);
    assert_string_equal(text, expected);
}

static void counts_are_compared(void **state)
{
    (void)state;
    says((DataSize){{[PART_LOG] = 100, [PART_TEST] = 7}, 10, 99}, "as published: Small (its README)");
    says((DataSize){{[PART_LOG] = 10000, [PART_RANDOM] = 500, [PART_TEST] = 3}, 20, 30},
         "as published: Large (its paper)");
    says((DataSize){{[PART_LOG] = 10000, [PART_RANDOM] = 500}, 0, 0}, "as published: Large (its paper)");
    says((DataSize){{[PART_LOG] = 999}, 20, 31}, "log rows 999 (published: 100), test rows 0 (published: 7), "
                                                 "users 20 (published: 10) of Small (its README)");
    says((DataSize){{[PART_LOG] = 1010, [PART_RANDOM] = 500}, 20, 31},
         "log rows 1010 (published: 10000), items 31 (published: 30) of Large (its paper)");
}

/* Whatever is stated names its source, and the rows of its log. */
static void statements_have_sources(void **state)
{
    (void)state;
    int stated = 0;
    for (const Layout *const *layout = layout_table; *layout; layout++)
        for (const Published *p = layout_published(*layout); p && p->name; p++, stated++)
            assert_true(p->source && p->source[0] && p->size.rows[PART_LOG]);
    assert_int_equal(stated, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_compared),
        cmocka_unit_test(statements_have_sources),
    };
    return cmocka_run_group_tests_name("published", tests, NULL, NULL);
}
