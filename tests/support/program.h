/* Runs cvrlab itself, as the shell would: exit code, what it printed, how much memory it took. Needs CVRLAB,
 * the path of the program; a test that runs it is skipped, visibly, when that is not set. */
#pragma once

#include "tests/support/support.h"

#include <limits.h>
#include <sys/resource.h>

enum { OUTPUT = 1 << 16, CANNOT_START = 125 };

typedef struct Program {
    char *folder;          /* of the tests; $F in arguments */
    rlim_t largest_file;   /* bytes that it may write to a file, beyond which writing fails; 0 for any */
    rlim_t seconds;        /* of CPU that it may take before it is killed; 0 for any */
    useconds_t kill_after; /* microseconds after which it gets SIGKILL; 0 for never */
    uid_t user;            /* whom it runs as; 0 for the user of the test */
    int code;              /* exit code, or 128 + the signal that ended it */
    long peak;             /* most memory, kilobytes */
    char output[OUTPUT], errors[OUTPUT];
} Program;

/* With a folder of its own. */
void program_create(Program *p);
void program_free(Program *p);

/* Skips the test when there is no program. */
void program_needed(void);

/* Runs a command of the shell that must succeed. */
void shell(const char *command);

/* Files of its folder; texts are cut at OUTPUT. */
void program_write(const Program *p, const char *name, const char *text);
void program_slurp(const Program *p, const char *name, char text[OUTPUT]);

/* Runs `cvrlab ARGUMENTS` through the shell. */
void program_run(Program *p, const char *arguments);

/* The run must end with exit code 0. */
void program_succeeds(Program *p, const char *arguments);
