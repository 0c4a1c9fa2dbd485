/* Data of the layouts as logs to train on: which rows are log, unbiased sample and test, and what they hold.
 */
#include "experiments/spec/assign.h"
#include "experiments/spec/fields.h"
#include "sim/data/load.h"
#include "tests/support/support.h"

#include <float.h>
#include <math.h>

static const StreamKey key = {.seed = 1, .setting = "", .world = 2};
static char *folder;

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

static void write_file(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static Status read_file(RealData *data, const char *layout, const char *name, const LoadOptions *options,
                        Message *message)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return load_real_data(data, layout_find(layout), path, options, &key, message);
}

static void held_out_rows_are_the_test(void **state)
{
    (void)state;
    const LoadOptions options = {
        .reader = {.columns = {.dense = "p,q", .categorical = "a", .split = "s", .group = "g"}}};
    RealData data;
    write_file("held.csv", "user,item,click,conversion,a,p,q,s,g\n"
                           "u1,i1,1,1,x,1,5,train,l1\n"
                           "u2,i2,0,0,y,5,5,train,l1\n"
                           "u1,i3,1,0,x,,5,test,l2\n"
                           "u3,i2,1,0,,5,7,valid,l2\n"
                           "u3,i2,0,,z,4,5,test,l3\n"
                           "u2,i1,1,0,y,,,train,l4\n");
    OK(read_file(&data, "csv", "held.csv", &options, message));
    assert_int_equal(data.log.x.rows, 3);
    assert_int_equal(data.test.x.rows, 2);
    assert_int_equal(data.unbiased.x.rows, 0);
    assert_memory_equal(data.log.click, ((uint8_t[]){1, 0, 1}), 3);
    assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 0}), 3);
    assert_memory_equal(data.test.click, ((uint8_t[]){1, 0}), 2);
    const Schema *schema = &data.test.x.schema;
    assert_string_equal(schema->name[0], "user");
    assert_string_equal(schema->name[2], "a");
    assert_string_equal(schema->group[1].name, "q");
    assert_int_equal(schema->cardinality[FIELD_USER], 4);
    assert_int_equal(schema->cardinality[2], 4); /* missing, x, y, z: also of rows that are left out */
    assert_memory_equal(data.log.x.id, ((uint32_t[]){1, 1, 1, 2, 2, 2, 2, 1, 2}), 9 * sizeof(uint32_t));
    assert_memory_equal(data.test.x.id, ((uint32_t[]){1, 3, 1, 3, 2, 3}), 6 * sizeof(uint32_t));
    /* p has mean 3 and sd 2 in the log, where its third value is missing; q is 5 in all of it. */
    static const double log_dense[] = {-1, 0, 1, 0, 0, 0}, test_dense[] = {0, 0, 0.5, 0};
    for (int i = 0; i < 6; i++)
        assert_true((double)data.log.x.dense[i] == log_dense[i]);
    for (int i = 0; i < 4; i++)
        assert_true((double)data.test.x.dense[i] == test_dense[i]);
    assert_non_null(data.group);
    assert_int_equal(data.group[0], 2);
    assert_int_equal(data.group[1], 3);
    real_data_free(&data);
}

/* 60 rows of the log, and 40 shown at random, of which every second is clicked; items tell the rows apart. */
static void write_random(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/random.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,split,random\n", file);
    for (int i = 0; i < 100; i++)
        fprintf(file, "u,%d,%d,%d,%s,%d\n", i, i % 2, i % 4 == 1, i % 7 ? "train" : "test", i >= 60);
    assert_int_equal(fclose(file), 0);
}

/* Rows with several parts among each other, missing values and more blocks of the reader than one. */
static void write_long(int rows)
{
    char path[512];
    snprintf(path, sizeof path, "%s/long.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,a,b,split\n", file);
    for (int i = 0; i < rows; i++) {
        fprintf(file, "u%d,i%d,%d,%d,", i * i % 97, i % 31, i % 3 == 0, i % 6 == 0);
        if (i % 11)
            fprintf(file, "%g", i * 0.37);
        fprintf(file, ",%d,%s\n", i % 13, i % 5 ? "train" : "test");
    }
    assert_int_equal(fclose(file), 0);
}

/* A log in a file has the bits of one in memory, in blocks of any window, and the same test. */
static void a_log_in_a_file_has_the_same_rows(void **state)
{
    LoadOptions options = {.reader = {.columns = {.dense = "a,b", .split = "split"}}};
    RealData whole, filed;
    (void)state;
    write_long(10000);
    OK(read_file(&whole, "csv", "long.csv", &options, message));
    options.log_in_file = true;
    OK(read_file(&filed, "csv", "long.csv", &options, message));
    assert_int_equal(whole.log.x.rows, 8000);
    assert_int_equal(filed.log.x.rows, 0);
    assert_int_equal(filed.test.x.rows, 2000);
    assert_memory_equal(filed.test.x.dense, whole.test.x.dense, 2 * 2000 * sizeof(float));
    const LogBlocks blocks = log_file_blocks(filed.file, 3000);
    size_t first = 0;
    void *reader;
    Log window;
    OK(blocks.open(&blocks, log_blocks_most(&blocks), &reader, &window, message));
    assert_int_equal(window.x.schema.cardinality[FIELD_USER], whole.log.x.schema.cardinality[FIELD_USER]);
    for (size_t k = 0; k < blocks.blocks / blocks.window; k++) {
        OK(log_blocks_read_window(&blocks, reader, k, &window, message));
        const size_t rows = window.x.rows;
        assert_memory_equal(window.x.id, whole.log.x.id + 2 * first, 2 * rows * sizeof(uint32_t));
        assert_memory_equal(window.x.dense, whole.log.x.dense + 2 * first, 2 * rows * sizeof(float));
        assert_memory_equal(window.click, whole.log.click + first, rows);
        assert_memory_equal(window.conversion, whole.log.conversion + first, rows);
        first += rows;
    }
    assert_int_equal(first, 8000);
    blocks.close(reader);
    log_free(&window);
    real_data_free(&whole);
    real_data_free(&filed);
}

/* Cells of several values, in memory and in a file: a cell is its bag, and the data own what is in it. */
static void bags_are_loaded(void **state)
{
    static const char text[] = "user,item,click,conversion,tags,split\n"
                               "u1,i1,1,1,t0;t4;t5,train\n"
                               "u2,i2,0,0,,train\n"
                               "u1,i3,1,0,t4,test\n"
                               "u1,i1,1,0,t0;t4;t5,train\n";
    (void)state;
    write_file("bags.csv", text);
    for (int in_file = 0; in_file < 2; in_file++) {
        LoadOptions options = {
            .reader = {.columns = {.bags = "tags", .split = "split"}, .bag_separator = BAG_SEMICOLON},
            .log_in_file = in_file};
        RealData data;
        Log log = {0};
        OK(read_file(&data, "csv", "bags.csv", &options, message));
        if (in_file) {
            const LogBlocks blocks = log_file_blocks(data.file, 100);
            OK(log_blocks_start(&blocks, &log, message));
        }
        const Log *rows = in_file ? &log : &data.log;
        const Bags *bags = rows->x.schema.bags[2];
        assert_non_null(bags);
        assert_ptr_equal(bags, data.test.x.schema.bags[2]);
        assert_int_equal(rows->x.schema.cardinality[2], 3);
        assert_int_equal(bags->values, 4);
        assert_int_equal(bags->longest, 3);
        assert_memory_equal(bags->first, ((uint32_t[]){0, 0, 3, 4}), 4 * sizeof(uint32_t));
        assert_memory_equal(bags->member, ((uint32_t[]){1, 2, 3, 2}), 4 * sizeof(uint32_t));
        for (int i = 0; i < 3; i++)
            assert_int_equal(rows->x.id[3 * i + 2], ((int[]){1, 0, 1})[i]);
        assert_int_equal(data.test.x.id[2], 2);
        log_free(&log);
        real_data_free(&data);
    }
}

/* What cannot be written says where, and why. */
static void a_log_without_a_folder_is_refused(void **state)
{
    const LoadOptions options = {.reader = {.columns = {.dense = "a,b", .split = "split"}},
                                 .log_in_file = true};
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    RealData data;
    Message refusal;
    (void)state;
    write_long(100);
    assert_int_equal(setenv("TMPDIR", "/no/such/folder", 1), 0);
    assert_int_equal(read_file(&data, "csv", "long.csv", &options, &refusal), STATUS_FAILED);
    assert_string_equal(refusal.text, "/no/such/folder: cannot write a file (No such file or directory); "
                                      "expected TMPDIR to name a folder");
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

static void random_rows_are_shared_out(void **state)
{
    (void)state;
    LoadOptions options = {.reader = {.columns = {.unbiased = "random", .split = "split"}},
                           .unbiased_share = 0.25,
                           .random_clicks = true};
    RealData data, again;
    int seen[101] = {0};
    write_random();
    OK(read_file(&data, "csv", "random.csv", &options, message));
    assert_int_equal(data.test.x.rows, 30);
    assert_true(data.unbiased.x.rows <= 10);
    assert_int_equal(log_clicks(&data.unbiased), data.unbiased.x.rows);
    for (size_t i = 0; i < data.test.x.rows; i++)
        seen[data.test.x.id[2 * i + 1]]++;
    for (size_t i = 0; i < data.unbiased.x.rows; i++)
        seen[data.unbiased.x.id[2 * i + 1]]++;
    int random_clicks = 0, random_rows = 0;
    for (int item = 1; item <= 100; item++) {
        assert_in_range(seen[item], 0, item > 60);
        random_rows += seen[item];
        random_clicks += seen[item] && (item - 1) % 2;
    }
    assert_int_equal(random_clicks, 20); /* none of the clicked rows is lost */
    assert_int_equal(random_rows, 30 + data.unbiased.x.rows);
    for (size_t i = 0; i < data.log.x.rows; i++) /* rows held out of the log are neither */
        assert_true(data.log.x.id[2 * i + 1] <= 60 && (data.log.x.id[2 * i + 1] - 1) % 7);
    OK(read_file(&again, "csv", "random.csv", &options, message));
    assert_memory_equal(data.test.x.id, again.test.x.id, 60 * sizeof(uint32_t));
    real_data_free(&data);
    real_data_free(&again);
    /* Clicks that users chose are no unbiased sample unless they are asked for, under either key. */
    for (int of = 0; of < 2; of++) {
        options = (LoadOptions){.unbiased_share = 0.25};
        snprintf(of ? options.reader.columns.random : options.reader.columns.unbiased, COLUMN_NAME, "random");
        OK(read_file(&data, "csv", "random.csv", &options, message));
        assert_int_equal(data.kind, REAL_TEST_RANDOM);
        assert_int_equal(data.unbiased.x.rows, 0);
        assert_int_equal(data.test.x.rows, 40);
        real_data_free(&data);
        options.random_clicks = true;
        OK(read_file(&data, "csv", "random.csv", &options, message));
        assert_int_equal(data.kind, REAL_TEST_RANDOM);
        assert_int_equal(data.test.x.rows, 30);
        assert_true(data.unbiased.x.rows > 0);
        real_data_free(&data);
    }
}

/* Rows shown at random are forced outcomes, or clicked by choice, as their column says, though all are
 * clicked; a test that was held out is neither. */
static void kinds_of_test_rows_are_told(void **state)
{
    (void)state;
    static const struct {
        ColumnNames columns;
        RealTest kind;
    } cases[] = {{{.unbiased = "all"}, REAL_TEST_FORCED},
                 {{.unbiased = "some"}, REAL_TEST_RANDOM},
                 {{.random = "all"}, REAL_TEST_RANDOM},
                 {{.random = "some"}, REAL_TEST_RANDOM},
                 {{.split = "split"}, REAL_TEST_HELD}};
    write_file("kinds.csv", "user,item,click,conversion,all,some,other,split\n"
                            "1,1,1,0,0,0,1,train\n"
                            "1,2,1,1,1,1,0,test\n"
                            "1,3,1,0,1,0,0,test\n"
                            "2,1,0,,0,1,0,train\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const LoadOptions options = {.reader = {.columns = cases[i].columns}};
        RealData data;
        OK(read_file(&data, "csv", "kinds.csv", &options, message));
        assert_int_equal(data.test.x.rows, 2);
        assert_int_equal(data.log.x.rows, 2);
        assert_int_equal(data.kind, cases[i].kind);
        real_data_free(&data);
    }
}

static const char yahoo_train[] = "ydata-ymusic-rating-study-v1_0-train.txt";

static void write_yahoo(void)
{
    write_file(yahoo_train, "5\t7\t4\n5\t8\t2\n6\t7\t1\n9\t9\t5\n6\t7\t3\n5\t7\t1\n");
    write_file("ydata-ymusic-rating-study-v1_0-test.txt", "5\t9\t1\n6\t8\t3\n6\t9\t5\n");
}

static void ratings_become_all_pairs(void **state)
{
    (void)state;
    const LoadOptions options = {.pairs = PAIRS_ALL};
    RealData data;
    write_yahoo();
    OK(read_file(&data, "yahoo", "", &options, message));
    assert_int_equal(data.log.x.rows, 9); /* users 5, 6, 9; songs 7, 8, 9 */
    for (uint32_t i = 0; i < 9; i++) {
        assert_int_equal(data.log.x.id[2 * i + FIELD_USER], 1 + i / 3);
        assert_int_equal(data.log.x.id[2 * i + FIELD_ITEM], 1 + i % 3);
    }
    assert_memory_equal(data.log.click, ((uint8_t[]){1, 1, 0, 1, 0, 0, 0, 0, 1}), 9);
    assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 0, 1, 0, 0, 0, 0, 1}), 9);
    assert_int_equal(data.test.x.rows, 3);
    assert_memory_equal(data.test.conversion, ((uint8_t[]){0, 1, 1}), 3);
    assert_int_equal(log_clicks(&data.test), 3);
    real_data_free(&data);
}

/* 4,000 rows of the log that go on with weights 0, 1, 2, 3, those of items from 3,000 on shown at random. */
static void write_weighted(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/weighted.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,w,random\n", file);
    for (int i = 0; i < 4000; i++)
        fprintf(file, "u,%d,1,%d,%d,%d\n", i, i % 5 == 1, i % 4 + (i >= 3000), i >= 3000);
    assert_int_equal(fclose(file), 0);
}

/* The weight of the row of item i, whose id is i + 1: of those that are kept in the log the mean is 2. */
static void weights_are_of_their_rows(const Log *log)
{
    assert_non_null(log->weight);
    for (size_t i = 0; i < log->x.rows; i++) {
        const int item = (int)log->x.id[2 * i + FIELD_ITEM] - 1;
        assert_true((double)log->weight[i] == (item % 4 + (item >= 3000)) / 2.0);
    }
}

static void weights_have_the_mean_1_in_the_log(void **state)
{
    (void)state;
    LoadOptions options = {.reader = {.columns = {.weight = "w", .unbiased = "random"}},
                           .unbiased_share = 0.3};
    RealData data;
    write_weighted();
    OK(read_file(&data, "csv", "weighted.csv", &options, message));
    assert_int_equal(data.log.x.rows, 2250);
    assert_true(data.unbiased.x.rows > 200 && data.unbiased.x.rows < 400);
    weights_are_of_their_rows(&data.log);
    weights_are_of_their_rows(&data.unbiased);
    assert_null(data.test.weight);
    real_data_free(&data);
    options.log_in_file = true;
    OK(read_file(&data, "csv", "weighted.csv", &options, message));
    const LogBlocks blocks = log_file_blocks(data.file, 900);
    void *reader;
    Log window;
    size_t rows = 0;
    OK(blocks.open(&blocks, log_blocks_most(&blocks), &reader, &window, message));
    for (size_t k = 0; k < blocks.blocks / blocks.window; k++) {
        OK(log_blocks_read_window(&blocks, reader, k, &window, message));
        weights_are_of_their_rows(&window);
        rows += window.x.rows;
    }
    assert_int_equal(rows, 2250);
    blocks.close(reader);
    log_free(&window);
    weights_are_of_their_rows(&data.unbiased);
    real_data_free(&data);
}

/* Rows that are held out take no weights with them, and those that stay keep theirs. */
static void weights_of_held_out_rows_are_dropped(void **state)
{
    (void)state;
    const LoadOptions options = {.reader = {.columns = {.weight = "w"}}, .test_share = 0.4};
    RealData data;
    double sum = 0, first = 0;
    write_weighted();
    OK(read_file(&data, "csv", "weighted.csv", &options, message));
    assert_null(data.test.weight);
    assert_in_range(data.log.x.rows, 1500, 2300);
    for (size_t i = 0; i < data.log.x.rows; i++) {
        const int item = (int)data.log.x.id[2 * i + FIELD_ITEM] - 1, weight = item % 4 + (item >= 3000);
        if (!i)
            first = (double)data.log.weight[0] / weight;
        assert_true(fabs((double)data.log.weight[i] / weight / first - 1) < 2 * (double)FLT_EPSILON);
        sum += (double)data.log.weight[i];
    }
    assert_true(fabs(sum / (double)data.log.x.rows - 1) < (double)FLT_EPSILON);
    real_data_free(&data);
}

static void pairs_may_be_those_tested(void **state)
{
    (void)state;
    const LoadOptions options = {.pairs = PAIRS_TESTED};
    RealData data;
    write_yahoo();
    OK(read_file(&data, "yahoo", "", &options, message));
    assert_int_equal(data.log.x.rows, 4); /* users 5 and 6, songs 8 and 9 */
    assert_memory_equal(data.log.x.id, ((uint32_t[]){1, 2, 1, 3, 2, 2, 2, 3}), 8 * sizeof(uint32_t));
    assert_memory_equal(data.log.click, ((uint8_t[]){1, 0, 0, 0}), 4);
    real_data_free(&data);
}

/* Pairs of ratings have the columns of their user and of their item, those that nobody rated too; dense ones
 * have the mean 0 and the variance 1 over all pairs. */
static void pairs_have_columns_of_users_and_items(void **state)
{
    (void)state;
    const LoadOptions options = {.reader = {.columns = {.header = "user,song,rating,time",
                                                        .users_header = "user,sex,age",
                                                        .categorical = "sex,year",
                                                        .bags = "genres",
                                                        .dense = "age"},
                                            .users = "users.dat",
                                            .items = "items.csv"},
                                 .test_share = 0.3};
    static const char *const user[] = {"7", "5", "6"}, *const song[] = {"a", "b", "c"};
    static const float age[] = {20, 50, 35};
    RealData data;
    write_file("users.dat", "5::F::50\n6::M::35\n7::F::20\n8::M::99\n");
    write_file("items.csv", "item_id,genres,year\nb,Drama|War,1995\na,War,1994\n");
    write_file("pairs.dat", "7::a::5::1\n5::a::2::1\n6::b::4::1\n7::c::1::1\n");
    OK(read_file(&data, "yahoo", "pairs.dat", &options, message));
    const Schema *schema = &data.log.x.schema;
    assert_int_equal(schema->categorical, 5);
    assert_string_equal(schema->name[2], "sex");
    assert_string_equal(schema->name[3], "genres");
    assert_string_equal(schema->name[4], "year");
    assert_int_equal(schema->dense, 1);
    assert_int_equal(data.log.x.rows + data.test.x.rows, 9);
    assert_in_range(data.test.x.rows, 1, 8);
    double sum = 0, squares = 0, raw = 0, raw_squares = 0;
    for (size_t i = 0; i < data.log.x.rows; i++) {
        raw += (double)age[data.log.x.id[5 * i] - 1];
        raw_squares += pow((double)age[data.log.x.id[5 * i] - 1], 2);
    }
    const double rows = (double)data.log.x.rows, mean = raw / rows,
                 sd = sqrt(raw_squares / rows - mean * mean);
    for (size_t i = 0; i < 9; i++) {
        const bool test = i >= data.log.x.rows;
        const Features *x = test ? &data.test.x : &data.log.x;
        const size_t row = test ? i - data.log.x.rows : i;
        const uint32_t *id = x->id + 5 * row;
        const uint32_t u = id[FIELD_USER] - 1, v = id[FIELD_ITEM] - 1;
        /* of tables ids are by first appearance there: F, M; Drama|War, War; 1995, 1994 */
        assert_int_equal(id[2], strcmp(user[u], "6") != 0 ? 1 : 2);
        assert_int_equal(id[3], !strcmp(song[v], "b") ? 1 : !strcmp(song[v], "a") ? 2 : 0);
        assert_int_equal(id[4], !strcmp(song[v], "b") ? 1 : !strcmp(song[v], "a") ? 2 : 0);
        assert_true(fabs((double)x->dense[row] - ((double)age[u] - mean) / sd) < 1e-6);
        sum += test ? 0 : (double)x->dense[row];
        squares += test ? 0 : (double)x->dense[row] * (double)x->dense[row];
    }
    assert_true(fabs(sum / rows) < 1e-6 && fabs(squares / rows - 1) < 1e-6);
    assert_memory_equal(schema->bags[3]->first, ((uint32_t[]){0, 0, 2, 3}), 4 * sizeof(uint32_t));
    real_data_free(&data);
}

/* Of the pairs that are left where a block was kept out of the log, and of the test. */
static void a_block_kept_out_has_columns_too(void **state)
{
    (void)state;
    const LoadOptions options = {.reader = {.columns = {.categorical = "kind"}, .items = "videos.csv"}};
    RealData data;
    write_file("big_matrix.csv", "user_id,video_id,watch_ratio\n1,3,5\n2,4,0\n3,1,1\n");
    write_file("small_matrix.csv", "user_id,video_id,watch_ratio\n1,1,3\n2,1,0\n1,2,0\n2,2,0\n");
    write_file("videos.csv", "video_id,kind\n1,x\n2,y\n3,x\n4,z\n");
    OK(read_file(&data, "kuairec", "", &options, message));
    assert_int_equal(data.log.x.rows, 3 * 4 - 4);
    assert_int_equal(data.test.x.rows + data.unbiased.x.rows, 4);
    static const uint32_t kind[] = {1, 3, 1, 2}; /* of videos 3, 4, 1, 2, in the order of appearance */
    for (size_t i = 0; i < data.log.x.rows; i++)
        assert_int_equal(data.log.x.id[3 * i + 2], kind[data.log.x.id[3 * i + FIELD_ITEM] - 1]);
    for (size_t i = 0; i < data.test.x.rows; i++)
        assert_int_equal(data.test.x.id[3 * i + 2], kind[data.test.x.id[3 * i + FIELD_ITEM] - 1]);
    real_data_free(&data);
    char path[512];
    static const char *const name[] = {"big_matrix.csv", "small_matrix.csv", "videos.csv"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        assert_int_equal(remove(path), 0);
    }
}

static void refuses(const char *layout, const char *name, const LoadOptions *options, const char *expected)
{
    RealData data;
    Message message = {""};
    assert_int_equal(read_file(&data, layout, name, options, &message), STATUS_USAGE);
    if (!strstr(message.text, expected))
        fail_msg("found: %s\nexpected: %s", message.text, expected);
    assert_null(data.log.click);
    assert_null(data.names);
}

static void what_cannot_be_trained_on_is_told(void **state)
{
    (void)state;
    const LoadOptions none = {0}, held = {.reader = {.columns = {.split = "split"}}},
                      share = {.reader = {.columns = {.unbiased = "random"}},
                               .unbiased_share = 0.001,
                               .random_clicks = true},
                      both = {.reader = {.columns = {.unbiased = "all", .random = "other"}}},
                      propensity = {.reader = {.columns = {.propensity = "rating"}}},
                      weight = {.reader = {.columns = {.weight = "rating"}}},
                      buckets = {.reader = {.buckets = 5}},
                      columns = {.reader = {.columns = {.categorical = "rating2"}}},
                      own = {.reader = {.columns = {.categorical = "when",
                                                    .conversion = "none",
                                                    .header = "user,song,when"}}},
                      users = {.reader = {.users = "users.csv"}};
    write_random();
    write_yahoo();
    refuses("csv", "random.csv", &none,
            "random.csv: found no rows to test on; expected rows shown at random");
    refuses("csv", "kinds.csv", &both,
            "found rows of columns.unbiased and of columns.random; expected those of one");
    refuses("csv", "random.csv", &share,
            "data.unbiased_share: found 0.001; expected a share that leaves both");
    refuses("yahoo", "", &buckets, "data.buckets: found 5; expected 0");
    refuses("yahoo", "", &columns, "found no column 'rating2'");
    refuses("yahoo", "", &own,
            "found 'when' among columns.categorical or columns.dense; expected columns of");
    refuses("coat", "", &users,
            "data.users or data.items: found users.csv; expected none, as coat has those");
    refuses("yahoo", yahoo_train, &none, "found no rows to test on");
    refuses("yahoo", "", &propensity, "columns.propensity: found rating; expected none");
    refuses("yahoo", "", &weight, "columns.weight: found rating; expected none, as ratings have none");
    write_file("none.csv", "user,item,click,conversion,split\n1,2,0,,train\n1,3,1,1,test\n");
    refuses("csv", "none.csv", &held, "none.csv: found no click to train on");
    write_file(yahoo_train, "5\t7\t4\n\t8\t2\n");
    refuses("yahoo", "", &none, "2: found '' in user; expected a name");
}

/* 1000 rows of 50 users; the item is the row. Times fall with the rows, and two rows share each. */
static void write_timed(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/timed.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,event time (s),list\n", file);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "%d,%d,%d,0,%d,l%d\n", i % 50, i, i % 2, 1000 - i / 2, i);
    assert_int_equal(fclose(file), 0);
}

static LoadOptions held(TestBy by, double share)
{
    return (LoadOptions){.reader = {.columns = {.time = "event time (s)", .group = "list"}},
                         .test_share = share,
                         .test_by = by};
}

static void the_latest_rows_may_be_the_test(void **state)
{
    (void)state;
    const LoadOptions options = held(TEST_BY_TIME, 0.2), odd = held(TEST_BY_TIME, 0.2005);
    RealData data;
    write_timed();
    OK(read_file(&data, "csv", "timed.csv", &options, message));
    assert_int_equal(data.log.x.rows, 800);
    assert_int_equal(data.test.x.rows, 200);
    for (uint32_t i = 0; i < 200; i++) {
        assert_int_equal(data.test.x.id[2 * i + FIELD_ITEM], i + 1);
        assert_int_equal(data.group[i], i + 1);
        assert_int_equal(data.test.click[i], i % 2);
    }
    for (uint32_t i = 0; i < 800; i++)
        assert_int_equal(data.log.x.id[2 * i + FIELD_ITEM], 201 + i);
    real_data_free(&data);
    OK(read_file(&data, "csv", "timed.csv", &odd, message));
    assert_int_equal(data.test.x.rows, 202); /* 201 rows, and the one of the same time as the last of them */
    real_data_free(&data);
}

/* Shares of draws: within four standard errors of what is asked. */
static void rows_or_users_may_be_the_test(void **state)
{
    (void)state;
    const LoadOptions rows = held(TEST_BY_ROWS, 0.2), users = held(TEST_BY_USERS, 0.3);
    RealData data, again;
    write_timed();
    OK(read_file(&data, "csv", "timed.csv", &rows, message));
    assert_int_equal(data.log.x.rows + data.test.x.rows, 1000);
    assert_in_range(data.test.x.rows, 150, 250);
    OK(read_file(&again, "csv", "timed.csv", &rows, message));
    assert_int_equal(data.test.x.rows, again.test.x.rows);
    assert_memory_equal(data.test.x.id, again.test.x.id, 2 * data.test.x.rows * sizeof(uint32_t));
    real_data_free(&again);
    real_data_free(&data);
    OK(read_file(&data, "csv", "timed.csv", &users, message));
    bool tested[51] = {false};
    for (size_t i = 0; i < data.test.x.rows; i++)
        tested[data.test.x.id[2 * i + FIELD_USER]] = true;
    for (size_t i = 0; i < data.log.x.rows; i++)
        assert_false(tested[data.log.x.id[2 * i + FIELD_USER]]);
    assert_int_equal(data.test.x.rows % 20, 0); /* all rows of a user */
    assert_in_range(data.test.x.rows / 20, 3, 27);
    real_data_free(&data);
}

/* Of ratings pairs are held out, rated or not: 40 users and 50 songs, of which user u rated those after u. */
static void pairs_of_ratings_may_be_the_test(void **state)
{
    (void)state;
    enum { USERS = 40, SONGS = 50 };
    const LoadOptions rows = {.test_share = 0.25}, users = {.test_share = 0.25, .test_by = TEST_BY_USERS};
    char path[512];
    snprintf(path, sizeof path, "%s/songs.txt", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int u = 1; u <= USERS; u++)
        for (int s = SONGS; s >= (u > 1) * u; s--)
            fprintf(file, "%d,%d,%d\n", u, s, 1 + (u + s) % 5);
    assert_int_equal(fclose(file), 0);
    for (int by = 0; by < 2; by++) {
        RealData data;
        OK(read_file(&data, "yahoo", "songs.txt", by ? &users : &rows, message));
        const Log *part[2] = {&data.log, &data.test};
        int seen[USERS + 1][SONGS + 2] = {{0}};
        bool tested[USERS + 1] = {false};
        assert_int_equal(data.log.x.rows + data.test.x.rows, USERS * (SONGS + 1));
        for (int p = 0; p < 2; p++) {
            for (size_t i = 0; i < part[p]->x.rows; i++) {
                const int u = (int)part[p]->x.id[2 * i], s = SONGS + 1 - (int)part[p]->x.id[2 * i + 1];
                assert_int_equal(seen[u][s]++, 0);
                assert_int_equal(part[p]->click[i], s >= (u > 1) * u);
                assert_int_equal(part[p]->conversion[i], part[p]->click[i] && 1 + (u + s) % 5 >= 3);
                if (by && p)
                    tested[u] = true;
                assert_true(!by || p || !tested[u]);
            }
        }
        if (by)
            for (size_t i = 0; i < data.log.x.rows; i++)
                assert_false(tested[data.log.x.id[2 * i]]);
        else /* four standard errors of a draw a pair */
            assert_in_range(data.test.x.rows, 510 - 79, 510 + 79);
        assert_in_range(log_clicks(&data.test), 1, log_clicks(&data.log));
        real_data_free(&data);
    }
}

static void what_cannot_be_held_out_is_told(void **state)
{
    (void)state;
    LoadOptions options = held(TEST_BY_TIME, 0.2);
    write_timed();
    options.reader.columns.time[0] = 0;
    refuses("csv", "timed.csv", &options, "data.test_by: found time without a column of times");
    write_random();
    options = (LoadOptions){.reader = {.columns = {.split = "split"}}, .test_share = 0.2};
    refuses("csv", "random.csv", &options, "found rows of a test and data.test_share: 0.2");
    write_yahoo();
    options = (LoadOptions){.test_share = 0.2};
    refuses("yahoo", "", &options, "found rows of a test and data.test_share: 0.2; expected one of the two");
    options.test_by = TEST_BY_TIME;
    refuses("yahoo", yahoo_train, &options,
            "data.test_by: found time; expected rows or users, as pairs that are not rated have no time");
    refuses("coat", "", &options, "data.test_share: found 0.2; expected 0");
    write_file("late.csv", "user,item,click,conversion,t\n1,2,1,0,yesterday\n");
    options = (LoadOptions){.reader = {.columns = {.time = "t"}}};
    refuses("csv", "late.csv", &options, "late.csv:2: found 'yesterday' in t; expected a number");
}

/* Users 1 and 2 watched all of videos 1 and 2 for the test; their log was published without these pairs. */
static void a_block_kept_out_of_the_log_is_not_trained_on(void **state)
{
    (void)state;
    static const char block[] = "user_id,video_id,watch_ratio\n1,1,3\n1,2,0\n2,1,3\n2,2,1\n";
    const LoadOptions options = {0};
    RealData data;
    write_file("small_matrix.csv", block);
    write_file("big_matrix.csv", "user_id,video_id,watch_ratio\n1,3,3\n2,3,1\n3,1,0.5\n");
    OK(read_file(&data, "kuairec", "", &options, message));
    assert_int_equal(data.log.x.rows, 5); /* of 9 */
    assert_memory_equal(data.log.click, ((uint8_t[]){1, 1, 0, 1, 0}), 5);
    assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 0, 0, 0}), 5);
    assert_int_equal(data.test.x.rows, 4);
    real_data_free(&data);
    /* One of the pairs is in the log, so that it was published with them. */
    write_file("big_matrix.csv", "user_id,video_id,watch_ratio\n1,3,3\n2,3,1\n3,1,0.5\n1,1,3\n");
    OK(read_file(&data, "kuairec", "", &options, message));
    assert_int_equal(data.log.x.rows, 9);
    assert_int_equal(log_clicks(&data.log), 4);
    real_data_free(&data);
}

/* What data.source can be is what there is to read: each by its own name, and nothing else but a world. */
static void every_layout_is_a_source_of_data(void **state)
{
    (void)state;
    const Field *field = field_find("data.source");
    Spec spec;
    char text[LIST_TEXT];
    Message why;
    spec_defaults(&spec);
    assert_null(spec.layout);
    int layouts = 0;
    for (; layout_table[layouts]; layouts++) {
        const char *name = layout_name(layout_table[layouts]);
        assert_ptr_equal(layout_find(name), layout_table[layouts]);
        OK(field_set(field, &spec, name, "here", message));
        assert_ptr_equal(spec.layout, layout_table[layouts]);
        field->type->print(field, &spec, text);
        assert_string_equal(text, name);
    }
    assert_int_equal(layouts, 13);
    assert_int_equal(field_set(field, &spec, "cvs", "here", &why), STATUS_USAGE);
    assert_string_equal(why.text,
                        "here: data.source: found 'cvs'; expected one of simulated, coat, ml-100k, ml-1m, "
                        "ml-latest, yahoo, kuairec, kuairand, aliccp, aliexpress, "
                        "fields, cascade, csv, criteo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_out_rows_are_the_test),
        cmocka_unit_test(a_log_in_a_file_has_the_same_rows),
        cmocka_unit_test(a_log_without_a_folder_is_refused),
        cmocka_unit_test(bags_are_loaded),
        cmocka_unit_test(random_rows_are_shared_out),
        cmocka_unit_test(kinds_of_test_rows_are_told),
        cmocka_unit_test(ratings_become_all_pairs),
        cmocka_unit_test(weights_have_the_mean_1_in_the_log),
        cmocka_unit_test(weights_of_held_out_rows_are_dropped),
        cmocka_unit_test(pairs_may_be_those_tested),
        cmocka_unit_test(pairs_have_columns_of_users_and_items),
        cmocka_unit_test(a_block_kept_out_has_columns_too),
        cmocka_unit_test(what_cannot_be_trained_on_is_told),
        cmocka_unit_test(the_latest_rows_may_be_the_test),
        cmocka_unit_test(rows_or_users_may_be_the_test),
        cmocka_unit_test(pairs_of_ratings_may_be_the_test),
        cmocka_unit_test(what_cannot_be_held_out_is_told),
        cmocka_unit_test(a_block_kept_out_of_the_log_is_not_trained_on),
        cmocka_unit_test(every_layout_is_a_source_of_data),
    };
    return cmocka_run_group_tests_name("reader_data", tests, create, destroy);
}
