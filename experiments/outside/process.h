/* A command that is started, watched and ended with all that it has started itself. */
#pragma once

#include "sim/base/status.h"

typedef struct ProcessCall {
    char *const *argument; /* the program, looked for in PATH, and its arguments; ends with NULL */
    const char *const
        *environment;   /* "NAME=VALUE" beside or in place of this process's own; ends with NULL */
    const char *folder; /* where it runs; "" for this process's own */
    const char *log;    /* file that its output and errors are appended to */
    double seconds;     /* that it may take, from now on */
    double grace;       /* that it has between the signal that asks it to end and the one that ends it */
} ProcessCall;

typedef enum ProcessEnding {
    PROCESS_EXITED,      /* `code` is its exit status */
    PROCESS_KILLED,      /* by the signal `code`, not for its time */
    PROCESS_TIMED_OUT,   /* was ended for its time */
    PROCESS_NOT_STARTED, /* `code` is the error number: there is no such program, say */
} ProcessEnding;

typedef struct ProcessEnd {
    ProcessEnding ending;
    int code;
    double seconds; /* that it took */
} ProcessEnd;

/* What commands are started by: a small process of its own, made before this one grows, since to fork a large
 * process takes as long as it has memory. To be made where no other thread runs. */
typedef struct ProcessStarter ProcessStarter;
Status process_starter_create(ProcessStarter **starter, Message *message);

/* Ends the process; no command may be running. NULL is fine. */
void process_starter_free(ProcessStarter *starter);

/* Starts the command and waits for its end. It reads nothing, and no open file of this process reaches it.
 * When it has ended, at the time-out, or when this process ends in any way, kill -9 included, whatever the
 * command has started is ended too, in whatever process groups and sessions. May be called by several threads
 * at once. STATUS_FAILED when nothing can be started at all. */
Status process_run(ProcessStarter *starter, const ProcessCall *call, ProcessEnd *end, Message *message);
