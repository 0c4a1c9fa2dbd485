/* Logs in files whose clicks and conversions have times: how they are read, what is refused, and what was
 * known of them at an earlier time. */
#include "sim/data/load.h"
#include "tests/support/support.h"

#include <math.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

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

static LoadOptions timed(void)
{
    return (LoadOptions){
        .reader = {.columns = {.click_time = "shown", .conversion_time = "bought", .split = "split"}},
        .test_optional = true};
}

static Status read_text(RealData *data, const char *text, const LoadOptions *options, Message *message)
{
    char path[512];
    snprintf(path, sizeof path, "%s/log.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return load_real_data(data, layout_find("csv"), path, options, &key, message);
}

static void refuses(const char *text, const LoadOptions *options, const char *expected)
{
    RealData data;
    Message message = {""};
    assert_int_equal(read_text(&data, text, options, &message), STATUS_USAGE);
    if (!strstr(message.text, expected))
        fail_msg("found: %s\nexpected: %s", message.text, expected);
}

#define HEAD "user,item,click,conversion,shown,bought,split\n"

static void times_are_read_in_their_unit(void **state)
{
    static const struct {
        TimeUnit unit;
        double day;
    } unit[] = {{TIME_SECONDS, 86400},
                {TIME_MILLISECONDS, 86400000},
                {TIME_MINUTES, 1440},
                {TIME_HOURS, 24},
                {TIME_DAYS, 1}};
    (void)state;
    for (size_t k = 0; k < sizeof unit / sizeof *unit; k++) {
        LoadOptions options = timed();
        RealData data;
        options.reader.time_unit = unit[k].unit;
        /* off clicks a conversion and its time are no labels; a conversion may come at once */
        OK(read_text(&data,
                     HEAD "1,1,1,1,86400,129600,train\n2,1,0,,43200,,train\n3,2,1,0,0,NA,train\n"
                          "1,2,0,1,5,9,train\n2,2,1,1,-3,-3,test\n",
                     &options, message));
        const Delays *log = data.log.delays, *test = data.test.delays;
        assert_int_equal(data.log.x.rows, 4);
        assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 0, 0}), 4);
        assert_true(log->click_time[0] == 86400 / unit[k].day &&
                    log->conversion_time[0] == 129600 / unit[k].day);
        assert_true(log->click_time[1] == 43200 / unit[k].day && isinf(log->conversion_time[1]));
        assert_true(log->click_time[2] == 0 && isinf(log->conversion_time[2]));
        assert_true(isinf(log->conversion_time[3]));
        assert_int_equal(data.unclicked, 1);
        assert_true(test->click_time[0] == -3 / unit[k].day && test->conversion_time[0] == -3 / unit[k].day);
        real_data_free(&data);
    }
}

/* The layout of logs that have times alone. */
static void a_time_may_be_the_conversion(void **state)
{
    LoadOptions options = timed();
    RealData data;
    (void)state;
    strcpy(options.reader.columns.click, "none");
    strcpy(options.reader.columns.conversion, "none");
    strcpy(options.reader.columns.split, "none");
    OK(read_text(&data, "user,item,shown,bought\n1,1,5,\n1,2,5,7\n1,3,6,6\n", &options, message));
    assert_memory_equal(data.log.conversion, ((uint8_t[]){0, 1, 1}), 3);
    assert_memory_equal(data.log.click, ((uint8_t[]){1, 1, 1}), 3);
    real_data_free(&data);
}

static void what_times_cannot_be_is_told(void **state)
{
    LoadOptions options = timed(), blocks = timed(), untimed = timed(), half = timed();
    (void)state;
    refuses(HEAD "1,1,1,1,5,6,train\n1,1,1,1,5,4,train\n", &options,
            "log.csv:3: found a conversion before its click; expected columns.conversion_time at or after "
            "columns.click_time");
    refuses(HEAD "1,1,1,1,5,,train\n", &options,
            "log.csv:2: found a conversion without a time; expected a number in columns.conversion_time");
    refuses(HEAD "1,1,1,0,5,6,train\n", &options,
            "log.csv:2: found the time of a conversion that is none; expected nothing in "
            "columns.conversion_time");
    refuses(HEAD "1,1,1,0,,,train\n", &options, "log.csv:2: found '' in shown; expected a number");
    refuses(HEAD "1,1,1,1,5,soon,train\n", &options, "log.csv:2: found 'soon' in bought; expected a number");
    LoadOptions latest = timed();
    latest.test_share = 0.5;
    latest.test_by = TEST_BY_TIME;
    refuses(HEAD, &latest, "log.csv: found no click to train on");
    half.reader.columns.conversion_time[0] = 0;
    refuses(HEAD "1,1,1,0,5,,train\n", &half,
            "columns.conversion_time: not given; expected columns.click_time and");
    blocks.log_in_file = true;
    refuses(HEAD "1,1,1,0,5,,train\n", &blocks, "columns.click_time: found shown; expected none with");
    untimed.reader.columns.click_time[0] = untimed.reader.columns.conversion_time[0] = 0;
    untimed.cut = 7;
    refuses(HEAD "1,1,1,0,5,,train\n", &untimed, "data.cut: found 7 without the times of clicks");
    untimed.cut = 0;
    untimed.window = 3;
    refuses(HEAD "1,1,1,0,5,,train\n", &untimed, "data.window: found 3 without the times of clicks");
}

/* Rows as the file has them; times in hours. */
enum { ROWS = 9000, LOG_HOURS = 400 };
typedef struct FileRow {
    int click, conversion, shown, bought, test;
} FileRow;

/* Made up, in the published form: tabs, no header, empty cells. */
static void criteo_is_read(void **state)
{
    const LoadOptions options = {.test_optional = true};
    RealData data;
    (void)state;
    OK(load_real_data(&data, layout_find("criteo"), CVRLAB_ROOT "/tests/data/criteo", &options, &key,
                      message));
    const Schema *schema = &data.log.x.schema;
    assert_ptr_equal(layout_recognise(CVRLAB_ROOT "/tests/data/criteo", &options.reader),
                     layout_find("criteo"));
    assert_int_equal(data.log.x.rows, 3);
    assert_int_equal(schema->categorical, 2 + 9);
    assert_int_equal(schema->dense, 8);
    assert_string_equal(schema->name[2], "categorical_1");
    assert_string_equal(schema->group[7].name, "integer_8");
    assert_memory_equal(data.log.click, ((uint8_t[]){1, 1, 1}), 3);
    assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 1}), 3);
    assert_true(data.log.delays->click_time[1] == 12 / 86400.0 && data.log.delays->click_time[2] == 1);
    assert_true(data.log.delays->conversion_time[0] == 1 / 24.0 && data.log.delays->conversion_time[2] == 9);
    assert_memory_equal(data.log.x.id + 2, ((uint32_t[]){1, 1, 0, 1, 1, 1, 1, 1, 1}), 9 * sizeof(uint32_t));
    real_data_free(&data);
}

/* Its columns of times are the layout's own, and go with the keys that need times. */
static void criteo_has_windows_and_cuts(void **state)
{
    LoadOptions options = {.test_optional = true, .window = 5};
    RealData data;
    (void)state;
    OK(load_real_data(&data, layout_find("criteo"), CVRLAB_ROOT "/tests/data/criteo", &options, &key,
                      message));
    assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 0}), 3);
    real_data_free(&data);
    options.cut = 3000; /* seconds: before the first conversion, and the last click */
    OK(load_real_data(&data, layout_find("criteo"), CVRLAB_ROOT "/tests/data/criteo", &options, &key,
                      message));
    assert_int_equal(data.log.x.rows, 2);
    assert_memory_equal(data.log.conversion, ((uint8_t[]){0, 0}), 2);
    real_data_free(&data);
}

/* Made up, in the form that the data's own script writes: numbers between tabs, -1 for what did not come. */
static void cascade_is_read(void **state)
{
    static const char folder_of[] = CVRLAB_ROOT "/tests/data/cascade";
    static const char file[] = CVRLAB_ROOT "/tests/data/cascade/processed_data_expand.txt";
    LoadOptions options = {.test_optional = true};
    RealData data;
    (void)state;
    assert_ptr_equal(layout_recognise(folder_of, &options.reader), layout_find("cascade"));
    assert_ptr_equal(layout_recognise(file, &options.reader), layout_find("cascade"));
    OK(load_real_data(&data, layout_find("cascade"), folder_of, &options, &key, message));
    const Schema *schema = &data.log.x.schema;
    assert_int_equal(data.log.x.rows, 3);
    assert_int_equal(schema->categorical, 2 + 22);
    assert_int_equal(schema->dense, 0);
    assert_string_equal(schema->name[2], "feature_0");
    assert_string_equal(schema->name[23], "feature_21");
    assert_memory_equal(data.log.click, ((uint8_t[]){1, 1, 1}), 3);
    assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 1}), 3); /* one of them refunded */
    assert_true(data.log.delays->click_time[1] == 900 / 86400.0);
    assert_true(data.log.delays->conversion_time[0] == 360 / 86400.0);
    assert_true(isinf(data.log.delays->conversion_time[1]) && data.log.delays->conversion_time[2] == 4);
    /* 0 is a hash like any other */
    assert_true(data.log.x.id[2] == 1 && data.log.x.id[24 + 2] == 1 && data.log.x.id[48 + 2] == 2);
    real_data_free(&data);
    options.window = 2.9;
    OK(load_real_data(&data, layout_find("cascade"), file, &options, &key, message));
    assert_memory_equal(data.log.conversion, ((uint8_t[]){1, 0, 0}), 3);
    real_data_free(&data);
    strcpy(options.reader.columns.conversion_time, "refund_time");
    options.window = 0;
    OK(load_real_data(&data, layout_find("cascade"), file, &options, &key, message));
    assert_memory_equal(data.log.conversion, ((uint8_t[]){0, 0, 1}), 3);
    real_data_free(&data);
}

/* A test within the last hours, so that windows of it are open at the end; row i is item i. */
static void write_rows(FileRow row[ROWS], char *text)
{
    uint32_t random = 1;
    char *at = stpcpy(text, HEAD);
    for (int i = 0; i < ROWS; i++) {
        int draw[4];
        for (int k = 0; k < 4; k++) {
            random = random * 1664525 + 1013904223;
            draw[k] = (int)(random >> 8);
        }
        FileRow *r = &row[i];
        *r = (FileRow){
            .click = draw[0] % 3 > 0, .shown = draw[1] % LOG_HOURS, .test = draw[1] % LOG_HOURS >= 300};
        r->conversion = r->click && draw[2] % 4 == 0;
        r->bought = r->shown + draw[3] % 90;
        at += sprintf(at, "u,%d,%d,%d,%d,", i + 1, r->click, r->conversion, r->shown);
        at += r->conversion ? sprintf(at, "%d", r->bought) : 0;
        at += sprintf(at, ",%s\n", r->test ? "test" : "train");
    }
}

/* By loops over what was written. */
static void a_log_is_cut_and_its_test_is_not(void **state)
{
    static FileRow row[ROWS];
    static char text[64 * ROWS];
    enum { CUT = 250, WINDOW = 48 };
    (void)state;
    write_rows(row, text);
    for (int k = 0; k < 4; k++) {
        LoadOptions options = timed();
        RealData data;
        const double cut = k & 1 ? CUT : INFINITY;
        options.cut = k & 1 ? CUT : 0;
        options.reader.time_unit = TIME_HOURS;
        if (k & 2) { /* without rows of the last two days */
            char *at = stpcpy(text, HEAD);
            options.window = WINDOW / 24.0;
            for (int i = 0; i < ROWS; i++) {
                if (row[i].shown > LOG_HOURS - 1 - WINDOW)
                    row[i].test = -1;
                at += sprintf(at, "u,%d,%d,%d,%d,", i + 1, row[i].click, row[i].conversion, row[i].shown);
                at += row[i].conversion ? sprintf(at, "%d", row[i].bought) : 0;
                at += sprintf(at, ",%s\n", row[i].test < 0 ? "train" : row[i].test ? "test" : "train");
            }
        }
        OK(read_text(&data, text, &options, message));
        size_t at[2] = {0, 0};
        for (int i = 0; i < ROWS; i++) {
            const bool test = row[i].test > 0;
            const Log *log = test ? &data.test : &data.log;
            if (!test && row[i].shown > cut)
                continue;
            const size_t to = at[test]++;
            const bool in_window = options.window == 0 || row[i].bought - row[i].shown <= WINDOW;
            const bool converted = row[i].conversion && in_window && (test || row[i].bought <= cut);
            assert_int_equal(log->x.id[2 * to + FIELD_ITEM], i + 1);
            assert_int_equal(log->click[to], row[i].click);
            assert_int_equal(log->conversion[to], converted);
            assert_true(log->delays->click_time[to] == row[i].shown / 24.0);
            assert_true(log->delays->conversion_time[to] == (converted ? row[i].bought / 24.0 : INFINITY));
        }
        assert_int_equal(data.log.x.rows, at[0]);
        assert_int_equal(data.test.x.rows, at[1]);
        real_data_free(&data);
    }
}

/* The end of the data is the latest time, of a conversion here. */
static void a_test_that_is_not_over_is_refused(void **state)
{
    static FileRow row[ROWS];
    static char text[64 * ROWS];
    LoadOptions options = timed();
    int end = 0, open = 0;
    char expected[128];
    (void)state;
    write_rows(row, text);
    for (int i = 0; i < ROWS; i++)
        end = row[i].conversion && row[i].bought > end ? row[i].bought
              : row[i].shown > end                     ? row[i].shown
                                                       : end;
    for (int i = 0; i < ROWS; i++)
        open += row[i].test && row[i].click && row[i].shown + 120 > end;
    options.reader.time_unit = TIME_HOURS;
    options.window = 5;
    assert_true(open > 100);
    snprintf(expected, sizeof expected,
             "log.csv: found %d clicks of the test less than data.window (5 days) before the end of the data",
             open);
    refuses(text, &options, expected);
}

static void the_latest_clicks_may_be_the_test(void **state)
{
    static FileRow row[ROWS];
    static char text[64 * ROWS];
    LoadOptions options = timed();
    RealData data;
    (void)state;
    write_rows(row, text);
    options.reader.columns.split[0] = 0;
    options.reader.time_unit = TIME_HOURS;
    options.test_share = 0.25;
    options.test_by = TEST_BY_TIME;
    OK(read_text(&data, text, &options, message));
    assert_int_equal(data.log.x.rows + data.test.x.rows, ROWS);
    for (size_t i = 0; i < data.log.x.rows; i++)
        assert_true(data.log.delays->click_time[i] < data.test.delays->click_time[0]);
    for (int part = 0; part < 2; part++) {
        const Log *log = part ? &data.test : &data.log;
        for (size_t i = 0; i < log->x.rows; i++) {
            const FileRow *of = &row[log->x.id[2 * i + FIELD_ITEM] - 1];
            assert_true(log->delays->click_time[i] == of->shown / 24.0);
            assert_true(log->delays->conversion_time[i] == (of->conversion ? of->bought / 24.0 : INFINITY));
            assert_true(!part || log->delays->click_time[i] >= 290 / 24.0);
        }
    }
    real_data_free(&data);
}

/* Rows shown at random, in the unbiased sample and in the test. */
static void random_rows_keep_their_times(void **state)
{
    enum { RANDOM = 400 };
    static char text[64 * RANDOM];
    LoadOptions options = timed();
    RealData data;
    (void)state;
    char *at = stpcpy(text, "user,item,click,conversion,shown,bought,split,random\nu,1,1,0,1,,train,0\n");
    for (int i = 2; i <= RANDOM; i++)
        at += sprintf(at, i % 2 ? "u,%d,1,1,%d,%d,train,1\n" : "u,%d,1,0,%d,,train,1\n", i, i, 3 * i);
    strcpy(options.reader.columns.unbiased, "random");
    options.reader.time_unit = TIME_DAYS;
    options.unbiased_share = 0.4;
    OK(read_text(&data, text, &options, message));
    assert_true(data.unbiased.x.rows > 0 && data.unbiased.x.rows + data.test.x.rows == RANDOM - 1);
    for (int part = 0; part < 2; part++) {
        const Log *log = part ? &data.test : &data.unbiased;
        for (size_t i = 0; i < log->x.rows; i++) {
            const uint32_t item = log->x.id[2 * i + FIELD_ITEM];
            assert_true(log->delays->click_time[i] == item);
            assert_true(log->delays->conversion_time[i] == (item % 2 ? 3.0 * item : INFINITY));
        }
    }
    real_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_in_their_unit),
        cmocka_unit_test(a_time_may_be_the_conversion),
        cmocka_unit_test(what_times_cannot_be_is_told),
        cmocka_unit_test(a_log_is_cut_and_its_test_is_not),
        cmocka_unit_test(a_test_that_is_not_over_is_refused),
        cmocka_unit_test(the_latest_clicks_may_be_the_test),
        cmocka_unit_test(random_rows_keep_their_times),
        cmocka_unit_test(criteo_is_read),
        cmocka_unit_test(criteo_has_windows_and_cuts),
        cmocka_unit_test(cascade_is_read),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
