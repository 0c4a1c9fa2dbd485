#include "sim/data/movielens.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ID = 10000000, SHOWN = 40 };

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

/* The whole number at *text, which moves behind it and the blank that must follow; -1 when there is none. */
static long next_number(const char **text)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return -1;
    long number = strtol(*text, &end, 10);
    if (*end != '\t' && *end != ' ' && *end != '\n' && *end != '\r' && *end)
        return -1;
    while (*end == '\t' || *end == ' ' || *end == '\r' || *end == '\n')
        end++;
    *text = end;
    return number;
}

static int parse_line(const char *line, long field[4])
{
    for (int f = 0; f < 4; f++)
        if ((field[f] = next_number(&line)) < 0)
            return 0;
    return !*line && field[0] >= 1 && field[0] <= MOST_ID && field[1] >= 1 && field[1] <= MOST_ID &&
           field[2] >= 1 && field[2] <= HIGHEST_RATING;
}

static Status bad_line(const char *path, size_t number, const char *line, Message *message)
{
    char found[SHOWN + 1];
    int n = 0;
    for (; n < SHOWN && line[n] && line[n] != '\n'; n++)
        found[n] = isprint((unsigned char)line[n]) ? line[n] : ' ';
    found[n] = 0;
    return fail(message, STATUS_USAGE,
                "%s:%zu: found '%s'; expected user, item, rating from 1 to %d and timestamp, ids from 1",
                path, number, found, HIGHEST_RATING);
}

static Status read_lines(Ratings *r, const char *path, FILE *file, Message *message)
{
    char *line = NULL;
    size_t line_room = 0, room = 0;
    Status status = STATUS_OK;
    errno = 0;
    while (!status && getline(&line, &line_room, file) >= 0) {
        long field[4];
        if (!parse_line(line, field))
            status = bad_line(path, r->rows + 1, line, message);
        else if (!(status = reserve(r, &room, message))) {
            r->user[r->rows] = (uint32_t)field[0] - 1;
            r->item[r->rows] = (uint32_t)field[1] - 1;
            r->rating[r->rows++] = (uint8_t)field[2];
            r->users = (uint32_t)field[0] > r->users ? (uint32_t)field[0] : r->users;
            r->items = (uint32_t)field[1] > r->items ? (uint32_t)field[1] : r->items;
        }
    }
    free(line);
    if (!status && ferror(file))
        status = fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    if (!status && !r->rows)
        status = fail(message, STATUS_USAGE, "%s: found an empty file; expected ratings", path);
    return status;
}

Status movielens_read(Ratings *ratings, const char *folder, Message *message)
{
    char path[PATH_MAX];
    *ratings = (Ratings){0};
    snprintf(path, sizeof path, "%s/u.data", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    Status status = read_lines(ratings, path, file, message);
    (void)fclose(file);
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
