/* The Ali-CCP logs (Ma et al., SIGIR 2018). sample_skeleton_SPLIT.csv has a line an exposure, without a
 * header: sample id, click, buy, index of common features, number of features, features.
 * common_features_SPLIT.csv has what many exposures share: index, number of features, features. A feature is
 * FIELD ^B ID ^C VALUE, features are separated by ^A. Read are the 18 fields with one id each that published
 * work uses, and as bags those of several ids that columns.bags names, such as 210 and the histories 109_14,
 * 110_14, 127_14 and 150_14. Values are not. */
#include "sim/data/reader_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 18, MOST_BAGS = 8, CODES = 1000, NEXT_FEATURE = 1, BEFORE_ID = 2, BEFORE_VALUE = 3 };

/* User and item first, then those of the user, the item, the context and their combinations. */
static const char *const field_name[FIELDS] = {"101", "205", "121", "122", "124", "125", "126", "127", "128",
                                               "129", "206", "207", "216", "301", "508", "509", "702", "853"};

static const char skeleton[] = "sample_skeleton", common[] = "common_features";

/* A field of bags, and its ids in a row, separated as the cells of columns.bags are. */
typedef struct FieldBag {
    char name[COLUMN_NAME];
    BagText ids;
} FieldBag;

/* What exposures of the file at hand share. */
typedef struct CommonFeatures {
    int8_t field[CODES]; /* column + 1 of a field; 0: not read */
    char path[PATH_MAX];
    Records records;
    Dictionary index;
    uint32_t (*id)[FIELDS + MOST_BAGS]; /* of index 1, 2, ... */
    size_t room;
    FieldBag bag[MOST_BAGS]; /* of the row at hand; their columns follow the fields */
    int bags;
} CommonFeatures;

/* The fields that columns.bags names. */
static Status add_bags(Reader *reader, CommonFeatures *c, Message *message)
{
    const char *list = reader->names.bags;
    Status status = STATUS_OK;
    while (*list && !status) {
        const size_t length = strcspn(list, ",");
        if (c->bags == MOST_BAGS || length >= COLUMN_NAME)
            return fail(message, STATUS_USAGE, "columns.bags: expected at most %d fields", MOST_BAGS);
        FieldBag *bag = &c->bag[c->bags++];
        const int column = reader->schema.categorical++;
        snprintf(bag->name, sizeof bag->name, "%.*s", (int)length, list);
        reader->schema.name[column] = bag->name;
        status = reader_add_bags(reader, column, message);
        list += length + (list[length] == ',');
    }
    return status;
}

static Status aliccp_columns(Reader *reader, Message *message)
{
    static const ColumnNames none;
    ColumnNames others = reader->options.columns;
    memset(others.bags, 0, sizeof others.bags);
    if (memcmp(&others, &none, sizeof none) != 0 || reader->options.users[0] || reader->options.items[0])
        return fail(
            message, STATUS_USAGE,
            "columns: found some; expected none but columns.bags, nor data.users or data.items: the files "
            "of aliccp name theirs");
    CommonFeatures *c = calloc(1, sizeof *c);
    if (!c)
        return fail_memory(message, "common features");
    reader->state = c;
    reader->schema.categorical = FIELDS;
    for (int f = 0; f < FIELDS; f++) {
        reader->schema.name[f] = field_name[f];
        c->field[atoi(field_name[f])] = (int8_t)(f + 1);
    }
    reader->schema.name[FIELD_USER] = "user";
    reader->schema.name[FIELD_ITEM] = "item";
    return add_bags(reader, c, message);
}

static void forget_common(CommonFeatures *c)
{
    dictionary_free(&c->index);
    free(c->id);
    c->id = NULL;
    c->room = 0;
}

static void aliccp_close(Reader *reader)
{
    CommonFeatures *c = reader->state;
    if (c)
        forget_common(c);
    for (int b = 0; c && b < c->bags; b++)
        bag_text_free(&c->bag[b].ids);
    free(c);
}

/* The column of a field's name, or -1 where it is not read. */
static int column_of(const CommonFeatures *c, const char *name, size_t length)
{
    int code = 0;
    for (int b = 0; b < c->bags; b++)
        if (strlen(c->bag[b].name) == length && !memcmp(c->bag[b].name, name, length))
            return FIELDS + b;
    if (length != 3)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        code = 10 * code + (name[i] - '0');
    }
    return c->field[code] - 1;
}

/* One feature of a cell, and its column. */
typedef struct AliccpFeature {
    int column;
    RecordCell id;
} AliccpFeature;

/* Reads the first feature of the cell, which then begins with the next one. False when it is malformed. */
static bool next_feature(const CommonFeatures *c, RecordCell *cell, AliccpFeature *feature)
{
    char *end = memchr(cell->text, NEXT_FEATURE, cell->length);
    size_t length = end ? (size_t)(end - cell->text) : cell->length;
    char *id = memchr(cell->text, BEFORE_ID, length);
    char *value = id ? memchr(id, BEFORE_VALUE, length - (size_t)(id - cell->text)) : NULL;
    if (!value || value == id + 1)
        return false;
    *feature = (AliccpFeature){column_of(c, cell->text, (size_t)(id - cell->text)),
                               {id + 1, (size_t)(value - id - 1)}};
    size_t taken = length + (end != NULL);
    *cell = (RecordCell){cell->text + taken, cell->length - taken};
    return true;
}

static Status bad_features(const Records *r, RecordCell cell, Message *message)
{
    char shown[SHOWN_CELL], found[SHOWN_CELL + 16];
    snprintf(found, sizeof found, "%s as a feature", cell_shown(cell, shown));
    return records_fail(r, found, "FIELD ^B ID ^C VALUE", message);
}

static Status bad_cells(const Records *r, const char *expected, Message *message)
{
    char found[32];
    snprintf(found, sizeof found, "%d cells", r->cells);
    return records_fail(r, found, expected, message);
}

/* The id of a common feature, which no row holds yet. */
static uint32_t common_id(Reader *reader, const AliccpFeature *feature)
{
    DictionaryKey key;
    dictionary_key(feature->id.text, feature->id.length, &key);
    if (reader->options.buckets)
        return 1 + (uint32_t)(key.hash % (uint64_t)reader->options.buckets);
    return dictionary_id(&reader->id[feature->column], &key, feature->id.text);
}

/* The ids of the index at hand, all missing at first. */
static uint32_t *common_row(CommonFeatures *c, Message *message)
{
    RecordCell cell = c->records.cell[0];
    uint32_t before = c->index.entries;
    DictionaryKey key;
    dictionary_key(cell.text, cell.length, &key);
    uint32_t number = dictionary_id(&c->index, &key, cell.text);
    if (number != DICTIONARY_FULL && number > c->room) {
        size_t room = c->room ? 2 * c->room : 1024;
        uint32_t(*id)[FIELDS + MOST_BAGS] = realloc(c->id, room * sizeof *id);
        c->id = id ? id : c->id;
        c->room = id ? room : c->room;
    }
    if (number == DICTIONARY_FULL || number > c->room) {
        (void)fail_memory(message, "common features");
        return NULL;
    }
    if (number > before)
        memset(c->id[number - 1], 0, sizeof c->id[number - 1]);
    return c->id[number - 1];
}

static void begin_bags(CommonFeatures *c)
{
    for (int b = 0; b < c->bags; b++)
        c->bag[b].ids.length = 0;
}

static Status add_to_bag(const Reader *reader, FieldBag *bag, RecordCell id, Message *message)
{
    return bag_text_add(&bag->ids, id.text, id.length, reader_bag_separator(reader))
               ? STATUS_OK
               : fail_memory(message, "the ids of a bag");
}

/* The bags of the row that have ids, into its columns. */
static Status end_bags(Reader *reader, CommonFeatures *c, uint32_t *id, Message *message)
{
    Status status = STATUS_OK;
    for (int b = 0; !status && b < c->bags; b++)
        if (c->bag[b].ids.length)
            status = reader_bag_id(reader, FIELDS + b, (RecordCell){c->bag[b].ids.text, c->bag[b].ids.length},
                                   &id[FIELDS + b], message);
    return status;
}

static Status read_common_row(Reader *reader, Message *message)
{
    CommonFeatures *c = reader->state;
    const Records *r = &c->records;
    if (r->cells != 3)
        return bad_cells(r, "3: index, number of features, features", message);
    uint32_t *id = common_row(c, message);
    if (!id)
        return STATUS_FAILED;
    begin_bags(c);
    for (RecordCell cell = r->cell[2]; cell.length;) {
        AliccpFeature feature;
        if (!next_feature(c, &cell, &feature))
            return bad_features(r, cell, message);
        if (feature.column < 0)
            continue;
        if (feature.column >= FIELDS) {
            Status status = add_to_bag(reader, &c->bag[feature.column - FIELDS], feature.id, message);
            if (status)
                return status;
            continue;
        }
        id[feature.column] = common_id(reader, &feature);
        if (id[feature.column] == DICTIONARY_FULL)
            return fail_memory(message, "the ids of a column");
    }
    return end_bags(reader, c, id, message);
}

/* common_features_SPLIT.csv beside the sample_skeleton_SPLIT.csv that is open. */
static Status common_path(const Reader *reader, char path[PATH_MAX], Message *message)
{
    const char *own = reader->records.path, *slash = strrchr(own, '/');
    const char *name = slash ? slash + 1 : own;
    int length =
        snprintf(path, PATH_MAX, "%.*s%s%s", (int)(name - own), own, common, name + strlen(skeleton));
    return length < PATH_MAX ? STATUS_OK
                             : fail(message, STATUS_FAILED, "cannot read common features: too long a name");
}

static Status aliccp_open(Reader *reader, Message *message)
{
    CommonFeatures *c = reader->state;
    forget_common(c);
    Status status = common_path(reader, c->path, message);
    if (!status)
        status = records_open(&c->records, c->path, ',', message);
    if (status)
        return status;
    do {
        status = records_next(&c->records, message);
        if (!status && c->records.cells)
            status = read_common_row(reader, message);
    } while (!status && c->records.cells);
    records_close(&c->records);
    return status;
}

static bool read_flag(RecordCell cell, bool *flag)
{
    *flag = cell.length == 1 && *cell.text == '1';
    return *flag || (cell.length == 1 && *cell.text == '0');
}

static Status aliccp_row(Reader *reader, Message *message)
{
    CommonFeatures *c = reader->state;
    const Records *r = &reader->records;
    const size_t columns = (size_t)reader->schema.categorical;
    uint32_t *row = reader->block->log.x.id + reader->row * columns;
    bool click, buy;
    if (r->cells != 6)
        return bad_cells(r, "6: sample, click, buy, index of common features, number of features, features",
                         message);
    if (!read_flag(r->cell[1], &click))
        return reader_refuse(reader, r->cell[1], "click", "0 or 1", message);
    if (!read_flag(r->cell[2], &buy))
        return reader_refuse(reader, r->cell[2], "buy", "0 or 1", message);
    uint32_t number = dictionary_find(&c->index, r->cell[3].text, r->cell[3].length);
    if (!number)
        return reader_refuse(reader, r->cell[3], "index of common features", "one of common_features_*.csv",
                             message);
    memcpy(row, c->id[number - 1], columns * sizeof *row);
    Status status = STATUS_OK;
    begin_bags(c);
    for (RecordCell cell = r->cell[5]; cell.length && !status;) {
        AliccpFeature feature;
        if (!next_feature(c, &cell, &feature))
            return bad_features(r, cell, message);
        if (feature.column >= FIELDS)
            status = add_to_bag(reader, &c->bag[feature.column - FIELDS], feature.id, message);
        else if (feature.column >= 0)
            status = reader_id(reader, feature.column, feature.id, message);
    }
    if (!status)
        status = end_bags(reader, c, row, message);
    reader_label(reader, click, buy);
    reader->block->part[reader->row] = (uint8_t)reader->part;
    return status;
}

const Format aliccp_format = {
    .columns = aliccp_columns, .open = aliccp_open, .row = aliccp_row, .close = aliccp_close};
