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
static inline void refusal_create(Program *p)
{
    static const char good[] = "name: small\n"
                               "replicates: 1\n"
                               "log.size: 500\n"
                               "test.size: 50\n"
                               "world: {users: 20, items: 10, latent: 2, context: 1}\n"
                               "model: {embedding: 2, layers: [4]}\n"
                               "train: {epochs: 1, batch: 128}\n"
                               "estimators: [naive, ips]\n";
    program_create(p);
    program_write(p, "good.yaml", good);
    if (!getenv("CVRLAB"))
        return;
    program_succeeds(p, "run $F/good.yaml --db $F/there.db");
    shell("cp $F/there.db $F/kept.db");
}

static inline void refuses(Program *p, const char *arguments, const Case *c)
{
    program_run(p, arguments);
    const char *end = strchr(p->errors, '\n');
    bool right = p->code == c->code && !p->output[0] && !strncmp(p->errors, "cvrlab: ", 8) && end && !end[1];
    for (int i = 0; i < MOST_EXPECTED && c->expected[i]; i++)
        right = right && strstr(p->errors, c->expected[i]);
    if (!right)
        fail_msg("%s (%s)\nexit code %d, expected %d; output '%s'; errors '%s'; expected '%s'", c->wrong,
                 arguments, p->code, c->code, p->output, p->errors, c->expected[0]);
}

/* there.db is what it was, byte for byte, and no new.db was made. */
static inline void nothing_changed(void)
{
    shell("cmp $F/there.db $F/kept.db && test -z \"$(ls $F/there.db-* $F/new.db* 2>/dev/null)\"");
}

/* Cases of arguments. */
static inline void refuses_arguments(Program *p, const Case *c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        refuses(p, c[i].wrong, &c[i]);
    nothing_changed();
}
