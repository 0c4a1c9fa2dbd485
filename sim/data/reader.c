/* Opens the files of a layout one after the other and hands out blocks of their rows; what a row means is the
 * format's (table_format.c, aliccp_format.c). Rows are read first, perhaps by another thread, and their ids
 * looked up then. */
#include "sim/data/side_table.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const part_name[PARTS] = {[PART_LOG] = "log",
                                      [PART_UNBIASED] = "unbiased",
                                      [PART_RANDOM] = "random",
                                      [PART_TEST] = "test",
                                      [PART_VALID] = "valid"};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Room for one more file in reader->file, with its path and part. */
static Status add_file(Reader *reader, const char *folder, const char *name, DataPart part, Message *message)
{
    ReaderFile *file = realloc(reader->file, (size_t)(reader->files + 1) * sizeof *file);
    if (!file)
        return fail_memory(message, "the names of files");
    reader->file = file;
    file += reader->files;
    int length = folder ? snprintf(file->path, sizeof file->path, "%s/%s", folder, name)
                        : snprintf(file->path, sizeof file->path, "%s", name);
    if ((size_t)length >= sizeof file->path)
        return fail(message, STATUS_FAILED, "cannot read %.64s...: the name of the file is too long",
                    folder ? folder : name);
    file->part = part;
    reader->files++;
    return STATUS_OK;
}

/* Whether a name is of a pattern, as it is or with .gz or .zst after it. */
static bool fits(const char *pattern, const char *name)
{
    char plain[NAME_MAX + 1];
    if (!fnmatch(pattern, name, 0))
        return true;
    snprintf(plain, sizeof plain, "%.*s", (int)packed_file_plain_name(name), name);
    return !fnmatch(pattern, plain, 0);
}

/* A layout that is read whole is several files, which one of them does not stand for. */
static Status find_alone(Reader *reader, const char *path, Message *message)
{
    if (reader->layout->read)
        return STATUS_OK;
    for (const LayoutFile *f = reader->layout->file; f->pattern; f++)
        if (fits(f->pattern, base_name(path)))
            return add_file(reader, NULL, path, f->part, message);
    return STATUS_OK;
}

/* Whether a file is of the layout, or beside those that are. */
static bool is_of_layout(const Layout *layout, const char *name)
{
    for (const LayoutFile *f = layout->file; f->pattern; f++)
        if (!f->alone && fits(f->pattern, name))
            return true;
    for (int i = 0; i < MAX_LAYOUT_FILES && layout->besides[i]; i++)
        if (fits(layout->besides[i], name))
            return true;
    return layout->subfolder && !strcmp(layout->subfolder, name);
}

static void note(char *list, size_t size, const char *name, size_t length)
{
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%.*s", used ? ", " : "", (int)length, name);
}

/* A file is of the first pattern that its name fits. */
static bool is_listed(const Reader *reader, const char *name)
{
    for (int i = 0; i < reader->files; i++)
        if (!strcmp(base_name(reader->file[i].path), name))
            return true;
    return false;
}

static Status find_in_folder(Reader *reader, const char *path, Message *message)
{
    struct dirent **entry;
    int entries = scandir(path, &entry, NULL, alphasort);
    if (entries < 0)
        return fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    Status status = STATUS_OK;
    for (int i = 0; i < entries; i++)
        if (entry[i]->d_name[0] != '.' && !is_of_layout(reader->layout, entry[i]->d_name) &&
            strcmp(entry[i]->d_name, reader->options.users) != 0 &&
            strcmp(entry[i]->d_name, reader->options.items) != 0)
            note(reader->unread_files, sizeof reader->unread_files, entry[i]->d_name,
                 strlen(entry[i]->d_name));
    for (const LayoutFile *f = reader->layout->file; f->pattern && !status; f++)
        for (int i = 0; i < entries && !status && !f->alone; i++)
            if (fits(f->pattern, entry[i]->d_name) && !is_listed(reader, entry[i]->d_name))
                status = add_file(reader, path, entry[i]->d_name, f->part, message);
    for (int i = 0; i < entries; i++)
        free(entry[i]);
    free(entry);
    return status;
}

Status reader_find_files(Reader *reader, const char *path, Message *message)
{
    struct stat about;
    if (stat(path, &about))
        return fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISDIR(about.st_mode))
        return find_alone(reader, path, message);
    Status status = find_in_folder(reader, path, message);
    char inner[PATH_MAX];
    if (status || reader->files || !reader->layout->subfolder ||
        snprintf(inner, sizeof inner, "%s/%s", path, reader->layout->subfolder) >= (int)sizeof inner ||
        stat(inner, &about) || !S_ISDIR(about.st_mode))
        return status;
    return find_in_folder(reader, inner, message);
}

static bool begins_with(const char *path, const char *text)
{
    char start[64];
    size_t got = 0;
    PackedFile *file;
    if (packed_file_open(&file, path, NULL))
        return false;
    Status status = packed_file_read(file, start, sizeof start, &got, NULL);
    packed_file_close(file);
    return !status && got >= strlen(text) && !memcmp(start, text, strlen(text));
}

/* Whether the first line of the file is so many numbers and nothing else. */
static bool is_of_numbers(const char *path, int numbers)
{
    double number;
    Records *r = malloc(sizeof *r);
    if (!r || records_open(r, path, 0, NULL)) {
        free(r);
        return false;
    }
    bool all = !records_next(r, NULL) && r->cells == numbers;
    for (int i = 0; i < r->cells && all; i++)
        all = cell_read_number(r->cell[i], &number);
    records_close(r);
    free(r);
    return all;
}

static bool has_first_line(const Layout *layout, const char *path, const ReaderOptions *options)
{
    if (layout->begins && !begins_with(path, layout->begins))
        return false;
    if (layout->fields && !field_rows_begin(path))
        return false;
    return !layout->numbers || (!options->columns.header[0] && is_of_numbers(path, layout->numbers));
}

const Layout *layout_recognise(const char *path, const ReaderOptions *options)
{
    for (const Layout *const *layout = layout_table; *layout; layout++) {
        Reader reader = {.layout = *layout};
        bool is_it = !reader_find_files(&reader, path, NULL) && reader.files &&
                     has_first_line(*layout, reader.file[0].path, options);
        free(reader.file);
        if (is_it)
            return *layout;
    }
    return NULL;
}

static void take_name(char *name, const char *given, size_t size)
{
    if (given[0])
        snprintf(name, size, "%s", given);
}

/* The layout's own names of columns, and what the options say instead. */
static ColumnNames column_names(const Layout *layout, const ColumnNames *given)
{
    ColumnNames names = layout->columns;
    take_name(names.user, given->user, sizeof names.user);
    take_name(names.item, given->item, sizeof names.item);
    take_name(names.click, given->click, sizeof names.click);
    take_name(names.conversion, given->conversion, sizeof names.conversion);
    take_name(names.categorical, given->categorical, sizeof names.categorical);
    take_name(names.dense, given->dense, sizeof names.dense);
    take_name(names.bags, given->bags, sizeof names.bags);
    take_name(names.split, given->split, sizeof names.split);
    take_name(names.unbiased, given->unbiased, sizeof names.unbiased);
    take_name(names.random, given->random, sizeof names.random);
    take_name(names.group, given->group, sizeof names.group);
    take_name(names.time, given->time, sizeof names.time);
    take_name(names.click_time, given->click_time, sizeof names.click_time);
    take_name(names.conversion_time, given->conversion_time, sizeof names.conversion_time);
    take_name(names.propensity, given->propensity, sizeof names.propensity);
    take_name(names.weight, given->weight, sizeof names.weight);
    take_name(names.header, layout->header ? layout->header : "", sizeof names.header);
    take_name(names.header, given->header, sizeof names.header);
    return names;
}

static void close_file(Reader *reader)
{
    if (!reader->is_open)
        return;
    records_close(&reader->records);
    reader->is_open = false;
}

/* Opens file number `index`; then `begin` reads what comes before its rows. */
static Status open_file(Reader *reader, int index, Status (*begin)(Reader *reader, Message *message),
                        Message *message)
{
    static const char delimiter[] = {[DELIMITER_COMMA] = ',',
                                     [DELIMITER_TAB] = '\t',
                                     [DELIMITER_SEMICOLON] = ';',
                                     [DELIMITER_BAR] = '|',
                                     [DELIMITER_COLONS] = ':'};
    const ReaderFile *file = &reader->file[index];
    const Delimiter given = reader->options.delimiter;
    Status status = records_open(&reader->records, file->path,
                                 given ? delimiter[given] : reader->layout->delimiter, message);
    if (status)
        return status;
    reader->is_open = true;
    reader->part = file->part;
    return begin(reader, message);
}

Status reader_open(Reader **reader, const Layout *layout, const char *path, const ReaderOptions *options,
                   Message *message)
{
    *reader = NULL;
    Reader *r = calloc(1, sizeof *r);
    if (!r)
        return fail_memory(message, "a reader");
    r->layout = layout;
    r->options = *options;
    r->names = column_names(layout, &options->columns);
    r->header = r->names.header;
    r->threshold = layout_threshold(layout, options);
    Status status = reader_find_files(r, path, message);
    if (!status && !r->files)
        status = fail(message, STATUS_USAGE, "%s: found no file of the layout %s; expected %s", path,
                      layout->name, layout->files);
    if (!status && r->file)
        status = open_file(r, 0, layout->format->columns, message);
    close_file(r);
    if (status)
        reader_close(r);
    else
        *reader = r;
    return status;
}

void reader_close(Reader *reader)
{
    if (!reader)
        return;
    read_ahead_stop(reader->ahead);
    close_file(reader);
    side_tables_close(reader);
    if (reader->layout->format->close)
        reader->layout->format->close(reader);
    for (int i = 0; i <= MAX_CATEGORICAL; i++)
        dictionary_free(&reader->id[i]);
    for (int i = 0; i < MAX_CATEGORICAL; i++) {
        if (reader->bags[i])
            bag_column_free(reader->bags[i]);
        free(reader->bags[i]);
    }
    id_queue_free(&reader->own_ids);
    for (int i = 0; i < reader->names_kept; i++)
        free(reader->name[i]);
    free(reader->file);
    free(reader);
}

void reader_schema(const Reader *reader, Schema *schema)
{
    *schema = reader->schema;
    for (int f = 0; f < schema->categorical; f++) {
        const BagColumn *bags = reader->bags[f];
        schema->cardinality[f] = bags                      ? bags->cell.entries + 1
                                 : reader->options.buckets ? (uint32_t)reader->options.buckets + 1
                                                           : reader->id[f].entries + 1;
        schema->bags[f] = bags ? &bags->bags : NULL;
    }
}

Status reader_take_bags(Reader *reader, Schema *schema, Bags *taken[MAX_CATEGORICAL], Message *message)
{
    for (int f = 0; f < schema->categorical; f++) {
        BagColumn *bags = reader->bags[f];
        if (!bags)
            continue;
        Bags *own = taken[f] = malloc(sizeof *own);
        if (!own)
            return fail_memory(message, "the bags of a column");
        *own = bags->bags;
        bags->bags = (Bags){0};
        schema->bags[f] = own;
    }
    return STATUS_OK;
}

Status reader_add_bags(Reader *reader, int column, Message *message)
{
    BagColumn *bags = reader->bags[column] = calloc(1, sizeof *bags);
    uint32_t none;
    if (!bags)
        return fail_memory(message, "the bags of a column");
    return reader_bag_id(reader, column, (RecordCell){.length = 0}, &none, message);
}

char reader_bag_separator(const Reader *reader)
{
    static const char separator[] = {
        [BAG_BAR] = '|', [BAG_COMMA] = ',', [BAG_SEMICOLON] = ';', [BAG_COLON] = ':', [BAG_BLANK] = ' '};
    return separator[reader->options.bag_separator];
}

Status reader_bag_id(Reader *reader, int column, RecordCell cell, uint32_t *id, Message *message)
{
    const BagCell bag = {cell.text, cell.length, reader_bag_separator(reader)};
    return bag_column_id(reader->bags[column], &bag, reader->options.buckets, id, message);
}

Status row_block_create(RowBlock **block, const Reader *reader, Message *message)
{
    Schema schema;
    reader_schema(reader, &schema);
    RowBlock *b = *block = calloc(1, sizeof *b);
    if (!b)
        return fail_memory(message, "a block of rows");
    Status status = log_create(&b->log, &schema, READER_BLOCK, message);
    if (!status && reader->has_weight && !(b->log.weight = calloc(READER_BLOCK, sizeof *b->log.weight)))
        status = fail_memory(message, "the weights of rows");
    if (!status && reader->has_delays)
        status = log_add_delays(&b->log, message);
    if (status) {
        row_block_free(b);
        *block = NULL;
    }
    return status;
}

void row_block_free(RowBlock *block)
{
    if (!block)
        return;
    log_free(&block->log);
    free(block);
}

size_t reader_unclicked(const Reader *reader)
{
    return reader->unclicked;
}

const char *reader_unread(const Reader *reader)
{
    return reader->unread;
}

const char *reader_guessed(const Reader *reader)
{
    return reader->guessed;
}

const char *reader_unread_files(const Reader *reader)
{
    return reader->unread_files;
}

bool reader_has_time(const Reader *reader)
{
    return reader->has_time;
}

bool reader_has_delays(const Reader *reader)
{
    return reader->has_delays;
}

double time_in_days(TimeUnit unit, double time)
{
    static const double in_a_day[] = {[TIME_SECONDS] = 86400,
                                      [TIME_MILLISECONDS] = 86400e3,
                                      [TIME_MINUTES] = 1440,
                                      [TIME_HOURS] = 24,
                                      [TIME_DAYS] = 1};
    return time / in_a_day[unit];
}

bool reader_has_propensity(const Reader *reader)
{
    return reader->has_propensity;
}

bool reader_has_weight(const Reader *reader)
{
    return reader->has_weight;
}

bool reader_has_group(const Reader *reader)
{
    return reader->has_group;
}

size_t reader_bytes(const Reader *reader)
{
    size_t bytes = 0;
    for (int i = 0; i < reader->files; i++) {
        struct stat about;
        if (!stat(reader->file[i].path, &about))
            bytes += (size_t)about.st_size;
    }
    return bytes;
}

size_t reader_expected_rows(const Reader *reader)
{
    return reader->expected;
}

const char *reader_keep(Reader *reader, const char *name, size_t length)
{
    if (reader->names_kept == MAX_COLUMNS)
        return NULL;
    char *copy = strndup(name, length);
    if (copy)
        reader->name[reader->names_kept++] = copy;
    return copy;
}

Status reader_refuse(const Reader *reader, RecordCell cell, const char *column, const char *expected,
                     Message *message)
{
    char shown[SHOWN_CELL], found[SHOWN_CELL + COLUMN_NAME + 16];
    snprintf(found, sizeof found, "%s in %.64s", cell_shown(cell, shown), column);
    return records_fail(&reader->records, found, expected, message);
}

/* Bags of a column into their rows. */
static Status look_up_bags(Reader *reader, int column, const IdQueue *ids, RowBlock *block, Message *message)
{
    const size_t stride = (size_t)block->log.x.schema.categorical;
    Status status = STATUS_OK;
    for (size_t i = 0; i < ids->count[column] && !status; i++) {
        const QueuedId *id = &ids->id[column][i];
        const RecordCell cell = {ids->text + id->text.a, id->length};
        status =
            reader_bag_id(reader, column, cell, &block->log.x.id[id->row * stride + (size_t)column], message);
    }
    return status;
}

/* The ids of a column into their rows, some at a time, so that their memory comes together. */
static Status look_up(Reader *reader, int column, const IdQueue *ids, RowBlock *block, Message *message)
{
    enum { TOGETHER = 32 };
    const bool group = column == GROUP_COLUMN;
    const size_t stride = group ? 1 : (size_t)block->log.x.schema.categorical, count = ids->count[column];
    uint32_t *to = group ? block->group : block->log.x.id + column;
    Dictionary *dictionary = &reader->id[column];
    DictionaryKey key[TOGETHER];
    for (size_t first = 0; first < count; first += TOGETHER) {
        const QueuedId *id = ids->id[column] + first;
        const size_t some = count - first < TOGETHER ? count - first : TOGETHER;
        for (size_t i = 0; i < some; i++) {
            if (id[i].length > SHORT_TEXT)
                dictionary_key(ids->text + id[i].text.a, id[i].length, &key[i]);
            else
                dictionary_short_key(&id[i].text, id[i].length, &key[i]);
            dictionary_prefetch(dictionary, &key[i]);
        }
        for (size_t i = 0; i < some; i++) {
            const char *text = id[i].length > SHORT_TEXT ? ids->text + id[i].text.a : NULL;
            const uint32_t found = dictionary_id(dictionary, &key[i], text);
            if (found == DICTIONARY_FULL)
                return fail_memory(message, "the ids of a column");
            to[id[i].row * stride] = found;
        }
    }
    return STATUS_OK;
}

static Status look_up_all(Reader *reader, const IdQueue *ids, RowBlock *block, Message *message)
{
    Status status = STATUS_OK;
    for (int column = 0; column <= MAX_CATEGORICAL && !status; column++)
        status = reader->bags[column] ? look_up_bags(reader, column, ids, block, message)
                                      : look_up(reader, column, ids, block, message);
    return status;
}

/* An id that needs no look-up: of an empty cell, or hashed. */
static Status known_id(Reader *reader, int column, RecordCell cell, Message *message)
{
    RowBlock *block = reader->block;
    const Features *x = &block->log.x;
    uint32_t *id = column == GROUP_COLUMN
                       ? &block->group[reader->row]
                       : &x->id[reader->row * (size_t)x->schema.categorical + (size_t)column];
    *id = 0;
    if (!cell.length)
        return reader->layout->matrix && column != GROUP_COLUMN && !reader->bags[column]
                   ? reader_refuse(reader, cell, reader->schema.name[column], "a name", message)
                   : STATUS_OK;
    DictionaryKey key;
    dictionary_key(cell.text, cell.length, &key);
    *id = 1 + (uint32_t)(key.hash % (uint64_t)reader->options.buckets);
    return STATUS_OK;
}

Status reader_id(Reader *reader, int column, RecordCell cell, Message *message)
{
    const bool bag = reader->bags[column];
    if (!cell.length || (reader->options.buckets && column != GROUP_COLUMN && !bag))
        return known_id(reader, column, cell, message);
    QueuedId *id = id_queue_next(reader->ids, column, READER_BLOCK);
    if (!id)
        return fail_memory(message, "the ids of a block");
    id->row = (uint32_t)reader->row;
    id->length = (uint32_t)cell.length;
    if (!bag && cell.length <= SHORT_TEXT)
        short_text(cell.text, cell.length, &id->text);
    else if (!id_queue_keep(reader->ids, id, cell.text))
        return fail_memory(message, "the ids of a block");
    return STATUS_OK;
}

/* The next record of any file into the records; none after the last file. */
static Status next_record(Reader *reader, Message *message)
{
    Status status = STATUS_OK;
    for (;;) {
        if (!reader->is_open) {
            const Format *format = reader->layout->format;
            if (reader->next_file == reader->files)
                return format->end ? format->end(reader, message) : STATUS_OK;
            /* A format that gives ids itself may do so when it opens a file. */
            if (!format->ahead)
                status = look_up_all(reader, reader->ids, reader->block, message);
            if (status)
                return status;
            if (!format->ahead)
                id_queue_clear(reader->ids);
            status = open_file(reader, reader->next_file++, format->open, message);
        }
        if (!status)
            status = records_next(&reader->records, message);
        if (status || reader->records.cells)
            return status;
        close_file(reader);
    }
}

/* By the bytes of the first block, while its file is open. */
static size_t expected_rows(const Reader *reader)
{
    const Records *r = &reader->records;
    if (!reader->is_open || reader->next_file > 1 || !reader->row)
        return 0;
    const double bytes = (double)(r->passed + (size_t)(r->at - r->block));
    return (size_t)(1.02 * (double)reader->row * (double)reader_bytes(reader) / bytes);
}

Status reader_fill(Reader *reader, RowBlock *block, IdQueue *ids, Message *message)
{
    block->log.x.rows = 0;
    reader->block = block;
    reader->ids = ids;
    for (reader->row = 0; reader->row < READER_BLOCK; reader->row++) {
        Status status = next_record(reader, message);
        if (!status && !reader->is_open)
            break;
        if (!status)
            status = reader->layout->format->row(reader, message);
        if (status)
            return status;
    }
    if (!reader->expected)
        reader->expected = expected_rows(reader);
    block->log.x.rows = reader->row;
    return STATUS_OK;
}

static Status next_ahead(Reader *reader, RowBlock *block, Message *message)
{
    AheadBlock *ahead = read_ahead_take(reader->ahead);
    if (ahead->status) {
        *message = ahead->message;
        return ahead->status;
    }
    if (!ahead->block->log.x.rows)
        return STATUS_OK;
    Status status = look_up_all(reader, &ahead->ids, ahead->block, message);
    if (status)
        return status;
    const RowBlock empty = *block;
    *block = *ahead->block;
    *ahead->block = empty;
    reader_schema(reader, &block->log.x.schema);
    read_ahead_return(reader->ahead);
    return STATUS_OK;
}

/* The first block is read here, so that small files need no thread. */
Status reader_next(Reader *reader, RowBlock *block, Message *message)
{
    block->log.x.rows = 0;
    if (reader->ahead)
        return next_ahead(reader, block, message);
    id_queue_clear(&reader->own_ids);
    Status status = reader_fill(reader, block, &reader->own_ids, message);
    if (!status)
        status = look_up_all(reader, &reader->own_ids, block, message);
    if (status) {
        block->log.x.rows = 0;
        return status;
    }
    reader_schema(reader, &block->log.x.schema);
    if (!reader->begun && reader->layout->format->ahead && block->log.x.rows == READER_BLOCK)
        reader->ahead = read_ahead_start(reader);
    reader->begun = true;
    return STATUS_OK;
}

void reader_label(Reader *reader, bool click, bool conversion)
{
    Log *log = &reader->block->log;
    reader->unclicked += conversion && !click;
    log->click[reader->row] = click;
    log->conversion[reader->row] = click && conversion;
}
