/* Tables of users and items beside a log: which columns come from where, rows without a partner, and what is
 * malformed. */
#include "sim/data/data_files.h"
#include "sim/data/load.h"
#include "tests/support/support.h"

#include <math.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

static char *folder, path[512];

static int create(void **state)
{
    (void)state;
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/log.csv", folder);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static void write_file(const char *name, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", folder, name);
    FILE *file = fopen(full, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_log(void)
{
    write_file("log.csv", "user,item,click,conversion,device,age\n"
                          "u1,i1,1,0,phone,7\n"
                          "u2,i1,0,0,phone,8\n"
                          "u3,i9,1,1,tablet,9\n"
                          ",i2,0,0,phone,\n"
                          "u1,i2,1,0,tablet,7\n");
    write_file("users.csv", "city,user,height,age\n"
                            "Rome,u3,1.5,30\n"
                            ",u1,,40\n"
                            "Oslo,u4,1.75,50\n"
                            "Rome,u2,2,60\n");
    write_file("items.tsv", "item_id\tprice\tcolour_1\tcolour_2\ni2\t20\tred\tblue\ni1\t10\tblue\tblue\n");
}

/* A column of the log's own is taken before one of the same name of the users: age. */
static void columns_are_joined(void **state)
{
    (void)state;
    enum { ROWS = 5, IDS = 6, DENSE = 3 };
    const ReaderOptions options = {
        .columns = {.categorical = "city,device,colour_*", .dense = "price,age,height"},
        .users = "users.csv",
        .items = "items.tsv"};
    /* The log's own columns first, then those of users, then of items. Cities in the order of their table. */
    static const char *const name[IDS] = {"user", "item", "device", "city", "colour_1", "colour_2"},
                             *const dense[DENSE] = {"age", "height", "price"};
    static const uint32_t id[ROWS][IDS] = {
        {1, 1, 1, 0, 2, 1}, {2, 1, 1, 1, 2, 1}, {3, 2, 2, 1, 0, 0}, {0, 3, 1, 0, 1, 1}, {1, 3, 2, 0, 1, 1}};
    const float missing = NAN;
    const float value[ROWS][DENSE] = {
        {7, missing, 10}, {8, 2, 10}, {9, 1.5F, missing}, {missing, missing, 20}, {7, missing, 20}};
    Reader *reader;
    RowBlock *block;
    Schema schema;
    size_t without;
    write_log();
    OK(reader_open(&reader, layout_find("csv"), path, &options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    reader_schema(reader, &schema);
    assert_int_equal(block->log.x.rows, ROWS);
    assert_int_equal(schema.categorical, IDS);
    assert_int_equal(schema.dense, DENSE);
    for (int f = 0; f < IDS; f++)
        assert_string_equal(schema.name[f], name[f]);
    for (int d = 0; d < DENSE; d++)
        assert_string_equal(schema.group[d].name, dense[d]);
    assert_int_equal(schema.cardinality[3], 3); /* missing, Rome, Oslo: of the table */
    assert_memory_equal(block->log.x.id, id, sizeof id);
    for (int i = 0; i < ROWS * DENSE; i++) {
        const float found = block->log.x.dense[i], expected = value[i / DENSE][i % DENSE];
        assert_true(isnan(expected) ? isnan(found) : found == expected);
    }
    assert_non_null(strstr(reader_side(reader, FIELD_USER, &without), "/users.csv"));
    assert_int_equal(without, 1); /* the row without a user */
    assert_non_null(strstr(reader_side(reader, FIELD_ITEM, &without), "/items.tsv"));
    assert_int_equal(without, 1); /* i9 */
    row_block_free(block);
    reader_close(reader);
}

/* Several files of a log, the columns of which stand in another order, and data that are loaded. */
static void all_files_of_a_log_are_joined(void **state)
{
    (void)state;
    char inner[600];
    write_log();
    write_file("train.csv", "user,item,click,conversion,device\nu1,i1,1,0,phone\nu2,i1,1,0,phone\n");
    write_file("test.csv", "device,item,user,conversion,click\nphone,i2,u3,1,1\n");
    snprintf(inner, sizeof inner, "%s/items.tsv", folder);
    LoadOptions options = {
        .reader = {.columns = {.categorical = "device,city", .dense = "price"}, .users = "users.csv"}};
    snprintf(options.reader.items, sizeof options.reader.items, "%s/items.tsv", folder);
    const StreamKey key = {.setting = ""};
    RealData data;
    OK(load_real_data(&data, layout_find("csv"), folder, &options, &key, message));
    assert_int_equal(data.log.x.rows, 2);
    assert_memory_equal(data.log.x.id, ((uint32_t[]){1, 1, 1, 0, 2, 1, 1, 1}), 8 * sizeof(uint32_t));
    assert_memory_equal(data.test.x.id, ((uint32_t[]){3, 2, 1, 1}), 4 * sizeof(uint32_t));
    assert_true(data.test.x.dense[0] == 10); /* 20, where the log's mean is 10 and its sd 0 */
    real_data_free(&data);
    /* All files count for the hashes of the data. */
    DataFiles files = {0};
    OK(data_files_add(&files, layout_find("csv"), folder, &options.reader, message));
    assert_int_equal(files.files, 4);
    data_files_clear(&files);
    const char *const name[] = {"train.csv", "test.csv"};
    for (int i = 0; i < 2; i++) {
        snprintf(inner, sizeof inner, "%s/%s", folder, name[i]);
        assert_int_equal(remove(inner), 0);
    }
}

static void kuairand_has_such_tables(void **state)
{
    (void)state;
    const ReaderOptions options = {.columns = {.categorical = "tab,user_active_degree,author_id,tag",
                                               .dense = "register_days,video_duration"},
                                   .users = "user_features_pure.csv",
                                   .items = "video_features_basic_pure.csv"};
    Reader *reader;
    RowBlock *block;
    size_t without;
    OK(reader_open(&reader, layout_find("kuairand"), CVRLAB_ROOT "/tests/data/kuairand", &options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    /* user, video, tab; degree (user 0 alone is in the table), author, tag */
    static const uint32_t id[] = {1, 1, 1, 1, 1, 2, 1, 2, 1, 1, 1, 1, 2, 1, 2, 0, 1, 2,
                                  2, 3, 1, 0, 2, 0, 1, 3, 1, 1, 2, 0, 2, 2, 3, 0, 1, 1};
    assert_int_equal(block->log.x.rows, 6);
    assert_memory_equal(block->log.x.id, id, sizeof id);
    assert_true(block->log.x.dense[0] == 107 && block->log.x.dense[1] == 209900);
    assert_true(isnan(block->log.x.dense[4]) && block->log.x.dense[5] == 209900);
    assert_true(isnan(block->log.x.dense[7]) && isnan(block->log.x.dense[6]));
    assert_non_null(reader_side(reader, FIELD_USER, &without));
    assert_int_equal(without, 3);
    assert_string_equal(reader_unread_files(reader), "");
    row_block_free(block);
    reader_close(reader);
}

static void refuses(const ReaderOptions *options, const char *users, Status expected_status,
                    const char *expected)
{
    Reader *reader;
    Message why = {""};
    if (users)
        write_file("users.csv", users);
    const Status status = reader_open(&reader, layout_find("csv"), path, options, &why);
    if (status != expected_status || !strstr(why.text, expected))
        fail_msg("status %d: %s\nexpected: %s", status, why.text, expected);
    assert_null(reader);
}

static void what_cannot_be_joined_is_told(void **state)
{
    (void)state;
    ReaderOptions options = {.columns = {.categorical = "city", .dense = "height"}, .users = "users.csv"};
    write_log();
    refuses(&options, "", STATUS_USAGE, "users.csv:1: found an empty file; expected a line with the names");
    refuses(&options, "who,city,height\n", STATUS_USAGE,
            "users.csv:1: found no column of ids; expected column 'user', as in the log");
    refuses(&options, "uid,user_id,city,height\n", STATUS_USAGE,
            "found 'uid' in the header beside another id; expected one column of ids");
    refuses(&options, "user,city,height\nu1,a,1\nu2,b,2\nu1,c,3\n", STATUS_USAGE,
            "users.csv:4: found 'u1' in user; expected a row for each");
    refuses(&options, "user,city,height\n,a,1\n", STATUS_USAGE,
            "users.csv:2: found '' in user; expected a name");
    refuses(&options, "user,city,height\nu1,a\n", STATUS_USAGE, "users.csv:2: found 2 cells; expected 3");
    refuses(&options, "user,city,height\nu1,a,tall\n", STATUS_USAGE,
            "users.csv:2: found 'tall' in height; expected a number within the range of a float, or nothing");
    refuses(&options, "user,city\nu1,a\n", STATUS_USAGE, "log.csv:1: found no column 'height'");
    options = (ReaderOptions){.columns = {.categorical = "device"}, .users = "users.csv"};
    refuses(&options, "user,city\n", STATUS_USAGE,
            "users.csv:1: found none of the columns that are used; expected some that columns.categorical");
    options = (ReaderOptions){.columns = {.user = "none", .categorical = "city"}, .users = "users.csv"};
    refuses(&options, NULL, STATUS_USAGE, "and columns.user: none; expected the column to join by");
    options = (ReaderOptions){.columns = {.categorical = "city"}, .users = "nobody.csv"};
    refuses(&options, NULL, STATUS_FAILED, "nobody.csv: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_joined),
        cmocka_unit_test(all_files_of_a_log_are_joined),
        cmocka_unit_test(kuairand_has_such_tables),
        cmocka_unit_test(what_cannot_be_joined_is_told),
    };
    return cmocka_run_group_tests_name("side_table", tests, create, destroy);
}
