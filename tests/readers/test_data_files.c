/* The files of data, as what they are known by. */
#include "sim/data/data_files.h"
#include "tests/support/refusal.h"

#include <limits.h>

static Program program;

static int setup(void **state)
{
    (void)state;
    program_create(&program);
    shell("mkdir $F/coat $F/ali \"$F/odd [1]\"; for name in train test user_features"
          " item_features; do echo $name >$F/coat/$name.ascii; cp $F/coat/$name.ascii \"$F/odd [1]\"; done;"
          " echo other >$F/coat/notes.txt; for split in train test; do echo skeleton"
          " >$F/ali/sample_skeleton_$split.csv; echo common >$F/ali/common_features_$split.csv; done;"
          " echo abc >$F/log.csv");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shell("rm -rf $F/coat $F/ali \"$F/odd [1]\"");
    program_free(&program);
    return 0;
}

/* The names, with blanks between them, in the order in which they come. */
static void has_files(const char *layout, const char *path, const char *expected)
{
    char full[PATH_MAX], names[512] = "";
    DataFiles files = {0};
    Message message = {""};
    snprintf(full, sizeof full, "%s/%s", program.folder, path);
    if (data_files_add(&files, layout_find(layout), full, &(ReaderOptions){0}, &message))
        fail_msg("%s", message.text);
    for (int i = 0; i < files.files; i++) {
        char command[2 * PATH_MAX];
        snprintf(command, sizeof command,
                 "[ $(sha256sum <'%s' | cut -c1-64) = %s ] && [ $(wc -c <'%s') = %lld ]", files.file[i].path,
                 files.file[i].hash, files.file[i].path, (long long)files.file[i].bytes);
        shell(command);
        strcat(names, strrchr(files.file[i].path, '/') + 1);
        strcat(names, " ");
    }
    assert_string_equal(names, expected);
    data_files_clear(&files);
}

static void every_file_that_is_read_counts(void **state)
{
    (void)state;
    has_files("csv", "log.csv", "log.csv ");
    has_files("coat", "coat", "user_features.ascii train.ascii test.ascii item_features.ascii ");
    has_files("coat", "odd [1]", "user_features.ascii train.ascii test.ascii item_features.ascii ");
    has_files("aliccp", "ali",
              "sample_skeleton_train.csv sample_skeleton_test.csv common_features_test.csv"
              " common_features_train.csv ");
    has_files("aliccp", "ali/sample_skeleton_train.csv",
              "sample_skeleton_train.csv common_features_test.csv common_features_train.csv ");
}

static void a_file_is_added_once(void **state)
{
    (void)state;
    char path[PATH_MAX];
    DataFiles files = {0};
    Message message;
    snprintf(path, sizeof path, "%s/log.csv", program.folder);
    for (int i = 0; i < 2; i++)
        assert_int_equal(data_files_add(&files, layout_find("csv"), path, &(ReaderOptions){0}, &message),
                         STATUS_OK);
    assert_int_equal(files.files, 1);
    data_files_clear(&files);
    assert_int_equal(
        data_files_add(&files, layout_find("csv"), "/nowhere/log.csv", &(ReaderOptions){0}, &message),
        STATUS_FAILED);
    data_files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_that_is_read_counts),
        cmocka_unit_test(a_file_is_added_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
