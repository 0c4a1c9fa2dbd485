/* Reads ratings as numbers. The reader of blocks does not serve here: it numbers ids by first appearance and
 * keeps only whether a rating reaches the threshold. The name of the file and its columns come from the
 * layout, as they do there.
 */
#include "sim/data/ratings.h"

#include "sim/data/reader_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ID = 10000000 };

/* The places of the columns in a record, and how many there are. */
typedef struct RatingColumns {
    int all, user, item, rating;
} RatingColumns;

static bool grow(uint32_t **column, size_t rows)
{
    uint32_t *larger = reallocarray(*column, rows, sizeof *larger);
    if (larger)
        *column = larger;
    return larger;
}

static Status reserve(Ratings *r, size_t *room, Message *message)
{
    if (r->rows < *room)
        return STATUS_OK;
    size_t larger = *room ? 2 * *room : 1 << 16;
    uint8_t *rating = realloc(r->rating, larger);
    if (!rating)
        return fail_memory(message, "the ratings");
    r->rating = rating;
    if (!grow(&r->user, larger) || !grow(&r->item, larger))
        return fail_memory(message, "the ratings");
    *room = larger;
    return STATUS_OK;
}

/* The place of a name in a comma-separated header; the number of its names where it is not there. */
static int place_in(const char *header, const char *name)
{
    int place = 0;
    for (size_t length; *header; header += length + (header[length] == ','), place++) {
        length = strcspn(header, ",");
        if (length == strlen(name) && !strncmp(header, name, length))
            break;
    }
    return place;
}

/* The rows are counted to know the line that should come next: the records skip empty lines, and here an
 * empty line is a fault. */
static Status bad_line(const Records *r, size_t number, Message *message)
{
    enum { SHOWN_LINE = 40 };
    char found[SHOWN_LINE + 1];
    size_t used = 0;
    for (int c = 0; r->line == number && c < r->cells; c++) {
        if (c && used < SHOWN_LINE)
            found[used++] = ' ';
        for (size_t i = 0; i < r->cell[c].length && used < SHOWN_LINE; i++) {
            char letter = r->cell[c].text[i];
            found[used++] = letter >= ' ' && letter <= '~' ? letter : ' ';
        }
    }
    found[used] = 0;
    return fail(message, STATUS_USAGE,
                "%s:%zu: found '%s'; expected user, item, rating from 1 to %d and timestamp, ids from 1",
                r->path, number, found, HIGHEST_RATING);
}

static bool is_whole(double number, double low, double high)
{
    return number >= low && number <= high && number == floor(number);
}

static Status add_record(Ratings *r, const Records *records, const RatingColumns *column, Message *message)
{
    double number[MAX_CELLS] = {0};
    bool numbers = records->line == r->rows + 1 && records->cells == column->all;
    for (int c = 0; numbers && c < column->all; c++)
        numbers = cell_read_number(records->cell[c], &number[c]);
    double user = number[column->user], item = number[column->item], rating = number[column->rating];
    if (!numbers || !is_whole(user, 1, MOST_ID) || !is_whole(item, 1, MOST_ID) ||
        !is_whole(rating, 1, HIGHEST_RATING))
        return bad_line(records, r->rows + 1, message);
    r->user[r->rows] = (uint32_t)user - 1;
    r->item[r->rows] = (uint32_t)item - 1;
    r->rating[r->rows++] = (uint8_t)rating;
    r->users = (uint32_t)user > r->users ? (uint32_t)user : r->users;
    r->items = (uint32_t)item > r->items ? (uint32_t)item : r->items;
    return STATUS_OK;
}

static Status read_records(Ratings *r, Records *records, const RatingColumns *column, Message *message)
{
    size_t room = 0;
    for (;;) {
        Status status = records_next(records, message);
        if (status)
            return status;
        if (!records->cells)
            break;
        status = reserve(r, &room, message);
        if (!status)
            status = add_record(r, records, column, message);
        if (status)
            return status;
    }
    if (!r->rows)
        return fail(message, STATUS_USAGE, "%s: found an empty file; expected ratings", records->path);
    return records->line == r->rows + 1 ? STATUS_OK : bad_line(records, r->rows + 1, message);
}

Status ratings_read(Ratings *ratings, const Layout *layout, const char *folder, Message *message)
{
    const RatingColumns column = {.all = place_in(layout->header, ""),
                                  .user = place_in(layout->header, layout->columns.user),
                                  .item = place_in(layout->header, layout->columns.item),
                                  .rating = place_in(layout->header, layout->columns.conversion)};
    const char *name = layout->file[0].pattern;
    char path[PATH_MAX];
    *ratings = (Ratings){0};
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return fail(message, STATUS_FAILED, "cannot read %s: the name of the folder is too long", name);
    Records *records = malloc(sizeof *records);
    if (!records)
        return fail_memory(message, "the ratings");
    Status status = records_open(records, path, layout->delimiter, message);
    if (!status) {
        status = read_records(ratings, records, &column, message);
        records_close(records);
    }
    free(records);
    if (status)
        ratings_free(ratings);
    return status;
}

void ratings_free(Ratings *ratings)
{
    free(ratings->user);
    free(ratings->item);
    free(ratings->rating);
    *ratings = (Ratings){0};
}
