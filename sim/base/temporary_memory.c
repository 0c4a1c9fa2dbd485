/* A shared mapping: what is taken out of the process is still in the file, or on its way to it. */
#include "sim/base/temporary_memory.h"

#include "sim/base/temporary_file.h"

#include <stdlib.h>
#include <sys/mman.h>

struct TemporaryMemory {
    TemporaryFile *file;
    void *first;
    size_t bytes;
};

Status temporary_memory_create(TemporaryMemory **memory, size_t bytes, Message *message)
{
    TemporaryMemory *m = calloc(1, sizeof *m);
    *memory = NULL;
    if (!m)
        return fail_memory(message, "memory in a temporary file");
    m->bytes = bytes ? bytes : 1;
    Status status = temporary_file_create(&m->file, message);
    if (!status)
        status = temporary_file_map(m->file, m->bytes, &m->first, message);
    if (status) {
        temporary_file_close(m->file);
        free(m);
    } else {
        *memory = m;
    }
    return status;
}

void temporary_memory_free(TemporaryMemory *memory)
{
    if (!memory)
        return;
    (void)munmap(memory->first, memory->bytes);
    temporary_file_close(memory->file);
    free(memory);
}

void *temporary_memory_bytes(const TemporaryMemory *memory)
{
    return memory->first;
}

size_t temporary_memory_size(const TemporaryMemory *memory)
{
    return memory->bytes;
}

void temporary_memory_let_go(const TemporaryMemory *memory)
{
    if (memory) /* where it does not work, the memory stays */
        (void)madvise(memory->first, memory->bytes, MADV_DONTNEED);
}
