/* Names nearest to mistyped ones. */
#include "sim/base/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include <string.h>

/* Plain recursion over the definition, as an independent truth for short words. */
static int distance(const char *a, size_t m, const char *b, size_t n)
{
    if (m == 0 || n == 0)
        return (int)(m + n);
    int best = distance(a, m - 1, b, n - 1) + (a[m - 1] != b[n - 1]);
    int other = distance(a, m - 1, b, n) + 1;
    best = other < best ? other : best;
    other = distance(a, m, b, n - 1) + 1;
    best = other < best ? other : best;
    if (m > 1 && n > 1 && a[m - 1] == b[n - 2] && a[m - 2] == b[n - 1]) {
        other = distance(a, m - 2, b, n - 2) + 1;
        best = other < best ? other : best;
    }
    return best;
}

static void distances_follow_their_definition(void **state)
{
    (void)state;
    static const char *const word[] = {"",    "a",     "ab",    "ba",  "abc", "acb",  "cab",
                                       "bca", "naive", "naiev", "ctr", "cvr", "escm2"};
    enum { WORDS = sizeof word / sizeof word[0] };
    for (int i = 0; i < WORDS; i++)
        for (int j = 0; j < WORDS; j++)
            assert_int_equal(edit_distance(word[i], word[j]),
                             distance(word[i], strlen(word[i]), word[j], strlen(word[j])));
}

static void the_nearest_is_found(void **state)
{
    (void)state;
    static const char *const known[] = {"naive", "esmm", "ips", "snips", "escm2_ips", "escm2_dr"};
    assert_string_equal(nearest_name("naiev", known, 6), "naive");
    assert_string_equal(nearest_name("escm2dr", known, 6), "escm2_dr");
    assert_string_equal(nearest_name("ipz", known, 6), "ips");
    assert_string_equal(nearest_name("esmm", known, 6), "esmm");
}

static void the_last_word_of_a_dotted_name_finds_it(void **state)
{
    (void)state;
    static const char *const known[] = {"seed", "world.users", "world.ctr", "model.ctr"};
    assert_string_equal(nearest_name("ctr", known, 4), "world.ctr");
    assert_string_equal(nearest_name("simulation.users", known, 4), "world.users");
    assert_null(nearest_name("world", known, 4));
    assert_string_equal(nearest_name("train.seed", known, 4), "seed");
}

static void nothing_near_is_nothing(void **state)
{
    (void)state;
    static const char *const known[] = {"naive", "esmm"};
    assert_null(nearest_name("gradient_boosting", known, 2));
    assert_null(nearest_name("", known, 2));
    assert_null(nearest_name("naive", known, 0));
}

static void words_without_end_are_no_trouble(void **state)
{
    (void)state;
    static const char *const known[] = {"naive"};
    char longest[4001];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_null(nearest_name(longest, known, 1));
    assert_int_equal(edit_distance(longest, "naive"), 4000);
    longest[127] = 0;
    assert_int_equal(edit_distance(longest, longest), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_follow_their_definition),       cmocka_unit_test(the_nearest_is_found),
        cmocka_unit_test(the_last_word_of_a_dotted_name_finds_it), cmocka_unit_test(nothing_near_is_nothing),
        cmocka_unit_test(words_without_end_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
