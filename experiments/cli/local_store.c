/* Copies of stores between a local disk and one that machines share. */
#include "experiments/cli/local_store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static Status fail_file(Message *message, const char *path, const char *what)
{
    return fail(message, STATUS_FAILED, "%s: %s: %s", path, what, strerror(errno));
}

static Status copy_bytes(int from, int to, const char *path, Message *message)
{
    ssize_t moved = 1;
    while (moved > 0)
        moved = sendfile(to, from, NULL, 1 << 30);
    if (moved < 0 || fsync(to))
        return fail_file(message, path, "cannot be written");
    return STATUS_OK;
}

/* A copy that is there whole or not at all. */
static Status copy_file(const char *from, const char *to, Message *message)
{
    char made[PATH_MAX];
    if (snprintf(made, sizeof made, "%s.%ld.part", to, (long)getpid()) >= PATH_MAX)
        return fail(message, STATUS_FAILED, "%s: the name is too long", to);
    const int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return fail_file(message, from, "cannot be read");
    const int target = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    Status status =
        target < 0 ? fail_file(message, made, "cannot be made") : copy_bytes(source, target, made, message);
    close(source);
    if (target >= 0)
        close(target);
    if (!status && rename(made, to))
        status = fail_file(message, to, "cannot be put in place");
    if (status)
        unlink(made);
    return status;
}

Status local_store_take(const char *folder, const char *path, char *local, size_t size, Message *message)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct stat facts;
    if ((size_t)snprintf(local, size, "%s/%s", folder, name) >= size)
        return fail(message, STATUS_FAILED, "%s: the name is too long", folder);
    if (stat(folder, &facts) || !S_ISDIR(facts.st_mode))
        return fail(message, STATUS_USAGE,
                    "--scratch: found '%s'; expected a folder on a disk of this machine", folder);
    return stat(path, &facts) ? STATUS_OK : copy_file(path, local, message);
}

Status local_store_give(const char *local, const char *path, Message *message)
{
    Status status = copy_file(local, path, message);
    if (!status)
        unlink(local);
    return status;
}
