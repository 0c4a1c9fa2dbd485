/* A run as a user sees it: progress, notes, how it ended, and what Ctrl-C does. */
#include "experiments/cli/run_display.h"

#include "experiments/cli/local_store.h"
#include "experiments/cli/spec_options.h"
#include "results/store/store_file.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether progress stands in a line that is not ended. */
static bool on_terminal;

/* What was stored stays, as after a kill at any other instant, so there is nothing to wait for. */
static void stop(int number)
{
    static const char line[] = "\ncvrlab: stopped; run again to go on\n";
    const int from = on_terminal ? 0 : 1;
    (void)number;
    if (write(STDERR_FILENO, line + from, sizeof line - 1 - (size_t)from) < 0)
        _exit(STATUS_FAILED);
    _exit(STATUS_UNFINISHED);
}

/* Ctrl-C, and the signal of a scheduler whose time is up; unless whoever started the program has them
 * ignored.
 */
void run_take_stops(void)
{
    static const int number[] = {SIGINT, SIGTERM};
    on_terminal = isatty(STDERR_FILENO);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        struct sigaction old, taken = {.sa_handler = stop};
        if (!sigaction(number[i], NULL, &old) && old.sa_handler == SIG_DFL)
            (void)sigaction(number[i], &taken, NULL);
    }
}

/* What is shown while an experiment runs: a bar on a terminal, a line for every tenth elsewhere. */
typedef struct ProgressDisplay {
    const char *name;
    bool terminal;
    int tenths; /* shown so far */
} ProgressDisplay;

static void show_bar(const ProgressDisplay *display, const RunProgress *p, int left)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    int full = (int)(p->done * WIDTH / p->missing);
    memset(bar, '#', (size_t)full);
    memset(bar + full, '.', (size_t)(WIDTH - full));
    bar[WIDTH] = 0;
    (void)fprintf(stderr, "\r%s [%s] %lld/%lld units, %d:%02d left \033[K", display->name, bar,
                  (long long)p->done, (long long)p->missing, left / 60, left % 60);
    if (p->done == p->missing)
        (void)fputs("\r\033[K", stderr);
}

static void show_progress(const RunProgress *p, void *context)
{
    ProgressDisplay *display = context;
    int left = (int)(p->seconds / (double)p->done * (double)(p->missing - p->done) + 0.5);
    int tenths = (int)(p->done * 10 / p->missing);
    if (display->terminal)
        show_bar(display, p, left);
    else if (tenths > display->tenths)
        (void)fprintf(stderr, "%s: %lld of %lld units, %d:%02d left\n", display->name, (long long)p->done,
                      (long long)p->missing, left / 60, left % 60);
    display->tenths = tenths;
}

static void show_note(const char *text, void *context)
{
    (void)context;
    (void)fprintf(stderr, "cvrlab: note: %s\n", text);
}

static void show_end(const Spec *spec, const RunProgress *p, const char *db)
{
    (void)fprintf(stderr, "%s: %lld units run in %.1f s, %lld were there already", spec->name,
                  (long long)p->done, p->seconds, (long long)p->before);
    if (p->diverged)
        (void)fprintf(stderr, ", %lld diverged", (long long)p->diverged);
    if (p->failed)
        (void)fprintf(stderr, ", %lld failed", (long long)p->failed);
    if (p->skipped)
        (void)fprintf(stderr, ", %lld skipped", (long long)p->skipped);
    (void)fprintf(stderr, "; see `cvrlab table %s`\n", db);
    if (p->elsewhere && p->to_decide)
        (void)fprintf(
            stderr,
            "cvrlab: note: %s: precision is decided by all shards: merge them, and run them again with "
            "--merged and that store\n",
            spec->name);
    if (p->elsewhere)
        (void)fprintf(stderr, "cvrlab: note: %s: %lld units are other shards'; `cvrlab merge` joins them\n",
                      spec->name, (long long)p->elsewhere);
    if (p->out_of_time)
        (void)fprintf(stderr, "cvrlab: note: %s: its time is up with %lld of %lld units left; %s\n",
                      spec->name, (long long)(p->missing - p->done), (long long)p->missing,
                      p->done ? "run again to go on"
                              : "none was begun, so that another run needs a longer --max-time");
    if (p->outside)
        (void)fprintf(stderr,
                      "cvrlab: note: %s: %lld units of methods from outside have no predictions yet; see "
                      "`cvrlab help score`\n",
                      spec->name, (long long)p->outside);
    if (p->failed)
        (void)fprintf(
            stderr,
            "cvrlab: note: %s: `cvrlab show %s` says why units have failed; --redo failed runs them "
            "again\n",
            spec->name, db);
}

/* Runs into the store at `path`, which is told as `shown`. */
static Status run_into(const char *path, const char *shown, const Spec *spec, const RunOptions *wanted,
                       Message *message)
{
    Store *store = NULL;
    ProgressDisplay display = {.name = spec->name, .terminal = isatty(STDERR_FILENO)};
    RunOptions options = *wanted;
    RunProgress progress = {0};
    options.note = show_note;
    options.progress = show_progress;
    options.context = &display;
    Status status = store_open(&store, path, STORE_WRITE, message);
    if (!status)
        status = run_experiment(store, spec, &options, &progress, message);
    if (status && display.terminal && progress.done)
        (void)fputc('\n', stderr);
    if (!status)
        show_end(spec, &progress, shown);
    store_close(store);
    return status                 ? status
           : progress.out_of_time ? STATUS_UNFINISHED
           : progress.failed > 0  ? STATUS_UNITS_FAILED
                                  : STATUS_OK;
}

/* What a run that failed has stored comes back as well. */
static Status run_in_scratch(const char *folder, const char *path, const Spec *spec,
                             const RunOptions *options, Message *message)
{
    char scratch[PATH_MAX];
    Message why;
    Status status = local_store_take(folder, path, scratch, sizeof scratch, message);
    if (status)
        return status;
    status = run_into(scratch, path, spec, options, message);
    if (access(scratch, F_OK))
        return status;
    const Status given = local_store_give(scratch, path, &why);
    return status && status != STATUS_UNITS_FAILED && status != STATUS_UNFINISHED ? status
           : given ? fail(message, given, "%s; the store is still %s", why.text, scratch)
                   : status;
}

Status run_display(const Spec *spec, const RunPlace *place, const RunOptions *options, Message *message)
{
    char path[PATH_MAX];
    Status status = spec_store_path(spec, place->db, &options->only.shard, path, sizeof path, message);
    if (status)
        return status;
    if (place->scratch)
        return run_in_scratch(place->scratch, path, spec, options, message);
    if (store_file_shared(path))
        cli_note("%s is on %s, where only one process may write to a store, and slowly; expected --scratch "
                 "with a folder of this machine's own",
                 path, store_file_shared(path));
    return run_into(path, path, spec, options, message);
}
