/* What every test file needs: cmocka with the headers it wants first, calls that must succeed, and folders.
 */
#pragma once

#include "sim/base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The call must succeed; a failure shows its message. */
#define OK(call)                                                                                             \
    do {                                                                                                     \
        Message ok_message = {""};                                                                           \
        Message *message = &ok_message;                                                                      \
        if (call) {                                                                                          \
            fail_msg("%s", ok_message.text);                                                                 \
        }                                                                                                    \
    } while (0)

/* A fresh folder, left behind by a failing test only. */
static inline char *temporary_folder(void)
{
    char *folder = strdup("/tmp/cvrlab-test-XXXXXX");
    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static inline void remove_folder(char *folder)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0); /* NOLINT: a name of our own */
    free(folder);
}
