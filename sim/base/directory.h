/* Folders for files that are made. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>

/* Creates the folder and those above it, as far as they are missing; *made (may be NULL) says whether the
 * folder was created. STATUS_USAGE for a name that is too long or that of a file. */
Status directory_make(const char *path, bool *made, Message *message);

/* Removes the folder with all that is in it, some folders deep. What cannot be removed stays. */
void directory_remove(const char *path);
