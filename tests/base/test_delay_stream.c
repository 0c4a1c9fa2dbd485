/* Streams of clicks with the labels of the time: what each rule lists, and that no row knows its future. */
#include "sim/base/draw.h"
#include "sim/base/random.h"
#include "sim/delay_stream.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { CLICKS = 3000, DAYS = 20 };

static const StreamWindows windows = {0.25, 3};

/* Every other row is clicked. A third of the clicks convert, after .9 days in the mean and some of them
 * later than the window, which is no conversion then. */
static int create(void **state)
{
    static Log log;
    const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};
    OK(log_create(&log, &schema, (size_t)2 * CLICKS, message));
    OK(log_add_delays(&log, message));
    gsl_rng *random = stream_open(&(StreamKey){.seed = 3, .setting = ""}, "test");
    for (size_t i = 0; i < log.x.rows; i++) {
        const double d = draw_exponential(random, 0.9);
        log.delays->click_time[i] = DAYS * gsl_rng_uniform(random);
        log.click[i] = i % 2;
        log.conversion[i] = log.click[i] && gsl_rng_uniform(random) < 1.0 / 3;
        if (log.conversion[i])
            log.delays->conversion_time[i] = log.delays->click_time[i] + d;
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

/* Days to a conversion within the window; INFINITY for none. */
static double delay_of(const Log *log, size_t row)
{
    const double d = log->delays->conversion_time[row] - log->delays->click_time[row];
    return d <= windows.attribution ? d : INFINITY;
}

/* Labels by what is known at the time: for a 1 the conversion has come, for a second 0 the window has closed.
 */
static void no_row_knows_its_future(void **state)
{
    const Log *log = *state;
    for (int entry = ENTRY_CLICK; entry <= ENTRY_CLOSED; entry++)
        for (unsigned again = 0; again < 8; again++) {
            DelayStream stream;
            OK(delay_stream_create(&stream, log, (StreamRule){(StreamEntry)entry, again}, windows, 2, 17,
                                   message));
            assert_true(stream.rows > 100);
            for (size_t i = 0; i < stream.rows; i++) {
                const StreamRow *r = &stream.row[i];
                const double s = log->delays->click_time[r->row], d = delay_of(log, r->row);
                assert_true(i == 0 || stream.row[i - 1].time <= r->time);
                assert_true(log->click[r->row] && r->time >= 2 && r->time < 17 && r->time >= s);
                assert_true(fabs(r->time - s - (double)r->elapsed) < 1e-6);
                if (r->label || isfinite(r->delay))
                    assert_true(s + d <= r->time + 1e-12 && (double)r->delay == (double)(float)d);
                assert_int_equal(r->early, r->label && d <= windows.observation);
                if (r->kind == STREAM_NEGATIVE || entry == ENTRY_CLOSED)
                    assert_true(isfinite(d) ? r->label == 1 : r->time >= s + windows.attribution - 1e-12);
            }
            delay_stream_free(&stream);
        }
}

/* Every click before the deadline, once, as it was then; no label knows what comes after `now`. */
static void deadlines_are_in_the_past(void **state)
{
    const Log *log = *state;
    const double deadline = 8, now = 9.5;
    DelayStream stream;
    static int rows[2 * CLICKS];
    size_t before = 0, labels = 0, early = 0;
    OK(delay_stream_create(&stream, log, (StreamRule){.entry = ENTRY_CLOSED}, windows, -HUGE_VAL, now,
                           message));
    const size_t closed = stream.rows;
    OK(delay_stream_add_deadline(&stream, log, windows, deadline, now, message));
    memset(rows, 0, sizeof rows);
    for (size_t i = closed; i < stream.rows; i++) {
        const StreamRow *r = &stream.row[i];
        const double s = log->delays->click_time[r->row], d = delay_of(log, r->row);
        assert_int_equal(r->kind, STREAM_DEADLINE);
        assert_true(log->click[r->row] && s < deadline && !rows[r->row]++);
        assert_true(fabs(deadline - s - (double)r->elapsed) < 1e-6);
        assert_int_equal(r->label, s + d <= now);
        assert_int_equal(r->early, s + d <= deadline);
        assert_int_equal(isfinite(r->delay) != 0, r->label);
        labels += r->label;
        early += r->early;
    }
    for (size_t i = 0; i < log->x.rows; i++)
        before += log->click[i] && log->delays->click_time[i] < deadline;
    assert_int_equal(stream.rows - closed, before);
    assert_true(labels > early && early > 100);
    delay_stream_free(&stream);
}

static void first_rows_come_when_they_are_said_to(void **state)
{
    const Log *log = *state;
    for (int entry = ENTRY_CLICK; entry <= ENTRY_FUTURE; entry++) {
        DelayStream stream;
        const StreamRule rule = {.entry = (StreamEntry)entry};
        OK(delay_stream_create(&stream, log, rule, windows, 2, 17, message));
        for (size_t i = 0; i < stream.rows; i++) {
            const StreamRow *r = &stream.row[i];
            const double days = delay_stream_elapsed(rule, windows, log->delays->click_time[r->row]);
            assert_true((float)days == r->elapsed);
        }
        delay_stream_free(&stream);
    }
}

typedef struct Counts {
    size_t first[2], kind[4];
} Counts;

static Counts count(const Log *log, StreamRule rule, double to)
{
    DelayStream stream;
    Counts counts = {{0}, {0}};
    OK(delay_stream_create(&stream, log, rule, windows, 0, to, message));
    for (size_t i = 0; i < stream.rows; i++) {
        const StreamRow *r = &stream.row[i];
        counts.first[r->label] += r->kind == STREAM_FIRST;
        counts.kind[r->kind]++;
        assert_int_equal(r->label, r->kind == STREAM_FIRST ? r->label : r->kind != STREAM_NEGATIVE);
    }
    delay_stream_free(&stream);
    return counts;
}

/* Long after the last click every row has come. */
static void rules_list_what_they_should(void **state)
{
    const Log *log = *state;
    size_t converted = 0, immediate = 0, labels = 0;
    for (size_t i = 1; i < log->x.rows; i += 2) {
        labels += log->conversion[i];
        converted += isfinite(delay_of(log, i)) ? 1 : 0;
        immediate += delay_of(log, i) <= windows.observation;
    }
    assert_true(converted < labels); /* some come too late */
    assert_true(immediate > 100 && converted - immediate > 100);
    const double late = DAYS + 10;
    const Counts vanilla = count(log, (StreamRule){ENTRY_OBSERVED, 0}, late);
    assert_true(vanilla.first[1] == immediate && vanilla.first[0] == (size_t)CLICKS - immediate);
    assert_true(
        vanilla.kind[STREAM_DELAYED] + vanilla.kind[STREAM_IMMEDIATE] + vanilla.kind[STREAM_NEGATIVE] == 0);
    const Counts at_once = count(log, (StreamRule){ENTRY_CLICK, AGAIN_DELAYED}, late);
    assert_true(at_once.first[0] == CLICKS && at_once.kind[STREAM_DELAYED] == converted);
    const Counts all =
        count(log, (StreamRule){ENTRY_OBSERVED, AGAIN_DELAYED | AGAIN_IMMEDIATE | AGAIN_NEGATIVE}, late);
    assert_true(all.kind[STREAM_FIRST] == CLICKS && all.kind[STREAM_DELAYED] == converted - immediate);
    assert_true(all.kind[STREAM_IMMEDIATE] == immediate &&
                all.kind[STREAM_NEGATIVE] == (size_t)CLICKS - converted);
    const Counts closed = count(log, (StreamRule){ENTRY_CLOSED, 0}, late),
                 future = count(log, (StreamRule){ENTRY_FUTURE, 0}, late);
    assert_true(closed.first[1] == converted && future.first[1] == converted);
    /* Before the end some are still to come: only clicks of the last three days can lack. */
    assert_true(count(log, (StreamRule){ENTRY_CLOSED, 0}, DAYS).kind[STREAM_FIRST] < CLICKS);
    assert_true(count(log, (StreamRule){ENTRY_FUTURE, 0}, DAYS).kind[STREAM_FIRST] == CLICKS);
}

/* With an observation window as long as that of attribution, nothing is left to come: the true labels, later.
 */
static void a_long_observation_is_the_truth_later(void **state)
{
    const StreamWindows same = {windows.attribution, windows.attribution};
    const Log *log = *state;
    DelayStream observed, future;
    OK(delay_stream_create(&observed, log, (StreamRule){ENTRY_OBSERVED, AGAIN_DELAYED}, same, 0, DAYS + 4,
                           message));
    OK(delay_stream_create(&future, log, (StreamRule){ENTRY_FUTURE, 0}, same, 0, DAYS + 4, message));
    assert_int_equal(observed.rows, future.rows);
    for (size_t i = 0; i < future.rows; i++) {
        assert_int_equal(observed.row[i].row, future.row[i].row);
        assert_int_equal(observed.row[i].label, future.row[i].label);
        assert_true(fabs(observed.row[i].time - future.row[i].time - windows.attribution) < 1e-9);
    }
    delay_stream_free(&observed);
    delay_stream_free(&future);
}

/* Whenever a stream begins: parts of the time have the rows of all of it. */
static void streams_follow_one_another(void **state)
{
    const StreamRule rule = {ENTRY_OBSERVED, AGAIN_DELAYED | AGAIN_IMMEDIATE | AGAIN_NEGATIVE};
    DelayStream part[2], whole;
    OK(delay_stream_create(&part[0], *state, rule, windows, 0, 5, message));
    OK(delay_stream_create(&part[1], *state, rule, windows, 5, DAYS + 4, message));
    OK(delay_stream_create(&whole, *state, rule, windows, 0, DAYS + 4, message));
    assert_true(part[0].rows > 100 && whole.rows == (size_t)2 * CLICKS);
    assert_int_equal(part[0].rows + part[1].rows, whole.rows);
    for (size_t i = 0; i < whole.rows; i++) {
        const StreamRow *row = i < part[0].rows ? &part[0].row[i] : &part[1].row[i - part[0].rows];
        assert_true(row->time == whole.row[i].time && row->row == whole.row[i].row &&
                    row->kind == whole.row[i].kind && row->label == whole.row[i].label);
    }
    for (int k = 0; k < 2; k++)
        delay_stream_free(&part[k]);
    delay_stream_free(&whole);
}

/* The rows of all steps, and never more of them than there is room for. */
static void steps_are_the_whole(const Log *log, StreamRule rule, const StreamSteps *steps)
{
    DelayStream stepped, whole;
    size_t at = 0;
    OK(delay_stream_open(&stepped, log, rule, windows, steps, message));
    OK(delay_stream_create(&whole, log, rule, windows, steps->from, steps->to, message));
    for (size_t k = 0; k < stream_step_count(steps); k++) {
        delay_stream_next(&stepped);
        assert_true(stepped.rows <= stepped.most);
        for (size_t i = 0; i < stepped.rows; i++, at++) {
            const StreamRow *row = &stepped.row[i], *of_whole = &whole.row[at];
            assert_true(at < whole.rows && row->time < stream_step_end(steps, k));
            assert_true(k == 0 || row->time >= stream_step_end(steps, k - 1));
            assert_true(row->time == of_whole->time && row->row == of_whole->row &&
                        row->kind == of_whole->kind && row->label == of_whole->label &&
                        row->elapsed == of_whole->elapsed && row->delay == of_whole->delay &&
                        row->early == of_whole->early);
        }
    }
    assert_true(at == whole.rows && at > 100 && stepped.pendings == 0);
    delay_stream_free(&stepped);
    delay_stream_free(&whole);
}

/* Whatever the order of the log. Steps of an hour end where hours do, and so do rows that enter by the hour;
 * the last of a third of a day is shorter. */
static void steps_follow_one_another(void **state)
{
    static const StreamSteps steps[] = {{2, 17, 1.0 / 24}, {2.5, 17, 1.0 / 3}, {0, DAYS + 4, 30}};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        for (int entry = ENTRY_CLICK; entry <= ENTRY_FUTURE; entry++)
            for (unsigned again = 0; again < 8; again++)
                steps_are_the_whole(*state, (StreamRule){(StreamEntry)entry, again}, &steps[k]);
}

/* Of a log by day no step reads beyond its own, and what waits is of the clicks of the windows. */
static void a_log_by_day_is_read_by_day(void **state)
{
    const Log *log = *state;
    const StreamSteps steps = {2, 17, 1.0 / 24};
    const StreamRule rule = {ENTRY_OBSERVED, AGAIN_DELAYED | AGAIN_NEGATIVE};
    static uint32_t row[2 * CLICKS];
    size_t rows = 0, most = 0;
    DelayStream stream;
    Log by_day;
    for (int day = 0; day < DAYS; day++)
        for (uint32_t i = 0; i < log->x.rows; i++)
            if ((int)log->delays->click_time[i] == day)
                row[rows++] = i;
    OK(log_select(&by_day, log, row, rows, message));
    OK(delay_stream_open(&stream, &by_day, rule, windows, &steps, message));
    for (size_t k = 0; k < stream_step_count(&steps); k++) {
        delay_stream_next(&stream);
        assert_true(by_day.delays->click_time[stream.read - 1] < ceil(stream_step_end(&steps, k) - 1e-9));
        most = stream.pendings > most ? stream.pendings : most;
    }
    /* two rows a click of three days and that of the step, of 20 */
    assert_true(most < (size_t)2 * CLICKS * 4 / DAYS * 11 / 10);
    delay_stream_free(&stream);
    log_free(&by_day);
}

/* By loops over the clicks. */
static void a_cut_log_is_what_is_known_then(void **state)
{
    const Log *log = *state;
    static const StreamEntry entries[] = {ENTRY_CLICK, ENTRY_HOUR, ENTRY_OBSERVED, ENTRY_CLOSED,
                                          ENTRY_FUTURE};
    const double time = 11;
    for (size_t k = 0; k < sizeof entries / sizeof *entries; k++) {
        static StreamRow *row_of[2 * CLICKS];
        DelayStream stream;
        size_t expected = 0, positives = 0;
        OK(delay_stream_cut(&stream, log, entries[k], windows, time, message));
        memset(row_of, 0, sizeof row_of);
        for (size_t i = 0; i < stream.rows; i++)
            row_of[stream.row[i].row] = &stream.row[i];
        for (size_t i = 0; i < log->x.rows; i++) {
            const double clicked = log->delays->click_time[i], delay = delay_of(log, i);
            const bool closed = entries[k] == ENTRY_CLOSED;
            if (!log->click[i] || (closed ? clicked + windows.attribution : clicked) >= time) {
                assert_null(row_of[i]);
                continue;
            }
            const bool known = clicked + delay <= time,
                       label = entries[k] == ENTRY_FUTURE ? isfinite(delay) : known;
            const StreamRow *row = row_of[i];
            assert_non_null(row);
            expected++;
            positives += label;
            assert_int_equal(row->label, label);
            assert_int_equal(row->kind, STREAM_FIRST);
            assert_true(closed || row->elapsed == (float)(time - clicked));
            assert_true(row->delay == (known ? (float)delay : INFINITY));
            assert_int_equal(row->early, known && delay <= windows.observation);
        }
        assert_int_equal(stream.rows, expected);
        assert_true(positives > 100);
        delay_stream_free(&stream);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_row_knows_its_future),
                                       cmocka_unit_test(deadlines_are_in_the_past),
                                       cmocka_unit_test(first_rows_come_when_they_are_said_to),
                                       cmocka_unit_test(rules_list_what_they_should),
                                       cmocka_unit_test(a_long_observation_is_the_truth_later),
                                       cmocka_unit_test(streams_follow_one_another),
                                       cmocka_unit_test(steps_follow_one_another),
                                       cmocka_unit_test(a_log_by_day_is_read_by_day),
                                       cmocka_unit_test(a_cut_log_is_what_is_known_then)};
    return cmocka_run_group_tests(tests, create, destroy);
}
