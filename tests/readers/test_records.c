/* Delimited text: cells, quotes, line ends, numbers, and what is no text of records. */
#include "sim/data/records.h"
#include "sim/data/records_kernel.h"
#include "tests/support/support.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>
#include <zstd.h>

static char *folder, path[256];

static int create(void **state)
{
    (void)state;
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static void write_bytes(const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static char delimiter = ',';

/* All cells as "[a][b]/..." with the line of each record before it. */
static Status all_cells(const char *bytes, size_t length, char *text, size_t size, Message *message)
{
    static Records r;
    size_t used = 0;
    write_bytes(bytes, length);
    text[0] = 0;
    Status status = records_open(&r, path, delimiter, message);
    if (status)
        return status;
    while (!(status = records_next(&r, message)) && r.cells) {
        used += (size_t)snprintf(text + used, size - used, "%zu", r.line);
        for (int i = 0; i < r.cells; i++)
            used +=
                (size_t)snprintf(text + used, size - used, "[%.*s]", (int)r.cell[i].length, r.cell[i].text);
    }
    records_close(&r);
    return status;
}

static void reads(const char *bytes, const char *expected)
{
    char text[256];
    OK(all_cells(bytes, strlen(bytes), text, sizeof text, message));
    assert_string_equal(text, expected);
}

static void cells_are_told_apart(void **state)
{
    (void)state;
    reads("", "");
    reads("a", "1[a]");
    reads("a,b\nc\n", "1[a][b]2[c]");
    reads("a,b\r\n,\r\nc", "1[a][b]2[][]3[c]");
    reads("\n\n a ,\n\r\n", "3[ a ][]");
    reads("\xef\xbb\xbf"
          "a,b\n",
          "1[a][b]");
    reads("\"a,b\",\"\"\n", "1[a,b][]");
    reads("\"a\"\"b\",\"\"\"\"\r\nc\n", "1[a\"b][\"]2[c]");
    reads("\"a\nb\"\nc\n", "1[a\nb]3[c]");
    reads("\"a\r\nb\",x\r\nc\"d\r\n", "1[a\r\nb][x]3[c\"d]");
    reads("\"a\"", "1[a]");
}

/* "::" separates, one colon and quotes are text; and it is guessed as the others are. */
static void colons_come_in_pairs(void **state)
{
    (void)state;
    for (delimiter = ':';; delimiter = 0) {
        reads("1::b: c::\"d\" e\n::\r\n", "1[1][b: c][\"d\" e]2[][]");
        reads("a:::b::\n\"::\"", "1[a][:b][]2[\"][\"]");
        reads("a::b:", "1[a][b:]");
        if (!delimiter)
            break;
    }
    reads("a:b,c:d\n", "1[a:b][c:d]");
    reads("a::b,c,d\n", "1[a::b][c][d]");
    delimiter = ',';
}

static void refuses(const char *bytes, size_t length, const char *expected)
{
    char text[256], whole[512];
    Message message;
    assert_int_equal(all_cells(bytes, length, text, sizeof text, &message), STATUS_USAGE);
    snprintf(whole, sizeof whole, "%s:%s", path, expected);
    assert_string_equal(message.text, whole);
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    refuses("a,b\nc\0d,e\n", 10, "2: found a byte 0; expected text");
    refuses("a\n\"b\0\"\n", 7, "2: found a byte 0; expected text");
    refuses("a\n\"b\"c,d\n", 9, "2: found text after a closing quote; expected the next cell");
    refuses("a\nb,\"c\nd\n", 9,
            "2: found the end of the file inside of a quoted cell; expected a closing quote");
    char many[1200];
    memset(many, ',', sizeof many);
    refuses(many, sizeof many, "1: found more than 512 cells in a line; expected fewer");
    Message message;
    static Records r;
    assert_int_equal(records_open(&r, "/nowhere/at/all", ',', &message), STATUS_FAILED);
    assert_int_equal(records_open(&r, folder, ',', &message), STATUS_FAILED);
}

/* In every instruction set, for each byte that there is at each place of a word. */
static void stops_are_the_bytes_that_are(void **state)
{
    (void)state;
    enum { WORDS = 256, WORD = 64 };
    static char text[WORDS * WORD];
    static uint64_t stop[WORDS];
    for (int i = 0; i < WORDS * WORD; i++)
        text[i] = (char)(i / WORD + i % WORD);
    for (int set = 0; set < INSTRUCTION_SETS; set++) {
        if (!instruction_set_choose((InstructionSet)set))
            continue;
        record_kernels()->find_stops(WORDS, text, (char)0xe9, stop);
        for (int i = 0; i < WORDS * WORD; i++)
            if ((stop[i / WORD] >> i % WORD & 1) != (text[i] == (char)0xe9 || text[i] == '\n' || !text[i]))
                fail_msg("set %d: byte %d at %d", set, text[i], i);
    }
}

/* 8 MB of text, by which frames and their blocks end where they will, and a frame cut off at any block. */
static void what_zstd_packed_is_read(void **state)
{
    (void)state;
    enum { RECORDS = 400000, WIDTH = 20 };
    const size_t size = (size_t)RECORDS * WIDTH, room = ZSTD_compressBound(size);
    char *text = malloc(size + 1), *packed = malloc(room);
    assert_true(text && packed);
    for (size_t i = 0; i < RECORDS; i++)
        snprintf(text + i * WIDTH, WIDTH + 1, "%09zu,%09zu\n", i, i * i % 1000000007 % 1000000000);
    const size_t bytes = ZSTD_compress(packed, room, text, size, 1);
    assert_false(ZSTD_isError(bytes));
    static Records r;
    for (int cut = 0; cut < 4; cut++) {
        Message why;
        Status status = STATUS_OK;
        size_t i = 0;
        write_bytes(packed, bytes - (size_t)cut * bytes / 5 - (cut == 1));
        OK(records_open(&r, path, ',', message));
        for (; !(status = records_next(&r, &why)) && r.cells; i++) {
            assert_int_equal(r.cells, 2);
            assert_memory_equal(r.cell[0].text, text + i * WIDTH, WIDTH - 1);
        }
        records_close(&r);
        assert_int_equal(status, cut ? STATUS_FAILED : STATUS_OK);
        assert_true(cut ? i < RECORDS : i == RECORDS);
        assert_true(!cut || strstr(why.text, "the compressed file is damaged or cut off"));
    }
    free(text);
    free(packed);
}

/* Records of all lengths, quoted and not, across the ends of blocks. */
static void blocks_end_anywhere(void **state)
{
    (void)state;
    enum { RECORDS = 40000 };
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < RECORDS; i++)
        fprintf(file, i % 3 ? "%d,\"%*s\"\"\n%d\"\r\n" : "%d,%*s|%d\r\n", i, i % 97, "", i);
    assert_int_equal(fclose(file), 0);
    static Records r;
    OK(records_open(&r, path, ',', message));
    for (int i = 0; i < RECORDS; i++) {
        char expected[160];
        OK(records_next(&r, message));
        assert_int_equal(r.cells, 2);
        snprintf(expected, sizeof expected, "%d", i);
        assert_true(cell_is(r.cell[0], expected));
        snprintf(expected, sizeof expected, i % 3 ? "%*s\"\n%d" : "%*s|%d", i % 97, "", i);
        assert_true(cell_is(r.cell[1], expected));
        assert_int_equal(r.line, 1 + i + (i - (i + 2) / 3));
    }
    OK(records_next(&r, message));
    assert_int_equal(r.cells, 0);
    records_close(&r);
}

static void a_record_may_be_longer_than_a_block(void **state)
{
    (void)state;
    enum { LONG = 5000000 };
    char *bytes = malloc(LONGEST_RECORD + 10);
    assert_non_null(bytes);
    memset(bytes, 'x', LONGEST_RECORD + 10);
    memcpy(bytes + LONG, "\ny", 2);
    static Records r;
    write_bytes(bytes, LONG + 2);
    OK(records_open(&r, path, ',', message));
    OK(records_next(&r, message));
    assert_int_equal(r.cell[0].length, LONG);
    OK(records_next(&r, message));
    assert_true(cell_is(r.cell[0], "y"));
    records_close(&r);
    memset(bytes, 'x', LONGEST_RECORD + 10);
    char text[64];
    Message message;
    assert_int_equal(all_cells(bytes, LONGEST_RECORD + 10, text, sizeof text, &message), STATUS_USAGE);
    assert_non_null(strstr(message.text, ":1: found a record of more than 16 MiB"));
    free(bytes);
}

static void number_is(const char *text, double expected)
{
    double value = -1;
    if (!cell_read_number((RecordCell){(char *)text, strlen(text)}, &value) ||
        memcmp(&value, &expected, sizeof value))
        fail_msg("%s: %.17g, expected %.17g", text, value, expected);
}

static void numbers_are_read_exactly(void **state)
{
    (void)state;
    static const char *const number[] = {"0",
                                         "-0",
                                         "1",
                                         "+7",
                                         "0.1",
                                         "-12.5",
                                         ".5",
                                         "5.",
                                         "1e3",
                                         "1E-3",
                                         "1e22",
                                         "1e23",
                                         "1e-22",
                                         "1e-23",
                                         "2.2250738585072011e-308",
                                         "0.30000000000000004",
                                         "9007199254740993",
                                         "123456789012345678901234567890",
                                         "1e-400",
                                         "1593878903.438",
                                         "0.7221",
                                         "179769313486231570000e288",
                                         "00000000000000000000001.5",
                                         "8.41000000000000000000000000000000000000000001",
                                         "4.35",
                                         "0.000001",
                                         "5e-324",
                                         "1e+2"};
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        number_is(number[i], strtod(number[i], NULL));
    number_is("  3 ", 3);
}

/* Against the library's strtod, in all lengths and exponents. */
static void random_numbers_are_as_strtod_has_them(void **state)
{
    (void)state;
    uint64_t s = 12345;
    for (int i = 0; i < 300000; i++) {
        char text[96];
        s = s * 6364136223846793005U + 1442695040888963407U;
        double mantissa = (double)(s >> 11) * 0x1p-53;
        int digits = (int)(s >> 5 & 15) + 1, exponent = (int)(s >> 20 & 63) - 32;
        if (i % 3 == 0)
            snprintf(text, sizeof text, "%.*fe%d", digits, mantissa, exponent);
        else
            snprintf(text, sizeof text, "%.*g", digits + 2, mantissa * pow(10, exponent / 2));
        number_is(text, strtod(text, NULL));
    }
}

static void other_text_is_no_number(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",    " ",   ".",     "-",    "+",     "e5",
                                        "1e",  "1e+", "1 2",   "0x10", "inf",   "nan",
                                        "1,5", "--1", "1.2.3", "1e5.", "1e999", "-1e99999999999",
                                        "12a"};
    double value;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (cell_read_number((RecordCell){(char *)wrong[i], strlen(wrong[i])}, &value))
            fail_msg("'%s' was read as %g", wrong[i], value);
    char long_one[600];
    memset(long_one, '1', sizeof long_one);
    assert_false(cell_read_number((RecordCell){long_one, sizeof long_one}, &value));
}

/* A text is read as strtod reads it, and is no number where that leaves some of it. */
static void as_strtod_has_it(const char *text)
{
    char *end;
    double value = -1;
    const double expected = strtod(text, &end);
    const bool is_number = end > text && !*end && isfinite(expected),
               read = cell_read_number((RecordCell){(char *)text, strlen(text)}, &value);
    if (read != is_number || (read && memcmp(&value, &expected, sizeof value) != 0))
        fail_msg("'%s': %d %.17g, expected %d %.17g", text, read, value, is_number, expected);
}

/* All of up to five characters, and some that are longer, of what numbers have and of what stands beside it
 * in ASCII. */
static void short_texts_are_as_strtod_has_them(void **state)
{
    static const char letter[] = "0123456789.-+e/:";
    (void)state;
    for (int length = 1; length <= 5; length++)
        for (uint32_t code = 0; code >> 4 * length == 0; code++) {
            char text[8] = "";
            for (int i = 0; i < length; i++)
                text[i] = letter[code >> 4 * i & 15];
            as_strtod_has_it(text);
        }
    uint64_t s = 54321;
    for (int k = 0; k < 300000; k++) {
        char text[16] = "";
        s = s * 6364136223846793005U + 1442695040888963407U;
        const int length = 6 + (int)(s >> 60) % 6, other = (int)(s >> 56 & 15);
        for (int i = 0; i < length; i++)
            text[i] = letter[i == other ? (s >> 50 & 15) : (s >> 4 * i & 15) % 11];
        as_strtod_has_it(text);
    }
}

/* Of 16 to 21 digits with a point somewhere, as programs print numbers in full, and of halfway between two
 * doubles, which go to the even one. */
static void long_numbers_are_as_strtod_has_them(void **state)
{
    (void)state;
    uint64_t s = 777;
    for (int k = 0; k < 300000; k++) {
        char text[48] = "-";
        s = s * 6364136223846793005U + 1442695040888963407U;
        const int digits = 16 + (int)(s >> 60) % 6, point = (int)(s >> 40 & 31) % digits;
        int length = (int)(s >> 50 & 1);
        uint64_t rest = s * 0x9e3779b97f4a7c15U;
        for (int i = 0; i < digits; i++, rest = rest * 2862933555777941757U + 3037000493U) {
            text[length++] = (char)('0' + (rest >> 33) % 10);
            if (i == point)
                text[length++] = '.';
        }
        text[length] = 0;
        as_strtod_has_it(text);
        /* In [2^(53 - places), 2^(54 - places)) doubles are 2 / 2^places apart. */
        const int places = 1 + k % 3;
        const uint64_t odd = (UINT64_C(1) << 53 | s >> 11 | 1), part = odd & ((1U << places) - 1);
        snprintf(text, sizeof text, "%" PRIu64 ".%0*" PRIu64, odd >> places, places,
                 part * (uint64_t)pow(10, places) >> places);
        as_strtod_has_it(text);
    }
}

static void cells_are_shown_safely(void **state)
{
    (void)state;
    char text[SHOWN_CELL];
    assert_string_equal(cell_shown((RecordCell){(char *)"a\n\x01z", 4}, text), "'a??z'");
    assert_string_equal(
        cell_shown((RecordCell){(char *)"0123456789012345678901234567890123456789", 40}, text),
        "'0123456789012345678901234567890123...'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_told_apart),
        cmocka_unit_test(colons_come_in_pairs),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(stops_are_the_bytes_that_are),
        cmocka_unit_test(what_zstd_packed_is_read),
        cmocka_unit_test(blocks_end_anywhere),
        cmocka_unit_test(a_record_may_be_longer_than_a_block),
        cmocka_unit_test(numbers_are_read_exactly),
        cmocka_unit_test(random_numbers_are_as_strtod_has_them),
        cmocka_unit_test(other_text_is_no_number),
        cmocka_unit_test(short_texts_are_as_strtod_has_them),
        cmocka_unit_test(long_numbers_are_as_strtod_has_them),
        cmocka_unit_test(cells_are_shown_safely),
    };
    return cmocka_run_group_tests_name("records", tests, create, destroy);
}
