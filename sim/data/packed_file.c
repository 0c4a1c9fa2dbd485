/* zlib reads gzip and plain files, and pipes of both; libzstd its own. What zlib reads of a plain file goes
 * straight to where it is wanted, if more than twice zlib's buffer is asked for. */
#include "sim/data/packed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { ZLIB_ROOM = 1 << 15, ZSTD_ROOM = 1 << 17 /* ZSTD_DStreamInSize() */ };

struct PackedFile {
    const char *path;
    gzFile gzip; /* NULL: Zstandard, and what follows is in use */
    ZSTD_DStream *zstd;
    int descriptor;
    ZSTD_inBuffer packed;
    bool in_frame, full; /* a frame has not ended; the last read left no room, so that more may be ready */
    char room[ZSTD_ROOM];
};

static Status unreadable(const PackedFile *file, Message *message)
{
    return fail(message, STATUS_FAILED, "cannot read %s: %s", file->path, strerror(errno));
}

/* A pipe cannot be looked into, and is no Zstandard file. */
static bool is_zstd(int descriptor)
{
    uint32_t magic = 0;
    return pread(descriptor, &magic, sizeof magic, 0) == sizeof magic &&
           !memcmp(&magic, "\x28\xb5\x2f\xfd", sizeof magic);
}

Status packed_file_open(PackedFile **file, const char *path, Message *message)
{
    PackedFile *f = *file = calloc(1, sizeof *f);
    if (!f)
        return fail_memory(message, "a file");
    f->path = path;
    f->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    Status status = f->descriptor < 0 ? unreadable(f, message) : STATUS_OK;
    if (!status && is_zstd(f->descriptor)) {
        f->packed.src = f->room;
        f->zstd = ZSTD_createDStream();
        status = f->zstd ? STATUS_OK : fail_memory(message, "a file");
    } else if (!status) {
        f->gzip = gzdopen(f->descriptor, "rb");
        status = f->gzip ? STATUS_OK : fail_memory(message, "a file");
        if (!status)
            (void)gzbuffer(f->gzip, ZLIB_ROOM);
    }
    if (status) {
        packed_file_close(f);
        *file = NULL;
    }
    return status;
}

void packed_file_close(PackedFile *file)
{
    if (!file)
        return;
    if (file->gzip)
        (void)gzclose(file->gzip);
    else if (file->descriptor >= 0)
        (void)close(file->descriptor);
    (void)ZSTD_freeDStream(file->zstd);
    free(file);
}

static Status damaged(const PackedFile *file, Message *message)
{
    return fail(message, STATUS_FAILED, "cannot read %s: the compressed file is damaged or cut off",
                file->path);
}

static Status read_gzip(PackedFile *file, char *to, size_t size, size_t *got, Message *message)
{
    int error = Z_OK, bytes = gzread(file->gzip, to, (unsigned)size);
    if (bytes <= 0)
        (void)gzerror(file->gzip, &error);
    *got = bytes > 0 ? (size_t)bytes : 0;
    if (error == Z_ERRNO)
        return unreadable(file, message);
    return error ? damaged(file, message) : STATUS_OK;
}

/* A frame that has ended must not be asked for more: only the next one's bytes begin it. */
static Status read_zstd(PackedFile *file, ZSTD_outBuffer *plain, Message *message)
{
    while (!plain->pos) {
        if (file->packed.pos == file->packed.size && !(file->full && file->in_frame)) {
            ssize_t bytes = read(file->descriptor, file->room, sizeof file->room);
            if (bytes < 0)
                return unreadable(file, message);
            if (!bytes && file->in_frame)
                return damaged(file, message);
            if (!bytes)
                break;
            file->packed.size = (size_t)bytes;
            file->packed.pos = 0;
        }
        const size_t left = ZSTD_decompressStream(file->zstd, plain, &file->packed);
        if (ZSTD_isError(left))
            return damaged(file, message);
        file->in_frame = left > 0;
        file->full = plain->pos == plain->size;
    }
    return STATUS_OK;
}

Status packed_file_read(PackedFile *file, char *to, size_t size, size_t *got, Message *message)
{
    ZSTD_outBuffer plain = {to, size, 0};
    *got = 0;
    if (file->gzip)
        return read_gzip(file, to, size, got, message);
    Status status = read_zstd(file, &plain, message);
    *got = plain.pos;
    return status;
}

size_t packed_file_plain_name(const char *name)
{
    static const char *const ending[] = {".gz", ".zst"};
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (length > strlen(ending[i]) && !strcmp(name + length - strlen(ending[i]), ending[i]))
            return length - strlen(ending[i]);
    return length;
}
