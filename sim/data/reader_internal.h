/* What the reader and its layouts share; for files of sim/data alone. */
#pragma once

#include "sim/data/bag_column.h"
#include "sim/data/load.h"
#include "sim/data/published.h"
#include "sim/data/read_ahead.h"
#include "sim/data/reader.h"
#include "sim/data/records.h"

#include <limits.h>

enum {
    MAX_LAYOUT_FILES = 8,
    MAX_LAYOUT_FEATURES = 8, /* with the NULL that ends them */
    MAX_COLUMNS = MAX_CATEGORICAL + MAX_DENSE_GROUPS
};

/* Files that a layout has. */
typedef struct LayoutFile {
    const char *pattern; /* of the name, as fnmatch has it; NULL ends the list */
    DataPart part;       /* of rows that do not say */
    bool alone;          /* matches a file that is named by itself, and is not looked for in a folder */
} LayoutFile;

/* How the rows of a layout are read; `state` is the layout's own. */
typedef struct Format {
    Status (*open)(Reader *reader, Message *message); /* the file reader->path, already a table of records */
    Status (*row)(Reader *reader, Message *message);  /* the record at hand into row reader->row */
    void (*close)(Reader *reader);                    /* NULL where there is nothing to free */
    Status (*columns)(Reader *reader, Message *message); /* the schema, from the first file; at opening */
    Status (*end)(Reader *reader, Message *message);     /* after the last row; NULL: nothing to say then */
    bool ahead; /* rows may be read by a thread: only reader_id gives them ids */
} Format;

struct Layout {
    const char *name, *files;
    LayoutFile file[MAX_LAYOUT_FILES];
    const char *besides[MAX_LAYOUT_FILES]; /* patterns of files that are read beside those; NULL ends them */
    const char *subfolder; /* of the folder, where some of the files may lie instead; NULL: none */
    const char *begins;    /* how the first line does, to be recognised by; NULL: however */
    bool fields;           /* its first line is of field_rows_begin, to be recognised by */
    int numbers;           /* how many its first line is, and nothing else, to be recognised by; 0: however */
    const char *header;    /* the names of columns of files without a header line; NULL: their first line */
    char delimiter;        /* as records_open has it */
    bool usual_names;      /* a column that is not there by its name may be there by another usual one */
    bool matrix;
    bool block_kept_out; /* ratings: a pair of PART_UNBIASED was not an exposure of the log */
    bool completed;
    double threshold;    /* 0: labels are 0 or 1 */
    const char *no_time; /* what a conversion that was none has for its time, beside an empty cell, or NULL */
    const char
        *features[MAX_LAYOUT_FEATURES]; /* columns of x where they are known before the files are read */
    ColumnNames columns;
    const Published *published; /* NULL: no counts are stated */
    const Format *format; /* how its rows are read, block by block; NULL where `read` reads the whole of it */
    /* Fills `data`, of which all is empty, from a folder; options->reader.threshold is never 0. */
    Status (*read)(RealData *data, const char *folder, const LoadOptions *options, const StreamKey *key,
                   Message *message);
};

typedef struct ReaderFile {
    char path[PATH_MAX];
    DataPart part;
} ReaderFile;

/* What becomes of a cell. */
typedef enum CellRole {
    ROLE_NONE,
    ROLE_ID,
    ROLE_DENSE,
    ROLE_CLICK,
    ROLE_CONVERSION,
    ROLE_SPLIT,
    ROLE_UNBIASED,
    ROLE_RANDOM,
    ROLE_GROUP,
    ROLE_TIME,
    ROLE_CLICK_TIME,
    ROLE_CONVERSION_TIME,
    ROLE_PROPENSITY,
    ROLE_WEIGHT,
} CellRole;

typedef struct CellUse {
    CellRole role;
    int column;      /* of x, for ROLE_ID and ROLE_DENSE; -1 until it has a number */
    const char *key; /* of columns.KEY that asks for it */
} CellUse;

/* A table of users or items (side_table.h). */
typedef struct SideTable SideTable;

struct Reader {
    const Layout *layout;
    ReaderOptions options;
    ColumnNames names;  /* the layout's, with the options' in their place */
    const char *header; /* the names of columns of files without a header line; empty: their first line */
    double threshold;
    ReaderFile *file;
    int files, next_file;
    bool is_open;
    DataPart part; /* of the file at hand */
    Records records;
    CellUse use[MAX_CELLS]; /* of the cells of the file at hand */
    int cells;
    int own; /* columns of x that the log has itself */
    bool has_click, has_conversion, has_group, has_time, has_delays, has_propensity, has_weight; /* columns */
    Schema schema; /* without cardinalities */
    char *name[MAX_COLUMNS];
    int names_kept;
    Dictionary id[MAX_CATEGORICAL + 1];   /* of categorical columns; the last one of groups */
    SideTable *side[2];                   /* of FIELD_USER and FIELD_ITEM; NULL: none */
    BagColumn *bags[MAX_CATEGORICAL + 1]; /* of columns of bags, in the place of `id`; else NULL */
    RowBlock *block;
    size_t row;       /* of the block that is being filled */
    IdQueue *ids;     /* of the same */
    IdQueue own_ids;  /* of a block that is read without a thread */
    ReadAhead *ahead; /* NULL: none reads ahead */
    bool begun;       /* a block was read, so that it is settled whether one does */
    size_t expected;  /* rows, once a block was filled */
    size_t unclicked;
    char unread[256]; /* names of columns */
    char guessed[256];
    char unread_files[256];
    void *state;
};

extern const Format table_format, aliccp_format, field_format;

/* Whether a file begins with a row of fields: numbers, then FIELD:ID or FIELD:ID:VALUE. */
bool field_rows_begin(const char *path);

/* Whether a name is of a column: neither empty nor "none". */
bool column_is_given(const char *name);

/* Layout.read of Coat: train.ascii, test.ascii (a line a user, a rating from 0 to 5 an item, 0 is not rated),
 * user_features.ascii and item_features.ascii (a line each, columns of 0 and 1). Their line counts are the
 * numbers of users and items.
 *
 * data->log has every user-item pair, user by user: a click is a rating in train.ascii, a conversion a rating
 * of at least the threshold. The ratings of test.ascii are clicks all: a share of them, drawn from the stream
 * "unbiased" of `key`, is data->unbiased, the rest data->test, both user by user. Columns: ids "user" and
 * "item" from 0, dense groups "user_features" and "item_features" as they are.
 *
 * STATUS_FAILED when a file cannot be read, STATUS_USAGE when one is malformed (the message names file and
 * line) or the random ratings are too few to be shared out. */
Status coat_read(RealData *data, const char *folder, const LoadOptions *options, const StreamKey *key,
                 Message *message);

/* Reads the next rows but for the ids that come into the queue; none after the last. */
Status reader_fill(Reader *reader, RowBlock *block, IdQueue *ids, Message *message);

/* Lists the files of the reader's layout at a path in reader->file, which may be none; free() it. */
Status reader_find_files(Reader *reader, const char *path, Message *message);

/* The folder at a path, or the one of the file at it. */
Status data_folder(const char *path, char folder[PATH_MAX], Message *message);

/* Where the table of users or items is that the options name for data at a path; empty where they name none.
 */
Status side_table_path(const ReaderOptions *options, int field, const char *data, char path[PATH_MAX],
                       Message *message);

/* From which number on it is a conversion: the options', or else the layout's own. */
double layout_threshold(const Layout *layout, const ReaderOptions *options);

/* A name that lives as long as the reader; NULL when out of memory or there are too many. */
const char *reader_keep(Reader *reader, const char *name, size_t length);

/* Puts the id of a cell of a categorical column, of bags too, or of the group, into the row; it is there when
 * the block is returned. */
enum { GROUP_COLUMN = MAX_CATEGORICAL };
Status reader_id(Reader *reader, int column, RecordCell cell, Message *message);

/* The same of a cell of a column that reader_add_bags was called for, at once. */
Status reader_bag_id(Reader *reader, int column, RecordCell cell, uint32_t *id, Message *message);

/* What stands between the values of a bag. */
char reader_bag_separator(const Reader *reader);

/* Makes a categorical column one of bags. */
Status reader_add_bags(Reader *reader, int column, Message *message);

/* Click and conversion of the row; a conversion off clicks is counted and not kept. */
void reader_label(Reader *reader, bool click, bool conversion);

/* Fails about a cell of the record at hand: found 'TEXT' in column NAME; expected EXPECTED. */
Status reader_refuse(const Reader *reader, RecordCell cell, const char *column, const char *expected,
                     Message *message);
