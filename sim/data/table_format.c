/* Rows of tables whose columns have names: every layout that is one table, or a few of the same columns. What
 * a column is used for is found from the first line of each file, so that files may differ in the order of
 * columns. */
#include "sim/base/suggest.h"
#include "sim/data/side_table.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What columns of a key are called elsewhere, the layout's own name left out; NULL ends them. */
typedef struct UsualNames {
    const char *key;
    const char *name[8];
} UsualNames;

static const UsualNames usual_users = {"user", {"user_id", "userId", "uid", "userid", "user_idx"}};
static const UsualNames usual_items = {
    "item", {"item_id", "itemId", "iid", "itemid", "video_id", "movieId", "movie_id"}};
static const UsualNames usual_clicks = {"click", {"is_click", "clicked", "is_clicked", "clk"}};
static const UsualNames usual_conversions = {
    "conversion", {"is_conversion", "converted", "purchase", "is_purchase", "purchased", "buy", "rating"}};

bool column_is_given(const char *name)
{
    return name[0] && strcmp(name, "none") != 0;
}

/* Whether a cell of the header matches the pattern: a name, or NAME* for all names that begin so. */
bool column_matches(RecordCell cell, const char *pattern, size_t length)
{
    if (length && pattern[length - 1] == '*')
        return cell.length >= length - 1 && !memcmp(cell.text, pattern, length - 1);
    return cell.length == length && !memcmp(cell.text, pattern, length);
}

int cells_of_list(const char *list, RecordCell cell[MAX_CELLS])
{
    int cells = 0;
    while (*list && cells < MAX_CELLS) {
        const size_t length = strcspn(list, ",");
        cell[cells++] = (RecordCell){(char *)list, length};
        list += length + (list[length] == ',');
    }
    return cells;
}

/* The names of the table's columns into records.cell: its first line, or what the layout knows of files
 * without one. */
static Status read_header(Reader *reader, Message *message)
{
    Records *r = &reader->records;
    const char *header = reader->header;
    if (!header[0]) {
        Status status = records_next(r, message);
        if (!status && !r->cells)
            status = records_fail(r, "an empty file", "a line with the names of columns", message);
        return status;
    }
    r->cells = cells_of_list(header, r->cell);
    return STATUS_OK;
}

/* Fails about a column that columns.KEY asks for and the header does not have. It is a fault of the file's
 * line, so it says what was found there, and how to name the column that is meant. */
static Status no_column(const Reader *reader, const char *name, size_t length, const CellUse *use,
                        Message *message)
{
    const Records *r = &reader->records;
    char known[MAX_CELLS][COLUMN_NAME], wanted[COLUMN_NAME];
    const char *list[MAX_CELLS];
    int count = 0;
    for (int i = 0; i < r->cells; i++) {
        if (r->cell[i].length >= COLUMN_NAME)
            continue;
        memcpy(known[count], r->cell[i].text, r->cell[i].length);
        known[count][r->cell[i].length] = 0;
        list[count] = known[count];
        count++;
    }
    snprintf(wanted, sizeof wanted, "%.*s", (int)length, name);
    char columns[256];
    size_t used = 0;
    for (int i = 0; i < count && used < sizeof columns; i++)
        used += (size_t)snprintf(columns + used, sizeof columns - used, "%s%s", i ? ", " : "", list[i]);
    if (used >= sizeof columns)
        memcpy(columns + sizeof columns - 4, "...", 4);
    const char *nearest = nearest_name(wanted, list, count), *or_none = use->column < 0 ? "" : " (or none)";
    if (nearest)
        return fail(
            message, STATUS_USAGE,
            "%s:%zu: found no column '%s'; did you mean '%s'? Name it by columns.%s: NAME%s; columns are: %s",
            r->path, r->line, wanted, nearest, use->key, or_none, columns);
    return fail(message, STATUS_USAGE,
                "%s:%zu: found no column '%s'; expected one, or columns.%s: NAME%s; columns are: %s", r->path,
                r->line, wanted, use->key, or_none, columns);
}

/* The cells that the pattern matches are used so. */
static Status use_cells(Reader *reader, const char *pattern, size_t length, const CellUse *use,
                        Message *message)
{
    const Records *r = &reader->records;
    int found = 0;
    for (int i = 0; i < r->cells; i++) {
        if (!column_matches(r->cell[i], pattern, length))
            continue;
        if (reader->use[i].role) {
            char shown[SHOWN_CELL], text[128];
            snprintf(text, sizeof text, "column %s for columns.%s and for something else",
                     cell_shown(r->cell[i], shown), use->key);
            return records_fail(r, text, "one use of a column", message);
        }
        reader->use[i] = *use;
        found++;
    }
    if (found > 1 && pattern[length - 1] != '*') {
        char text[128];
        snprintf(text, sizeof text, "%d columns '%.*s'", found, (int)length, pattern);
        return records_fail(r, text, "different names", message);
    }
    /* What the log does not have itself, or a pattern, may be of users or items. */
    if (use->column < 0 && (!found || pattern[length - 1] == '*'))
        found += side_tables_use(reader, pattern, length, use);
    return found ? STATUS_OK : no_column(reader, pattern, length, use, message);
}

/* Each name of a comma-separated list; the columns themselves are numbered later, in the order of the table.
 */
static Status use_list(Reader *reader, const char *list, const CellUse *use, Message *message)
{
    Status status = STATUS_OK;
    while (column_is_given(list) && *list && !status) {
        size_t length = strcspn(list, ",");
        status = use_cells(reader, list, length, use, message);
        list += length + (list[length] == ',');
    }
    return status;
}

/* The names that ids may have in tables of users and items: that of the log, and the usual ones. */
static Status open_side_tables(Reader *reader, Message *message)
{
    enum { MOST_NAMES = sizeof usual_users.name / sizeof *usual_users.name + 2 };
    const char *key[2][MOST_NAMES] = {{reader->names.user, "user"}, {reader->names.item, "item"}};
    const UsualNames *usual[2] = {&usual_users, &usual_items};
    for (int field = FIELD_USER; field <= FIELD_ITEM; field++)
        for (int i = 0; usual[field]->name[i]; i++)
            key[field][i + 2] = usual[field]->name[i];
    return side_tables_open(reader, (const char *const *const[2]){key[FIELD_USER], key[FIELD_ITEM]}, message);
}

/* What each cell of the header is used for; features of the lists have no number yet. */
static Status find_uses(Reader *reader, Message *message)
{
    const ColumnNames *names = &reader->names;
    const struct {
        const char *name;
        CellUse use;
    } one[] = {
        {names->user, {ROLE_ID, FIELD_USER, "user"}},
        {names->item, {ROLE_ID, FIELD_ITEM, "item"}},
        {names->click, {ROLE_CLICK, 0, "click"}},
        {names->conversion, {ROLE_CONVERSION, 0, "conversion"}},
        {names->split, {ROLE_SPLIT, 0, "split"}},
        {names->unbiased, {ROLE_UNBIASED, 0, "unbiased"}},
        {names->random, {ROLE_RANDOM, 0, "random"}},
        {names->group, {ROLE_GROUP, 0, "group"}},
        {names->time, {ROLE_TIME, 0, "time"}},
        {names->propensity, {ROLE_PROPENSITY, 0, "propensity"}},
        {names->click_time, {ROLE_CLICK_TIME, 0, "click_time"}},
        {names->conversion_time, {ROLE_CONVERSION_TIME, 0, "conversion_time"}},
        {names->weight, {ROLE_WEIGHT, 0, "weight"}},
    };
    memset(reader->use, 0, sizeof reader->use);
    Status status = STATUS_OK;
    if (column_is_given(names->click_time) != column_is_given(names->conversion_time))
        return fail(message, STATUS_USAGE,
                    "columns.%s: not given; expected columns.click_time and columns.conversion_time together",
                    column_is_given(names->click_time) ? "conversion_time" : "click_time");
    for (size_t i = 0; !status && i < sizeof one / sizeof *one; i++)
        if (column_is_given(one[i].name))
            status = use_cells(reader, one[i].name, strlen(one[i].name), &one[i].use, message);
    if (!status)
        status = use_list(reader, names->categorical, &(CellUse){ROLE_ID, -1, "categorical"}, message);
    if (!status)
        status = use_list(reader, names->bags, &(CellUse){ROLE_ID, -1, "bags"}, message);
    if (!status)
        status = use_list(reader, names->dense, &(CellUse){ROLE_DENSE, -1, "dense"}, message);
    reader->cells = reader->records.cells;
    reader->has_click = column_is_given(names->click);
    reader->has_conversion = column_is_given(names->conversion);
    reader->has_group = column_is_given(names->group);
    reader->has_time = column_is_given(names->time);
    reader->has_delays = column_is_given(names->click_time);
    reader->has_propensity = column_is_given(names->propensity);
    reader->has_weight = column_is_given(names->weight);
    return status;
}

Status reader_add_column(Reader *reader, const Records *r, RecordCell cell, CellUse *use, Message *message)
{
    Schema *schema = &reader->schema;
    if (use->role == ROLE_ID && schema->categorical == MAX_CATEGORICAL)
        return fail(message, STATUS_USAGE, "%s:%zu: found more categorical columns; expected at most %d",
                    r->path, r->line, MAX_CATEGORICAL);
    if (use->role == ROLE_DENSE && schema->dense == MAX_DENSE_GROUPS)
        return fail(message, STATUS_USAGE, "%s:%zu: found more dense columns; expected at most %d", r->path,
                    r->line, MAX_DENSE_GROUPS);
    const char *name = reader_keep(reader, cell.text, cell.length);
    if (!name)
        return fail_memory(message, "the names of columns");
    if (use->role == ROLE_ID) {
        use->column = schema->categorical;
        schema->name[schema->categorical++] = name;
        return strcmp(use->key, "bags") != 0 ? STATUS_OK : reader_add_bags(reader, use->column, message);
    }
    use->column = schema->dense++;
    schema->group[schema->groups++] = (DenseGroup){name, 1};
    return STATUS_OK;
}

static void note_unread(Reader *reader, RecordCell cell)
{
    size_t used = strlen(reader->unread), left = sizeof reader->unread - used;
    snprintf(reader->unread + used, left, "%s%.*s", used ? ", " : "", (int)cell.length, cell.text);
}

static bool has_column(const Records *records, const char *name)
{
    for (int i = 0; i < records->cells; i++)
        if (cell_is(records->cell[i], name))
            return true;
    return false;
}

/* Where nobody named a column and the layout's own name is not in the header, the one column of a usual name
 * is taken. Of several none is: which is meant, the user must say. */
static Status guess_column(Reader *reader, char name[COLUMN_NAME], const char *given, const UsualNames *usual,
                           Message *message)
{
    const Records *r = &reader->records;
    const char *found = NULL;
    if (given[0] || has_column(r, name))
        return STATUS_OK;
    for (const char *const *other = usual->name; *other; other++) {
        if (!has_column(r, *other))
            continue;
        if (found)
            return fail(message, STATUS_USAGE,
                        "%s:%zu: found columns '%s' and '%s'; expected columns.%s: NAME", r->path, r->line,
                        found, *other, usual->key);
        found = *other;
    }
    if (!found)
        return STATUS_OK;
    size_t used = strlen(reader->guessed);
    snprintf(reader->guessed + used, sizeof reader->guessed - used, "%s%s: %s", used ? ", " : "", usual->key,
             found);
    snprintf(name, COLUMN_NAME, "%s", found);
    return STATUS_OK;
}

/* Features in the order of the first file; those of user and item come first. */
static Status table_columns(Reader *reader, Message *message)
{
    const Records *r = &reader->records;
    reader->schema.name[FIELD_USER] = "user";
    reader->schema.name[FIELD_ITEM] = "item";
    reader->schema.categorical = 2;
    Status status = read_header(reader, message);
    const ColumnNames *given = &reader->options.columns;
    ColumnNames *names = &reader->names;
    if (!status && reader->layout->usual_names) {
        status = guess_column(reader, names->user, given->user, &usual_users, message);
        if (!status)
            status = guess_column(reader, names->item, given->item, &usual_items, message);
        if (!status)
            status = guess_column(reader, names->click, given->click, &usual_clicks, message);
        if (!status)
            status = guess_column(reader, names->conversion, given->conversion, &usual_conversions, message);
    }
    if (!status)
        status = open_side_tables(reader, message);
    if (!status)
        status = find_uses(reader, message);
    for (int i = 0; !status && i < r->cells; i++) {
        if (reader->use[i].column < 0)
            status = reader_add_column(reader, r, r->cell[i], &reader->use[i], message);
        if (!reader->use[i].role)
            note_unread(reader, r->cell[i]);
    }
    reader->own = reader->schema.categorical + reader->schema.dense;
    return status ? status : side_tables_read(reader, message);
}

/* The number of the feature that a name has in the schema, or -1. */
static int feature_number(const Schema *schema, CellRole role, RecordCell cell)
{
    int count = role == ROLE_ID ? schema->categorical : schema->groups;
    for (int i = role == ROLE_ID ? FIELD_ITEM + 1 : 0; i < count; i++)
        if (cell_is(cell, role == ROLE_ID ? schema->name[i] : schema->group[i].name))
            return i;
    return -1;
}

/* A file has the features of the first one, in any order. */
static Status table_open(Reader *reader, Message *message)
{
    Records *r = &reader->records;
    Status status = read_header(reader, message);
    if (!status)
        status = find_uses(reader, message);
    int features = FIELD_ITEM + 1;
    for (int i = 0; !status && i < r->cells; i++) {
        CellUse *use = &reader->use[i];
        features += use->column < 0;
        if (use->column < 0 && (use->column = feature_number(&reader->schema, use->role, r->cell[i])) < 0)
            status =
                reader_refuse(reader, r->cell[i], "the header", "the columns of the first file", message);
    }
    if (!status && features != reader->own)
        status = records_fail(r, "fewer features than in the first file", "the same", message);
    return status;
}

static bool is_missing(RecordCell cell)
{
    static const char *const word[] = {"", "NA", "nan", "NaN", "null", "NULL"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (cell_is(cell, word[i]))
            return true;
    return false;
}

bool cell_read_dense(RecordCell cell, float *value)
{
    double number;
    const bool is_number = cell_read_number(cell, &number) && fabs(number) <= (double)FLT_MAX;
    *value = is_number ? (float)number : NAN;
    return is_number || is_missing(cell);
}

static Status read_dense(Reader *reader, int column, RecordCell cell, Message *message)
{
    const Features *x = &reader->block->log.x;
    if (!cell_read_dense(cell, &x->dense[reader->row * (size_t)x->schema.dense + (size_t)column]))
        return reader_refuse(reader, cell, reader->schema.group[column].name,
                             "a number within the range of a float, or nothing", message);
    return STATUS_OK;
}

/* 0 or 1, or whether a number reaches the threshold. */
static bool read_label(RecordCell cell, double threshold, bool *label)
{
    double value;
    if (cell.length == 1 && !(threshold != 0)) {
        *label = *cell.text == '1';
        return *label || *cell.text == '0';
    }
    if (!cell_read_number(cell, &value))
        return false;
    *label = threshold != 0 ? value >= threshold : value == 1;
    return threshold != 0 || value == 0 || value == 1;
}

static bool read_split(RecordCell cell, DataPart *part)
{
    static const struct {
        const char *word;
        DataPart part;
    } word[] = {{"train", PART_LOG}, {"test", PART_TEST}, {"valid", PART_VALID}};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (cell_is(cell, word[i].word)) {
            *part = word[i].part;
            return true;
        }
    }
    return false;
}

static Status read_propensity(Reader *reader, RecordCell cell, Message *message)
{
    double p;
    if (!cell_read_number(cell, &p) || !((float)p > 0) || p > 1)
        return reader_refuse(reader, cell, reader->names.propensity, "a probability above 0 and at most 1",
                             message);
    reader->block->propensity[reader->row] = (float)p;
    return STATUS_OK;
}

/* What a row has besides its features. */
typedef struct RowLabels {
    bool click, conversion, unbiased, random, has_conversion;
    double click_time, conversion_time; /* in days; INFINITY for none */
    DataPart part;
    RecordCell weight;
} RowLabels;

/* The weight of a row of a part; rows that are only tested on may lack it. A row of weight 0 is set aside,
 * but for those shown at random, which may be drawn for the test. */
static Status read_weight(Reader *reader, RecordCell cell, DataPart *part, Message *message)
{
    const bool random = *part == PART_UNBIASED || *part == PART_RANDOM;
    double weight;
    if (*part == PART_TEST || *part == PART_VALID)
        return STATUS_OK;
    if (!cell_read_number(cell, &weight) || weight < 0 || weight > (double)FLT_MAX ||
        (weight > 0 && !((float)weight > 0)) || (random && !(weight > 0)))
        return reader_refuse(
            reader, cell, reader->names.weight,
            random ? "a weight above 0, as of every row shown at random" : "a weight of at least 0", message);
    reader->block->log.weight[reader->row] = (float)weight;
    if (!(weight > 0))
        *part = PART_VALID;
    return STATUS_OK;
}

static Status read_time(const Reader *reader, RecordCell cell, const char *column, double *time,
                        Message *message)
{
    if (!cell_read_number(cell, time))
        return reader_refuse(reader, cell, column, "a number", message);
    *time = time_in_days(reader->options.time_unit, *time);
    return STATUS_OK;
}

static Status read_cell(Reader *reader, int number, RowLabels *said, Message *message)
{
    const CellUse use = reader->use[number];
    RecordCell cell = reader->records.cell[number];
    switch (use.role) {
    case ROLE_NONE:
        break;
    case ROLE_ID:
        if (use.column <= FIELD_ITEM && reader->side[use.column])
            side_table_join(reader, use.column, cell);
        return reader_id(reader, use.column, cell, message);
    case ROLE_DENSE:
        return read_dense(reader, use.column, cell, message);
    case ROLE_CLICK:
        return read_label(cell, 0, &said->click)
                   ? STATUS_OK
                   : reader_refuse(reader, cell, reader->names.click, "0 or 1", message);
    case ROLE_CONVERSION:
        said->has_conversion = cell.length > 0;
        if (!said->has_conversion || read_label(cell, reader->threshold, &said->conversion))
            return STATUS_OK;
        return reader_refuse(reader, cell, reader->names.conversion,
                             reader->threshold != 0 ? "a number" : "0 or 1", message);
    case ROLE_SPLIT:
        return read_split(cell, &said->part)
                   ? STATUS_OK
                   : reader_refuse(reader, cell, reader->names.split, "train, valid or test", message);
    case ROLE_UNBIASED:
        return read_label(cell, 0, &said->unbiased)
                   ? STATUS_OK
                   : reader_refuse(reader, cell, reader->names.unbiased, "0 or 1", message);
    case ROLE_RANDOM:
        return read_label(cell, 0, &said->random)
                   ? STATUS_OK
                   : reader_refuse(reader, cell, reader->names.random, "0 or 1", message);
    case ROLE_GROUP:
        return reader_id(reader, GROUP_COLUMN, cell, message);
    case ROLE_TIME:
        return cell_read_number(cell, &reader->block->time[reader->row])
                   ? STATUS_OK
                   : reader_refuse(reader, cell, reader->names.time, "a number that grows with time",
                                   message);
    case ROLE_CLICK_TIME:
        return read_time(reader, cell, reader->names.click_time, &said->click_time, message);
    case ROLE_CONVERSION_TIME:
        return is_missing(cell) || (reader->layout->no_time && cell_is(cell, reader->layout->no_time))
                   ? STATUS_OK
                   : read_time(reader, cell, reader->names.conversion_time, &said->conversion_time, message);
    case ROLE_PROPENSITY:
        return read_propensity(reader, cell, message);
    case ROLE_WEIGHT:
        said->weight = cell;
        break;
    }
    return STATUS_OK;
}

/* Off clicks a conversion is no label, and neither is its time. */
static Status take_times(const Reader *reader, RowLabels *said, Message *message)
{
    const bool timed = said->conversion_time < INFINITY;
    if (!reader->has_conversion)
        said->conversion = timed;
    if (said->click && said->conversion && !timed)
        return records_fail(&reader->records, "a conversion without a time",
                            "a number in columns.conversion_time", message);
    if (said->click && timed && !said->conversion)
        return records_fail(&reader->records, "the time of a conversion that is none",
                            "nothing in columns.conversion_time", message);
    if (said->click && said->conversion_time < said->click_time)
        return records_fail(&reader->records, "a conversion before its click",
                            "columns.conversion_time at or after columns.click_time", message);
    Delays *delays = reader->block->log.delays;
    delays->click_time[reader->row] = said->click_time;
    delays->conversion_time[reader->row] = said->click ? said->conversion_time : INFINITY;
    return STATUS_OK;
}

static Status table_row(Reader *reader, Message *message)
{
    const Records *r = &reader->records;
    RowLabels said = {.click = !reader->has_click, .part = reader->part, .conversion_time = INFINITY};
    if (r->cells != reader->cells) {
        char found[32], expected[32];
        snprintf(found, sizeof found, "%d cells", r->cells);
        snprintf(expected, sizeof expected, "%d", reader->cells);
        return records_fail(r, found, expected, message);
    }
    for (int i = 0; i < r->cells; i++) {
        Status status = read_cell(reader, i, &said, message);
        if (status)
            return status;
    }
    if (said.click && !said.has_conversion && reader->has_conversion)
        return records_fail(r, "a click without a conversion label",
                            reader->threshold != 0 ? "a number" : "0 or 1", message);
    if (said.unbiased && said.random)
        return records_fail(r, "a row of columns.unbiased and of columns.random", "one of the two", message);
    if (reader->has_delays) {
        Status status = take_times(reader, &said, message);
        if (status)
            return status;
    }
    reader_label(reader, said.click, said.conversion);
    DataPart part = said.unbiased ? PART_UNBIASED : said.random ? PART_RANDOM : said.part;
    Status status = reader->has_weight ? read_weight(reader, said.weight, &part, message) : STATUS_OK;
    reader->block->part[reader->row] = (uint8_t)part;
    return status;
}

const Format table_format = {.columns = table_columns, .open = table_open, .row = table_row, .ahead = true};
