/* The folder and its guard. The guard holds the reading end of a pipe whose only writing end is the
 * program's: it sees the end of the pipe when the program ends, also by SIGKILL, and then cleans up what the
 * program did not. */
#include "sim/base/scratch.h"

#include "sim/base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 100, MICROSECONDS = 20000 }; /* a process that was killed may write for another moment */

/* In the guard: nothing here returns. In a session of its own, so that Ctrl-C does not end it too. */
static void wait_and_clean(const Scratch *scratch, const int ends[2])
{
    pid_t group = 0, told;
    ssize_t size;
    setsid();
    close(ends[1]);
    for (int file = 0; file <= 2;
         file++) /* whoever reads what the program writes must not wait for the guard */
        close(file);
    while ((size = read(ends[0], &told, sizeof told)) == (ssize_t)sizeof told || (size < 0 && errno == EINTR))
        group = size > 0 ? told : group;
    if (group > 0)
        kill(-group, SIGKILL);
    for (int i = 0; i < TRIES && access(scratch->path, F_OK) == 0; i++) {
        directory_remove(scratch->path);
        if (access(scratch->path, F_OK) == 0)
            usleep(MICROSECONDS);
    }
    if (scratch->made)
        rmdir(scratch->directory);
    _exit(0);
}

static Status start_guard(Scratch *scratch, Message *message)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return fail(message, STATUS_FAILED, "cannot make a pipe: %s", strerror(errno));
    scratch->guard = fork();
    if (scratch->guard == 0)
        wait_and_clean(scratch, ends);
    close(ends[0]);
    scratch->pipe = ends[1];
    if (scratch->guard > 0)
        return STATUS_OK;
    close(ends[1]);
    return fail(message, STATUS_FAILED, "cannot start a process: %s", strerror(errno));
}

static void remove_folders(const Scratch *scratch)
{
    directory_remove(scratch->path);
    if (scratch->made)
        rmdir(scratch->directory);
}

Status scratch_make(Scratch *scratch, const char *directory, Message *message)
{
    Status status = directory_make(directory, &scratch->made, message);
    if (status)
        return status;
    if (snprintf(scratch->directory, PATH_MAX, "%s", directory) >= PATH_MAX ||
        snprintf(scratch->path, PATH_MAX, "%s/.cvrlab-XXXXXX", directory) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the name is too long", directory);
    if (!mkdtemp(scratch->path)) {
        status = fail(message, STATUS_FAILED, "%s: %s", directory, strerror(errno));
        if (scratch->made)
            rmdir(directory);
        return status;
    }
    status = start_guard(scratch, message);
    if (status)
        remove_folders(scratch);
    return status;
}

void scratch_guard(const Scratch *scratch, pid_t group)
{
    while (write(scratch->pipe, &group, sizeof group) < 0 && errno == EINTR) {
    }
}

Status scratch_keep(const Scratch *scratch, const char *name, Message *message)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (snprintf(from, sizeof from, "%s/%s", scratch->path, name) >= PATH_MAX ||
        snprintf(to, sizeof to, "%s/%s", scratch->directory, name) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the name is too long", scratch->directory);
    if (rename(from, to))
        return fail(message, STATUS_FAILED, "%s: %s", to, strerror(errno));
    return STATUS_OK;
}

void scratch_remove(Scratch *scratch)
{
    remove_folders(scratch);
    close(scratch->pipe);
    while (waitpid(scratch->guard, NULL, 0) < 0 && errno == EINTR) {
    }
}
