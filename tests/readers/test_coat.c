/* The Coat reader on files made up in the published layout, on malformed ones, and on the data set itself
 * where CVRLAB_DATA names the folder that holds it. */
#include "sim/data/data_files.h"
#include "sim/data/load.h"
#include "tests/support/support.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static const StreamKey key = {.seed = 1, .setting = "", .replicate = 3};
static char *folder;

static Status read_coat(RealData *data, const char *of, double share, const StreamKey *draw, Message *why)
{
    const LoadOptions options = {.unbiased_share = share};
    return load_real_data(data, layout_find("coat"), of, &options, draw, why);
}

/* 3 users, 4 items. */
static const char user_features[] = "1 0\n0 1\n1 1\n";
static const char item_features[] = "0 0 1\n0 1 0\n1 0 0\n1 1 1\n";
static const char train[] = "0 5 0 2\n3 0 0 0\n0 0 4 1\n";
static const char test[] = "1 2 0 3\n0 0 0 4\n5 0 3 2\n";

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_all(void)
{
    write_file("user_features.ascii", user_features);
    write_file("item_features.ascii", item_features);
    write_file("train.ascii", train);
    write_file("test.ascii", test);
}

static int create_files(void **state)
{
    (void)state;
    folder = temporary_folder();
    write_all();
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static void assert_schema(const Features *x)
{
    const Schema *schema = &x->schema;
    assert_int_equal(schema->categorical, 2);
    assert_string_equal(schema->name[FIELD_USER], "user");
    assert_string_equal(schema->name[FIELD_ITEM], "item");
    assert_int_equal(schema->cardinality[FIELD_USER], 3);
    assert_int_equal(schema->cardinality[FIELD_ITEM], 4);
    assert_int_equal(schema->dense, 5);
    assert_int_equal(schema->groups, 2);
    assert_string_equal(schema->group[0].name, "user_features");
    assert_int_equal(schema->group[0].columns, 2);
    assert_string_equal(schema->group[1].name, "item_features");
    assert_int_equal(schema->group[1].columns, 3);
}

/* The dense columns of every row are those of its ids in the made-up files. */
static void assert_features(const Features *x)
{
    for (size_t i = 0; i < x->rows; i++) {
        const uint32_t *id = x->id + 2 * i;
        const float *dense = x->dense + 5 * i;
        for (int c = 0; c < 2; c++)
            assert_int_equal((int)dense[c], user_features[4 * id[FIELD_USER] + 2 * (unsigned)c] - '0');
        for (int c = 0; c < 3; c++)
            assert_int_equal((int)dense[2 + c], item_features[6 * id[FIELD_ITEM] + 2 * (unsigned)c] - '0');
    }
}

static void every_pair_is_a_row(void **state)
{
    (void)state;
    static const uint8_t click[] = {0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1};
    static const uint8_t conversion[] = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0};
    RealData data;
    OK(read_coat(&data, folder, 0.25, &key, message));
    assert_schema(&data.log.x);
    assert_features(&data.log.x);
    assert_int_equal(data.log.x.rows, 12);
    for (uint32_t i = 0; i < 12; i++) {
        assert_int_equal(data.log.x.id[2 * i + FIELD_USER], i / 4);
        assert_int_equal(data.log.x.id[2 * i + FIELD_ITEM], i % 4);
    }
    assert_memory_equal(data.log.click, click, sizeof click);
    assert_memory_equal(data.log.conversion, conversion, sizeof conversion);
    assert_null(data.log.propensity);
    real_data_free(&data);
    assert_null(data.log.click);
}

/* From which rating on it is a conversion can be chosen; 3 is the layout's own. */
static void the_threshold_is_as_asked(void **state)
{
    (void)state;
    for (int threshold = 1; threshold <= 6; threshold++) {
        const LoadOptions options = {.reader = {.threshold = threshold}, .unbiased_share = 0.25};
        RealData data;
        OK(load_real_data(&data, layout_find("coat"), folder, &options, &key, message));
        for (size_t i = 0; i < 12; i++)
            assert_int_equal(data.log.conversion[i], train[2 * i] - '0' >= threshold);
        for (size_t i = 0; i < data.test.x.rows; i++) {
            const uint32_t *id = data.test.x.id + 2 * i;
            int rating = test[2 * (4 * id[FIELD_USER] + id[FIELD_ITEM])] - '0';
            assert_int_equal(data.test.conversion[i], rating >= threshold);
        }
        real_data_free(&data);
    }
}

/* Adds 1 to seen[pair] for each row, after checking it against test.ascii. */
static void mark_random(const Log *log, int seen[12])
{
    assert_schema(&log->x);
    assert_features(&log->x);
    uint32_t last = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        uint32_t pair = 4 * log->x.id[2 * i + FIELD_USER] + log->x.id[2 * i + FIELD_ITEM];
        int rating = test[2 * pair] - '0';
        assert_true(rating > 0);
        assert_int_equal(log->click[i], 1);
        assert_int_equal(log->conversion[i], rating >= 3);
        assert_true(i == 0 || pair > last);
        last = pair;
        seen[pair]++;
    }
}

static void random_ratings_are_shared_out(void **state)
{
    (void)state;
    static const double share[] = {0, 0.15, 0.3, 0.5, 0.9};
    static const size_t unbiased[] = {0, 1, 2, 4, 6};
    for (int k = 0; k < 5; k++) {
        RealData data;
        int seen[12] = {0};
        OK(read_coat(&data, folder, share[k], &key, message));
        assert_int_equal(data.unbiased.x.rows, unbiased[k]);
        assert_int_equal(data.test.x.rows, 7 - unbiased[k]);
        mark_random(&data.unbiased, seen);
        mark_random(&data.test, seen);
        for (size_t i = 0; i < 12; i++)
            assert_int_equal(seen[i], test[2 * i] != '0');
        real_data_free(&data);
    }
}

/* Which of the random ratings was drawn, at a share of one in seven. */
static uint32_t drawn_pair(const StreamKey *of)
{
    RealData data;
    OK(read_coat(&data, folder, 0.15, of, message));
    uint32_t pair = 4 * data.unbiased.x.id[FIELD_USER] + data.unbiased.x.id[FIELD_ITEM];
    real_data_free(&data);
    return pair;
}

static void the_draw_follows_the_key(void **state)
{
    (void)state;
    int drawn[12] = {0}, different = 0;
    for (uint32_t replicate = 0; replicate < 200; replicate++) {
        StreamKey other = key;
        other.replicate = replicate;
        uint32_t pair = drawn_pair(&other);
        assert_int_equal(drawn_pair(&other), pair);
        different += drawn[pair]++ == 0;
    }
    assert_int_equal(different, 7);
    /* 200 / 7 = 29 each, sd 5 */
    for (size_t i = 0; i < 12; i++)
        assert_true(test[2 * i] == '0' || (drawn[i] > 9 && drawn[i] < 49));
}

/* What may differ between systems and still is the same data. */
static void white_space_is_free(void **state)
{
    (void)state;
    RealData data, plain;
    write_all();
    OK(read_coat(&plain, folder, 0.25, &key, message));
    write_file("train.ascii", " 0\t5  0 2 \r\n3 0 0 0\r\n0 0 4 1");
    OK(read_coat(&data, folder, 0.25, &key, message));
    assert_memory_equal(data.log.click, plain.log.click, 12);
    assert_memory_equal(data.log.conversion, plain.log.conversion, 12);
    real_data_free(&data);
    real_data_free(&plain);
    write_all();
}

/* With `name` replaced by `text`, reading fails with "FOLDER/NAME" and `what`. */
static void assert_malformed(const char *name, const char *text, const char *what)
{
    RealData data;
    Message message = {""}, expected;
    write_file(name, text);
    assert_int_equal(read_coat(&data, folder, 0.25, &key, &message), STATUS_USAGE);
    snprintf(expected.text, sizeof expected.text, "%s/%s%s", folder, name, what);
    assert_string_equal(message.text, expected.text);
    assert_null(data.log.click);
    assert_null(data.unbiased.click);
    assert_null(data.test.click);
    write_all();
}

static void malformed_ratings_are_told_by_line(void **state)
{
    (void)state;
    const char *const of[] = {"train.ascii", "test.ascii"};
    for (int k = 0; k < 2; k++) {
        const char *name = of[k];
        assert_malformed(name, "0 5 0 2\n3 0 0\n0 0 4 1\n", ":2: found 3; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2 1\n3 0 0 0\n0 0 4 1\n",
                         ":1: found 5; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2\n3 0 0 0\n\n0 0 4 1\n",
                         ":3: found 0; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2\n3 0 0 0\n0 0 6 1\n",
                         ":3: found '6'; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 -1 0 2\n3 0 0 0\n0 0 4 1\n",
                         ":1: found '-1'; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2.0\n3 0 0 0\n0 0 4 1\n",
                         ":1: found '2.0'; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2\n3 0 nan 0\n0 0 4 1\n",
                         ":2: found 'nan'; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2\n3 0 0 99999999999999999999999999\n0 0 4 1\n",
                         ":2: found '999999999999999999999999...'; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2\n3 0 \033[1m 0\n0 0 4 1\n",
                         ":2: found '?[1m'; expected 4 ratings from 0 to 5");
        assert_malformed(name, "0 5 0 2\n3 0 0 0\n", ":3: found the end of the file; expected 3 lines");
        assert_malformed(name, "0 5 0 2\n3 0 0 0\n0 0 4 1\n0 0 0 0\n",
                         ":4: found another line; expected 3 lines");
        assert_malformed(name, "", ":1: found the end of the file; expected 3 lines");
        assert_malformed(name, "0 0 0 0\n0 0 0 0\n0 0 0 0\n", ": found no rating above 0; expected some");
    }
}

static void malformed_features_are_told_by_line(void **state)
{
    (void)state;
    assert_malformed("user_features.ascii", "1 0\n0 2\n1 1\n",
                     ":2: found '2'; expected 2 features from 0 to 1");
    assert_malformed("user_features.ascii", "x 0\n0 1\n1 1\n",
                     ":1: found 'x'; expected features from 0 to 1");
    assert_malformed("item_features.ascii", "0 0 1\n0 1 0\n1 0\n1 1 1\n",
                     ":3: found 2; expected 3 features from 0 to 1");
    assert_malformed("item_features.ascii", "", ":1: found an empty file; expected features from 0 to 1");
    assert_malformed("item_features.ascii", "\n", ":1: found 0; expected features from 0 to 1");
}

/* Users and items are counted in the feature files; the ratings must be as many. */
static void files_must_agree(void **state)
{
    (void)state;
    RealData data;
    Message message = {""};
    write_file("user_features.ascii", "1 0\n0 1\n");
    assert_int_equal(read_coat(&data, folder, 0.25, &key, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "/train.ascii:3: found another line; expected 2 lines"));
    write_all();
    write_file("item_features.ascii", "1 0 0\n0 0 1\n1 1 1\n0 1 0\n0 0 0\n");
    assert_int_equal(read_coat(&data, folder, 0.25, &key, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "/train.ascii:1: found 4; expected 5 ratings from 0 to 5"));
    write_all();
}

static void a_share_must_leave_both_parts_some(void **state)
{
    (void)state;
    static const double share[] = {0.05, 0.95};
    for (int k = 0; k < 2; k++) {
        RealData data;
        Message message = {""};
        assert_int_equal(read_coat(&data, folder, share[k], &key, &message), STATUS_USAGE);
        assert_non_null(strstr(message.text, "data.unbiased_share: found"));
        assert_non_null(strstr(message.text, "7 random ratings"));
        assert_null(data.log.click);
    }
}

static void unreadable_files_are_no_usage_error(void **state)
{
    (void)state;
    static const char *const name[] = {"user_features.ascii", "item_features.ascii", "train.ascii",
                                       "test.ascii"};
    for (int k = 0; k < 4; k++) {
        RealData data;
        Message message = {""};
        char path[256], expected[512];
        snprintf(path, sizeof path, "%s/%s", folder, name[k]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(read_coat(&data, folder, 0.25, &key, &message), STATUS_FAILED);
        snprintf(expected, sizeof expected, "cannot read %s: No such file or directory", path);
        assert_string_equal(message.text, expected);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(read_coat(&data, folder, 0.25, &key, &message), STATUS_FAILED);
        snprintf(expected, sizeof expected, "cannot read %s: Is a directory", path);
        assert_string_equal(message.text, expected);
        assert_int_equal(rmdir(path), 0);
        assert_null(data.log.click);
        write_all();
    }
}

/* The rest is about the published files. */

static bool published(char path[static 512], const char *name)
{
    const char *root = getenv("CVRLAB_DATA");
    if (!root || !root[0]) {
        print_message("skipped: set CVRLAB_DATA to the folder that holds coat/ to test on the data set\n");
        return false;
    }
    snprintf(path, 512, "%s/coat%s%s", root, name[0] ? "/" : "", name);
    return true;
}

/* Single digits of a published file that are at least `least`. */
static size_t digits_from(const char *name, char least)
{
    char path[512];
    size_t count = 0;
    assert_true(published(path, name));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int c = getc(file); c != EOF; c = getc(file))
        count += c >= least && c <= '9';
    fclose(file);
    return count;
}

static size_t conversions(const Log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        count += log->conversion[i];
    return count;
}

static void the_published_files_are_read(void **state)
{
    (void)state;
    char path[512];
    RealData data;
    if (!published(path, ""))
        skip();
    OK(read_coat(&data, path, 0.05, &key, message));
    const Schema *schema = &data.log.x.schema;
    assert_int_equal(schema->cardinality[FIELD_USER], 290);
    assert_int_equal(schema->cardinality[FIELD_ITEM], 300);
    assert_int_equal(schema->group[0].columns, 14);
    assert_int_equal(schema->group[1].columns, 33);
    assert_int_equal(data.log.x.rows, 87000);
    assert_int_equal(log_clicks(&data.log), 6960);
    assert_int_equal(log_clicks(&data.log), digits_from("train.ascii", '1'));
    assert_int_equal(conversions(&data.log), digits_from("train.ascii", '3'));
    assert_int_equal(data.unbiased.x.rows, 232);
    assert_int_equal(data.test.x.rows, 4640 - 232);
    assert_int_equal(4640, digits_from("test.ascii", '1'));
    assert_int_equal(conversions(&data.unbiased) + conversions(&data.test), digits_from("test.ascii", '3'));
    assert_int_equal(log_clicks(&data.unbiased), data.unbiased.x.rows);
    assert_int_equal(log_clicks(&data.test), data.test.x.rows);
    real_data_free(&data);
}

/* Every public copy of the data has its features in a folder of their own. */
static void features_may_lie_in_a_folder_of_their_own(void **state)
{
    (void)state;
    static const char *const name[] = {"user_features.ascii", "item_features.ascii"};
    char from[256], to[256];
    snprintf(to, sizeof to, "%s/user_item_features", folder);
    assert_int_equal(mkdir(to, 0777), 0);
    for (int i = 0; i < 2; i++) {
        snprintf(from, sizeof from, "%s/%s", folder, name[i]);
        snprintf(to, sizeof to, "%s/user_item_features/%s", folder, name[i]);
        assert_int_equal(rename(from, to), 0);
    }
    RealData data;
    DataFiles files = {0};
    assert_ptr_equal(layout_recognise(folder, &(ReaderOptions){0}), layout_find("coat"));
    OK(read_coat(&data, folder, 0.25, &key, message));
    assert_features(&data.log.x);
    real_data_free(&data);
    OK(data_files_add(&files, layout_find("coat"), folder, &(ReaderOptions){0}, message));
    assert_int_equal(files.files, 4);
    data_files_clear(&files);
    for (int i = 0; i < 2; i++) {
        snprintf(from, sizeof from, "%s/%s", folder, name[i]);
        snprintf(to, sizeof to, "%s/user_item_features/%s", folder, name[i]);
        assert_int_equal(rename(to, from), 0);
    }
    snprintf(to, sizeof to, "%s/user_item_features", folder);
    assert_int_equal(rmdir(to), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_is_a_row),
        cmocka_unit_test(the_threshold_is_as_asked),
        cmocka_unit_test(random_ratings_are_shared_out),
        cmocka_unit_test(the_draw_follows_the_key),
        cmocka_unit_test(white_space_is_free),
        cmocka_unit_test(malformed_ratings_are_told_by_line),
        cmocka_unit_test(malformed_features_are_told_by_line),
        cmocka_unit_test(files_must_agree),
        cmocka_unit_test(a_share_must_leave_both_parts_some),
        cmocka_unit_test(unreadable_files_are_no_usage_error),
        cmocka_unit_test(features_may_lie_in_a_folder_of_their_own),
        cmocka_unit_test(the_published_files_are_read),
    };
    return cmocka_run_group_tests_name("coat", tests, create_files, remove_files);
}
