/* Damaged files: whatever is done to the samples of the layouts, a reader reads them or says at which line it
 * cannot. A sanitizer or valgrind finds what goes wrong without a word. */
#include "sim/data/reader.h"
#include "tests/support/support.h"

#include <gsl/gsl_rng.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

enum { ROUNDS = 500, MOST_BYTES = 1 << 16 };

static char *folder;

/* A layout, its files, and how its columns are named. */
typedef struct Sample {
    const char *layout;
    const char *file[4]; /* below tests/data */
    ReaderOptions options;
} Sample;

static const Sample samples[] = {
    {"csv",
     {"csv/log.csv"},
     {.columns = {.categorical = "device,note", .dense = "price", .split = "split", .unbiased = "random"}}},
    {"csv", {"csv/log.csv"}, {.buckets = 7}},
    {"yahoo",
     {"yahoo/ydata-ymusic-rating-study-v1_0-train.txt", "yahoo/ydata-ymusic-rating-study-v1_0-test.txt"},
     {.threshold = 0}},
    {"kuairec", {"kuairec/big_matrix.csv", "kuairec/small_matrix.csv"}, {.threshold = 0}},
    {"kuairand",
     {"kuairand/log_standard_4_08_to_4_21_pure.csv", "kuairand/log_random_4_22_to_5_08_pure.csv"},
     {.threshold = 0}},
    {"kuairand",
     {"kuairand/log_standard_4_08_to_4_21_pure.csv", "kuairand/user_features_pure.csv",
      "kuairand/video_features_basic_pure.csv"},
     {.columns = {.categorical = "tab,user_active_degree,author_id", .dense = "video_duration"},
      .users = "user_features_pure.csv",
      .items = "video_features_basic_pure.csv"}},
    {"ml-1m", {"ml-1m/ratings.dat"}, {.threshold = 0}},
    {"aliexpress", {"aliexpress/train.csv", "aliexpress/test.csv"}, {.threshold = 0}},
    {"fields",
     {"fields/train.txt", "fields/test.txt"},
     {.columns = {.user = "101", .item = "205", .categorical = "301", .bags = "210", .dense = "508"}}},
    {"aliccp", {"aliccp/sample_skeleton_train.csv", "aliccp/common_features_train.csv"}, {.threshold = 0}},
};

typedef struct Bytes {
    size_t length;
    char byte[MOST_BYTES];
} Bytes;

static void read_sample(Bytes *bytes, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/data/%s", CVRLAB_ROOT, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    bytes->length = fread(bytes->byte, 1, sizeof bytes->byte / 4, file);
    assert_int_equal(fclose(file), 0);
}

static void write_sample(const Bytes *bytes, const char *name)
{
    char path[512];
    name = strrchr(name, '/') + 1;
    snprintf(path, sizeof path, "%s/%s", folder, strcmp(name, "log.csv") != 0 ? name : "train.csv");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->byte, 1, bytes->length, file), bytes->length);
    assert_int_equal(fclose(file), 0);
}

/* Puts text in place of `removed` bytes at `at`. */
static void splice(Bytes *b, size_t at, size_t removed, const char *text, size_t length)
{
    if (b->length - removed + length > sizeof b->byte)
        return;
    memmove(b->byte + at + length, b->byte + at + removed, b->length - at - removed);
    memcpy(b->byte + at, text, length);
    b->length += length - removed;
}

static void damage(Bytes *b, gsl_rng *rng)
{
    static const char *const nasty[] = {"\"",
                                        "\"\"",
                                        ",",
                                        "\n",
                                        "\r\n",
                                        "\r",
                                        "\t",
                                        "\x01",
                                        "\x02",
                                        "\x03",
                                        "\xff",
                                        "1e999",
                                        "-0",
                                        "0x1p3",
                                        "nan",
                                        "\xef\xbb\xbf",
                                        ",,,,,,,,",
                                        "\n\n\n",
                                        "1e39",
                                        "123456789012345678901234567890123456789012345678901234567890.5",
                                        "a text of more than sixteen bytes"};
    size_t at = gsl_rng_uniform_int(rng, b->length + 1), left = b->length - at;
    size_t some = left ? gsl_rng_uniform_int(rng, left < 20 ? left : 20) : 0;
    char copy[32], one;
    const char *word;
    switch (gsl_rng_uniform_int(rng, 7)) {
    case 0: /* cut off */
        b->length = at;
        break;
    case 1: /* a part lost */
        splice(b, at, some, "", 0);
        break;
    case 2: /* a part twice */
        memcpy(copy, b->byte + at, some);
        splice(b, at, 0, copy, some);
        break;
    case 3: /* any byte, 0 among them */
        one = (char)gsl_rng_uniform_int(rng, 256);
        splice(b, at, left > 0, &one, 1);
        break;
    case 4:
        splice(b, at, 0, "\0", 1);
        break;
    default:
        word = nasty[gsl_rng_uniform_int(rng, sizeof nasty / sizeof *nasty)];
        splice(b, at, some, word, strlen(word));
    }
}

static Status read_rows(const Sample *s, Message *why)
{
    Reader *reader;
    RowBlock *block = NULL;
    Status status = reader_open(&reader, layout_find(s->layout), folder, &s->options, why);
    if (status)
        return status;
    status = row_block_create(&block, reader, why);
    do {
        status = status ? status : reader_next(reader, block, why);
        Schema schema;
        reader_schema(reader, &schema);
        size_t ids = status ? 0 : block->log.x.rows * (size_t)schema.categorical;
        for (size_t i = 0; i < ids; i++)
            assert_true(block->log.x.id[i] < schema.cardinality[i % (size_t)schema.categorical]);
    } while (!status && block->log.x.rows);
    row_block_free(block);
    reader_close(reader);
    return status;
}

static int damage_sample(const Sample *s, gsl_rng *rng)
{
    static Bytes bytes;
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
        Message why = {""};
        size_t files = 0;
        while (files < 4 && s->file[files])
            files++;
        size_t damaged = gsl_rng_uniform_int(rng, files);
        for (size_t f = 0; f < files; f++) {
            read_sample(&bytes, s->file[f]);
            for (size_t n = f == damaged ? 1 + gsl_rng_uniform_int(rng, 4) : 0; n > 0; n--)
                damage(&bytes, rng);
            write_sample(&bytes, s->file[f]);
        }
        Status status = read_rows(s, &why);
        if (status && (status != STATUS_USAGE || strncmp(why.text, folder, strlen(folder)) != 0 ||
                       !strstr(why.text, ": found ") || strchr(why.text, '\n')))
            fail_msg("%s, round %d: status %d: %s", s->layout, round, status, why.text);
        refused += status != STATUS_OK;
    }
    return refused;
}

static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(rng);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        folder = temporary_folder();
        int refused = damage_sample(&samples[i], rng);
        assert_in_range(refused, ROUNDS / 10, ROUNDS - 1);
        remove_folder(folder);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_files_are_read_or_refused)};
    return cmocka_run_group_tests_name("reader_fuzz", tests, NULL, NULL);
}
