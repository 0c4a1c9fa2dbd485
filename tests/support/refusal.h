/* Wrong input, and how the program has to take it: exit code 1 or 2, one line that names the place and what
 * was expected, nothing on standard output, and stores left as they were. */
#pragma once

#include "tests/support/program.h"

#include <stdbool.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
enum { MOST_EXPECTED = 3 };

/* One thing wrong, what it ends with, and what the line must contain. */
typedef struct Case {
    const char *wrong; /* a spec, the program's arguments, or words for what is wrong */
    int code;
    const char *expected[MOST_EXPECTED];
} Case;

/* good.yaml, and where the program can be run, its store there.db with a copy, kept.db. */
void refusal_create(Program *p);

void refuses(Program *p, const char *arguments, const Case *c);

/* there.db is what it was, byte for byte, and no new.db was made. */
void nothing_changed(void);

/* Cases of arguments. */
void refuses_arguments(Program *p, const Case *c, size_t count);
