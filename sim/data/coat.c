/* Coat (Schnabel et al., ICML 2016) in its published files. It is a layout that is read whole: its files are
 * matrices, whose rows and columns are the users and items, so that ids are places and no cell names one. */
#include "sim/data/integer_file.h"
#include "sim/data/reader_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HIGHEST_COAT_RATING = 5 };

/* The four files, and the rating from which on a user would buy. */
typedef struct CoatFiles {
    IntegerTable user_features, item_features; /* a row a user, a row an item */
    IntegerTable chosen, random;               /* ratings, users x items */
    double threshold;
} CoatFiles;

static Status read_file(IntegerTable *table, const char *folder, const char *name,
                        const IntegerLayout *layout, Message *message)
{
    char path[PATH_MAX], inner[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
        snprintf(inner, sizeof inner, "%s/user_item_features/%s", folder, name) >= (int)sizeof inner)
        return fail(message, STATUS_FAILED, "cannot read %s: the name of the folder is too long", name);
    bool is_inner = access(path, F_OK) && !access(inner, F_OK);
    return integer_file_read(table, is_inner ? inner : path, layout, message);
}

static size_t count_ratings(const IntegerTable *ratings)
{
    size_t count = 0;
    for (size_t i = 0; i < ratings->rows * ratings->columns; i++)
        count += ratings->value[i] > 0;
    return count;
}

static Status read_ratings(IntegerTable *ratings, const char *folder, const char *name,
                           const CoatFiles *files, Message *message)
{
    const IntegerLayout layout = {.rows = files->user_features.rows,
                                  .columns = files->item_features.rows,
                                  .high = HIGHEST_COAT_RATING,
                                  .what = "ratings"};
    Status status = read_file(ratings, folder, name, &layout, message);
    if (!status && !count_ratings(ratings))
        status = fail(message, STATUS_USAGE, "%s/%s: found no rating above 0; expected some", folder, name);
    return status;
}

static Status files_read(CoatFiles *files, const char *folder, Message *message)
{
    const IntegerLayout features = {.high = 1, .what = "features"};
    Status status = read_file(&files->user_features, folder, "user_features.ascii", &features, message);
    if (!status)
        status = read_file(&files->item_features, folder, "item_features.ascii", &features, message);
    if (!status)
        status = read_ratings(&files->chosen, folder, "train.ascii", files, message);
    if (!status)
        status = read_ratings(&files->random, folder, "test.ascii", files, message);
    return status;
}

static void files_free(CoatFiles *files)
{
    integer_table_free(&files->user_features);
    integer_table_free(&files->item_features);
    integer_table_free(&files->chosen);
    integer_table_free(&files->random);
}

static Schema schema_of(const CoatFiles *files)
{
    int user_columns = (int)files->user_features.columns, item_columns = (int)files->item_features.columns;
    return (Schema){
        .categorical = 2,
        .name = {[FIELD_USER] = "user", [FIELD_ITEM] = "item"},
        .cardinality =
            {[FIELD_USER] = (uint32_t)files->chosen.rows, [FIELD_ITEM] = (uint32_t)files->chosen.columns},
        .dense = user_columns + item_columns,
        .groups = 2,
        .group = {{"user_features", user_columns}, {"item_features", item_columns}},
    };
}

static float *copy_features(float *to, const IntegerTable *features, size_t row)
{
    for (size_t c = 0; c < features->columns; c++)
        *to++ = (float)features->value[row * features->columns + c];
    return to;
}

/* Row `row` of the log becomes pair number `pair`, user by user. */
static void set_row(Log *log, size_t row, const CoatFiles *files, const IntegerTable *ratings, size_t pair)
{
    size_t user = pair / ratings->columns, item = pair % ratings->columns;
    uint32_t *id = log->x.id + 2 * row;
    id[FIELD_USER] = (uint32_t)user;
    id[FIELD_ITEM] = (uint32_t)item;
    float *dense = log->x.dense + row * (size_t)log->x.schema.dense;
    dense = copy_features(dense, &files->user_features, user);
    copy_features(dense, &files->item_features, item);
    log->click[row] = ratings->value[pair] > 0;
    log->conversion[row] = ratings->value[pair] >= files->threshold;
}

static Status make_log(Log *log, const CoatFiles *files, Message *message)
{
    const Schema schema = schema_of(files);
    size_t pairs = files->chosen.rows * files->chosen.columns;
    Status status = log_create(log, &schema, pairs, message);
    for (size_t i = 0; !status && i < pairs; i++)
        set_row(log, i, files, &files->chosen, i);
    return status;
}

static Status share_out(RealData *data, const CoatFiles *files, double unbiased_share, const StreamKey *key,
                        Message *message)
{
    const Schema schema = schema_of(files);
    size_t ratings = count_ratings(&files->random);
    size_t unbiased;
    uint8_t *mark;
    Status status = mark_unbiased(&mark, &unbiased, ratings, unbiased_share, key, message);
    if (status)
        return status;
    data->kind = REAL_TEST_FORCED;
    status = log_create(&data->unbiased, &schema, unbiased, message);
    if (!status)
        status = log_create(&data->test, &schema, ratings - unbiased, message);
    size_t pairs = files->random.rows * files->random.columns, rating = 0, rows[2] = {0, 0};
    for (size_t i = 0; !status && i < pairs; i++) {
        if (!files->random.value[i])
            continue;
        bool drawn = mark[rating++];
        set_row(drawn ? &data->unbiased : &data->test, rows[drawn]++, files, &files->random, i);
    }
    free(mark);
    return status;
}

Status coat_read(RealData *data, const char *folder, const LoadOptions *options, const StreamKey *key,
                 Message *message)
{
    CoatFiles files = {.threshold = options->reader.threshold};
    Status status = files_read(&files, folder, message);
    if (!status)
        status = make_log(&data->log, &files, message);
    if (!status)
        status = share_out(data, &files, options->unbiased_share, key, message);
    files_free(&files);
    return status;
}
