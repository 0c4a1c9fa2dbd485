/* Ids of texts: dense, in order of first appearance, one for each text and never one for two. */
#include "sim/data/dictionary.h"
#include "tests/support/support.h"

static uint32_t id_of(Dictionary *d, const char *text, size_t length)
{
    DictionaryKey key;
    dictionary_key(text, length, &key);
    return dictionary_id(d, &key, text);
}

static void ids_are_dense_and_in_order(void **state)
{
    (void)state;
    static const char *const text[] = {
        "b", "a", "b", "", "a longer text than sixteen bytes", "a", "7", "a longer text than sixteen byteS"};
    static const uint32_t expected[] = {1, 2, 1, 3, 4, 2, 5, 6};
    Dictionary d = {0};
    assert_int_equal(dictionary_find(&d, "b", 1), 0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(id_of(&d, text[i], strlen(text[i])), expected[i]);
    assert_int_equal(d.entries, 6);
    assert_int_equal(dictionary_find(&d, "7", 1), 5);
    assert_int_equal(dictionary_find(&d, "8", 1), 0);
    assert_int_equal(dictionary_find(&d, text[4], strlen(text[4])), 4);
    dictionary_free(&d);
}

/* Texts of every length up to 40 that differ in one byte only, and those that begin alike. */
static void similar_texts_differ(void **state)
{
    (void)state;
    enum { LONGEST = 40 };
    Dictionary d = {0};
    char text[LONGEST];
    uint32_t next = 0;
    for (int round = 0; round < 2; round++) {
        uint32_t seen = 0;
        for (size_t length = 0; length <= LONGEST; length++) {
            for (size_t changed = 0; changed <= length; changed++) {
                memset(text, 'x', sizeof text);
                if (changed < length)
                    text[changed] = 'y';
                uint32_t id = id_of(&d, text, length);
                assert_int_equal(id, ++seen);
            }
        }
        next = seen;
    }
    assert_int_equal(d.entries, next);
    dictionary_free(&d);
}

/* Many texts, so that they meet in the table: those of the second kind begin alike, those of the third are
 * long, and of the last the longer ones begin and end as the shorter ones do. */
static void many_texts_keep_their_ids(void **state)
{
    (void)state;
    enum { NUMBERS = 50000 };
    static const char *const kind[] = {"%u", "the item %06u", "a text of more than sixteen bytes: %u"};
    Dictionary d = {0};
    char text[64];
    for (int round = 0; round < 2; round++) {
        uint32_t next = 0;
        for (uint32_t i = 0; i < NUMBERS; i++)
            for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
                int length = snprintf(text, sizeof text, kind[k], i * 79U);
                if (id_of(&d, text, (size_t)length) != ++next)
                    fail_msg("%s: not id %u", text, next);
            }
        for (uint32_t i = 0; i < NUMBERS; i++)
            for (size_t length = 10; length <= 16; length += 2) {
                for (size_t c = 0; c < length; c++)
                    text[c] = (char)(c % 2 ? i >> 8 : i + 1);
                if (id_of(&d, text, length) != ++next)
                    fail_msg("pattern %u of %zu bytes: not id %u", i, length, next);
            }
    }
    dictionary_free(&d);
}

/* Of 10^5 keys in 1000 buckets each gets 100 on average, sd 10: beyond 5.5 sd none in 1000 with probability
 * 0.99996. */
static void hashes_spread_evenly(void **state)
{
    (void)state;
    enum { KEYS = 100000, BUCKETS = 1000 };
    int count[BUCKETS] = {0};
    char text[32];
    for (int i = 0; i < KEYS; i++) {
        int length = snprintf(text, sizeof text, "%d", i);
        DictionaryKey key;
        dictionary_key(text, (size_t)length, &key);
        count[key.hash % BUCKETS]++;
    }
    for (int b = 0; b < BUCKETS; b++)
        if (count[b] < 45 || count[b] > 155)
            fail_msg("bucket %d has %d of an expected 100", b, count[b]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_dense_and_in_order),
        cmocka_unit_test(similar_texts_differ),
        cmocka_unit_test(many_texts_keep_their_ids),
        cmocka_unit_test(hashes_spread_evenly),
    };
    return cmocka_run_group_tests_name("dictionary", tests, NULL, NULL);
}
