/* The folder of a unit: all of the log, and nothing of what a model must not know. */
#include "experiments/outside/export.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "sim/data/reader.h"
#include "tests/support/support.h"

#include <math.h>
#include <sys/stat.h>

/* Its rare numbers would be found again in any file that had them. */
static const char text[] = "name: leak\n"
                           "seed: 8182736455463728\n"
                           "replicates: 2\n"
                           "log.size: 500\n"
                           "test.size: 200\n"
                           "unbiased.size: 50\n"
                           "world: {users: 20, items: 10, ctr: 0.28171, cvr: 0.21987}\n"
                           "behaviour.rate: 0.4\n"
                           "stream.events: 3\n"
                           "estimators: [naive]\n"
                           "methods: {mine: {command: [sh], lr: 0.5, layers: \"[8, 4]\", kind: a \"b\"}}\n"
                           "sweep.world.gamma_r: [0.73219, 0.91287]\n";

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

static int export(const char *spec_text, const char *name, UnitFormat format, const char *method)
{
    Spec spec;
    char path[4096];
    int units;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    OK(spec_read_text(&spec, spec_text, "here", message));
    OK(spec_check(&spec, message));
    OK(export_units(&spec, &(ExportOptions){.folder = path, .format = format, .method = method, .jobs = 2},
                    &units, message));
    return units;
}

static void command(const char *format)
{
    char line[8192];
    snprintf(line, sizeof line, "cd %s && %s", folder, format);
    if (system(line))
        fail_msg("%s", line);
}

typedef struct Bytes {
    char *at;
    size_t size;
} Bytes;

/* All files of a folder's units, one after the other. */
static Bytes read_units(const char *name)
{
    char line[4096];
    snprintf(line, sizeof line, "cat %s/s*/* >all", name);
    command(line);
    snprintf(line, sizeof line, "%s/all", folder);
    FILE *file = fopen(line, "rb");
    Bytes bytes = {.at = malloc(1 << 24)};
    assert_true(file && bytes.at);
    bytes.size = fread(bytes.at, 1, 1 << 24, file);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static bool has(const Bytes *bytes, const void *what, size_t size)
{
    return memmem(bytes->at, bytes->size, what, size) != NULL;
}

/* Two neighbours of a column, as doubles and as floats. */
static bool has_column(const Bytes *bytes, const double *column)
{
    const float narrow[] = {(float)column[0], (float)column[1]};
    return has(bytes, column, 2 * sizeof *column) || has(bytes, narrow, sizeof narrow);
}

static void nothing_secret_is_in_it(void **state)
{
    static const char *const word[] = {"gamma",    "0.73219", "0.91287",
                                       "0.28171",  "world.",  "8182736455463728",
                                       "question", "0.21987", "leak"};
    const int64_t seed = 8182736455463728;
    (void)state;
    assert_int_equal(export(text, "units", UNIT_NPY, "mine"), 4);
    export(text, "tables", UNIT_CSV, NULL);
    for (int form = 0; form < 2; form++) {
        Bytes bytes = read_units(form ? "tables" : "units");
        assert_true(has(&bytes, "cvrlab-unit", 11)); /* what is there is found */
        for (size_t i = 0; i < sizeof word / sizeof *word; i++)
            if (has(&bytes, word[i], strlen(word[i])))
                fail_msg("'%s' is in a folder", word[i]);
        assert_false(has(&bytes, &seed, sizeof seed));
        for (int s = 0; s < 2; s++) {
            Spec spec;
            Settings settings;
            Setting setting;
            Source *source;
            Sample sample;
            OK(spec_read_text(&spec, text, "here", message));
            OK(settings_create(&settings, &spec, message));
            OK(settings_make(&settings, s, &setting, message));
            setting.spec.propensity = PROPENSITY_ORACLE; /* so that the log's truth is drawn too */
            OK(source_open(&source, &setting.spec, setting.log, 0, NULL, message));
            OK(source_draw(source, 1, &sample, message));
            const TestExposures *test = source_test(source);
            assert_false(has_column(&bytes, test->cvr) || has_column(&bytes, test->ctr) ||
                         has_column(&bytes, test->q));
            assert_false(has(&bytes, test->click, 64) || has(&bytes, test->potential, 64));
            assert_false(has_column(&bytes, sample.truth.p_r) || has_column(&bytes, sample.truth.p_o));
            if (form == 0) /* the log's own labels are */
                assert_true(has(&bytes, sample.log->click, 64) && has(&bytes, sample.log->x.id, 64));
            sample_free(&sample);
            source_close(source);
        }
        free(bytes.at);
    }
}

/* What an estimator does not see changes no byte: names, questions, other methods, claims. */
static void equal_logs_are_equal_folders(void **state)
{
    char other[2048];
    (void)state;
    snprintf(other, sizeof other, "question: another\nbaseline: ips\n%s", text);
    char *name = strstr(other, "name: leak"), *list = strstr(other, "[naive]");
    memcpy(name, "name: else", 10);
    memcpy(list, "[ips]  ", 7);
    export(other, "other", UNIT_NPY, "mine");
    command("diff -r units other");
}

static void the_manifest_says_what_there_is(void **state)
{
    (void)state;
    command("grep -q '\"seed\": [0-9]*,' units/s0-w0-r0/manifest.json");
    command(
        "grep -q '\"rows\": {\"log\": 500, \"unbiased\": 50, \"test\": 200}' units/s0-w0-r0/manifest.json");
    command("grep -qF '\"options\": {\"lr\": 0.5, \"layers\": [8, 4], \"kind\": \"a \\\"b\\\"\"}' "
            "units/s0-w0-r0/manifest.json || (cat units/s0-w0-r0/manifest.json; false)");
    command("grep -q '\"train\": {\"epochs\": 5, \"batch\": 1024, .*\"clip\": \"auto\"' "
            "units/s0-w0-r0/manifest.json");
    command("for f in $(sed -n 's/.*\"file\": \"\\([a-z_]*.npy\\)\", \"dtype.*/\\1/p' "
            "units/s0-w0-r0/manifest.json); do test -f units/s0-w0-r0/$f || exit 1; done");
    command("for f in stream_gap unbiased_conversion log_action test_dense; do "
            "test -f units/s1-w0-r1/$f.npy || exit 1; done");
    command("test $(wc -l <tables/s1-w0-r1/log.csv) = 501");
    command("test \"$(head -c 31 tables/s1-w0-r1/test.csv)\" = user,item,segment,category,user");
    command("test $(wc -l <tables/s1-w0-r1/stream.csv) = 61");
    command("test $(wc -l <units/index.csv) = 5");
    command("grep -q '^s1-w0-r0,\"world.gamma_r=0.91287\",0,0,................$' units/index.csv");
    command("test $(stat -c %h units/s0-w0-r0/test_id.npy) = 2"); /* the test exposures are there once */
}

/* The digest by sha256sum, from the files as they lie there. */
static void digests_are_of_the_files(void **state)
{
    (void)state;
    command("cd units/s1-w0-r1; for a in log_id log_dense log_click log_conversion log_action unbiased_id "
            "unbiased_dense unbiased_conversion stream_item stream_action stream_gap test_id test_dense; do "
            "echo $a; cat $a.npy; done | sha256sum | cut -c1-16 >../../digest");
    command("grep -q \"\\\"digest\\\": \\\"$(cat digest)\\\"\" units/s1-w0-r1/manifest.json");
    command("grep -q \"\\\"digest\\\": \\\"$(cat digest)\\\"\" tables/s1-w0-r1/manifest.json");
    command(
        "cd units/s1-w0-r1; for a in log_id log_click log_conversion log_action unbiased_id "
        "unbiased_conversion stream_item stream_action test_id; do echo $a; cat $a.npy; done | sha256sum | "
        "cut -c1-16 >../../digest");
    command("grep -q \"\\\"digest_labels\\\": \\\"$(cat digest)\\\"\" units/s1-w0-r1/manifest.json");
}

/* A log whose conversions come late, as the csv layout reads it: the same labels and features, and times in
 * every bit. */
static void a_log_with_delays_is_read_back(void **state)
{
    static const char delayed[] = "name: delayed\nlog.size: 3000\ntest.size: 50\nestimators: [naive]\n"
                                  "world: {users: 40, items: 30, ctr: 0.4, cvr: 0.4}\n"
                                  "delay: {days: 20, window: 10, drift: 0.1, new_items: 0.3, cycle: 1}\n";
    const ReaderOptions options = {.columns = {.categorical = "segment,category",
                                               .dense = "user_latent*,item_latent*,context*",
                                               .click_time = "click_time",
                                               .conversion_time = "conversion_time"},
                                   .time_unit = TIME_DAYS};
    Spec spec;
    Source *source;
    Sample sample;
    Reader *reader;
    RowBlock *block;
    char path[4096];
    size_t converted = 0;
    uint32_t as_read[40] = {0};
    (void)state;
    assert_int_equal(export(delayed, "delayed", UNIT_CSV, NULL), 10);
    snprintf(path, sizeof path, "%s/delayed/s0-w0-r1/log.csv", folder);
    OK(spec_read_text(&spec, delayed, "here", message));
    OK(source_open(&source, &spec, "", 0, NULL, message));
    OK(source_draw(source, 1, &sample, message));
    OK(reader_open(&reader, layout_find("csv"), path, &options, message));
    OK(row_block_create(&block, reader, message));
    OK(reader_next(reader, block, message));
    const Log *want = sample.log, *got = &block->log;
    assert_int_equal(got->x.rows, 3000);
    assert_int_equal(got->x.schema.dense, want->x.schema.dense);
    assert_memory_equal(got->click, want->click, 3000);
    assert_memory_equal(got->conversion, want->conversion, 3000);
    assert_memory_equal(got->x.dense, want->x.dense, 3000 * (size_t)want->x.schema.dense * sizeof(float));
    for (size_t i = 0; i < 3000; i++) {
        uint32_t *user = &as_read[want->x.id[4 * i + FIELD_USER]];
        *user = *user ? *user : got->x.id[4 * i + FIELD_USER];
        assert_int_equal(got->x.id[4 * i + FIELD_USER], *user);
        assert_true(got->delays->click_time[i] == want->delays->click_time[i]);
        assert_true(got->delays->conversion_time[i] == want->delays->conversion_time[i]);
        converted += want->conversion[i];
    }
    assert_true(converted > 100);
    row_block_free(block);
    reader_close(reader);
    sample_free(&sample);
    source_close(source);
}

/* Exported again: predictions stay, and another experiment is refused. */
static void a_folder_is_not_written_over(void **state)
{
    char other[2048], *size, path[4096];
    Spec spec;
    Message why;
    int units;
    (void)state;
    command("echo 1 >units/s0-w0-r0/cvr.txt");
    assert_int_equal(export(text, "units", UNIT_NPY, "mine"), 4);
    command("test -f units/s0-w0-r0/cvr.txt");
    snprintf(other, sizeof other, "%s", text);
    size = strstr(other, "log.size: 500");
    memcpy(size, "log.size: 400", 13);
    OK(spec_read_text(&spec, other, "here", message));
    snprintf(path, sizeof path, "%s/units", folder);
    assert_int_equal(
        export_units(&spec, &(ExportOptions){.folder = path, .format = UNIT_NPY, .jobs = 1}, &units, &why),
        STATUS_USAGE);
    assert_non_null(strstr(why.text, "holds a unit of another experiment or version"));
}

/* Every unit is in one shard of each division, and selections leave the others out. */
static void units_are_selected(void **state)
{
    Spec spec;
    Settings settings;
    (void)state;
    OK(spec_read_text(&spec, text, "here", message));
    OK(settings_create(&settings, &spec, message));
    int of_shard[4] = {0};
    for (int r = 0; r < 400; r++) {
        int in = 0;
        for (int shard = 1; shard <= 4; shard++) {
            const UnitSelection part = {.shard = {shard, 4}};
            const bool selected = unit_selected(&part, &settings, &(UnitPlace){r % 2, 3, r / 2});
            in += selected;
            of_shard[shard - 1] += selected;
        }
        assert_int_equal(in, 1);
    }
    for (int i = 0; i < 4; i++) /* binomial, 400 of 1/4 */
        assert_true(fabs(of_shard[i] - 100.0) <= 4.5 * sqrt(75));
    UnitSelection some = {.pairs = 1, .pair = {"world.gamma_r=0.91287"}, .replicates = 1};
    OK(number_range_read("2..4", &some.replicate[0], "--replicate", message));
    OK(unit_selection_check(&some, &settings, message));
    assert_true(unit_selected(&some, &settings, &(UnitPlace){1, 0, 4}));
    assert_false(unit_selected(&some, &settings, &(UnitPlace){0, 0, 4}));
    assert_false(unit_selected(&some, &settings, &(UnitPlace){1, 0, 5}));
    some.pair[0] = "world.gamma_r=1";
    Message why;
    assert_int_equal(unit_selection_check(&some, &settings, &why), STATUS_USAGE);
    assert_int_equal(number_range_read("4..2", &some.replicate[0], "--replicate", &why), STATUS_USAGE);
    assert_int_equal(number_range_read("-1", &some.replicate[0], "--replicate", &why), STATUS_USAGE);
    assert_int_equal(shard_read(&some.shard, "3/2", &why), STATUS_USAGE);
    assert_int_equal(shard_read(&some.shard, "0/2", &why), STATUS_USAGE);
}

static void labels_are_read_back(void **state)
{
    static const char *const wrong[] = {"", "s0", "s0-w0-r01", "s0-w0-r0x", "s-1-w0-r0", "x0-w0-r0"};
    char label[UNIT_LABEL];
    UnitPlace place;
    (void)state;
    unit_label(&(UnitPlace){12, 3, 456}, label);
    assert_string_equal(label, "s12-w3-r456");
    assert_true(unit_label_read(label, &place));
    assert_true(place.setting == 12 && place.world == 3 && place.replicate == 456);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(unit_label_read(wrong[i], &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_secret_is_in_it),
        cmocka_unit_test(equal_logs_are_equal_folders),
        cmocka_unit_test(the_manifest_says_what_there_is),
        cmocka_unit_test(digests_are_of_the_files),
        cmocka_unit_test(a_log_with_delays_is_read_back),
        cmocka_unit_test(a_folder_is_not_written_over),
        cmocka_unit_test(units_are_selected),
        cmocka_unit_test(labels_are_read_back),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
