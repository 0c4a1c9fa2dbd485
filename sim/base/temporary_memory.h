/* Memory that lies in a temporary file, for arrays of which a part is used at a time: what the process has
 * read or written counts as its own until it is let go, and the system may take it back before. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>

typedef struct TemporaryMemory TemporaryMemory;

/* `bytes` zeros. Free with temporary_memory_free. STATUS_FAILED where the folder of temporary files has no
 * room for them. */
Status temporary_memory_create(TemporaryMemory **memory, size_t bytes, Message *message);
void temporary_memory_free(TemporaryMemory *memory);

/* Its first byte, which is aligned for every type, and their number. */
void *temporary_memory_bytes(const TemporaryMemory *memory);
size_t temporary_memory_size(const TemporaryMemory *memory);

/* Takes all of it out of the process. It keeps its bytes, which come back where they are used again; any
 * thread may do so at any time. Of NULL nothing. */
void temporary_memory_let_go(const TemporaryMemory *memory);
