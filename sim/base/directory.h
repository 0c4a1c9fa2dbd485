/* Folders for files that are made. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>

/* Creates the folder and those above it, as far as they are missing; *made (may be NULL) becomes whether it
 * was. STATUS_USAGE for a name that is too long or that of a file. */
Status directory_make(const char *path, bool *made, Message *message);

/* Removes the folder and the files in it, one level of folders down too. What cannot be removed stays. */
void directory_remove(const char *path);
