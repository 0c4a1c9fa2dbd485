/* A store that is written on a disk of its own machine, and moved whole to where it belongs. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>

/* The store's path in the folder; what the run goes on with, the store at `path` where there is one, is
 * copied there. STATUS_FAILED where that cannot be done. */
Status local_store_take(const char *folder, const char *path, char *local, size_t size, Message *message);

/* Puts the store at `local`, which is closed, in the place of the one at `path`: copied beside it first and
 * then renamed, so that whoever looks sees the old one or the new one whole. It is gone from the folder then.
 */
Status local_store_give(const char *local, const char *path, Message *message);
