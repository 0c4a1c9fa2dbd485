/* Delimited text as records of cells, read in blocks: memory is bounded by the longest record. */
#pragma once

#include "sim/data/packed_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_CELLS = 512, LONGEST_RECORD = 1 << 24 /* bytes */, SHOWN_CELL = 40 };

typedef struct RecordCell {
    char *text; /* not ended by 0; in the block, so good until the next record is read */
    size_t length;
} RecordCell;

/* Read `cell`, `cells` and `line` of the record at hand; the rest is private. */
typedef struct Records {
    int cells; /* 0 after the last record */
    RecordCell cell[MAX_CELLS];
    size_t line; /* of the file, from 1, where the record begins */
    const char *path;
    PackedFile *file;
    char delimiter;
    bool colons;      /* two of them separate: the delimiter is ':', and a quote is text */
    bool plain;       /* no cell of the block is quoted, and one byte separates cells */
    bool quoted;      /* some of the cells at hand are */
    bool ended;       /* the whole file is in the block */
    size_t next_line; /* after the record */
    char *block, *at, *end;
    size_t passed; /* bytes of the text before the block */
    size_t room;
    uint64_t *stop; /* a bit for each byte of the block: whether it ends a plain cell */
} Records;

/* Opens a file whose cells are separated by `delimiter` (':' stands for "::"), or where that is 0 by which of
 * , tab ; | :: its first line has most of outside of quotes. In files of "::" quotes are text; in others
 * a cell that begins with a double quote ends at the next single one, and may hold delimiters, line breaks
 * and "" for a quote (RFC 4180). Lines end in \n or \r\n, the last perhaps in neither; empty lines and a byte
 * order mark at the start are skipped. `path` must outlive the records. A file that gzip or zstd compressed
 * is read as what it holds. STATUS_FAILED when the file cannot be read, STATUS_USAGE when it is UTF-16. */
Status records_open(Records *records, const char *path, char delimiter, Message *message);
void records_close(Records *records);

/* Goes to the next record. STATUS_USAGE with "PATH:LINE: found ...; expected ..." for what is no text of
 * records: a 0 byte, a quote that is not closed or is followed by text, a record of more than MAX_CELLS cells
 * or LONGEST_RECORD bytes. */
Status records_next(Records *records, Message *message);

/* Fails with "PATH:LINE: found FOUND; expected EXPECTED" about the record at hand. */
Status records_fail(const Records *records, const char *found, const char *expected, Message *message);

/* The cell in quotes for a message: shortened, without control characters. */
const char *cell_shown(RecordCell cell, char text[SHOWN_CELL]);

/* Whether the cell is this text. */
bool cell_is(RecordCell cell, const char *text);

/* Reads a decimal number with blanks around it or none, rounded as strtod would. False when the cell is none,
 * or too large for a double. */
bool cell_read_number(RecordCell cell, double *value);
