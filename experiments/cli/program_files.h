/* Files that come with the program: figures' scripts and the shipped experiments. They lie beside the
 * executable, so that a moved or copied installation finds its own. */
#pragma once

#include "sim/base/status.h"

#include <limits.h>

/* The path of a file or folder of them, such as "plots": below $CVRLAB_HOME where it is set; else below
 * ../share/cvrlab of the executable's folder, as `make install` leaves them, or in a folder above it, as in a
 * source tree. STATUS_FAILED says where it was looked for. */
Status program_file(char path[PATH_MAX], const char *relative, Message *message);

/* The experiment file that an operand means: the operand itself where it is a file or looks like a path, else
 * the shipped experiment of that name ("compare", "papers/esmm" or "esmm"). STATUS_USAGE for a name of
 * neither, with the nearest one. */
Status program_spec(char path[PATH_MAX], const char *operand, Message *message);

/* Calls `each` with the name of each shipped experiment, such as "papers/NAME" and "papers/maps/NAME_map",
 * and its path. */
Status program_specs(Status (*each)(const char *name, const char *path, void *context, Message *message),
                     void *context, Message *message);
