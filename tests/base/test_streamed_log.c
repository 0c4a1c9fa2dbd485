/* The log of a stream, divided without being held: each part has the rows that it should, in their order, by
 * loops over all of them; and memory in a file keeps what is let go. */
#include "sim/base/random.h"
#include "sim/base/temporary_memory.h"
#include "sim/streamed_log.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

/* More than two buffers of rows. */
enum { ROWS = 40000, DAYS = 9, FROM = 4, CATEGORICAL = 3, DENSE = 2 };

static const Schema schema = {.categorical = CATEGORICAL,
                              .name = {"user", "item", "segment"},
                              .cardinality = {ROWS, ROWS, ROWS},
                              .dense = DENSE,
                              .groups = 1,
                              .group = {{"context", DENSE}}};

/* Every value is another. */
static int create(void **state)
{
    static Log log;
    OK(log_create(&log, &schema, ROWS, message));
    OK(log_add_delays(&log, message));
    OK(log_add_behaviour(&log, message));
    log.weight = calloc(ROWS, sizeof *log.weight);
    gsl_rng *random = stream_open(&(StreamKey){.seed = 5, .setting = ""}, "test");
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t f = 0; f < CATEGORICAL; f++)
            log.x.id[i * CATEGORICAL + f] = (uint32_t)((i + f * 7) % ROWS);
        for (size_t d = 0; d < DENSE; d++)
            log.x.dense[i * DENSE + d] = (float)gsl_rng_uniform(random);
        log.click[i] = gsl_rng_uniform(random) < 0.4;
        log.conversion[i] = log.click[i] && gsl_rng_uniform(random) < 0.3;
        log.behaviour->action[i] = log.click[i] && gsl_rng_uniform(random) < 0.5;
        log.weight[i] = 1 + (float)gsl_rng_uniform(random);
        log.delays->click_time[i] = DAYS * gsl_rng_uniform(random);
        if (log.conversion[i])
            log.delays->conversion_time[i] = log.delays->click_time[i] + gsl_rng_uniform(random);
    }
    gsl_rng_free(random);
    *state = &log;
    return 0;
}

static int destroy(void **state)
{
    log_free(*state);
    return 0;
}

static void same_row(const Log *part, size_t at, const Log *log, size_t i)
{
    assert_memory_equal(part->x.id + at * CATEGORICAL, log->x.id + i * CATEGORICAL,
                        CATEGORICAL * sizeof *log->x.id);
    assert_memory_equal(part->x.dense + at * DENSE, log->x.dense + i * DENSE, DENSE * sizeof *log->x.dense);
    assert_int_equal(part->click[at], log->click[i]);
    assert_int_equal(part->conversion[at], log->conversion[i]);
    assert_int_equal(part->behaviour->action[at], log->behaviour->action[i]);
    assert_true(part->weight[at] == log->weight[i]);
    assert_true(part->delays->click_time[at] == log->delays->click_time[i]);
    assert_true(part->delays->conversion_time[at] == log->delays->conversion_time[i]);
}

static void divide(const Log *log, const StreamedRule *rule, StreamedPart *closed, StreamedPart *stream)
{
    StreamedLog *streamed;
    OK(streamed_log_create(&streamed, log, rule, message));
    for (size_t first = 0; first < ROWS; first += 7001) {
        const size_t rows = ROWS - first < 7001 ? ROWS - first : 7001;
        uint32_t *row = calloc(rows, sizeof *row);
        Log part;
        for (size_t i = 0; i < rows; i++)
            row[i] = (uint32_t)(first + i);
        OK(log_select(&part, log, row, rows, message));
        OK(streamed_log_add(streamed, &part, message));
        log_free(&part);
        free(row);
    }
    OK(streamed_log_take(streamed, closed, stream, message));
    streamed_log_free(streamed);
}

/* The day of a row of the stream, 0 for what is before it, by comparisons. */
static int day_of(const Log *log, size_t i)
{
    int day = 0;
    while (log->delays->click_time[i] >= FROM + day)
        day++;
    return day;
}

static void parts_have_their_rows_in_order(void **state)
{
    const Log *log = *state;
    for (int exposures = 0; exposures < 2; exposures++) {
        const StreamedRule rule = {FROM, DAYS - FROM, 2.5, exposures != 0, true};
        StreamedPart closed, stream;
        size_t at = 0;
        divide(log, &rule, &closed, &stream);
        for (size_t i = 0; i < ROWS; i++)
            if (log->delays->click_time[i] < 2.5) {
                assert_int_equal(closed.origin[at], i);
                same_row(&closed.log, at++, log, i);
            }
        assert_int_equal(at, closed.log.x.rows);
        assert_true(at > 10000 && closed.log.memory && stream.log.memory);
        at = 0;
        for (int day = 0; day <= DAYS - FROM; day++) {
            for (size_t i = 0; i < ROWS; i++)
                if (day_of(log, i) == day && (log->click[i] || exposures)) {
                    assert_int_equal(stream.origin[at], i);
                    same_row(&stream.log, at++, log, i);
                }
            log_let_go(&stream.log); /* which changes nothing */
        }
        assert_int_equal(at, stream.log.x.rows);
        assert_int_equal(at, exposures ? ROWS : log_clicks(log));
        streamed_part_free(&closed);
        streamed_part_free(&stream);
    }
}

static void rows_are_numbered_where_they_are_asked_to_be(void **state)
{
    const StreamedRule rule = {FROM, DAYS - FROM, 2.5, false, false};
    StreamedPart closed, stream;
    divide(*state, &rule, &closed, &stream);
    assert_null(closed.origin);
    assert_null(stream.origin);
    streamed_part_free(&closed);
    streamed_part_free(&stream);
}

/* Kilobytes of the process: all, and those that are no file's. */
static void resident(long *all, long *anonymous)
{
    char line[128];
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        (void)sscanf(line, "VmRSS: %ld", all);
        (void)sscanf(line, "RssAnon: %ld", anonymous);
    }
    assert_int_equal(fclose(file), 0);
}

static void what_is_let_go_leaves_the_process_and_comes_back(void **state)
{
    enum { BYTES = 32 << 20, KILOBYTES = BYTES / 1024 };
    TemporaryMemory *memory;
    long all[3], anonymous[3];
    (void)state;
    slow_under_valgrind();
    OK(temporary_memory_create(&memory, BYTES, message));
    unsigned char *byte = temporary_memory_bytes(memory);
    assert_int_equal(temporary_memory_size(memory), BYTES);
    resident(&all[0], &anonymous[0]);
    for (size_t i = 0; i < BYTES; i++) {
        assert_int_equal(byte[i], 0);
        byte[i] = (unsigned char)(i % 251);
    }
    resident(&all[1], &anonymous[1]);
    temporary_memory_let_go(memory);
    resident(&all[2], &anonymous[2]);
    assert_true(all[1] - all[0] > KILOBYTES * 9 / 10);
    assert_true(anonymous[1] - anonymous[0] < KILOBYTES / 10);
    assert_true(all[2] - all[0] < KILOBYTES / 10);
    for (size_t i = 0; i < BYTES; i++)
        assert_int_equal(byte[i], i % 251);
    temporary_memory_free(memory);
}

static void a_folder_without_room_is_named(void **state)
{
    TemporaryMemory *memory;
    Message message;
    (void)state;
    assert_int_equal(temporary_memory_create(&memory, (size_t)1 << 60, &message), STATUS_FAILED);
    assert_null(memory);
    assert_non_null(strstr(message.text, "expected room for what memory does not hold"));
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    assert_int_equal(setenv("TMPDIR", "/nowhere", 1), 0);
    assert_int_equal(temporary_memory_create(&memory, 1, &message), STATUS_FAILED);
    assert_non_null(strstr(message.text, "/nowhere"));
    assert_int_equal(kept ? setenv("TMPDIR", kept, 1) : unsetenv("TMPDIR"), 0);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_their_rows_in_order),
        cmocka_unit_test(rows_are_numbered_where_they_are_asked_to_be),
        cmocka_unit_test(what_is_let_go_leaves_the_process_and_comes_back),
        cmocka_unit_test(a_folder_without_room_is_named),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
