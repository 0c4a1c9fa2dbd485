/* The file of a store, looked at without SQLite, which would change a foreign file that was left with a
 * journal. */
#pragma once

#include "results/store/store.h"

/* Refuses what store_open must refuse: STATUS_FAILED for a file that is missing (STORE_READ), cannot be read
 * or cannot be made (STORE_WRITE), STATUS_USAGE for one that is no store. An empty file may become a store.
 * *exists is false when there was no file: STORE_WRITE has then made an empty one. */
Status store_file_check(const char *path, StoreMode mode, bool *exists, Message *message);

/* Refuses a layout that this program does not know, with STATUS_USAGE. store_file_check does it with the
 * version in the file's header. */
Status store_file_check_version(const char *path, int64_t version, Message *message);

/* Removes a file of no bytes: what is left of a store that could not be made. */
void store_file_remove_empty(const char *path);

/* What a file system of this type (statfs) is called if it is shared by machines, or may be: SQLite's locks
 * and its write-ahead log need memory that all processes see, which there they do not. NULL: a local one. */
const char *file_system_shared(long type);

/* The same of the file system that a file is on, or its folder where there is no file yet. */
const char *store_file_shared(const char *path);

/* Whether committed changes may be in a write-ahead log beside the file. */
bool store_file_has_wal(const char *path);

/* The SQLite URI that opens the file as one that nobody changes. NULL when out of memory; free() it. */
char *store_file_immutable(const char *path);
