/* What every test file needs: cmocka with the headers that it wants first, calls that must succeed, folders,
 * and cases that a memory checker has to leave out. */
#pragma once

#include "sim/base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The call must succeed; a failure shows its message. */
#define OK(call)                                                                                             \
    do {                                                                                                     \
        Message ok_message = {""};                                                                           \
        Message *message = &ok_message;                                                                      \
        if (call)                                                                                            \
            fail_msg("%s", ok_message.text);                                                                 \
    } while (0)

/* The unit roundoff of float: one operation, rounded to nearest, is off by at most this part of its result.
 */
static const double U_ROUND = (double)FLT_EPSILON / 2;

/* A fresh folder, left behind by a failing test only; remove_folder() frees the name. */
char *temporary_folder(void);
void remove_folder(char *folder);

/* A case that takes valgrind more than about half a minute starts with this: `make memcheck` shows it as
 * skipped. */
void slow_under_valgrind(void);

/* The same of a case that valgrind cannot run right, with the reason: it computes long double in 64 bits,
 * say. */
void skipped_under_valgrind(const char *reason);
