/* Wrong input to the program: what it must say, and what it must leave alone. */
#include "tests/support/refusal.h"

void refusal_create(Program *p)
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

void refuses(Program *p, const char *arguments, const Case *c)
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

void nothing_changed(void)
{
    shell("cmp $F/there.db $F/kept.db && test -z \"$(ls $F/there.db-* $F/new.db* 2>/dev/null)\"");
}

void refuses_arguments(Program *p, const Case *c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        refuses(p, c[i].wrong, &c[i]);
    nothing_changed();
}
