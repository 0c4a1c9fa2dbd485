/* A folder for files in the making, inside of the one where they belong when they are whole. It goes when the
 * program ends, however that ends: a process of its own, the guard, waits for it. */
#pragma once

#include "sim/base/status.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct Scratch {
    char directory[PATH_MAX]; /* where whole files go */
    char path[PATH_MAX];      /* the folder */
    bool made;                /* the directory was missing */
    int pipe;                 /* to the guard, which reads its end there */
    pid_t guard;
} Scratch;

/* Makes the folder, and the directory as directory_make does. Nothing is to be removed after a failure. */
Status scratch_make(Scratch *scratch, const char *directory, Message *message);

/* Has a group of processes killed with the program if it is killed; 0: no longer any. */
void scratch_guard(const Scratch *scratch, pid_t group);

/* Moves a file of the folder into the directory, in the place of what has its name there, link or file.
 * STATUS_FAILED says why it could not. */
Status scratch_keep(const Scratch *scratch, const char *name, Message *message);

/* Removes the folder and what is left in it; the directory too if it was made for it and is empty. */
void scratch_remove(Scratch *scratch);
