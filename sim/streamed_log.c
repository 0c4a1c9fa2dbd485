/* Rows go to a file as they come, since how many there are of a day is known at the end, and are then read
 * once more and put into their places. A buffer is a log in one piece, which is written and read as it is. */
#include "sim/streamed_log.h"

#include "sim/base/temporary_file.h"
#include "sim/base/temporary_memory.h"

#include <math.h>
#include <stdlib.h>

enum { BUFFER = 1 << 14 };

struct StreamedLog {
    StreamedRule rule;
    TemporaryFile *file;
    Log buffer;              /* x.rows of them are filled */
    uint32_t *origin;        /* of its rows */
    size_t added, kept;      /* rows that were seen, and those of some part, */
    size_t closed, streamed; /* of each part, */
    size_t *rows_of_day;     /* and of each day */
};

Status streamed_log_create(StreamedLog **streamed, const Log *like, const StreamedRule *rule,
                           Message *message)
{
    *streamed = NULL;
    StreamedLog *s = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "the log of a stream");
    s->rule = *rule;
    s->origin = calloc(BUFFER, sizeof *s->origin);
    s->rows_of_day = calloc((size_t)rule->days + 1, sizeof *s->rows_of_day);
    Status status = s->origin && s->rows_of_day ? STATUS_OK : fail_memory(message, "the log of a stream");
    if (!status)
        status = temporary_file_create(&s->file, message);
    if (!status)
        status = log_create_in_file(&s->buffer, like, BUFFER, message);
    s->buffer.x.rows = 0;
    if (status)
        streamed_log_free(s);
    else
        *streamed = s;
    return status;
}

void streamed_log_free(StreamedLog *streamed)
{
    if (!streamed)
        return;
    log_free(&streamed->buffer);
    temporary_file_close(streamed->file);
    free(streamed->origin);
    free(streamed->rows_of_day);
    free(streamed);
}

static bool is_closed(const StreamedRule *rule, const Log *log, size_t row)
{
    return log->delays->click_time[row] < rule->closed;
}

static bool is_streamed(const StreamedRule *rule, const Log *log, size_t row)
{
    return rule->exposures || log->click[row];
}

/* 0 for all that comes before the stream. */
static size_t day_of(const StreamedRule *rule, const Log *log, size_t row)
{
    const double day = floor(log->delays->click_time[row] - rule->from);
    return (size_t)(1 + fmin(fmax(day, -1), rule->days - 1));
}

static Status write_buffer(StreamedLog *s, Message *message)
{
    const TemporaryMemory *memory = s->buffer.memory;
    Status status = temporary_file_append(s->file, temporary_memory_bytes(memory),
                                          temporary_memory_size(memory), message);
    if (!status)
        status = temporary_file_append(s->file, s->origin, BUFFER * sizeof *s->origin, message);
    s->buffer.x.rows = 0;
    return status;
}

Status streamed_log_add(StreamedLog *s, const Log *rows, Message *message)
{
    const StreamedRule *rule = &s->rule;
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < rows->x.rows; i++, s->added++) {
        const bool closed = is_closed(rule, rows, i), streamed = is_streamed(rule, rows, i);
        if (!closed && !streamed)
            continue;
        const size_t place = s->buffer.x.rows++;
        log_copy_rows(&s->buffer, place, rows, i, 1);
        s->origin[place] = (uint32_t)s->added;
        s->kept++;
        s->closed += closed;
        s->streamed += streamed;
        s->rows_of_day[day_of(rule, rows, i)] += streamed;
        if (place + 1 == BUFFER)
            status = write_buffer(s, message);
    }
    return status;
}

/* The parts while they are filled. */
typedef struct StreamedPlaces {
    StreamedPart *closed, *stream;
    size_t next, *next_of_day; /* the places of the next closed row, and of the next one of each day */
} StreamedPlaces;

static bool read_buffer(StreamedLog *s, size_t first_row)
{
    const size_t bytes = temporary_memory_size(s->buffer.memory), beside = BUFFER * sizeof *s->origin,
                 left = s->kept - first_row;
    const uint64_t first = (uint64_t)(first_row / BUFFER) * (bytes + beside);
    s->buffer.x.rows = left < BUFFER ? left : BUFFER;
    return temporary_file_read(s->file, temporary_memory_bytes(s->buffer.memory), bytes, first) &&
           temporary_file_read(s->file, s->origin, beside, first + bytes);
}

static void put(StreamedPart *part, size_t place, const StreamedLog *from, size_t row)
{
    log_copy_rows(&part->log, place, &from->buffer, row, 1);
    if (part->origin)
        part->origin[place] = from->origin[row];
}

static void put_rows(const StreamedLog *from, StreamedPlaces *places)
{
    const Log *rows = &from->buffer;
    for (size_t i = 0; i < rows->x.rows; i++) {
        if (is_closed(&from->rule, rows, i))
            put(places->closed, places->next++, from, i);
        if (is_streamed(&from->rule, rows, i))
            put(places->stream, places->next_of_day[day_of(&from->rule, rows, i)]++, from, i);
    }
    log_let_go(&places->closed->log);
    log_let_go(&places->stream->log);
}

static Status fill(StreamedLog *s, StreamedPlaces *places, Message *message)
{
    size_t first = 0;
    for (int day = 0; day <= s->rule.days; day++) {
        places->next_of_day[day] = first;
        first += s->rows_of_day[day];
    }
    Status status = s->buffer.x.rows ? write_buffer(s, message) : STATUS_OK;
    for (size_t row = 0; !status && row < s->kept; row += BUFFER) {
        if (read_buffer(s, row))
            put_rows(s, places);
        else
            status =
                fail(message, STATUS_FAILED, "the log of a stream: cannot read its temporary file again");
    }
    return status;
}

static Status number_rows(const StreamedLog *s, StreamedPart *closed, StreamedPart *stream, Message *message)
{
    if (!s->rule.numbered)
        return STATUS_OK;
    closed->origin = calloc(s->closed + 1, sizeof *closed->origin);
    stream->origin = calloc(s->streamed + 1, sizeof *stream->origin);
    return closed->origin && stream->origin ? STATUS_OK : fail_memory(message, "the log of a stream");
}

Status streamed_log_take(StreamedLog *s, StreamedPart *closed, StreamedPart *stream, Message *message)
{
    StreamedPlaces places = {closed, stream, 0, calloc((size_t)s->rule.days + 1, sizeof *places.next_of_day)};
    *closed = *stream = (StreamedPart){.origin = NULL};
    Status status = places.next_of_day ? number_rows(s, closed, stream, message)
                                       : fail_memory(message, "the log of a stream");
    if (!status)
        status = log_create_in_file(&closed->log, &s->buffer, s->closed, message);
    if (!status)
        status = log_create_in_file(&stream->log, &s->buffer, s->streamed, message);
    if (!status)
        status = fill(s, &places, message);
    free(places.next_of_day);
    if (status) {
        streamed_part_free(closed);
        streamed_part_free(stream);
    }
    return status;
}

void streamed_part_free(StreamedPart *part)
{
    log_free(&part->log);
    free(part->origin);
    *part = (StreamedPart){0};
}
