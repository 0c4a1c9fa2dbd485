/* Logs of clicks and conversions in files: the layouts of public data, and a reader of their rows, a block at
 * a time. sim/data includes sim/base and sim/log.h alone: it knows no world and no truth. */
#pragma once

#include "sim/log.h"

#include <stdbool.h>

typedef struct Reader Reader;

/* What the rows of a file are for. */
typedef enum DataPart {
    PART_LOG,      /* what users did of their own choice, or what a policy showed them: the biased log */
    PART_UNBIASED, /* items shown at random, whose outcomes are known whatever the user would have clicked */
    PART_RANDOM,   /* items shown at random, and clicked by choice: outcomes are known on clicks only */
    PART_TEST,     /* held out of the log, as biased as it is */
    PART_VALID,    /* held out as well, and neither trained on nor scored */
    PARTS
} DataPart;

enum { COLUMN_NAME = 64, COLUMN_LIST = 512, SIDE_PATH = 512, READER_BLOCK = 4096 };

/* What separates the cells of a table. */
typedef enum Delimiter {
    DELIMITER_AUTO, /* the layout's own, or where it has none what the first line of the file has most of */
    DELIMITER_COMMA,
    DELIMITER_TAB,
    DELIMITER_SEMICOLON,
    DELIMITER_BAR,    /* | */
    DELIMITER_COLONS, /* :: */
} Delimiter;

/* What separates the values in a cell of columns.bags. */
typedef enum BagSeparator { BAG_BAR, BAG_COMMA, BAG_SEMICOLON, BAG_COLON, BAG_BLANK } BagSeparator;

/* Which columns of a table are what, by the names in its first line. An empty name is the layout's own, and
 * "none" is no such column. */
typedef struct ColumnNames {
    char user[COLUMN_NAME], item[COLUMN_NAME];         /* none: the same id in every row */
    char click[COLUMN_NAME];                           /* 0 or 1; none: every row is a click */
    char conversion[COLUMN_NAME];                      /* 0 or 1, or a number that a threshold is set on */
    char categorical[COLUMN_LIST], dense[COLUMN_LIST]; /* comma-separated; NAME* is all that begin so */
    char bags[COLUMN_LIST];     /* likewise: categorical columns whose cells hold several values each */
    char split[COLUMN_NAME];    /* train, valid or test */
    char unbiased[COLUMN_NAME]; /* 1: PART_UNBIASED, whatever the split says */
    char random[COLUMN_NAME];   /* 1: PART_RANDOM, likewise */
    char group[COLUMN_NAME]; /* the list that the row was shown in, for per-user metrics; none: its user's */
    char time[COLUMN_NAME];  /* a number that grows with time, such as seconds since 1970 */
    char click_time[COLUMN_NAME]; /* a number of ReaderOptions.time_unit; it comes together with the next */
    char conversion_time[COLUMN_NAME]; /* likewise, and nothing where there is no conversion; without a column
                                          of conversions, a row that has one is converted */
    char propensity[COLUMN_NAME]; /* with what probability the row would be clicked, as it was logged: in (0,
                                     1] */
    char weight[COLUMN_NAME];     /* as how many rows a row of training counts: a number of at least 0 */
    char header[COLUMN_LIST]; /* the names of all columns of files without a header line, comma-separated */
    char users_header[COLUMN_LIST], items_header[COLUMN_LIST]; /* likewise of the tables of users and items */
} ColumnNames;

/* The unit of times in files. */
typedef enum TimeUnit { TIME_SECONDS, TIME_MILLISECONDS, TIME_MINUTES, TIME_HOURS, TIME_DAYS } TimeUnit;

/* A time of a file in days, which is what logs have. */
double time_in_days(TimeUnit unit, double time);

typedef struct ReaderOptions {
    ColumnNames columns;
    /* Tables of users and of items, a row each, whose columns are joined to the rows of a log by the id:
     * those of columns.categorical and columns.dense that the log does not have itself. They have a header
     * line or names in the columns, and the id in a column of the name that it has in the log or another
     * usual one. A name without a slash is of the folder of the data. Empty: none. */
    char users[SIDE_PATH], items[SIDE_PATH];
    double threshold; /* conversions are numbers of at least this; 0: the layout's own, or 0/1 labels */
    int64_t buckets;  /* ids are hashed into so many a column, which bounds memory; 0: a dictionary */
    Delimiter delimiter;
    BagSeparator bag_separator;
    TimeUnit time_unit; /* of click_time and conversion_time */
} ReaderOptions;

/* Rows of a log, with the part that each belongs to. log.x.rows are filled, of READER_BLOCK that fit.
 * log.weight is there where reader_has_weight: above 0 in rows to train on. One of weight 0 is PART_VALID.
 * The log has delays where reader_has_delays. */
typedef struct RowBlock {
    Log log;
    uint8_t part[READER_BLOCK];     /* of enum DataPart */
    uint32_t group[READER_BLOCK];   /* as ColumnNames has it, from 1; the user's id where there is none */
    double time[READER_BLOCK];      /* finite where reader_has_time, else 0 */
    float propensity[READER_BLOCK]; /* in (0, 1] where reader_has_propensity, else 0 */
} RowBlock;

/* "log", "unbiased", ... */
extern const char *const part_name[PARTS];

/* A layout of public data. */
typedef struct Layout Layout;

/* Every layout; NULL ends the table. The order is that in which they are recognised. */
extern const Layout *const layout_table[];
const char *layout_name(const Layout *layout);
const char *layout_files(const Layout *layout); /* one line: which files, which columns */
bool layout_is_matrix(const Layout *layout);    /* ratings: every pair of user and item is an exposure */
bool layout_is_completed(
    const Layout *layout); /* data.source of this name is the matrix that its ratings are completed to */
/* Whether its rows have the times of clicks and conversions, by the names of columns that it or the options
 * give. */
bool layout_has_times(const Layout *layout, const ReaderOptions *options);
bool layout_is_read_whole(const Layout *layout); /* by load_real_data alone: it has no reader */
/* The columns of x where they are known before the files are read, categorical ones first, NULL at the end;
 * NULL: not known. */
const char *const *layout_features(const Layout *layout);
const Layout *layout_find(const char *name); /* NULL when there is none */
/* Fails about a name that no layout has: "WHERE: unknown layout 'NAME'; ...". */
Status layout_unknown(const char *name, const char *where, Message *message);
/* The layout of a file or a folder; NULL when it is of none. With options->columns.header a file of numbers
 * alone is a table. */
const Layout *layout_recognise(const char *path, const ReaderOptions *options);

/* Opens the files of a layout: one file, or all of those in a folder, one after the other in alphabetical
 * order within each part. Ids: 0 is a missing value (an empty cell); others are 1, 2, ... in order of first
 * appearance in the column over all files (of columns of users and items in that of their table), or with
 * options->buckets hashes from 1. STATUS_FAILED when a file cannot be read, STATUS_USAGE when there is none
 * of that layout or one lacks a column; the message names file and line. */
Status reader_open(Reader **reader, const Layout *layout, const char *path, const ReaderOptions *options,
                   Message *message);
void reader_close(Reader *reader);

/* Gives the bags of the columns that have some to the caller, with the pointers to them in `schema`, which is
 * the reader's. Free each with bags_free and free. The reader reads no more then. */
Status reader_take_bags(Reader *reader, Schema *schema, Bags *bags[MAX_CATEGORICAL], Message *message);

/* The columns. Bags belong to the reader. Cardinalities are those of what was read so far, so final after the
 * last row. Names belong to the reader. */
void reader_schema(const Reader *reader, Schema *schema);

Status row_block_create(RowBlock **block, const Reader *reader, Message *message);
void row_block_free(RowBlock *block);

/* Reads the next rows; none after the last. A missing dense value is NaN. A conversion off clicks is no label
 * (sim/log.h) and becomes 0: reader_unclicked counts them. STATUS_USAGE for a malformed row: "FILE:LINE:
 * found ...; expected ...". */
Status reader_next(Reader *reader, RowBlock *block, Message *message);
size_t reader_unclicked(const Reader *reader);

/* The table of users (FIELD_USER) or items (FIELD_ITEM), and how many of the rows that were read are of none
 * of its users or items, so that its columns are missing there; NULL where there is no such table. */
const char *reader_side(const Reader *reader, int field, size_t *missing);

/* Whose table a column of x is of: FIELD_USER, FIELD_ITEM, or -1 where the log has it itself. */
int reader_side_of_id(const Reader *reader, int column);
int reader_side_of_dense(const Reader *reader, int column);

/* Bytes of all its files; a file whose size is not known counts as 0. */
size_t reader_bytes(const Reader *reader);

/* About how many rows there are, by the bytes of the first block, once that was read; less where files are
 * compressed, and 0 where the first file is no longer than that. */
size_t reader_expected_rows(const Reader *reader);

/* The columns that are not read, comma-separated. */
const char *reader_unread(const Reader *reader);

/* What usual names the columns were found by, where the layout's own were not there: "user: user_id, ...". */
const char *reader_guessed(const Reader *reader);

/* Files of the folder that are not of the layout, comma-separated. */
const char *reader_unread_files(const Reader *reader);

/* Whether rows carry a group of their own. */
bool reader_has_group(const Reader *reader);

/* Whether rows carry a time. */
bool reader_has_time(const Reader *reader);

/* Whether rows carry the times of clicks and conversions. */
bool reader_has_delays(const Reader *reader);

/* Whether rows carry a logged propensity. */
bool reader_has_propensity(const Reader *reader);

/* Whether rows carry a weight. */
bool reader_has_weight(const Reader *reader);
