/* Sums over stores. Each is opened for a moment: a run goes on writing to it. */
#include "experiments/report/shard_progress.h"

#include "experiments/report/coverage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { COLUMNS = 5 };

/* An experiment of one store. */
typedef struct ShardProgress {
    char *experiment, *question;
    const char *path;
    int64_t done, diverged, failed, planned;
    bool precision; /* what is planned is for the merged store to say */
    double rate;    /* units a second; 0 where not known */
} ShardProgress;

typedef struct ShardList {
    ShardProgress *shard;
    int shards;
} ShardList;

static void list_clear(ShardList *list)
{
    for (int i = 0; i < list->shards; i++) {
        free(list->shard[i].experiment);
        free(list->shard[i].question);
    }
    free(list->shard);
}

/* Seconds from when the experiment was registered until the store was last written. */
static double seconds_of(const char *started, const char *path)
{
    struct tm utc = {0};
    struct stat facts, wal;
    char log[4096];
    if (!strptime(started, "%Y-%m-%dT%H:%M:%SZ", &utc) || stat(path, &facts))
        return 0;
    snprintf(log, sizeof log, "%s-wal", path);
    const time_t last = !stat(log, &wal) && wal.st_mtime > facts.st_mtime ? wal.st_mtime : facts.st_mtime;
    return difftime(last, timegm(&utc));
}

static Status add_experiment(ShardList *list, Store *store, const Provenance *p, const char *path,
                             Message *message)
{
    Coverage c;
    Status status = coverage_read(&c, store, p, message);
    ShardProgress *larger =
        status ? NULL : reallocarray(list->shard, (size_t)list->shards + 1, sizeof *larger);
    if (larger) {
        const double seconds = seconds_of(p->started, path);
        const bool precision = c.spec->precision.bounds > 0;
        const int64_t further = precision ? c.beyond : 0, there = c.done + c.diverged + c.failed + further;
        list->shard = larger;
        larger[list->shards++] = (ShardProgress){.experiment = strdup(p->name),
                                                 .question = strdup(p->question),
                                                 .path = path,
                                                 .done = c.done + further,
                                                 .diverged = c.diverged,
                                                 .failed = c.failed,
                                                 .planned = there + c.missing,
                                                 .precision = precision,
                                                 .rate = seconds > 0 ? (double)there / seconds : 0};
    }
    if (!status && (!larger || !larger[list->shards - 1].experiment || !larger[list->shards - 1].question))
        status = fail_memory(message, "the stores");
    coverage_free(&c);
    return status;
}

static Status add_store(ShardList *list, const char *path, Message *message)
{
    Store *store;
    ProvenanceList experiments = {0};
    Status status = store_open(&store, path, STORE_READ, message);
    if (status)
        return status;
    status = provenance_read(&experiments, store, message);
    for (int i = 0; !status && i < experiments.experiments; i++)
        status = add_experiment(list, store, &experiments.experiment[i], path, message);
    provenance_clear(&experiments);
    store_close(store);
    return status;
}

static void fill_row(Cell *cell, const ShardProgress *s)
{
    cell[0] = cell_text(s->path);
    cell[1] = cell_number((double)s->done);
    cell[2] = cell_number((double)s->diverged);
    cell[3] = cell_number((double)s->failed);
    cell[4] = cell_number(s->rate > 0 ? s->rate : NAN);
}

/* "of 288 units: 250 are there, 38 missing; 11 units a second, 0:03 left". */
static void describe(const ShardProgress *all, char *text, size_t size)
{
    const int64_t there = all->done + all->diverged + all->failed,
                  missing = all->planned > there ? all->planned - there : 0;
    if (all->precision) {
        snprintf(text, size, "%lld units are there; `cvrlab merge` says how many precision asks for",
                 (long long)there);
        return;
    }
    size_t used = (size_t)snprintf(text, size, "of %lld units %lld are there, %lld missing",
                                   (long long)all->planned, (long long)there, (long long)missing);
    if (missing && all->rate > 0 && used < size) {
        const long left = lround((double)missing / all->rate);
        snprintf(text + used, size - used, "; %.3g units a second, %ld:%02ld:%02ld left", all->rate,
                 left / 3600, left / 60 % 60, left % 60);
    }
}

static Status print_experiment(const ShardList *list, int first, const GridFormat *format, FILE *file,
                               Message *message)
{
    static const Column column[COLUMNS] = {{"store", "store", CELL_TEXT, 1},
                                           {"done", "done", CELL_COUNT, 1},
                                           {"diverged", "diverged", CELL_COUNT, 1},
                                           {"failed", "failed", CELL_COUNT, 1},
                                           {"rate", "units/s", CELL_NUMBER, 1}};
    const ShardProgress *one = &list->shard[first];
    ShardProgress all = {.path = "all", .planned = one->planned, .precision = one->precision};
    char note[200];
    int rows = 0;
    Cell *cell = calloc((size_t)(list->shards + 1) * COLUMNS, sizeof *cell);
    if (!cell)
        return fail_memory(message, "a table");
    for (int i = first; i < list->shards; i++) {
        const ShardProgress *s = &list->shard[i];
        if (strcmp(s->experiment, one->experiment) != 0)
            continue;
        fill_row(cell + (ptrdiff_t)rows++ * COLUMNS, s);
        all.done += s->done;
        all.diverged += s->diverged;
        all.failed += s->failed;
        all.rate += s->rate;
        all.planned = s->planned > all.planned ? s->planned : all.planned;
    }
    fill_row(cell + (ptrdiff_t)rows++ * COLUMNS, &all);
    describe(&all, note, sizeof note);
    grid_heading(format, one->experiment, one->question, file);
    const Grid grid = {.experiment = one->experiment,
                       .setting = "",
                       .title = "",
                       .note = note,
                       .column = column,
                       .columns = COLUMNS,
                       .rows = rows,
                       .cell = cell,
                       .part = "shards"};
    const Status status = grid_print(&grid, format, true, file, message);
    free(cell);
    return status;
}

Status shard_progress_print(const char *const *path, int paths, const GridFormat *format, FILE *file,
                            Message *message)
{
    ShardList list = {0};
    Status status = STATUS_OK;
    for (int i = 0; !status && i < paths; i++)
        status = add_store(&list, path[i], message);
    for (int i = 0; !status && i < list.shards; i++) {
        bool told = false;
        for (int k = 0; !told && k < i; k++)
            told = !strcmp(list.shard[k].experiment, list.shard[i].experiment);
        if (!told)
            status = print_experiment(&list, i, format, file, message);
    }
    list_clear(&list);
    return status;
}
