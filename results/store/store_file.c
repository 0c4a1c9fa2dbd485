/* The file of a store, looked at by its bytes and its facts. Apart from the rest, since SQLite is not asked
 * yet. */
#include "results/store/store_file.h"

#include "results/store/schema.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Of the SQLite file format: the header's size, and where its big-endian fields lie. */
enum { HEADER = 100, AT_USER_VERSION = 60, AT_APPLICATION_ID = 68 };

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

Status store_file_check_version(const char *path, int64_t version, Message *message)
{
    if (version > STORE_VERSION)
        return fail(message, STATUS_USAGE,
                    "%s: written by a newer cvrlab (store version %lld; this one knows %d to %d)", path,
                    (long long)version, STORE_OLDEST, STORE_VERSION);
    if (version < STORE_OLDEST)
        return fail(
            message, STATUS_USAGE,
            "%s: written by an older cvrlab (store version %lld; this one knows %d to %d); use another "
            "--db and run the experiment again",
            path, (long long)version, STORE_OLDEST, STORE_VERSION);
    return STATUS_OK;
}

static Status check_header(const char *path, const unsigned char *header, ssize_t size, Message *message)
{
    if (size < HEADER || memcmp(header, "SQLite format 3", 16) != 0)
        return fail(message, STATUS_USAGE, "%s: not a SQLite database; expected a cvrlab store", path);
    if (big_endian(header + AT_APPLICATION_ID) != STORE_APPLICATION_ID) {
        return fail(message, STATUS_USAGE,
                    "%s: a SQLite database of another program; expected a cvrlab store", path);
    }
    return store_file_check_version(path, big_endian(header + AT_USER_VERSION), message);
}

static Status check_open_file(int file, const char *path, StoreMode mode, Message *message)
{
    struct stat facts;
    if (fstat(file, &facts))
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode)) {
        return fail(message, STATUS_USAGE, "%s: %s; expected a cvrlab store", path,
                    S_ISDIR(facts.st_mode) ? "a directory" : "not a regular file");
    }
    if (facts.st_size == 0) {
        return mode == STORE_WRITE
                   ? STATUS_OK
                   : fail(message, STATUS_USAGE, "%s: an empty file; expected a cvrlab store", path);
    }
    unsigned char header[HEADER];
    ssize_t size = pread(file, header, sizeof header, 0);
    if (size < 0)
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    return check_header(path, header, size, message);
}

/* Made here, since SQLite cannot tell why it could not. */
static Status create_empty(const char *path, Message *message)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        return fail(message, STATUS_FAILED, "%s: cannot create: %s", path, strerror(errno));
    close(file);
    return STATUS_OK;
}

Status store_file_check(const char *path, StoreMode mode, bool *exists, Message *message)
{
    *exists = true;
    /* SQLite would keep such a store in memory, or in a file that it removes at the end. */
    if (!*path || *path == ':')
        return fail(message, STATUS_USAGE, "'%s': expected the name of a file for a cvrlab store", path);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        *exists = errno != ENOENT;
        if (!*exists && mode == STORE_WRITE)
            return create_empty(path, message);
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    }
    Status status = check_open_file(file, path, mode, message);
    close(file);
    return status;
}

const char *file_system_shared(long type)
{
    static const struct {
        long type;
        const char *name;
    } shared[] = {{0x6969, "NFS"},      {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"}, {0xff534d42, "CIFS"},
                  {0xfe534d42, "SMB"},  {0x517b, "SMB"},        {0x01021997, "9p"},   {0x65735546, "FUSE"},
                  {0x00c36400, "Ceph"}, {0x19830326, "BeeGFS"}};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (type == shared[i].type)
            return shared[i].name;
    return NULL;
}

const char *store_file_shared(const char *path)
{
    struct statfs facts;
    char *folder = NULL;
    if (statfs(path, &facts)) {
        const char *slash = strrchr(path, '/');
        folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
        if (!folder || statfs(folder, &facts))
            facts.f_type = 0;
    }
    free(folder);
    return file_system_shared((long)facts.f_type);
}

void store_file_remove_empty(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size == 0)
        unlink(path);
}

bool store_file_has_wal(const char *path)
{
    char *name = NULL;
    if (asprintf(&name, "%s-wal", path) < 0)
        return true;
    struct stat facts;
    const bool found = stat(name, &facts) == 0 && facts.st_size > 0;
    free(name);
    return found;
}

char *store_file_immutable(const char *path)
{
    static const char scheme[] = "file:", option[] = "?immutable=1", hex[] = "0123456789ABCDEF";
    char *name = malloc(sizeof scheme + 3 * strlen(path) + sizeof option);
    if (!name)
        return NULL;
    char *end = stpcpy(name, scheme);
    for (const char *c = path; *c; c++) {
        if (isalnum((unsigned char)*c) || strchr("/._-", *c)) {
            *end++ = *c;
        } else {
            *end++ = '%';
            *end++ = hex[(unsigned char)*c >> 4];
            *end++ = hex[(unsigned char)*c & 15];
        }
    }
    memcpy(end, option, sizeof option);
    return name;
}
