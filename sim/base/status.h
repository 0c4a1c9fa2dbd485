/* How functions that can fail say so: a status to branch on and one line for the user. sim/base is what every
 * folder may use, and includes no other. */
#pragma once

typedef enum [[nodiscard]] Status{
    STATUS_OK = 0,           STATUS_FAILED = 1, /* failed at run time: a file, the disk, the database */
    STATUS_USAGE = 2,                           /* wrong use: a bad key, value, file format or command line */
    STATUS_UNITS_FAILED = 3,                    /* ran to its end, but some units of work have failed */
    STATUS_UNFINISHED = 4,                      /* stopped before its end; what is missing can be run */
    STATUS_MEMORY = 5, /* failed at run time for lack of memory; the program exits as for STATUS_FAILED */
} Status;

/* One line, without a final newline, that names the file, line, key and what was expected. */
typedef struct Message {
    char text[1024];
} Message;

/* Writes the formatted line into `message` (which may be NULL) and returns `status`, so that a caller can
 * write `return fail(message, STATUS_USAGE, "%s:%d: ...", ...)`. */
Status fail(Message *message, Status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* fail(STATUS_MEMORY, "out of memory ...") in one word; `what` names what was being allocated. Defined here
 * so that static analysers see that it is never STATUS_OK. */
static inline Status fail_memory(Message *message, const char *what)
{
    (void)fail(message, STATUS_MEMORY, "out of memory for %s", what);
    return STATUS_MEMORY;
}
