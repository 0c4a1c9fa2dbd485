/* The log of ratings: every pair of user and item is an exposure, and a rated one a click. What a pair has
 * besides comes from the rows of its user and of its item, to which the tables of both were joined. */
#include "sim/data/load_internal.h"

#include <stdlib.h>

/* Of all pairs in a log: 2^28 of them without further columns. */
static const double most_pair_bytes = 2684354560;

/* The numbers that ids have among the exposures, from 0; -1 for those that are not. */
typedef struct PairNumbers {
    int64_t *user, *item; /* one allocation, of `user` */
    size_t users, items;
} PairNumbers;

/* Numbers the ids that are exposures from 0, in `number` from id 1 on; -1 for those that are not. */
static size_t number_ids(int64_t *number, const LoadedParts *parts, int column, PairSpace pairs)
{
    const Features *random = &loaded_random_rows(parts)->log.x;
    size_t count = 0, ids = parts->schema.cardinality[column];
    for (size_t id = 0; id < ids; id++)
        number[id] = pairs == PAIRS_ALL && id > 0 ? 0 : -1;
    for (size_t i = 0; i < random->rows; i++)
        number[random->id[i * (size_t)parts->schema.categorical + (size_t)column]] = 0;
    for (size_t id = 0; id < ids; id++)
        if (number[id] == 0)
            number[id] = (int64_t)count++;
    return count;
}

/* The columns of users and of items: row `id` of each has those of that id, in the places that they have in
 * x.
 */
typedef struct SideColumns {
    Features of[2];
} SideColumns;

static void side_columns_free(SideColumns *sides)
{
    features_free(&sides->of[FIELD_USER]);
    features_free(&sides->of[FIELD_ITEM]);
}

/* Copies the columns of x that are of users, or of items, from one row to another. */
static void copy_side(const LoadedParts *parts, int field, const Features *from, size_t i, Features *to,
                      size_t row)
{
    const int categorical = parts->schema.categorical, dense = parts->schema.dense;
    for (int f = FIELD_ITEM + 1; f < categorical; f++)
        if (parts->side_of_id[f] == field)
            to->id[row * (size_t)categorical + (size_t)f] = from->id[i * (size_t)categorical + (size_t)f];
    for (int d = 0; d < dense; d++)
        if (parts->side_of_dense[d] == field)
            to->dense[row * (size_t)dense + (size_t)d] = from->dense[i * (size_t)dense + (size_t)d];
}

/* From the rows that were read, to which they were joined: every user and item has one. */
static Status side_columns_create(SideColumns *sides, const LoadedParts *parts, Message *message)
{
    const Schema *schema = &parts->schema;
    *sides = (SideColumns){0};
    Status status = STATUS_OK;
    for (int field = FIELD_USER; field <= FIELD_ITEM && !status; field++)
        status = features_create(&sides->of[field], schema, schema->cardinality[field], message);
    for (int p = 0; p < PARTS && !status; p++) {
        const Features *x = &parts->part[p].log.x;
        for (size_t i = 0; i < x->rows; i++)
            for (int field = FIELD_USER; field <= FIELD_ITEM; field++)
                copy_side(parts, field, x, i, &sides->of[field],
                          x->id[i * (size_t)schema->categorical + (size_t)field]);
    }
    if (status)
        side_columns_free(sides);
    return status;
}

static void fill_pairs(Log *log, const LoadedParts *parts, const PairNumbers *numbers,
                       const SideColumns *sides)
{
    const Schema *schema = &parts->schema;
    const size_t categorical = (size_t)schema->categorical;
    const int64_t *user = numbers->user, *item = numbers->item;
    for (size_t u = 0; u < schema->cardinality[FIELD_USER]; u++) {
        for (size_t i = 0; user[u] >= 0 && i < schema->cardinality[FIELD_ITEM]; i++) {
            if (item[i] < 0)
                continue;
            const size_t row = (size_t)user[u] * numbers->items + (size_t)item[i];
            log->x.id[row * categorical + FIELD_USER] = (uint32_t)u;
            log->x.id[row * categorical + FIELD_ITEM] = (uint32_t)i;
            copy_side(parts, FIELD_USER, &sides->of[FIELD_USER], u, &log->x, row);
            copy_side(parts, FIELD_ITEM, &sides->of[FIELD_ITEM], i, &log->x, row);
        }
    }
    const Log *rated = &parts->part[PART_LOG].log;
    for (size_t i = 0; i < rated->x.rows; i++) {
        const uint32_t *id = rated->x.id + categorical * i;
        if (user[id[FIELD_USER]] < 0 || item[id[FIELD_ITEM]] < 0)
            continue;
        size_t row = (size_t)user[id[FIELD_USER]] * numbers->items + (size_t)item[id[FIELD_ITEM]];
        log->click[row] = 1;
        log->conversion[row] |= rated->conversion[i];
    }
}

/* Takes the pairs that were shown at random out of a log of all pairs, unless one of them is rated in it:
 * then the log was not published without them. */
static Status leave_block_out(Log *log, const LoadedParts *parts, const PairNumbers *numbers,
                              Message *message)
{
    const Features *random = &loaded_random_rows(parts)->log.x;
    bool *out = calloc(log->x.rows, sizeof *out), overlap = false;
    if (!out)
        return fail_memory(message, "the pairs of the log");
    for (size_t i = 0; i < random->rows; i++) {
        const uint32_t *id = random->id + (size_t)parts->schema.categorical * i;
        size_t row =
            (size_t)numbers->user[id[FIELD_USER]] * numbers->items + (size_t)numbers->item[id[FIELD_ITEM]];
        out[row] = true;
        overlap |= log->click[row] != 0;
    }
    size_t kept = 0;
    for (size_t i = 0; i < log->x.rows && !overlap; i++)
        if (!out[i])
            log_copy_rows(log, kept++, log, i, 1);
    log->x.rows = overlap ? log->x.rows : kept;
    free(out);
    return STATUS_OK;
}

/* Pairs that are not rated have the columns of their user and of their item alone. */
static Status check_pair_columns(const LoadedParts *parts, const char *path, Message *message)
{
    const Schema *schema = &parts->schema;
    const char *own = NULL;
    for (int f = FIELD_ITEM + 1; f < schema->categorical; f++)
        own = parts->side_of_id[f] < 0 ? schema->name[f] : own;
    for (int d = 0; d < schema->groups; d++)
        own = parts->side_of_dense[d] < 0 ? schema->group[d].name : own;
    if (!own)
        return STATUS_OK;
    return fail(
        message, STATUS_USAGE,
        "%s: found '%s' among columns.categorical or columns.dense; expected columns of data.users or "
        "data.items: the files do not have it for pairs that are not rated",
        path, own);
}

static Status number_pairs(PairNumbers *numbers, const LoadedParts *parts, const Loading *loading,
                           Message *message)
{
    const Schema *schema = &parts->schema;
    const PairSpace pairs = loading->options.pairs;
    const size_t ids = (size_t)schema->cardinality[FIELD_USER] + schema->cardinality[FIELD_ITEM];
    numbers->user = calloc(ids, sizeof *numbers->user);
    if (!numbers->user)
        return fail_memory(message, "the numbers of users and items");
    numbers->item = numbers->user + schema->cardinality[FIELD_USER];
    numbers->users = number_ids(numbers->user, parts, FIELD_USER, pairs);
    numbers->items = number_ids(numbers->item, parts, FIELD_ITEM, pairs);
    const double most = most_pair_bytes / (2 + 4. * (schema->categorical + schema->dense));
    if ((double)numbers->users * (double)numbers->items <= most)
        return STATUS_OK;
    return fail(message, STATUS_USAGE,
                "%s: found %zu users and %zu items; expected at most %.0f pairs, as data.pairs: tested may "
                "leave",
                loading->path, numbers->users, numbers->items, most);
}

Status rating_pairs_make(RealData *data, const LoadedParts *parts, const Loading *loading, Message *message)
{
    PairNumbers numbers = {0};
    SideColumns sides = {0};
    Status status = check_pair_columns(parts, loading->path, message);
    if (!status)
        status = number_pairs(&numbers, parts, loading, message);
    if (!status)
        status = log_create(&data->log, &parts->schema, numbers.users * numbers.items, message);
    if (!status)
        status = side_columns_create(&sides, parts, message);
    if (!status)
        fill_pairs(&data->log, parts, &numbers, &sides);
    if (!status && loading->layout->block_kept_out)
        status = leave_block_out(&data->log, parts, &numbers, message);
    side_columns_free(&sides);
    free(numbers.user);
    return status;
}
