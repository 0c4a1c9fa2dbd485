/* Read and written with calls that keep no place and no copy in the process, so that memory does not grow
 * with the file and threads share it. */
#include "sim/base/temporary_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct TemporaryFile {
    int descriptor;
};

static const char *folder(void)
{
    const char *named = getenv("TMPDIR");
    return named && named[0] ? named : "/var/tmp";
}

Status temporary_file_create(TemporaryFile **file, Message *message)
{
    char name[PATH_MAX];
    *file = NULL;
    if (snprintf(name, sizeof name, "%s/cvrlab-XXXXXX", folder()) >= (int)sizeof name)
        return fail(message, STATUS_FAILED, "TMPDIR: expected a shorter name of a folder");
    const int descriptor = mkostemp(name, O_CLOEXEC);
    if (descriptor < 0)
        return fail(message, STATUS_FAILED, "%s: cannot write a file (%s); expected TMPDIR to name a folder",
                    folder(), strerror(errno));
    unlink(name);
    TemporaryFile *f = malloc(sizeof *f);
    if (!f) {
        close(descriptor);
        return fail_memory(message, "a temporary file");
    }
    f->descriptor = descriptor;
    *file = f;
    return STATUS_OK;
}

void temporary_file_close(TemporaryFile *file)
{
    if (file)
        close(file->descriptor);
    free(file);
}

static Status no_room(int error, Message *message)
{
    return fail(message, STATUS_FAILED,
                "%s: cannot write (%s); expected room for what memory does not hold: TMPDIR may name another "
                "folder",
                folder(), strerror(error));
}

Status temporary_file_append(TemporaryFile *file, const void *bytes, size_t count, Message *message)
{
    const char *at = bytes;
    while (count) {
        const ssize_t written = write(file->descriptor, at, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return no_room(errno, message);
        at += written;
        count -= (size_t)written;
    }
    return STATUS_OK;
}

bool temporary_file_read(const TemporaryFile *file, void *bytes, size_t count, uint64_t first)
{
    char *at = bytes;
    while (count) {
        const ssize_t got = pread(file->descriptor, at, count, (off_t)first);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        first += (uint64_t)got;
        count -= (size_t)got;
    }
    return true;
}

Status temporary_file_map(TemporaryFile *file, size_t bytes, void **memory, Message *message)
{
    const int error = posix_fallocate(file->descriptor, 0, (off_t)bytes);
    if (error)
        return no_room(error, message);
    *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor, 0);
    return *memory == MAP_FAILED ? no_room(errno, message) : STATUS_OK;
}
