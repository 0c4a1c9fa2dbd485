/* Splits blocks of a file into records and cells in place: a cell points into the block, and no text is
 * copied. Where cells may end is found for the whole block at once (records_kernel.h), since a loop over the
 * bytes of a cell is left where the processor does not expect it. */
#include "sim/data/records.h"

#include "sim/data/records_kernel.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1 << 18, WORD = 64 /* bytes of the block that a word of `stop` is of */ };

/* How far splitting a record came. */
typedef enum RecordSplit { SPLIT_DONE, SPLIT_MORE, SPLIT_ZERO, SPLIT_QUOTE, SPLIT_CELLS } RecordSplit;

Status records_fail(const Records *r, const char *found, const char *expected, Message *message)
{
    return fail(message, STATUS_USAGE, "%s:%zu: found %s; expected %s", r->path, r->line, found, expected);
}

/* The block and its stops for so many bytes, to which two words are added for what is put behind them. */
static Status make_room(Records *r, size_t room, Message *message)
{
    const size_t words = room / WORD + 2;
    char *block = realloc(r->block, words * WORD);
    if (block)
        r->block = block;
    uint64_t *stop = reallocarray(r->stop, words, sizeof *stop);
    if (stop)
        r->stop = stop;
    if (!block || !stop)
        return fail_memory(message, "a block of text");
    r->room = room;
    return STATUS_OK;
}

/* A 0 behind the last byte is a stop that no search passes. Whether the block has a quote is looked for once,
 * so that cells of one that has none need not be. */
static void find_stops(Records *r)
{
    const size_t words = (size_t)(r->end - r->block) / WORD + 1;
    memset(r->end, 0, (size_t)(r->block + words * WORD - r->end));
    record_kernels()->find_stops(words, r->block, r->delimiter, r->stop);
    r->plain = !r->colons && !memchr(r->at, '"', (size_t)(r->end - r->at));
    r->quoted = false;
}

/* Moves what is left to the start of the block and fills the rest of it. After the last byte of the file a
 * line break is put where it has none. */
static Status fill(Records *r, Message *message)
{
    size_t left = (size_t)(r->end - r->at);
    if (left == r->room && r->room == LONGEST_RECORD)
        return records_fail(r, "a record of more than 16 MiB", "lines of cells", message);
    if (left == r->room) {
        Status status = make_room(r, 2 * r->room, message);
        if (status)
            return status;
    } else {
        memmove(r->block, r->at, left);
    }
    r->passed += (size_t)(r->at - r->block);
    r->at = r->block;
    r->end = r->block + left;
    size_t got;
    Status status = packed_file_read(r->file, r->end, r->room - left, &got, message);
    if (status)
        return status;
    r->end += got;
    r->ended = got == 0;
    if (r->ended && r->end > r->block && r->end[-1] != '\n')
        *r->end++ = '\n';
    find_stops(r);
    return STATUS_OK;
}

/* Of , tab ; | :: the one that the first line has most of outside of quotes; of equals the first. */
static char guess_delimiter(const char *at, const char *end)
{
    static const char delimiter[] = ",\t;|:";
    int count[sizeof delimiter - 1] = {0}, most = 0;
    bool quoted = false;
    for (; at < end && *at != '\n'; at++) {
        quoted ^= *at == '"';
        const char *found = quoted || !*at ? NULL : strchr(delimiter, *at);
        if (!found)
            continue;
        if (*at == ':' && (at + 1 == end || *++at != ':'))
            continue;
        count[found - delimiter]++;
    }
    for (int i = 1; i < (int)sizeof delimiter - 1; i++)
        most = count[i] > count[most] ? i : most;
    return delimiter[most];
}

/* What stands before the first line. */
static Status begin(Records *r, Message *message)
{
    size_t length = (size_t)(r->end - r->at);
    if (length >= 2 && (!memcmp(r->at, "\xff\xfe", 2) || !memcmp(r->at, "\xfe\xff", 2)))
        return records_fail(r, "UTF-16 text", "UTF-8, as `iconv -f UTF-16 -t UTF-8` makes it", message);
    if (length >= 3 && !memcmp(r->at, "\xef\xbb\xbf", 3))
        r->at += 3;
    if (!r->delimiter)
        r->delimiter = guess_delimiter(r->at, r->end);
    r->colons = r->delimiter == ':';
    find_stops(r);
    return STATUS_OK;
}

Status records_open(Records *r, const char *path, char delimiter, Message *message)
{
    r->path = path;
    r->delimiter = delimiter;
    r->cells = 0;
    r->line = r->next_line = 1;
    r->ended = r->colons = false;
    r->passed = 0;
    r->block = NULL;
    r->stop = NULL;
    Status status = packed_file_open(&r->file, path, message);
    if (status)
        return status;
    status = make_room(r, FIRST_ROOM, message);
    r->at = r->end = r->block;
    if (!status)
        status = fill(r, message);
    if (!status)
        status = begin(r, message);
    if (status)
        records_close(r);
    return status;
}

void records_close(Records *r)
{
    packed_file_close(r->file);
    free(r->block);
    free(r->stop);
    r->file = NULL;
    r->block = NULL;
    r->stop = NULL;
}

/* A quoted cell from after its first quote; *at comes to stand after its last one. Doubled quotes stay. */
static RecordSplit quoted_cell(RecordCell *cell, char **at, const char *end)
{
    char *start = *at, *quote;
    for (;; *at = quote + 2) {
        quote = memchr(*at, '"', (size_t)(end - *at));
        if (!quote || quote + 1 == end)
            return SPLIT_MORE;
        if (quote[1] != '"')
            break;
    }
    *cell = (RecordCell){start, (size_t)(quote - start)};
    *at = quote + 1;
    return memchr(start, 0, cell->length) ? SPLIT_ZERO : SPLIT_DONE;
}

/* The stops from some byte of the block on; those of the word at hand as bits, so that the next one does not
 * wait for memory. */
typedef struct Stops {
    const Records *records;
    size_t word;
    uint64_t bits;
} Stops;

static Stops stops_from(const Records *r, const char *at)
{
    const size_t byte = (size_t)(at - r->block);
    return (Stops){r, byte / WORD, r->stop[byte / WORD] & UINT64_MAX << byte % WORD};
}

/* r->end, or what follows it, where there is none before. */
static char *next_stop(Stops *stops)
{
    while (!stops->bits)
        stops->bits = stops->records->stop[++stops->word];
    char *at = stops->records->block + stops->word * WORD + __builtin_ctzll(stops->bits);
    stops->bits &= stops->bits - 1;
    return at;
}

/* The cells of the record that begins at r->at, up to *next; quoted cells have a quote before their text. */
static RecordSplit split(Records *r, char **next)
{
    char *at = r->at, *const end = r->end;
    const char delimiter = r->delimiter;
    const bool colons = r->colons;
    Stops stops = stops_from(r, at);
    int cells = 0;
    r->quoted = false;
    for (;;) {
        if (cells == MAX_CELLS)
            return SPLIT_CELLS;
        RecordCell *cell = &r->cell[cells++];
        if (at < end && *at == '"' && !colons) {
            at++;
            r->quoted = true;
            RecordSplit result = quoted_cell(cell, &at, end);
            if (result)
                return result;
            if (*at == '\r' && at + 1 == end)
                return SPLIT_MORE;
            at += *at == '\r' && at[1] == '\n';
            stops = stops_from(r, at + 1);
        } else {
            char *start = at;
            at = next_stop(&stops);
            while (colons && at + 1 < end && *at == ':' && at[1] != ':')
                at = next_stop(&stops);
            if (at >= end || (colons && *at == ':' && at + 1 == end))
                return SPLIT_MORE;
            *cell = (RecordCell){start, (size_t)(at - start)};
        }
        if (*at == '\n')
            break;
        if (!*at)
            return SPLIT_ZERO;
        if (*at++ != delimiter)
            return SPLIT_QUOTE;
        if (colons)
            stops = stops_from(r, ++at);
    }
    *next = at + 1;
    r->cells = cells;
    return SPLIT_DONE;
}

/* The same in a block without quotes, where every stop ends a cell. A 0 behind the last byte is no end of a
 * record. */
static RecordSplit split_plain(Records *r, char **next)
{
    const uint64_t *const stop = r->stop;
    char *const block = r->block, *start = r->at, *at;
    const char delimiter = r->delimiter;
    const size_t byte = (size_t)(start - block);
    size_t word = byte / WORD;
    uint64_t bits = stop[word] & UINT64_MAX << byte % WORD;
    RecordCell *cell = r->cell, *const end = r->cell + MAX_CELLS;
    do {
        if (cell == end)
            return SPLIT_CELLS;
        while (!bits)
            bits = stop[++word];
        at = block + word * WORD + __builtin_ctzll(bits);
        bits &= bits - 1;
        *cell++ = (RecordCell){start, (size_t)(at - start)};
        start = at + 1;
    } while (*at == delimiter && *at != '\n');
    if (*at != '\n')
        return at < r->end ? SPLIT_ZERO : SPLIT_MORE;
    *next = start;
    r->cells = (int)(cell - r->cell);
    return SPLIT_DONE;
}

/* "" becomes ". */
static void unescape(RecordCell *cell)
{
    size_t to = 0;
    for (size_t from = 0; from < cell->length; from++, to++) {
        cell->text[to] = cell->text[from];
        from += cell->text[from] == '"';
    }
    cell->length = to;
}

/* Line breaks inside of quotes are counted, the \r of the line break is taken off. */
static void finish(Records *r, const char *start, const char *next)
{
    r->next_line++;
    for (int i = 0; r->quoted && i < r->cells; i++) {
        RecordCell *cell = &r->cell[i];
        if (cell->text == start || cell->text[-1] != '"')
            continue;
        for (size_t c = 0; c < cell->length; c++)
            r->next_line += cell->text[c] == '\n';
        unescape(cell);
    }
    RecordCell *last = &r->cell[r->cells - 1];
    if (last->length && last->text + last->length + 1 == next && last->text[last->length - 1] == '\r')
        last->length--;
}

static Status refuse(const Records *r, RecordSplit result, Message *message)
{
    if (result == SPLIT_ZERO)
        return records_fail(r, "a byte 0", "text", message);
    if (result == SPLIT_QUOTE)
        return records_fail(r, "text after a closing quote", "the next cell", message);
    if (result == SPLIT_CELLS)
        return records_fail(r, "more than 512 cells in a line", "fewer", message);
    return records_fail(r, "the end of the file inside of a quoted cell", "a closing quote", message);
}

Status records_next(Records *r, Message *message)
{
    for (;;) {
        char *next;
        r->line = r->next_line;
        RecordSplit result = r->at == r->end ? SPLIT_MORE
                             : r->plain      ? split_plain(r, &next)
                                             : split(r, &next);
        if (result == SPLIT_DONE) {
            finish(r, r->at, next);
            r->at = next;
            if (r->cells > 1 || r->cell[0].length)
                return STATUS_OK;
            continue;
        }
        if (r->ended && r->at == r->end) {
            r->cells = 0;
            return STATUS_OK;
        }
        if (result != SPLIT_MORE || r->ended)
            return refuse(r, result, message);
        Status status = fill(r, message);
        if (status)
            return status;
    }
}

const char *cell_shown(RecordCell cell, char text[SHOWN_CELL])
{
    size_t shown = cell.length < SHOWN_CELL - 6 ? cell.length : SHOWN_CELL - 6, used = 0;
    text[used++] = '\'';
    for (size_t i = 0; i < shown; i++)
        text[used++] = (char)(cell.text[i] >= ' ' && cell.text[i] <= '~' ? cell.text[i] : '?');
    snprintf(text + used, SHOWN_CELL - used, "%s'", shown < cell.length ? "..." : "");
    return text;
}

bool cell_is(RecordCell cell, const char *text)
{
    return strlen(text) == cell.length && !memcmp(cell.text, text, cell.length);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What is known to be a number, but neither short nor without an exponent. */
static bool slow_number(const char *text, size_t length, double *value)
{
    char copy[512];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    *value = strtod(copy, NULL);
    return *value - *value == 0; /* finite */
}

static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

enum { EIGHT = 8, BITS = 8 /* of a byte */, MOST_PLACES = 19 /* so that 10 to their power is a word */ };

/* A byte in all eight. */
static uint64_t each(uint8_t byte)
{
    return byte * UINT64_C(0x0101010101010101);
}

/* Up to eight bytes, the first one lowest, and zeros above. */
static uint64_t load_text(const char *text, size_t length)
{
    uint64_t word = 0;
    uint32_t low, high;
    if (length == EIGHT) {
        memcpy(&word, text, sizeof word);
    } else if (length >= sizeof low) {
        memcpy(&low, text, sizeof low);
        memcpy(&high, text + length - sizeof high, sizeof high);
        word = low | (uint64_t)high << BITS * (length - sizeof high);
    } else if (length) {
        word = (uint8_t)text[0] | (uint64_t)(uint8_t)text[length / 2] << BITS * (length / 2) |
               (uint64_t)(uint8_t)text[length - 1] << BITS * (length - 1);
    }
    return word;
}

/* Whether all eight bytes are digits. */
static bool are_digits(uint64_t word)
{
    return ((word & each(0xf0)) | (((word + each(0x06)) & each(0xf0)) >> 4)) == each(0x33);
}

/* The number of eight digits, the first one lowest: neighbours are joined, then pairs, then fours. */
static uint64_t value_of_digits(uint64_t word)
{
    word = ((word & each(0x0f)) * (10 * (1 << BITS) + 1)) >> BITS;
    word = ((word & UINT64_C(0x00ff00ff00ff00ff)) * (100 * (1 << 2 * BITS) + 1)) >> 2 * BITS;
    return ((word & UINT64_C(0x0000ffff0000ffff)) * (10000 * (UINT64_C(1) << 4 * BITS) + 1)) >> 4 * BITS;
}

/* Digits as one number, as long as they fit. */
typedef struct Digits {
    uint64_t number;
    int count;
    bool dropped; /* some did not fit */
} Digits;

/* Up to eight of them with zeros before the first one. */
static uint64_t eight_digits(uint64_t word, size_t digits)
{
    const size_t none = BITS * (EIGHT - digits);
    return none ? word << none | (each('0') & ((UINT64_C(1) << none) - 1)) : word;
}

/* Eight at once where there are so many, since numbers that programs print in full have sixteen or more, and
 * then the rest of the text at once where it is digits. */
static const char *take_digits(const char *at, const char *end, Digits *d)
{
    enum { MOST = 19 /* that always fit */ };
    for (; end - at >= EIGHT && d->count + EIGHT <= MOST; at += EIGHT, d->count += EIGHT) {
        const uint64_t word = load_text(at, EIGHT);
        if (!are_digits(word))
            break;
        d->number = 100000000 * d->number + value_of_digits(word);
    }
    const size_t left = (size_t)(end - at);
    if (left && left < EIGHT && d->count + (int)left <= MOST) {
        const uint64_t word = eight_digits(load_text(at, left), left);
        if (are_digits(word)) {
            d->number = (uint64_t)power[left] * d->number + value_of_digits(word);
            d->count += (int)left;
            return end;
        }
    }
    for (; at < end && is_digit(*at); at++, d->count++) {
        if (d->number < UINT64_C(1000000000000000000))
            d->number = 10 * d->number + (uint64_t)(*at - '0');
        else
            d->dropped = true;
    }
    return at;
}

__extension__ typedef unsigned __int128 Wide;

/* number / 10^places, rounded once. Both are shifted to the top of their words, so that the quotient has 63
 * bits or 64: a double has 53, and the last one stands for all that follow. */
static double quotient_of(uint64_t number, int places)
{
    const uint64_t ten = (uint64_t)power[places];
    const int up = __builtin_clzll(number), ten_up = __builtin_clzll(ten);
    const uint64_t divisor = ten << ten_up;
    const Wide shifted = (Wide)(number << up) << 63;
    const uint64_t quotient = (uint64_t)(shifted / divisor);
    const bool rest = (uint64_t)shifted != quotient * divisor;
    return scalbn((double)(quotient | rest), ten_up - up - 63);
}

/* Up to eight bytes, digits with at most one point among them: most numbers are so. All are read at
 * once, since a loop over them is left where the processor does not expect it. */
static bool short_number(RecordCell cell, double *value)
{
    uint64_t word = load_text(cell.text, cell.length);
    const uint64_t points = word ^ each('.'), found = (points - each(1)) & ~points & each(0x80);
    size_t digits = cell.length, after = 0;
    if (found) {
        const size_t before = (size_t)__builtin_ctzll(found) / BITS;
        const uint64_t kept = (UINT64_C(1) << BITS * before) - 1;
        after = --digits - before;
        word = (word & kept) | ((word >> BITS & ~kept));
    }
    if (!digits)
        return false;
    word = eight_digits(word, digits);
    const double mantissa = (double)value_of_digits(word);
    *value = after ? mantissa / power[after] : mantissa;
    return are_digits(word);
}

bool cell_read_number(RecordCell cell, double *value)
{
    enum { EXACT = sizeof power / sizeof *power, MOST_EXPONENT = 99999 };
    const bool minus = cell.length > 1 && *cell.text == '-';
    if (cell.length - minus <= EIGHT &&
        short_number((RecordCell){cell.text + minus, cell.length - minus}, value)) {
        *value = minus ? -*value : *value;
        return true;
    }
    const char *at = cell.text, *end = cell.text + cell.length;
    while (at < end && *at == ' ')
        at++;
    while (at < end && end[-1] == ' ')
        end--;
    const char *start = at;
    bool negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    Digits digits = {0, 0, false};
    at = take_digits(at, end, &digits);
    const int before = digits.count;
    if (at < end && *at == '.')
        at = take_digits(at + 1, end, &digits);
    int exponent = before - digits.count;
    if (!digits.count)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        bool down = ++at < end && *at == '-';
        at += at < end && (*at == '-' || *at == '+');
        int given = 0;
        if (at == end)
            return false;
        for (; at < end && is_digit(*at); at++)
            given = given < MOST_EXPONENT ? 10 * given + (*at - '0') : given;
        exponent += down ? -given : given;
    }
    if (at != end)
        return false;
    double number;
    if (digits.number <= UINT64_C(1) << 53 && exponent > -EXACT && exponent < EXACT) /* both are doubles */
        number =
            exponent < 0 ? (double)digits.number / power[-exponent] : (double)digits.number * power[exponent];
    else if (!digits.dropped && exponent < 0 && exponent >= -MOST_PLACES)
        number = quotient_of(digits.number, -exponent);
    else
        return slow_number(start, (size_t)(end - start), value);
    *value = negative ? -number : number;
    return true;
}
