/* The rows of a reader, gathered by part and shared out for training. Ratings take a second step, for which
 * see rating_pairs.c. */
#include "sim/data/load.h"

#include "sim/base/huge_pages.h"
#include "sim/data/load_internal.h"
#include "sim/data/log_times.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void parts_free(LoadedParts *parts)
{
    for (int p = 0; p < PARTS; p++) {
        log_free(&parts->part[p].log);
        free(parts->part[p].group);
        free(parts->part[p].time);
        free(parts->part[p].propensity);
    }
    free(parts->dense);
}

static Status make_room_for_delays(Log *log, size_t room, Message *message)
{
    if (!log->delays) {
        Status status = log_add_delays(log, message);
        if (status)
            return status;
    }
    double *click_time = realloc(log->delays->click_time, room * sizeof *click_time);
    if (click_time)
        log->delays->click_time = click_time;
    double *conversion_time = realloc(log->delays->conversion_time, room * sizeof *conversion_time);
    if (conversion_time)
        log->delays->conversion_time = conversion_time;
    return click_time && conversion_time ? STATUS_OK : fail_memory(message, "the rows of the data");
}

static Status make_room_in_memory(Log *log, const LoadedParts *parts, size_t room, Message *message)
{
    size_t categorical = (size_t)parts->schema.categorical, dense = (size_t)parts->schema.dense;
    uint32_t *id = realloc(log->x.id, room * categorical * sizeof *id);
    if (id)
        log->x.id = id;
    /* 0 bytes would free it. The analyser loses sight of a part behind its index; parts_free frees it.
     * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    float *value = realloc(log->x.dense, (room * dense + 1) * sizeof *value);
    if (value)
        log->x.dense = value;
    uint8_t *click = realloc(log->click, room);
    if (click)
        log->click = click;
    uint8_t *conversion = realloc(log->conversion, room);
    if (conversion)
        log->conversion = conversion;
    float *weight = parts->weighted ? realloc(log->weight, room * sizeof *weight) : NULL;
    if (weight)
        log->weight = weight;
    if (!id || !value || !click || !conversion || (parts->weighted && !weight))
        return fail_memory(message, "the rows of the data");
    huge_pages_ask(id, room * categorical * sizeof *id);
    huge_pages_ask(value, room * dense * sizeof *value);
    huge_pages_ask(click, room);
    huge_pages_ask(conversion, room);
    return parts->delayed ? make_room_for_delays(log, room, message) : STATUS_OK;
}

/* A file that has become too small is copied into a larger one. */
static Status make_room_in_file(Log *log, const LoadedParts *parts, size_t room, Message *message)
{
    float weight = 1;
    Delays delays = {NULL, NULL};
    const Log like = {.x = {.schema = parts->schema},
                      .weight = parts->weighted ? &weight : NULL,
                      .delays = parts->delayed ? &delays : NULL};
    Log wider;
    Status status = log_create_in_file(&wider, &like, room, message);
    if (status)
        return status;
    wider.x.rows = log->x.rows;
    if (log->x.rows)
        log_copy_rows(&wider, 0, log, 0, log->x.rows);
    log_free(log);
    *log = wider;
    log_let_go(log);
    return STATUS_OK;
}

static Status make_room(PartRows *rows, const LoadedParts *parts, Message *message)
{
    size_t room = rows->room ? 2 * rows->room : READER_BLOCK;
    if (rows->room && room < parts->expected)
        room = parts->expected;
    Status status = rows->in_file ? make_room_in_file(&rows->log, parts, room, message)
                                  : make_room_in_memory(&rows->log, parts, room, message);
    if (status)
        return status;
    uint32_t *group = realloc(rows->group, (parts->grouped ? room : 1) * sizeof *group);
    if (group)
        rows->group = group;
    double *time = realloc(rows->time, (parts->timed ? room : 1) * sizeof *time);
    if (time)
        rows->time = time;
    float *propensity = realloc(rows->propensity, (parts->logged ? room : 1) * sizeof *propensity);
    if (propensity)
        rows->propensity = propensity;
    if (!group || !time || !propensity)
        return fail_memory(message, "the rows of the data");
    rows->log.x.schema = parts->schema;
    rows->room = room;
    return STATUS_OK;
}

/* Rows of `from`, with the group, time and propensity that they have where the parts have them. */
static Status append(LoadedParts *parts, DataPart part, const PartRows *from, size_t i, size_t rows,
                     Message *message)
{
    PartRows *to = &parts->part[part];
    const size_t row = to->log.x.rows;
    while (row + rows > to->room) {
        Status status = make_room(to, parts, message);
        if (status)
            return status;
    }
    log_copy_rows(&to->log, row, &from->log, i, rows);
    if (parts->grouped)
        memcpy(to->group + row, from->group + i, rows * sizeof *to->group);
    if (parts->timed)
        memcpy(to->time + row, from->time + i, rows * sizeof *to->time);
    if (parts->logged)
        memcpy(to->propensity + row, from->propensity + i, rows * sizeof *to->propensity);
    to->log.x.rows += rows;
    return STATUS_OK;
}

/* Moves the rows of the log to its file. */
static Status file_rows(LoadedParts *parts, Message *message)
{
    Log *rows = &parts->part[PART_LOG].log;
    rows->x.schema = parts->schema;
    Status status = log_file_append(parts->file, rows, message);
    rows->x.rows = 0;
    return status;
}

const PartRows *loaded_random_rows(const LoadedParts *parts)
{
    return &parts->part[parts->part[PART_RANDOM].log.x.rows ? PART_RANDOM : PART_UNBIASED];
}

/* Row by row, so that memory is read in its order. */
static void count_dense(DenseCount *count, const Log *log, size_t first, size_t rows)
{
    const size_t dense = (size_t)log->x.schema.dense;
    for (size_t i = first; i < first + rows; i++) {
        for (size_t d = 0; d < dense; d++)
            dense_add(&count[d], (double)log->x.dense[i * dense + d]);
        log_passed(log, i);
    }
}

/* Rows of one part that follow each other are copied in one go. Those that are neither trained on nor scored
 * are kept only where pairs take columns of users and items from them. */
static Status append_block(LoadedParts *parts, RowBlock *block, Message *message)
{
    const PartRows from = {
        .log = block->log, .group = block->group, .time = block->time, .propensity = block->propensity};
    Status status = STATUS_OK;
    for (size_t i = 0, run; i < block->log.x.rows && !status; i += run) {
        for (run = 1; i + run < block->log.x.rows && block->part[i + run] == block->part[i];)
            run++;
        if (block->part[i] != PART_VALID || parts->sided)
            status = append(parts, block->part[i], &from, i, run, message);
        if (block->part[i] == PART_LOG && parts->dense)
            count_dense(parts->dense, &block->log, i, run);
    }
    return status;
}

static Status read_parts(LoadedParts *parts, Reader *reader, const Loading *loading, Message *message)
{
    RowBlock *block;
    Status status = row_block_create(&block, reader, message);
    reader_schema(reader, &parts->schema);
    if (!status && !loading->layout->matrix && !parts->file &&
        !(parts->dense = calloc((size_t)parts->schema.dense + 1, sizeof *parts->dense)))
        status = fail_memory(message, "the scales of columns");
    while (!status) {
        status = reader_next(reader, block, message);
        if (status || !block->log.x.rows)
            break;
        status = append_block(parts, block, message);
        log_let_go(&parts->part[PART_LOG].log);
        if (!status && parts->file)
            status = file_rows(parts, message);
        else if (!parts->expected)
            parts->expected = reader_expected_rows(reader);
    }
    row_block_free(block);
    reader_schema(reader, &parts->schema);
    return status;
}

/* The schema's names into memory of the data. */
static Status keep_names(RealData *data, Schema *schema, Message *message)
{
    size_t size = 1;
    for (int f = 0; f < schema->categorical; f++)
        size += strlen(schema->name[f]) + 1;
    for (int g = 0; g < schema->groups; g++)
        size += strlen(schema->group[g].name) + 1;
    char *at = data->names = malloc(size);
    if (!at)
        return fail_memory(message, "the names of columns");
    for (int f = 0; f < schema->categorical; f++) {
        const char *name = schema->name[f];
        schema->name[f] = at;
        at = stpcpy(at, name) + 1;
    }
    for (int g = 0; g < schema->groups; g++) {
        const char *name = schema->group[g].name;
        schema->group[g].name = at;
        at = stpcpy(at, name) + 1;
    }
    return STATUS_OK;
}

/* The rows become the log, with its memory. */
static void take_rows(PartRows *rows, const Schema *schema, Log *log)
{
    *log = rows->log;
    log->x.schema = *schema;
    rows->log = (Log){0};
}

static void take_log(RealData *data, LoadedParts *parts)
{
    PartRows *log = &parts->part[PART_LOG];
    take_rows(log, &parts->schema, &data->log);
    if (!parts->logged)
        return;
    data->propensity = log->propensity;
    log->propensity = NULL;
}

/* Randomly shown rows into the unbiased sample, of those marked the clicked ones, and the test. */
static Status share_random(RealData *data, const LoadedParts *parts, const LoadOptions *options,
                           const StreamKey *key, Message *message)
{
    const PartRows *rows = loaded_random_rows(parts);
    size_t count = rows->log.x.rows, marked, clicked = 0, at[2] = {0, 0};
    const bool forced = !parts->part[PART_RANDOM].log.x.rows && log_clicks(&rows->log) == count;
    const double share = forced || options->random_clicks ? options->unbiased_share : 0;
    uint8_t *mark;
    data->kind = forced ? REAL_TEST_FORCED : REAL_TEST_RANDOM;
    Status status = mark_unbiased(&mark, &marked, count, share, key, message);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        clicked += mark[i] && rows->log.click[i];
    status = log_create(&data->unbiased, &parts->schema, clicked, message);
    if (!status && parts->weighted &&
        !(data->unbiased.weight = calloc(clicked + 1, sizeof *data->unbiased.weight)))
        status = fail_memory(message, "the weights of rows");
    if (!status)
        status = log_create(&data->test, &parts->schema, count - marked, message);
    if (!status && parts->delayed)
        status = log_add_delays(&data->unbiased, message);
    if (!status && parts->delayed)
        status = log_add_delays(&data->test, message);
    if (!status && parts->grouped && !(data->group = calloc(count - marked, sizeof *data->group)))
        status = fail_memory(message, "the groups of test rows");
    for (size_t i = 0; i < count && !status; i++) {
        if (mark[i] && !rows->log.click[i])
            continue;
        if (!mark[i] && data->group)
            data->group[at[0]] = rows->group[i];
        log_copy_rows(mark[i] ? &data->unbiased : &data->test, at[mark[i]]++, &rows->log, i, 1);
    }
    free(mark);
    return status;
}

static Status share_out(RealData *data, LoadedParts *parts, const char *path, const LoadOptions *options,
                        const StreamKey *key, Message *message)
{
    PartRows *test = &parts->part[PART_TEST];
    if (parts->part[PART_UNBIASED].log.x.rows && parts->part[PART_RANDOM].log.x.rows)
        return fail(message, STATUS_USAGE,
                    "%s: found rows of columns.unbiased and of columns.random; expected those of one", path);
    if (loaded_random_rows(parts)->log.x.rows)
        return share_random(data, parts, options, key, message);
    if (!test->log.x.rows && !options->test_optional && !(options->test_share > 0))
        return fail(message, STATUS_USAGE,
                    "%s: found no rows to test on; expected rows shown at random (columns.unbiased or "
                    "columns.random), held out "
                    "(columns.split), or to be held out (data.test_share)",
                    path);
    if (parts->grouped) {
        data->group = test->group;
        test->group = NULL;
    }
    take_rows(test, &parts->schema, &data->test);
    return log_create(&data->unbiased, &parts->schema, 0, message);
}

/* Weights of training as multiples of their mean in the log, so that they have no unit; rows of the test have
 * none. */
static void scale_weights(RealData *data)
{
    const double rows = (double)data->log.x.rows,
                 mean = data->file ? log_file_mean_weight(data->file) : log_weight(&data->log) / rows;
    for (size_t i = 0; i < data->log.x.rows; i++) {
        data->log.weight[i] = (float)((double)data->log.weight[i] / mean);
        log_passed(&data->log, i);
    }
    for (size_t i = 0; i < data->unbiased.x.rows; i++)
        data->unbiased.weight[i] = (float)((double)data->unbiased.weight[i] / mean);
    free(data->test.weight);
    data->test.weight = NULL;
}

/* Marks a share of the rows of a log, or all rows of a share of the users. */
static Status mark_drawn(bool *mark, const Log *log, const Loading *loading, Message *message)
{
    const bool by_users = loading->options.test_by == TEST_BY_USERS;
    const Schema *schema = &log->x.schema;
    size_t units = by_users ? schema->cardinality[FIELD_USER] : log->x.rows;
    bool *drawn = calloc(units, sizeof *drawn);
    gsl_rng *generator = drawn ? stream_open(loading->key, "test") : NULL;
    if (!generator) {
        free(drawn);
        return fail_memory(message, "the rows of the test");
    }
    for (size_t i = 0; i < units; i++)
        drawn[i] = gsl_rng_uniform(generator) < loading->options.test_share;
    for (size_t i = 0; i < log->x.rows; i++)
        mark[i] = drawn[by_users ? log->x.id[i * (size_t)schema->categorical + FIELD_USER] : i];
    gsl_rng_free(generator);
    free(drawn);
    return STATUS_OK;
}

/* Holds a share of all pairs out of the log of ratings. */
static Status hold_out_pairs(RealData *data, const Loading *loading, Message *message)
{
    Log *log = &data->log, *test = &data->test;
    bool *mark = calloc(log->x.rows + 1, sizeof *mark);
    if (!mark)
        return fail_memory(message, "the rows of the test");
    Status status = mark_drawn(mark, log, loading, message);
    size_t held = 0, kept = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        held += mark[i];
    log_free(test);
    if (!status)
        status = log_create(test, &log->x.schema, held, message);
    held = 0;
    for (size_t i = 0; i < log->x.rows && !status; i++)
        log_copy_rows(mark[i] ? test : log, mark[i] ? held++ : kept++, log, i, 1);
    if (!status)
        log->x.rows = kept;
    free(mark);
    return status;
}

/* By the counts of the log's columns: those that are known, or where that is NULL new ones. */
static Status standardise(RealData *data, const DenseCount *known, Message *message)
{
    enum { LOGS = 3 };
    const Log *all[LOGS] = {&data->log, &data->unbiased, &data->test};
    const size_t dense = (size_t)data->log.x.schema.dense;
    DenseCount *count = calloc(dense + 1, sizeof *count);
    double *sd = calloc(dense + 1, sizeof *sd);
    Status status = count && sd ? STATUS_OK : fail_memory(message, "the scales of columns");
    if (!status && known)
        memcpy(count, known, dense * sizeof *count);
    else if (!status)
        count_dense(count, &data->log, 0, data->log.x.rows);
    for (size_t d = 0; !status && d < dense; d++)
        sd[d] = dense_sd(&count[d]);
    for (size_t k = 0; !status && k < LOGS; k++) {
        for (size_t i = 0; i < all[k]->x.rows; i++) {
            float *value = all[k]->x.dense + i * dense;
            for (size_t d = 0; d < dense; d++)
                value[d] = dense_standard(&count[d], sd[d], value[d]);
            log_passed(all[k], i);
        }
    }
    free(count);
    free(sd);
    return status;
}

static Status make_data(RealData *data, LoadedParts *parts, const Loading *loading, Message *message)
{
    const char *path = loading->path;
    Status status = keep_names(data, &parts->schema, message);
    if (!status)
        status = share_out(data, parts, path, &loading->options, loading->key, message);
    if (status)
        return status;
    if (loading->layout->matrix)
        status = rating_pairs_make(data, parts, loading, message);
    else
        take_log(data, parts);
    if (!status && parts->weighted)
        scale_weights(data);
    if (!status && data->file)
        log_file_finish(data->file, &parts->schema);
    if (!status && loading->layout->matrix && loading->options.test_share > 0)
        status = hold_out_pairs(data, loading, message);
    if (!status)
        status = standardise(data, data->file ? log_file_counts(data->file)->dense : parts->dense, message);
    if (!status &&
        !(data->file ? log_file_counts(data->file)->part[PART_LOG].clicks : log_clicks(&data->log)))
        status = fail(message, STATUS_USAGE, "%s: found no click to train on; expected rows of a log", path);
    return status;
}

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Marks the rows from the time on after which a share of them lies. */
static Status mark_latest(bool *mark, const double *given, size_t count, double share, Message *message)
{
    size_t first = count - (size_t)lround(share * (double)count);
    double *time = malloc(count * sizeof *time);
    if (!time)
        return fail_memory(message, "the times of rows");
    memcpy(time, given, count * sizeof *time);
    qsort(time, count, sizeof *time, compare_times);
    for (size_t i = 0; i < count && first < count; i++)
        mark[i] = given[i] >= time[first];
    free(time);
    return STATUS_OK;
}

/* Moves the marked rows of the log to another part. */
static Status move_rows(LoadedParts *parts, const bool *mark, DataPart to, Message *message)
{
    PartRows *log = &parts->part[PART_LOG];
    size_t rows = log->log.x.rows, kept = 0;
    Status status = STATUS_OK;
    free(parts->dense);
    parts->dense = NULL;
    for (size_t i = 0; i < rows && !status; i++) {
        if (mark[i]) {
            status = append(parts, to, log, i, 1, message);
            continue;
        }
        log_copy_rows(&log->log, kept, &log->log, i, 1);
        if (parts->grouped)
            log->group[kept] = log->group[i];
        if (parts->logged)
            log->propensity[kept] = log->propensity[i];
        kept++;
    }
    log->log.x.rows = kept;
    return status;
}

/* Holds a share of the log out as its test; of ratings that is done once they are pairs. */
static Status hold_out(LoadedParts *parts, const Loading *loading, Message *message)
{
    const PartRows *log = &parts->part[PART_LOG];
    const char *path = loading->path;
    const LoadOptions *options = &loading->options;
    if (loaded_random_rows(parts)->log.x.rows || parts->part[PART_TEST].log.x.rows)
        return fail(message, STATUS_USAGE,
                    "%s: found rows of a test and data.test_share: %g; expected one of the two", path,
                    options->test_share);
    if (options->test_by == TEST_BY_TIME && loading->layout->matrix)
        return fail(
            message, STATUS_USAGE,
            "data.test_by: found time; expected rows or users, as pairs that are not rated have no time");
    if (options->test_by == TEST_BY_TIME && !parts->timed && !parts->delayed)
        return fail(message, STATUS_USAGE,
                    "data.test_by: found time without a column of times; expected columns.time: NAME or "
                    "columns.click_time: NAME");
    if (loading->layout->matrix || !log->log.x.rows)
        return STATUS_OK;
    bool *mark = calloc(log->log.x.rows + 1, sizeof *mark);
    if (!mark)
        return fail_memory(message, "the rows of the test");
    Log drawn = log->log;
    drawn.x.schema = parts->schema;
    Status status = options->test_by == TEST_BY_TIME
                        ? mark_latest(mark, parts->timed ? log->time : log->log.delays->click_time,
                                      log->log.x.rows, options->test_share, message)
                        : mark_drawn(mark, &drawn, loading, message);
    if (!status)
        status = move_rows(parts, mark, PART_TEST, message);
    free(mark);
    return status;
}

/* What is known when: conversions are those within the window, the test has none that may be missing, and the
 * log ends at the cut. */
static Status know_in_time(LoadedParts *parts, const Loading *loading, Message *message)
{
    const double window = loading->options.window, cut = loading->options.cut;
    static const DataPart tested[] = {PART_TEST, PART_UNBIASED, PART_RANDOM};
    double end = -INFINITY;
    size_t open = 0;
    for (int p = 0; p < PARTS; p++)
        end = fmax(end, log_times_end(&parts->part[p].log));
    for (int p = 0; window > 0 && p < PARTS; p++)
        log_times_attribute(&parts->part[p].log, window);
    for (size_t k = 0; window > 0 && k < sizeof tested / sizeof *tested; k++)
        open += log_times_open(&parts->part[tested[k]].log, window, end);
    if (open)
        return fail(message, STATUS_USAGE,
                    "%s: found %zu clicks of the test less than data.window (%g days) before the end of the "
                    "data, so that conversions of them may be missing; expected a test that ends earlier",
                    loading->path, open, window);
    if (cut == 0)
        return STATUS_OK;
    Log *log = &parts->part[PART_LOG].log;
    const double time = time_in_days(loading->options.reader.time_unit, cut);
    bool *mark = calloc(log->x.rows + 1, sizeof *mark);
    if (!mark)
        return fail_memory(message, "the rows of the log");
    log_times_forget(log, time);
    log_times_mark(log, time, mark);
    Status status = move_rows(parts, mark, PART_VALID, message);
    free(mark);
    return status;
}

static Status load_rows(RealData *data, const Loading *loading, Message *message)
{
    Reader *reader;
    LoadedParts parts = {0};
    Status status = reader_open(&reader, loading->layout, loading->path, &loading->options.reader, message);
    if (status)
        return status;
    parts.grouped = reader_has_group(reader);
    parts.timed = reader_has_time(reader);
    parts.logged = reader_has_propensity(reader);
    parts.weighted = reader_has_weight(reader);
    parts.sided =
        loading->layout->matrix && (loading->options.reader.users[0] || loading->options.reader.items[0]);
    for (int f = 0; f < MAX_CATEGORICAL; f++)
        parts.side_of_id[f] = reader_side_of_id(reader, f);
    for (int d = 0; d < MAX_DENSE_GROUPS; d++)
        parts.side_of_dense[d] = reader_side_of_dense(reader, d);
    parts.delayed = reader_has_delays(reader);
    if (loading->options.log_in_file) {
        reader_schema(reader, &parts.schema);
        status = log_file_create(&data->file, &parts.schema, parts.weighted, message);
        parts.file = data->file;
    }
    parts.part[PART_LOG].in_file = loading->options.log_let_go;
    if (!status)
        status = read_parts(&parts, reader, loading, message);
    if (!status)
        status = reader_take_bags(reader, &parts.schema, data->bags, message);
    if (!status && loading->options.test_share > 0)
        status = hold_out(&parts, loading, message);
    if (!status && parts.delayed)
        status = know_in_time(&parts, loading, message);
    if (!status)
        status = make_data(data, &parts, loading, message);
    data->unclicked = reader_unclicked(reader);
    if (!status && reader_unread(reader)[0] && !(data->unread = strdup(reader_unread(reader))))
        status = fail_memory(message, "the names of columns");
    parts_free(&parts);
    reader_close(reader);
    return status;
}

Status load_real_data(RealData *data, const Layout *layout, const char *path, const LoadOptions *options,
                      const StreamKey *key, Message *message)
{
    *data = (RealData){0};
    Loading loading = {layout, path, *options, key};
    ReaderOptions *reader = &loading.options.reader;
    if (layout->matrix && reader->buckets)
        return fail(message, STATUS_USAGE,
                    "data.buckets: found %lld; expected 0, as ratings have ids of their own",
                    (long long)reader->buckets);
    const struct {
        const char *key, *name;
    } of_rows[] = {{"propensity", reader->columns.propensity}, {"weight", reader->columns.weight}};
    for (size_t i = 0; layout->matrix && i < sizeof of_rows / sizeof *of_rows; i++)
        if (column_is_given(of_rows[i].name))
            return fail(
                message, STATUS_USAGE,
                "columns.%s: found %s; expected none, as ratings have none for pairs that are not rated",
                of_rows[i].key, of_rows[i].name);
    if (layout->read && (reader->users[0] || reader->items[0]))
        return fail(
            message, STATUS_USAGE,
            "data.users or data.items: found %s; expected none, as %s has those of its users and items",
            reader->users[0] ? reader->users : reader->items, layout->name);
    const char *click_time = reader->columns.click_time;
    const bool delayed = layout_has_times(layout, reader);
    if (delayed && (layout->matrix || options->log_in_file))
        return fail(message, STATUS_USAGE, "columns.click_time: found %s; expected none %s",
                    click_time[0] ? click_time : layout->columns.click_time,
                    layout->matrix ? "for ratings" : "with 'log.order: blocks'");
    if (!delayed && (options->cut != 0 || options->window > 0))
        return fail(message, STATUS_USAGE,
                    "data.%s: found %g without the times of clicks; expected columns.click_time: NAME",
                    options->cut != 0 ? "cut" : "window", options->cut != 0 ? options->cut : options->window);
    if (layout->read && options->test_share > 0)
        return fail(message, STATUS_USAGE,
                    "data.test_share: found %g; expected 0, as %s has ratings of random items to test on",
                    options->test_share, layout->name);
    reader->threshold = layout_threshold(layout, reader);
    Status status = layout->read ? layout->read(data, path, &loading.options, key, message)
                                 : load_rows(data, &loading, message);
    if (status)
        real_data_free(data);
    return status;
}
