/* Cells of several values: the same bag for equal cells, and its values. */
#include "sim/data/bag_column.h"

#include "tests/support/support.h"

static uint32_t bag_of(BagColumn *column, const char *text, int64_t buckets)
{
    uint32_t id;
    OK(bag_column_id(column, &(BagCell){text, strlen(text), '|'}, buckets, &id, message));
    return id;
}

static void values_are(const BagColumn *column, uint32_t bag, const uint32_t *value, uint32_t count)
{
    const Bags *bags = &column->bags;
    assert_int_equal(bags->first[bag + 1] - bags->first[bag], count);
    if (count)
        assert_memory_equal(bags->member + bags->first[bag], value, count * sizeof *value);
}

static void cells_are_bags_of_their_values(void **state)
{
    BagColumn column = {0};
    (void)state;
    assert_int_equal(bag_of(&column, "", 0), 0);
    assert_int_equal(bag_of(&column, "t0|t4|t5", 0), 1);
    assert_int_equal(bag_of(&column, "t4", 0), 2);
    assert_int_equal(bag_of(&column, "t0|t4|t5", 0), 1);
    assert_int_equal(bag_of(&column, "|t5||t9|t5|", 0), 3);
    assert_int_equal(bag_of(&column, "|", 0), 4);
    values_are(&column, 0, NULL, 0);
    values_are(&column, 1, (uint32_t[]){1, 2, 3}, 3);
    values_are(&column, 2, (uint32_t[]){2}, 1);
    values_are(&column, 3, (uint32_t[]){3, 4, 3}, 3);
    values_are(&column, 4, NULL, 0);
    assert_int_equal(column.bags.values, 5);
    assert_int_equal(column.bags.longest, 3);
    bag_column_free(&column);
}

/* More bags and values than the first room is for, and values hashed. */
static void columns_grow(void **state)
{
    enum { BAGS = 1000, BUCKETS = 50 };
    BagColumn exact = {0}, hashed = {0};
    char text[64];
    (void)state;
    for (int i = 0; i < BAGS; i++) {
        snprintf(text, sizeof text, "%d|%d", i, i / 2);
        assert_int_equal(bag_of(&exact, text, 0), i + 1);
        assert_int_equal(bag_of(&hashed, text, BUCKETS), i + 1);
    }
    assert_int_equal(exact.bags.values, BAGS + 1);
    assert_int_equal(exact.bags.first[BAGS + 1], 2 * BAGS);
    for (uint32_t m = 0; m < 2 * BAGS; m++)
        assert_in_range(hashed.bags.member[m], 1, BUCKETS);
    bag_column_free(&exact);
    bag_column_free(&hashed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_bags_of_their_values),
        cmocka_unit_test(columns_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
