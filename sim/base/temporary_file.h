/* A file without a name, for what is too large for memory: gone when it is closed, or when the process ends
 * in whatever way. In the folder $TMPDIR, or /var/tmp where that is not set. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TemporaryFile TemporaryFile;

/* An empty one. STATUS_FAILED where the folder takes none. */
Status temporary_file_create(TemporaryFile **file, Message *message);
void temporary_file_close(TemporaryFile *file);

/* Adds bytes at its end. STATUS_FAILED names the folder, as when it is full. */
Status temporary_file_append(TemporaryFile *file, const void *bytes, size_t count, Message *message);

/* Reads `count` bytes from the byte `first` on; false where that fails. Several threads may. */
bool temporary_file_read(const TemporaryFile *file, void *bytes, size_t count, uint64_t first);

/* Maps an empty file of `bytes` zeros, at least one, which the folder then has room for: writing to the
 * memory cannot fail. The caller unmaps it. STATUS_FAILED as above. */
Status temporary_file_map(TemporaryFile *file, size_t bytes, void **memory, Message *message);
