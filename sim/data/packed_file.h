/* The bytes of a file, whether it is plain or was packed by gzip or Zstandard: the first bytes tell, and not
 * the name. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>

typedef struct PackedFile PackedFile;

/* `path` must outlive the file. Free with packed_file_close. STATUS_FAILED when it cannot be opened. */
Status packed_file_open(PackedFile **file, const char *path, Message *message);
void packed_file_close(PackedFile *file);

/* Reads at most `size` bytes, at least one unless the file has ended: *got is 0 then. STATUS_FAILED when it
 * cannot be read, or what was packed is damaged or cut off. */
Status packed_file_read(PackedFile *file, char *to, size_t size, size_t *got, Message *message);

/* The length of a name without the ending .gz or .zst. */
size_t packed_file_plain_name(const char *name);
