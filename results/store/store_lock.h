/* Locks by which processes that share a store share its work. They are the kernel's, on single bytes far
 * behind the end of the file, so that they are free again the moment that their process ends, however it
 * ends. Threads of one process hold them together. On a file system without such locks every process gets
 * every lock: the same unit may then be run twice, and is stored once. */
#pragma once

#include "results/store/store.h"

/* Opens the file of the store for its locks. It is to be closed after SQLite has closed the file, since to
 * close any opening of a file drops the locks that SQLite holds on it. -1 where that fails. */
int store_lock_open(const char *path);

/* What a lock is on. */
typedef struct LockName {
    const char *experiment, *setting, *estimator; /* setting and estimator are "" for the whole experiment */
    int world, replicate;
} LockName;

/* Takes the lock for this process alone, unless another process has it: then false. */
bool store_lock_alone(int file, const LockName *name);

/* Takes the lock together with other processes that share it. */
void store_lock_shared(int file, const LockName *name);

/* Whether another process has the lock, alone or shared. */
bool store_lock_elsewhere(int file, const LockName *name);

void store_lock_release(int file, const LockName *name);
