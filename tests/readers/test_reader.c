/* Every layout on a small file made up as it was published: all rows, all columns, and what is malformed. */
#include "sim/data/ratings.h"
#include "sim/data/reader.h"
#include "tests/support/support.h"

#include <math.h>
#include <sched.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

static char *folder;
static const ReaderOptions no_options;

static int create(void **state)
{
    (void)state;
    folder = temporary_folder();
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* A row: its part, labels, ids and dense values. */
typedef struct Row {
    DataPart part;
    int click, conversion;
    uint32_t id[6];
    double dense[4];
} Row;

static void same_row(const RowBlock *block, size_t i, const Row *row)
{
    const Features *x = &block->log.x;
    assert_int_equal(block->part[i], row->part);
    assert_int_equal(block->log.click[i], row->click);
    assert_int_equal(block->log.conversion[i], row->conversion);
    for (int f = 0; f < x->schema.categorical; f++)
        if (x->id[i * (size_t)x->schema.categorical + (size_t)f] != row->id[f])
            fail_msg("row %zu, column %s: id %u, expected %u", i, x->schema.name[f],
                     x->id[i * (size_t)x->schema.categorical + (size_t)f], row->id[f]);
    for (int d = 0; d < x->schema.dense; d++) {
        double value = (double)x->dense[i * (size_t)x->schema.dense + (size_t)d];
        if (isnan(value) ? !isnan(row->dense[d]) : value != (double)(float)row->dense[d])
            fail_msg("row %zu, dense column %d: %g, expected %g", i, d, value, row->dense[d]);
    }
}

static const char *sample(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/tests/data/%s", CVRLAB_ROOT, name);
    return path;
}

/* Reads a sample, which must be recognised as the layout, to the end; the reader is left open. */
static Reader *reads(const char *layout, const char *path, const ReaderOptions *options, const Row *row,
                     size_t rows)
{
    Reader *reader;
    RowBlock *block;
    const Layout *found = layout_recognise(path, options);
    assert_non_null(found);
    assert_string_equal(layout_name(found), layout);
    OK(reader_open(&reader, found, path, options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    assert_int_equal(block->log.x.rows, rows);
    for (size_t i = 0; i < rows; i++)
        same_row(block, i, &row[i]);
    OK(reader_next(reader, block, message));
    assert_int_equal(block->log.x.rows, 0);
    row_block_free(block);
    return reader;
}

static void has_columns(const Reader *reader, int categorical, const char *const *name,
                        const uint32_t *cardinality, int dense)
{
    Schema schema;
    reader_schema(reader, &schema);
    assert_int_equal(schema.categorical, categorical);
    assert_int_equal(schema.dense, dense);
    assert_int_equal(schema.groups, dense);
    for (int f = 0; f < categorical; f++) {
        assert_string_equal(schema.name[f], name[f]);
        assert_int_equal(schema.cardinality[f], cardinality[f]);
    }
}

static const ReaderOptions csv_options = {
    .columns = {.categorical = "device", .dense = "price", .split = "split", .unbiased = "random"}};

static void csv_is_read(void **state)
{
    (void)state;
    static const Row row[] = {
        {PART_LOG, 1, 1, {1, 1, 1}, {10.5}},  {PART_LOG, 0, 0, {2, 1, 1}, {(double)NAN}},
        {PART_LOG, 1, 0, {1, 2, 2}, {-3}},    {PART_LOG, 0, 0, {3, 3, 0}, {100}},
        {PART_TEST, 1, 1, {3, 2, 1}, {0.25}}, {PART_VALID, 1, 0, {2, 4, 3}, {7}},
        {PART_UNBIASED, 1, 1, {4, 1, 2}, {2}}};
    Reader *reader = reads("csv", sample("csv/log.csv"), &csv_options, row, 7);
    has_columns(reader, 3, (const char *[]){"user", "item", "device"}, (uint32_t[]){5, 5, 4}, 1);
    assert_int_equal(reader_unclicked(reader), 1);
    assert_string_equal(reader_unread(reader), "note");
    assert_false(reader_has_group(reader));
    reader_close(reader);
}

static void yahoo_is_read(void **state)
{
    (void)state;
    static const Row row[] = {{PART_LOG, 1, 1, {1, 1}, {0}},      {PART_LOG, 1, 0, {1, 2}, {0}},
                              {PART_LOG, 1, 1, {2, 1}, {0}},      {PART_LOG, 1, 0, {3, 3}, {0}},
                              {PART_UNBIASED, 1, 0, {1, 3}, {0}}, {PART_UNBIASED, 1, 1, {2, 4}, {0}}};
    Reader *reader = reads("yahoo", sample("yahoo"), &no_options, row, 6);
    has_columns(reader, 2, (const char *[]){"user", "item"}, (uint32_t[]){4, 5}, 0);
    reader_close(reader);
    assert_true(layout_is_matrix(layout_find("yahoo")));
}

static void movielens_is_read(void **state)
{
    (void)state;
    static const Row row[] = {{PART_LOG, 1, 1, {1, 1}, {0}}, {PART_LOG, 1, 1, {1, 2}, {0}},
                              {PART_LOG, 1, 0, {2, 1}, {0}}, {PART_LOG, 1, 0, {2, 2}, {0}},
                              {PART_LOG, 1, 1, {3, 2}, {0}}, {PART_LOG, 1, 0, {1, 2}, {0}}};
    Reader *reader = reads("ml-1m", sample("ml-1m"), &no_options, row, 6);
    has_columns(reader, 2, (const char *[]){"user", "item"}, (uint32_t[]){4, 3}, 0);
    assert_string_equal(reader_unread(reader), "timestamp");
    assert_string_equal(reader_unread_files(reader), "users.dat");
    reader_close(reader);
    Ratings ratings;
    OK(ratings_read(&ratings, layout_find("ml-1m"), sample("ml-1m"), message));
    assert_int_equal(ratings.rows, 6);
    assert_int_equal(ratings.users, 6);
    assert_int_equal(ratings.items, 1193);
    assert_memory_equal(ratings.rating, ((uint8_t[]){5, 3, 2, 1, 4, 2}), 6);
    ratings_free(&ratings);
    const ReaderOptions half = {.threshold = 2.5};
    static const Row latest[] = {{PART_LOG, 1, 1, {1, 1}, {0}},
                                 {PART_LOG, 1, 0, {1, 2}, {0}},
                                 {PART_LOG, 1, 0, {2, 1}, {0}}},
                     lower[] = {{PART_LOG, 1, 1, {1, 1}, {0}},
                                {PART_LOG, 1, 1, {1, 2}, {0}},
                                {PART_LOG, 1, 0, {2, 1}, {0}}};
    reader_close(reads("ml-latest", sample("ml-latest"), &no_options, latest, 3));
    reader_close(reads("ml-latest", sample("ml-latest"), &half, lower, 3));
}

static void a_threshold_may_be_given(void **state)
{
    (void)state;
    const ReaderOptions four = {.threshold = 4};
    static const Row row[] = {{PART_UNBIASED, 1, 0, {1, 1}, {0}}, {PART_UNBIASED, 1, 1, {2, 2}, {0}}};
    reader_close(reads("yahoo", sample("yahoo/ydata-ymusic-rating-study-v1_0-test.txt"), &four, row, 2));
    const ReaderOptions more = {.threshold = 4.5};
    static const Row none[] = {{PART_UNBIASED, 1, 0, {1, 1}, {0}}, {PART_UNBIASED, 1, 0, {2, 2}, {0}}};
    reader_close(reads("yahoo", sample("yahoo/ydata-ymusic-rating-study-v1_0-test.txt"), &more, none, 2));
}

static void kuairec_is_read(void **state)
{
    (void)state;
    static const Row row[] = {{PART_LOG, 1, 0, {1, 1}, {0}},      {PART_LOG, 1, 0, {1, 2}, {0}},
                              {PART_LOG, 1, 1, {2, 1}, {0}},      {PART_LOG, 1, 0, {3, 3}, {0}},
                              {PART_UNBIASED, 1, 1, {2, 3}, {0}}, {PART_UNBIASED, 1, 0, {2, 2}, {0}},
                              {PART_UNBIASED, 1, 1, {3, 1}, {0}}};
    Reader *reader = reads("kuairec", sample("kuairec"), &no_options, row, 7);
    has_columns(reader, 2, (const char *[]){"user", "item"}, (uint32_t[]){4, 4}, 0);
    assert_string_equal(reader_unread(reader), "play_duration, video_duration, time, date, timestamp");
    reader_close(reader);
}

static void kuairand_is_read(void **state)
{
    (void)state;
    static const Row row[] = {
        {PART_LOG, 0, 0, {1, 1, 1}, {209900}},   {PART_LOG, 1, 1, {1, 2, 1}, {14000}},
        {PART_LOG, 1, 0, {2, 1, 2}, {209900}},   {PART_LOG, 0, 0, {2, 3, 1}, {18500}},
        {PART_RANDOM, 1, 1, {1, 3, 1}, {18500}}, {PART_RANDOM, 0, 0, {2, 2, 3}, {14000}}};
    Reader *reader = reads("kuairand", sample("kuairand"), &no_options, row, 6);
    has_columns(reader, 3, (const char *[]){"user", "item", "tab"}, (uint32_t[]){3, 4, 4}, 1);
    assert_int_equal(reader_unclicked(reader), 1);
    reader_close(reader);
    const ReaderOptions like = {.columns = {.conversion = "is_like", .dense = "none", .categorical = "none"}};
    static const Row liked[] = {
        {PART_LOG, 0, 0, {1, 1}, {0}}, {PART_LOG, 1, 1, {1, 2}, {0}}, {PART_LOG, 1, 0, {2, 1}, {0}}};
    reader_close(reads("kuairand", sample("kuairand/log_standard_4_08_to_4_21_pure.csv"), &like, liked, 3));
}

static void aliexpress_is_read(void **state)
{
    (void)state;
    static const Row row[] = {{PART_LOG, 1, 1, {0, 0, 1, 1, 1}, {0.125, -1.5}},
                              {PART_LOG, 0, 0, {0, 0, 1, 2, 2}, {0.25, 0}},
                              {PART_LOG, 1, 0, {0, 0, 2, 2, 1}, {0.5, 2.75}},
                              {PART_TEST, 0, 0, {0, 0, 2, 1, 2}, {0.75, 1e-5}},
                              {PART_TEST, 1, 1, {0, 0, 2, 1, 1}, {0.75, 3}}};
    Reader *reader = reads("aliexpress", sample("aliexpress"), &no_options, row, 5);
    has_columns(reader, 5,
                (const char *[]){"user", "item", "categorical_1", "categorical_2", "categorical_3"},
                (uint32_t[]){1, 1, 3, 3, 3}, 2);
    assert_true(reader_has_group(reader));
    reader_close(reader);
}

/* Columns: user 101, item 205, 121, 122, 124, 125, ...: of 18, those that the sample has. */
static void aliccp_is_read(void **state)
{
    (void)state;
    Reader *reader;
    RowBlock *block;
    const char *path = sample("aliccp");
    assert_ptr_equal(layout_recognise(path, &no_options), layout_find("aliccp"));
    OK(reader_open(&reader, layout_find("aliccp"), path, &no_options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    enum { COLUMNS = 18, ROWS = 4 };
    static const uint8_t click[ROWS] = {1, 0, 0, 1}, buy[ROWS] = {1, 0, 0, 0},
                         part[ROWS] = {PART_LOG, PART_LOG, PART_LOG, PART_TEST};
    static const uint32_t expected[ROWS][COLUMNS] = {
        {1, 1, [2] = 1, [10] = 1},           /* 101, 205, 121, 206 */
        {2, 2, [4] = 1, [14] = 1, [17] = 1}, /* 101, 205, 124, 508, 853 */
        {1, 2, [2] = 1},                     /* 101, 205, 121 */
        {3, 1, [13] = 1}};                   /* 101, 205, 301; its c1 is another one */
    assert_int_equal(block->log.x.rows, ROWS);
    assert_int_equal(block->log.x.schema.categorical, COLUMNS);
    assert_memory_equal(block->log.click, click, ROWS);
    assert_memory_equal(block->log.conversion, buy, ROWS);
    assert_memory_equal(block->part, part, ROWS);
    assert_memory_equal(block->log.x.id, expected, sizeof expected);
    assert_string_equal(block->log.x.schema.name[17], "853");
    assert_int_equal(reader_unclicked(reader), 1);
    row_block_free(block);
    reader_close(reader);
}

/* Fields of several ids, of what exposures share and of an exposure's own. */
static void aliccp_has_bags(void **state)
{
    (void)state;
    static const ReaderOptions options = {.columns = {.bags = "110_14,853,210"}};
    Reader *reader;
    RowBlock *block;
    Schema schema;
    OK(reader_open(&reader, layout_find("aliccp"), sample("aliccp"), &options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    reader_schema(reader, &schema);
    enum { COLUMNS = 21, FIRST = 18 };
    assert_int_equal(schema.categorical, COLUMNS);
    assert_string_equal(schema.name[FIRST], "110_14");
    static const uint32_t history[] = {1, 0, 1}; /* of c1, c2 and c1 again */
    for (int i = 0; i < 3; i++)
        assert_int_equal(block->log.x.id[i * COLUMNS + FIRST], history[i]);
    assert_int_equal(block->log.x.id[COLUMNS + FIRST + 1], 1); /* 853 of the second exposure */
    assert_int_equal(schema.cardinality[FIRST], 2);
    assert_int_equal(schema.bags[FIRST]->first[2], 1);
    assert_int_equal(schema.bags[FIRST + 2]->values, 1); /* no exposure has 210 */
    row_block_free(block);
    reader_close(reader);
}

static void columns_may_be_left_out(void **state)
{
    (void)state;
    const ReaderOptions options = {.columns = {.user = "none",
                                               .click = "none",
                                               .item = "device",
                                               .conversion = "price",
                                               .group = "user"},
                                   .threshold = 2};
    Reader *reader;
    RowBlock *block;
    Message why;
    OK(reader_open(&reader, layout_find("csv"), sample("csv/log.csv"), &options, message));
    OK(row_block_create(&block, reader, message));
    assert_int_equal(reader_next(reader, block, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "csv/log.csv:3: found a click without a conversion label; expected "
                                     "a number"));
    row_block_free(block);
    reader_close(reader);
}

static void groups_are_read(void **state)
{
    (void)state;
    const ReaderOptions options = {.columns = {.user = "none", .item = "device", .group = "user"}};
    static const uint32_t group[] = {1, 2, 1, 3, 3, 2, 4};
    Reader *reader;
    RowBlock *block;
    OK(reader_open(&reader, layout_find("csv"), sample("csv/log.csv"), &options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    assert_true(reader_has_group(reader));
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(block->group[i], group[i]);
        assert_int_equal(block->log.x.id[2 * i], 0);
    }
    assert_int_equal(block->log.x.schema.cardinality[FIELD_USER], 1);
    row_block_free(block);
    reader_close(reader);
}

/* Hashed ids stay in their buckets, and equal values are equal. */
static void ids_may_be_hashed(void **state)
{
    (void)state;
    ReaderOptions options = csv_options;
    options.buckets = 10;
    Reader *reader;
    RowBlock *block;
    OK(reader_open(&reader, layout_find("csv"), sample("csv/log.csv"), &options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    const uint32_t *id = block->log.x.id;
    for (int i = 0; i < 7 * 3; i++)
        assert_in_range(id[i], i == 3 * 3 + 2 ? 0 : 1, 10); /* the missing device keeps id 0 */
    assert_int_equal(id[3 * 3 + 2], 0);
    assert_int_equal(id[0], id[2 * 3]);
    assert_int_equal(block->log.x.schema.cardinality[0], 11);
    row_block_free(block);
    reader_close(reader);
}

static void write_file(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static Status read_all(const char *layout, const char *path, const ReaderOptions *options, Message *why)
{
    Reader *reader;
    RowBlock *block = NULL;
    Status status = reader_open(&reader, layout_find(layout), path, options, why);
    if (status)
        return status;
    OK(row_block_create(&block, reader, message));
    do
        status = reader_next(reader, block, why);
    while (!status && block->log.x.rows);
    row_block_free(block);
    reader_close(reader);
    return status;
}

/* The file of that text is refused with "FOLDER/NAME:EXPECTED". */
static void refuses(const char *layout, const char *name, const char *text, const ReaderOptions *options,
                    const char *expected)
{
    char path[512], whole[1024];
    Message message = {""};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_file(name, text);
    Status status = read_all(layout, path, options, &message);
    snprintf(whole, sizeof whole, "%s:%s", path, expected);
    if (status != STATUS_USAGE || strncmp(message.text, whole, strlen(whole)) != 0)
        fail_msg("%s\nstatus %d: %s\nexpected %s", text, status, message.text, whole);
    assert_int_equal(remove(path), 0);
}

static void malformed_csv_is_told_by_line(void **state)
{
    (void)state;
    const ReaderOptions none = {0}, dense = {.columns = {.dense = "p"}}, split = {.columns = {.split = "s"}},
                        twice = {.columns = {.dense = "click"}},
                        both = {.columns = {.unbiased = "u", .random = "r"}}, rated = {.threshold = 3};
    refuses("csv", "a.csv", "", &none, "1: found an empty file; expected a line with the names of columns");
    refuses("csv", "a.csv", "user,item,clik,conversion\n", &none,
            "1: found no column 'click'; did you mean 'clik'? Name it by columns.click: NAME (or none)");
    refuses("csv", "a.csv", "user,item,click,conversion\n1,2,0\n", &none, "2: found 3 cells; expected 4");
    refuses("csv", "a.csv", "user,item,click,conversion\n1,2,0,0\n1,2,0,0,0\n", &none,
            "3: found 5 cells; expected 4");
    refuses("csv", "a.csv", "user,item,click,conversion\n1,2,2,0\n", &none,
            "2: found '2' in click; expected 0 or 1");
    refuses("csv", "a.csv", "user,item,click,conversion\n1,2,,0\n", &none,
            "2: found '' in click; expected 0 or 1");
    refuses("csv", "a.csv", "user,item,click,conversion\n1,2,1,\n", &none,
            "2: found a click without a conversion label; expected 0 or 1");
    refuses("csv", "a.csv", "user,item,click,conversion\n1,2,1,0.5\n", &none,
            "2: found '0.5' in conversion; expected 0 or 1");
    refuses("csv", "a.csv", "user,item,click,conversion\n1,2,1,good\n", &rated,
            "2: found 'good' in conversion; expected a number");
    refuses("csv", "a.csv", "user,item,click,conversion,p\n1,2,1,1,1e39\n", &dense,
            "2: found '1e39' in p; expected a number within the range of a float, or nothing");
    refuses("csv", "a.csv", "user,item,click,conversion,p\n1,2,1,1,0x1f\n", &dense,
            "2: found '0x1f' in p; expected a number");
    refuses("csv", "a.csv", "user,item,click,conversion,s\n1,2,1,1,dev\n", &split,
            "2: found 'dev' in s; expected train, valid or test");
    refuses("csv", "a.csv", "user,item,click,conversion,u,r\n1,2,1,1,1,0\n1,2,1,1,1,1\n", &both,
            "3: found a row of columns.unbiased and of columns.random; expected one of the two");
    refuses("csv", "a.csv", "user,item,click,conversion,u,r\n1,2,1,1,0,yes\n", &both,
            "2: found 'yes' in r; expected 0 or 1");
    refuses("csv", "a.csv", "user,item,click,conversion\n", &twice,
            "1: found column 'click' for columns.dense and for something else; expected one use");
    refuses("csv", "a.csv", "user,item,click,conversion,user\n", &none,
            "1: found 2 columns 'user'; expected different names");
}

/* Triplets of numbers are ratings under any name; with a header that is given they are a table. */
static void triplets_are_read_by_any_name(void **state)
{
    (void)state;
    static const Row row[] = {{PART_LOG, 1, 1, {1, 1}, {0}}, {PART_LOG, 1, 0, {2, 1}, {0}}},
                     both[] = {{PART_LOG, 1, 1, {1, 1}, {0}},
                               {PART_LOG, 1, 0, {2, 1}, {0}},
                               {PART_UNBIASED, 1, 0, {1, 2}, {0}}};
    static const char *const name[2][2] = {{"user.txt", "random.txt"}, {"train.ascii", "test.ascii"}};
    char path[512];
    snprintf(path, sizeof path, "%s/latest", folder);
    write_file("latest", "5,7,4\n6,7,1\n");
    reader_close(reads("yahoo", path, &no_options, row, 2));
    const ReaderOptions table = {.columns = {.header = "user,item,conversion", .click = "none"},
                                 .threshold = 2};
    reader_close(reads("csv", path, &table, row, 2));
    write_file("latest", "user,song,rating\n5,7,4\n6,7,1\n");
    assert_string_equal(layout_name(layout_recognise(path, &no_options)), "csv");
    assert_int_equal(remove(path), 0);
    for (int i = 0; i < 2; i++) {
        write_file(name[i][0], "5\t7\t4\n6\t7\t1\n");
        write_file(name[i][1], "5\t8\t1\n");
        reader_close(reads("yahoo", folder, &no_options, both, 3));
        for (int k = 0; k < 2; k++) {
            snprintf(path, sizeof path, "%s/%s", folder, name[i][k]);
            assert_int_equal(remove(path), 0);
        }
    }
    /* A file is read once, by the first pattern that it fits. */
    write_file("a-train.b-test.txt", "5\t7\t4\n6\t7\t1\n");
    reader_close(reads("yahoo", folder, &no_options, row, 2));
    snprintf(path, sizeof path, "%s/a-train.b-test.txt", folder);
    assert_int_equal(remove(path), 0);
}

static void propensities_are_read(void **state)
{
    (void)state;
    const ReaderOptions options = {.columns = {.propensity = "p"}};
    static const char head[] = "user,item,click,conversion,p\n1,2,0,0,1\n";
    static const char *const wrong[][2] = {{"0", "'0'"},    {"1.0001", "'1.0001'"}, {"-0.5", "'-0.5'"},
                                           {"", "''"},      {"nan", "'nan'"},       {"1e-60", "'1e-60'"},
                                           {"50%", "'50%'"}};
    char text[256], expected[256], path[512];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "%s1,2,1,0,%s\n", head, wrong[i][0]);
        snprintf(expected, sizeof expected, "3: found %s in p; expected a probability above 0 and at most 1",
                 wrong[i][1]);
        refuses("csv", "a.csv", text, &options, expected);
    }
    Reader *reader;
    RowBlock *block;
    write_file("a.csv", "user,item,click,conversion,p\n1,2,0,0,1\n1,3,0,0,0.25\n1,4,1,0, 1e-3\n");
    snprintf(path, sizeof path, "%s/a.csv", folder);
    OK(reader_open(&reader, layout_find("csv"), path, &options, message));
    assert_true(reader_has_propensity(reader));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    assert_int_equal(block->log.x.rows, 3);
    assert_memory_equal(block->propensity, ((float[]){1, 0.25F, 1e-3F}), 3 * sizeof(float));
    row_block_free(block);
    reader_close(reader);
    assert_int_equal(remove(path), 0);
}

static const ReaderOptions field_options = {
    .columns = {.user = "101", .item = "205", .categorical = "301", .bags = "210", .dense = "508"}};

/* Blanks and tabs, fields in any order, some missing, one repeated as a bag, one with numbers as values or as
 * ids. */
static void rows_of_fields_are_read(void **state)
{
    (void)state;
    static const Row row[] = {
        {PART_LOG, 1, 1, {1, 1, 1, 1}, {12.5}},        {PART_LOG, 0, 0, {2, 2, 2, 0}, {3}},
        {PART_LOG, 1, 0, {1, 2, 1, 2}, {(double)NAN}}, {PART_LOG, 0, 0, {3, 3, 0, 3}, {-2.5}},
        {PART_LOG, 1, 1, {3, 1, 2, 0}, {0.25}},        {PART_LOG, 1, 0, {2, 3, 1, 1}, {7}},
        {PART_TEST, 1, 1, {4, 1, 1, 4}, {100}},        {PART_TEST, 0, 0, {1, 3, 3, 0}, {1}},
        {PART_TEST, 1, 0, {2, 2, 2, 1}, {4}}};
    static const char *const name[] = {"user", "item", "301", "210"};
    Schema schema;
    Reader *reader = reads("fields", sample("fields"), &field_options, row, 9);
    has_columns(reader, 4, name, (uint32_t[]){5, 4, 4, 5}, 1);
    reader_schema(reader, &schema);
    assert_string_equal(schema.group[0].name, "508");
    assert_memory_equal(schema.bags[3]->first, ((uint32_t[]){0, 0, 2, 3, 5, 6}), 6 * sizeof(uint32_t));
    assert_memory_equal(schema.bags[3]->member, ((uint32_t[]){1, 2, 2, 2, 1, 3}), 6 * sizeof(uint32_t));
    assert_string_equal(reader_unread(reader), "902, 903");
    reader_close(reader);
}

/* Labels of other names and number, a field of times, and one of weights that stands before the labels. */
static void labels_of_fields_have_names(void **state)
{
    (void)state;
    static const ReaderOptions options = {.columns = {.header = "w,split,bought",
                                                      .user = "u",
                                                      .item = "none",
                                                      .click = "none",
                                                      .conversion = "bought",
                                                      .split = "split",
                                                      .weight = "w",
                                                      .time = "t"}};
    Reader *reader;
    RowBlock *block;
    char path[512];
    write_file("a.txt", "2 train 1 u:5 t:1:100\n0.5 test 0 u:6 t:7\n");
    snprintf(path, sizeof path, "%s/a.txt", folder);
    OK(reader_open(&reader, layout_find("fields"), path, &options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    assert_int_equal(block->log.x.rows, 2);
    assert_memory_equal(block->part, ((uint8_t[]){PART_LOG, PART_TEST}), 2);
    assert_memory_equal(block->log.click, ((uint8_t[]){1, 1}), 2);
    assert_memory_equal(block->log.conversion, ((uint8_t[]){1, 0}), 2);
    assert_memory_equal(block->log.x.id, ((uint32_t[]){1, 0, 2, 0}), 4 * sizeof(uint32_t));
    assert_true(block->time[0] == 100 && block->time[1] == 7 && block->log.weight[0] == 2);
    row_block_free(block);
    reader_close(reader);
    assert_int_equal(remove(path), 0);
}

static void malformed_fields_are_told_by_line(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"1 0 101:1 205", "2: found '205'; expected FIELD:ID or FIELD:ID:VALUE after the labels"},
        {"1 0 1 101:1", "2: found '1'; expected FIELD:ID or FIELD:ID:VALUE after the labels"},
        {"1 101:1 205:2", "2: found 1 labels; expected 2: click,conversion"},
        {"1 0 101:1 :2", "2: found ':2'; expected FIELD:ID or FIELD:ID:VALUE"},
        {"1 0 101:1 205:", "2: found '205:'; expected FIELD:ID or FIELD:ID:VALUE"},
        {"1 0 101:1 205:1:", "2: found '205:1:'; expected FIELD:ID or FIELD:ID:VALUE"},
        {"1 0 101:1 205:1:2:3", "2: found '205:1:2:3'; expected FIELD:ID or FIELD:ID:VALUE"},
        {"1 0 101:1 101:2", "2: found '101:2'; expected a field once in a row, or columns.bags to name it"},
        {"1 0 101:1 301:2:0.5",
         "2: found '301:2:0.5'; expected the value 1, or columns.dense to name the field"},
        {"1 0 101:1 508:1:x", "2: found 'x' in 508; expected a number within the range of a float"},
        {"2 0 101:1", "2: found '2' in click; expected 0 or 1"},
        {"1 0 101:1", " found no field '301' in any row; did you mean '302'? Name it by "
                      "columns.categorical: NAME; fields that are not read: 302"},
    };
    char text[256];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "1 0 101:1 205:1 302:1 508:1:2 210:4\n%s\n", wrong[i][0]);
        refuses("fields", "a.txt", text, &field_options, wrong[i][1]);
    }
    static const struct {
        ReaderOptions options;
        const char *expected;
    } never[] = {
        {{.columns = {.categorical = "3*"}}, "columns: found '3*'; expected the name of a field"},
        {{.delimiter = DELIMITER_TAB}, "data.delimiter: found one; expected auto"},
        {{.users = "users.csv"}, "data.users or data.items: found users.csv; expected none"},
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        Message why;
        assert_int_equal(read_all("fields", sample("fields"), &never[i].options, &why), STATUS_USAGE);
        assert_non_null(strstr(why.text, never[i].expected));
    }
}

/* Rows of several blocks: ids that keys hold and longer ones, bags, groups and hashes. */
static void write_blocks(int rows, const char *end)
{
    char path[512];
    snprintf(path, sizeof path, "%s/blocks.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,tags,page,price\n", file);
    for (int i = 0; i < rows; i++)
        fprintf(file, "%d,an item whose name is long: %d,%d,%d,t%d|a tag whose name is long: %d,p%d,%d.25\n",
                i * 7919 % 1009, i * i % 503, i % 3 == 0, i % 6 == 0, i % 7, i % 5, i / 10, i % 100);
    fputs(end, file);
    assert_int_equal(fclose(file), 0);
}

/* What comes before the first failure or the end, in one hash. */
static uint64_t hash_of_rows(const ReaderOptions *options, size_t *rows, Status *status, Message *why)
{
    char path[512];
    Reader *reader;
    RowBlock *block;
    uint64_t hash = 0;
    snprintf(path, sizeof path, "%s/blocks.csv", folder);
    OK(reader_open(&reader, layout_find("csv"), path, options, message));
    OK(row_block_create(&block, reader, message));
    for (*rows = 0; !(*status = reader_next(reader, block, why)) && block->log.x.rows;
         *rows += block->log.x.rows)
        for (size_t i = 0; i < block->log.x.rows; i++) {
            const Features *x = &block->log.x;
            for (int f = 0; f < x->schema.categorical; f++)
                hash = 31 * hash + x->id[i * (size_t)x->schema.categorical + (size_t)f];
            hash = 31 * hash + block->group[i];
            hash = 31 * hash + (uint64_t)(100 * x->dense[i]) + 2U * block->log.click[i] +
                   block->log.conversion[i];
        }
    Schema schema;
    reader_schema(reader, &schema);
    for (int f = 0; f < schema.categorical; f++)
        hash = 31 * hash + schema.cardinality[f];
    for (int k = 0; k < 2 && !*status; k++) { /* the end stays */
        assert_int_equal(reader_next(reader, block, why), STATUS_OK);
        assert_int_equal(block->log.x.rows, 0);
    }
    row_block_free(block);
    reader_close(reader);
    return hash;
}

static void reading_ahead_changes_nothing(void **state)
{
    enum { ROWS = 5 * READER_BLOCK + 77 };
    (void)state;
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t c = 0; !CPU_COUNT(&one); c++)
        if (CPU_ISSET(c, &all))
            CPU_SET(c, &one);
    const ReaderOptions options[] = {
        {.columns = {.bags = "tags", .group = "page", .dense = "price"}},
        {.columns = {.bags = "tags", .group = "page", .dense = "price"}, .buckets = 97}};
    static const char *const end[] = {"", "1,2,3,0,,,\n"};
    for (size_t o = 0; o < 2; o++)
        for (size_t e = 0; e < 2; e++) {
            Message why[2];
            Status status[2];
            size_t rows[2];
            write_blocks(ROWS, end[e]);
            const uint64_t ahead = hash_of_rows(&options[o], &rows[0], &status[0], &why[0]);
            assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
            const uint64_t alone = hash_of_rows(&options[o], &rows[1], &status[1], &why[1]);
            assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
            assert_int_equal(rows[0], e ? 5 * READER_BLOCK : ROWS);
            assert_int_equal(rows[0], rows[1]);
            assert_int_equal(status[0], e ? STATUS_USAGE : STATUS_OK);
            assert_int_equal(status[0], status[1]);
            assert_true(ahead == alone);
            if (e)
                assert_string_equal(why[0].text, why[1].text);
        }
    /* It may be left at any time. */
    char path[512];
    Reader *reader;
    RowBlock *block;
    snprintf(path, sizeof path, "%s/blocks.csv", folder);
    for (int blocks = 0; blocks < 4; blocks++) {
        OK(reader_open(&reader, layout_find("csv"), path, &options[0], message));
        OK(row_block_create(&block, reader, message));
        for (int k = 0; k < blocks; k++)
            OK(reader_next(reader, block, message));
        row_block_free(block);
        reader_close(reader);
    }
    assert_int_equal(remove(path), 0);
}

/* A row of weight 0 is set aside, and the test has no weights. */
static void weights_are_read(void **state)
{
    (void)state;
    static const char head[] = "user,item,click,conversion,w,split,shown\n1,2,0,0,1,train,0\n";
    static const ReaderOptions options = {.columns = {.weight = "w", .split = "split", .unbiased = "shown"}};
    static const char *const wrong[][3] = {
        {"-1,train,0", "'-1'", "a weight of at least 0"},
        {",train,0", "''", "a weight of at least 0"},
        {"x,train,0", "'x'", "a weight of at least 0"},
        {"1e39,train,0", "'1e39'", "a weight of at least 0"},
        {"1e-60,train,0", "'1e-60'", "a weight of at least 0"},
        {"0,train,1", "'0'", "a weight above 0, as of every row shown at random"},
        {",test,1", "''", "a weight above 0, as of every row shown at random"}};
    char text[256], expected[256], path[512];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "%s1,2,1,0,%s\n", head, wrong[i][0]);
        snprintf(expected, sizeof expected, "3: found %s in w; expected %s", wrong[i][1], wrong[i][2]);
        refuses("csv", "a.csv", text, &options, expected);
    }
    Reader *reader;
    RowBlock *block;
    snprintf(text, sizeof text,
             "%s1,3,0,0,0,train,0\n1,4,1,0,2.5,train,0\n1,4,1,0,,test,0\n1,4,1,0,x,valid,0\n"
             "1,4,1,0,1e-3,train,1\n",
             head);
    write_file("a.csv", text);
    snprintf(path, sizeof path, "%s/a.csv", folder);
    OK(reader_open(&reader, layout_find("csv"), path, &options, message));
    assert_true(reader_has_weight(reader));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    assert_int_equal(block->log.x.rows, 6);
    assert_memory_equal(
        block->part, ((uint8_t[]){PART_LOG, PART_VALID, PART_LOG, PART_TEST, PART_VALID, PART_UNBIASED}), 6);
    assert_true(block->log.weight[0] == 1 && block->log.weight[2] == 2.5F && block->log.weight[5] == 1e-3F);
    row_block_free(block);
    reader_close(reader);
    assert_int_equal(remove(path), 0);
}

static void malformed_ratings_are_told_by_line(void **state)
{
    (void)state;
    static const char train[] = "ydata-ymusic-rating-study-v1_0-train.txt";
    refuses("yahoo", train, "1\t2\t3\n1 2 3\n", &no_options, "2: found 1 cells; expected 3");
    refuses("yahoo", train, "1\t2\t3\n\n1\t2\tx\n", &no_options, "3: found 'x' in rating; expected a number");
    static const ReaderOptions grouped = {.columns = {.group = "page"}};
    Message none;
    write_file("big_matrix.csv", "user_id,video_id,watch_ratio,page\n1,2,3,\n");
    assert_int_equal(read_all("kuairec", folder, &grouped, &none), STATUS_OK); /* a group may be missing */
    refuses("kuairec", "big_matrix.csv", "user_id,video_id,watch\n", &no_options,
            "1: found no column 'watch_ratio'; ");
    refuses("kuairec", "big_matrix.csv", "user_id,video_id,watch_ratio\n1,2,\n", &no_options,
            "2: found a click without a conversion label; expected a number");
}

/* A test that lacks a column of the log, and one that has another. */
static void files_must_agree(void **state)
{
    (void)state;
    static const char train[] =
        "search_id,categorical_1,categorical_2,numerical_1,click,conversion\n1,2,3,4,0,0\n";
    static const char *const test[] = {
        "search_id,categorical_1,numerical_1,click,conversion\n1,2,4,0,0\n",
        "search_id,categorical_1,categorical_3,numerical_1,click,conversion\n"};
    static const char *const expected[] = {
        "/test.csv:1: found fewer features than in the first file; expected the same",
        "/test.csv:1: found 'categorical_3' in the header; expected the columns"};
    char path[512];
    Message message;
    write_file("train.csv", train);
    for (int i = 0; i < 2; i++) {
        write_file("test.csv", test[i]);
        assert_int_equal(read_all("aliexpress", folder, &no_options, &message), STATUS_USAGE);
        assert_non_null(strstr(message.text, expected[i]));
    }
    snprintf(path, sizeof path, "%s/train.csv", folder);
    assert_int_equal(remove(path), 0);
    snprintf(path, sizeof path, "%s/test.csv", folder);
    assert_int_equal(remove(path), 0);
}

static void malformed_aliccp_is_told_by_line(void **state)
{
    (void)state;
    static const char good[] = "c1,1,101\0027\0031.0\n", skeleton[] = "sample_skeleton_train.csv",
                      common[] = "common_features_train.csv";
    char path[512], whole[1024];
    Message message;
    write_file(common, good);
    refuses("aliccp", skeleton, "1,0,0,c1,0,\n1,0,0,c1\n", &no_options,
            "2: found 4 cells; expected 6: sample");
    refuses("aliccp", skeleton, "1,2,0,c1,0,\n", &no_options, "1: found '2' in click; expected 0 or 1");
    refuses("aliccp", skeleton, "1,0,,c1,0,\n", &no_options, "1: found '' in buy; expected 0 or 1");
    refuses("aliccp", skeleton, "1,0,0,c2,0,\n", &no_options,
            "1: found 'c2' in index of common features; expected one of common_features_*.csv");
    refuses("aliccp", skeleton, "1,0,0,c1,1,205\0029\n", &no_options,
            "1: found '205?9' as a feature; expected FIELD ^B ID ^C VALUE");
    write_file(skeleton, "1,0,0,c1,0,\n");
    write_file(common, "c1,1,101\0027\0031.0\nc2,1\n");
    assert_int_equal(read_all("aliccp", folder, &no_options, &message), STATUS_USAGE);
    snprintf(whole, sizeof whole, "%s/%s:2: found 2 cells; expected 3", folder, common);
    assert_non_null(strstr(message.text, whole));
    snprintf(path, sizeof path, "%s/%s", folder, common);
    assert_int_equal(remove(path), 0);
    assert_int_equal(read_all("aliccp", folder, &no_options, &message), STATUS_FAILED);
    assert_non_null(strstr(message.text, common));
    snprintf(path, sizeof path, "%s/%s", folder, skeleton);
    assert_int_equal(remove(path), 0);
}

/* train.csv and test.csv of a folder, whose columns stand in another order. */
static void a_folder_is_read_as_one_log(void **state)
{
    (void)state;
    const ReaderOptions options = {.columns = {.categorical = "a", .dense = "p"}};
    static const Row row[] = {{PART_LOG, 1, 1, {1, 1, 1}, {1}}, {PART_TEST, 1, 0, {2, 1, 2}, {2}}};
    write_file("train.csv", "user,item,click,conversion,a,p\nu,i,1,1,x,1\n");
    write_file("test.csv", "p,a,user,item,conversion,click\n2,y,v,i,0,1\n");
    reader_close(reads("csv", folder, &options, row, 2));
    Message message;
    char path[512];
    write_file("test.csv", "q,a,user,item,conversion,click\n2,y,v,i,0,1\n");
    assert_int_equal(read_all("csv", folder, &options, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "/test.csv:1: found no column 'p'"));
    snprintf(path, sizeof path, "%s/train.csv", folder);
    assert_int_equal(remove(path), 0);
    snprintf(path, sizeof path, "%s/test.csv", folder);
    assert_int_equal(remove(path), 0);
}

static void write_compressed(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

/* In two frames, as files that are put one after the other have. */
static void write_zstd(const char *name, const char *text)
{
    char path[512], packed[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    const size_t half = strlen(text) / 2;
    for (int i = 0; i < 2; i++) {
        size_t size =
            ZSTD_compress(packed, sizeof packed, i ? text + half : text, i ? strlen(text) - half : half, 3);
        assert_false(ZSTD_isError(size));
        assert_int_equal(fwrite(packed, 1, size, file), size);
    }
    assert_int_equal(fclose(file), 0);
}

/* The file with this text holds two rows, the first a conversion, the second no click. */
static void holds_two_rows(const char *name, const char *text, const ReaderOptions *options,
                           const char *guessed)
{
    static const Row row[] = {{PART_LOG, 1, 1, {1, 1}, {0}}, {PART_LOG, 0, 0, {2, 1}, {0}}};
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (text)
        write_file(name, text);
    Reader *reader = reads("csv", path, options, row, 2);
    assert_string_equal(reader_guessed(reader), guessed);
    reader_close(reader);
    assert_int_equal(remove(path), 0);
}

static void delimiters_are_guessed(void **state)
{
    (void)state;
    const ReaderOptions bar = {.delimiter = DELIMITER_BAR};
    holds_two_rows("a", "user,item,click,conversion\n1,2,1,1\n2,2,0,0\n", &no_options, "");
    holds_two_rows("a", "user\titem\tclick\tconversion\n1\t2\t1\t1\n2\t2\t0\t0\n", &no_options, "");
    holds_two_rows("a", "user;item;click;conversion;\"a,b,c,d,e,f\"\n1;2;1;1;\n2;2;0;0;\n", &no_options, "");
    holds_two_rows("a", "user::item::click::conversion\n1::2::1::1\n2::2::0::0\n", &no_options, "");
    holds_two_rows("a", "user|item|click|conversion\n1|2|1|1\n2|2|0|0\n", &no_options, "");
    holds_two_rows("a", "user|item|click|conversion|a,b,c,d,e\n1|2|1|1|\n2|2|0|0|\n", &bar, "");
}

static void usual_names_are_found(void **state)
{
    (void)state;
    const ReaderOptions named = {.columns = {.click = "seen (y/n)", .conversion = "bought it"}};
    holds_two_rows("a", "user_id,video_id,is_click,purchase\n1,2,1,1\n2,2,0,0\n", &no_options,
                   "user: user_id, item: video_id, click: is_click, conversion: purchase");
    holds_two_rows("a", "uid,item,seen (y/n),bought it,click\n1,2,1,1,7\n2,2,0,0,7\n", &named, "user: uid");
    refuses("csv", "a.csv", "uid,userId,item,click,conversion\n", &no_options,
            "1: found columns 'userId' and 'uid'; expected columns.user: NAME");
    refuses(
        "csv", "a.csv", "who,what,click,conversion\n", &no_options,
        "1: found no column 'user'; expected one, or columns.user: NAME (or none); columns are: who, what, "
        "click, conversion");
    refuses("kuairec", "big_matrix.csv", "uid,video_id,watch_ratio\n", &no_options,
            "1: found no column 'user_id'");
}

static void a_header_may_be_given(void **state)
{
    (void)state;
    const ReaderOptions given = {.columns = {.header = "item,user,conversion,click"}};
    holds_two_rows("a", "2,1,1,1\n2,2,0,0\n", &given, "");
}

static void compressed_files_are_read(void **state)
{
    (void)state;
    static const char text[] = "user,item,click,conversion\n1,2,1,1\n2,2,0,0\n";
    static const Row row[] = {{PART_LOG, 1, 1, {1, 1}, {0}}, {PART_LOG, 0, 0, {2, 1}, {0}}};
    write_compressed("a.csv.gz", text);
    holds_two_rows("a.csv.gz", NULL, &no_options, "");
    write_compressed("train.csv.gz", text); /* in a folder too */
    reader_close(reads("csv", folder, &no_options, row, 2));
    write_zstd("a.csv.zst", text);
    holds_two_rows("a.csv.zst", NULL, &no_options, "");
    write_zstd("a.csv", text); /* whatever the name */
    holds_two_rows("a.csv", NULL, &no_options, "");
    write_zstd("test.csv.zst", text);
    for (int zstd = 0; zstd < 2; zstd++) {
        char path[512];
        Message message;
        snprintf(path, sizeof path, "%s/%s", folder, zstd ? "test.csv.zst" : "train.csv.gz");
        assert_int_equal(truncate(path, 40), 0);
        assert_int_equal(read_all("csv", path, &no_options, &message), STATUS_FAILED);
        assert_non_null(
            strstr(message.text, zstd ? "test.csv.zst: the compressed file is damaged or cut off"
                                      : "train.csv.gz: the compressed file is damaged or cut off"));
        assert_int_equal(remove(path), 0);
    }
}

static void other_text_than_utf_8_is_told(void **state)
{
    (void)state;
    holds_two_rows("a", "\xef\xbb\xbfuser,item,click,conversion\n1,2,1,1\n2,2,0,0\n", &no_options, "");
    refuses("csv", "a.csv", "\xff\xfeu", &no_options, "1: found UTF-16 text; expected UTF-8, as `iconv");
    refuses("csv", "a.csv", "\xfe\xff", &no_options, "1: found UTF-16 text; expected UTF-8, as `iconv");
}

/* KuaiRand's features of users, which are not read, are named at least. */
static void files_that_are_not_read_are_named(void **state)
{
    (void)state;
    char path[512];
    write_file("train.csv", "user,item,click,conversion\n1,2,1,1\n");
    write_file("user_features.csv", "user,age\n1,40\n");
    static const Row row[] = {{PART_LOG, 1, 1, {1, 1}, {0}}};
    Reader *reader = reads("csv", folder, &no_options, row, 1);
    assert_string_equal(reader_unread_files(reader), "user_features.csv");
    reader_close(reader);
    snprintf(path, sizeof path, "%s/train.csv", folder);
    assert_int_equal(remove(path), 0);
    snprintf(path, sizeof path, "%s/user_features.csv", folder);
    assert_int_equal(remove(path), 0);
}

static void missing_files_are_told(void **state)
{
    (void)state;
    const ReaderOptions none = {0};
    Message message;
    assert_int_equal(read_all("csv", "/nowhere/at/all.csv", &none, &message), STATUS_FAILED);
    assert_int_equal(read_all("csv", folder, &none, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, "found no file of the layout csv; expected a table"));
    assert_null(layout_recognise(folder, &no_options));
    assert_null(layout_recognise("/nowhere/at/all.csv", &no_options));
    assert_null(layout_find("cvs"));
}

/* More rows than a block has: ids go on from block to block. */
static void blocks_follow_each_other(void **state)
{
    (void)state;
    enum { ROWS = 3 * READER_BLOCK + 5 };
    char path[512];
    const ReaderOptions none = {0};
    snprintf(path, sizeof path, "%s/many.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion\n", file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d,a longer name of item number %d,%d,0\n", i, i % 1000, i % 2);
    assert_int_equal(fclose(file), 0);
    Reader *reader;
    RowBlock *block;
    size_t row = 0;
    OK(reader_open(&reader, layout_find("csv"), path, &none, message));
    OK(row_block_create(&block, reader, message));
    for (;;) {
        OK(reader_next(reader, block, message));
        if (!block->log.x.rows)
            break;
        for (size_t i = 0; i < block->log.x.rows; i++, row++) {
            assert_int_equal(block->log.x.id[2 * i], row + 1);
            assert_int_equal(block->log.x.id[2 * i + 1], row % 1000 + 1);
            assert_int_equal(block->log.click[i], row % 2);
        }
    }
    assert_int_equal(row, ROWS);
    row_block_free(block);
    reader_close(reader);
    assert_int_equal(remove(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_read),
        cmocka_unit_test(yahoo_is_read),
        cmocka_unit_test(movielens_is_read),
        cmocka_unit_test(triplets_are_read_by_any_name),
        cmocka_unit_test(a_threshold_may_be_given),
        cmocka_unit_test(kuairec_is_read),
        cmocka_unit_test(kuairand_is_read),
        cmocka_unit_test(aliexpress_is_read),
        cmocka_unit_test(aliccp_is_read),
        cmocka_unit_test(aliccp_has_bags),
        cmocka_unit_test(columns_may_be_left_out),
        cmocka_unit_test(groups_are_read),
        cmocka_unit_test(propensities_are_read),
        cmocka_unit_test(ids_may_be_hashed),
        cmocka_unit_test(malformed_csv_is_told_by_line),
        cmocka_unit_test(rows_of_fields_are_read),
        cmocka_unit_test(labels_of_fields_have_names),
        cmocka_unit_test(malformed_fields_are_told_by_line),
        cmocka_unit_test(reading_ahead_changes_nothing),
        cmocka_unit_test(weights_are_read),
        cmocka_unit_test(malformed_ratings_are_told_by_line),
        cmocka_unit_test(files_must_agree),
        cmocka_unit_test(malformed_aliccp_is_told_by_line),
        cmocka_unit_test(a_folder_is_read_as_one_log),
        cmocka_unit_test(delimiters_are_guessed),
        cmocka_unit_test(usual_names_are_found),
        cmocka_unit_test(a_header_may_be_given),
        cmocka_unit_test(compressed_files_are_read),
        cmocka_unit_test(other_text_than_utf_8_is_told),
        cmocka_unit_test(files_that_are_not_read_are_named),
        cmocka_unit_test(missing_files_are_told),
        cmocka_unit_test(blocks_follow_each_other),
    };
    return cmocka_run_group_tests_name("reader", tests, create, destroy);
}
