/* cvrlab merge: stores of shards into one. */
#include "experiments/cli/cli.h"
#include "experiments/report/coverage.h"
#include "results/store/store_merge.h"
#include "results/summary/summary.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* Whether two paths are one file, as a shell's pattern makes them. */
static bool same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    return !stat(a, &of_a) && !stat(b, &of_b) && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

static Status merge_shard(Store *store, const char *path, MergeCount *all, Message *message)
{
    Store *shard;
    MergeCount count;
    if (same_file(store_path(store), path))
        return STATUS_OK;
    Status status = store_open(&shard, path, STORE_READ, message);
    if (status)
        return status;
    status = store_merge(store, shard, &count, message);
    store_close(shard);
    all->taken += count.taken;
    all->there += count.there;
    return status;
}

/* Says what of an experiment there is and is not; stamps its end where all is there. */
static Status tell_experiment(Store *store, const Provenance *p, Message *message)
{
    Coverage coverage;
    Status status = coverage_read(&coverage, store, p, message);
    if (!status) {
        const int64_t there = coverage.done + coverage.diverged + coverage.failed,
                      planned = there + coverage.missing;
        fprintf(stderr, "%s: %lld of %lld units", p->name, (long long)there, (long long)planned);
        if (coverage.failed)
            fprintf(stderr, ", %lld of them failed", (long long)coverage.failed);
        if (coverage.missing)
            fprintf(stderr, "; `cvrlab show --missing %s` prints what is missing", store_path(store));
        fputc('\n', stderr);
    }
    if (!status && coverage.missing == 0 && !*p->finished)
        status = store_finish(store, p->name, message);
    coverage_free(&coverage);
    return status;
}

static Status tell(Store *store, Message *message)
{
    ProvenanceList list;
    Status status = provenance_read(&list, store, message);
    for (int i = 0; !status && i < list.experiments; i++)
        status = tell_experiment(store, &list.experiment[i], message);
    provenance_clear(&list);
    return status;
}

int cmd_merge(int argc, char **argv)
{
    static const char summary[] =
        "Joins the stores SHARD, parts of one experiment that `cvrlab run --shard` or other runs of the same "
        "file\nhave made on any machines, into the store OUT, which is made where it is not there. Each "
        "shard "
        "comes in\nwhole or not at all; what is there already must be the same in every bit, and stays. A "
        "shard that was run\nwith another value of a key, with other code or on other data is refused. "
        "Merging again goes on where\nit was stopped.";
    const Option options[] = {{0}};
    int first;
    const Usage usage = {argv[0], "OUT SHARD...", summary, options, 2, INT_MAX};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);
    Message message = {{0}};
    Store *store = NULL;
    MergeCount all = {0};
    Status status = store_open(&store, argv[first], STORE_WRITE, &message);
    for (int i = first + 1; !status && i < argc; i++)
        status = merge_shard(store, argv[i], &all, &message);
    if (!status)
        fprintf(stderr, "%s: %lld units came in, %lld were there already\n", argv[first],
                (long long)all.taken, (long long)all.there);
    if (!status)
        status = tell(store, &message);
    if (!status)
        status = summary_refresh(store, &message);
    store_close(store);
    return cli_report(status, &message);
}
