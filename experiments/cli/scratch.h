/* A store that is written on a disk of its own machine, and moved whole to where it belongs. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>

/* The store's path in the folder; what the run goes on with, the store at `path` where there is one, is
 * copied there. STATUS_FAILED where that cannot be done. */
Status scratch_take(const char *folder, const char *path, char *scratch, size_t size, Message *message);

/* Puts the store at `scratch`, which is closed, in the place of the one at `path`: copied beside it first and
 * then renamed, so that whoever looks sees the old one or the new one whole. It is gone from the folder then.
 */
Status scratch_give(const char *scratch, const char *path, Message *message);
