/* Two programs may register experiments of one name in the same instant. Locks keep the second one out as
 * long as the first is at work; where there are no locks, this check makes the first one stop instead of
 * writing into what is not its own. */
#include "results/store/registration.h"

#include "results/store/query.h"
#include "results/store/store_lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return (hash ^ 0xff) * 0x100000001b3; /* an end that no text holds */
}

void registration_text(const Fingerprint *fingerprint, char text[REGISTRATION_TEXT])
{
    uint64_t hash = 0xcbf29ce484222325;
    for (int i = 0; i < fingerprint->keys; i++)
        hash = hash_text(hash_text(hash, fingerprint->key[i].key), fingerprint->key[i].value);
    snprintf(text, REGISTRATION_TEXT, "%016llx", (unsigned long long)hash);
}

static Status read_text(Store *store, const char *experiment, char text[REGISTRATION_TEXT], Message *message)
{
    sqlite3_stmt *row = NULL;
    Status status = query_prepare(store, &row, message, "SELECT registered FROM experiment WHERE name = ?1",
                                  "t", experiment);
    text[0] = 0;
    if (!status && query_next(store, row, &status, message))
        snprintf(text, REGISTRATION_TEXT, "%s", column_text(row, 0));
    sqlite3_finalize(row);
    return status;
}

Status registration_take(Store *store, const char *experiment, Message *message)
{
    Registration *taken = store_registration(store);
    free(taken->experiment);
    taken->experiment = strdup(experiment);
    if (!taken->experiment)
        return fail_memory(message, "the name of the experiment");
    store_lock_shared(store_lock_file(store), &(LockName){experiment, "", "", 0, 0});
    return read_text(store, experiment, taken->text, message);
}

Status registration_check(Store *store, const char *experiment, Message *message)
{
    const Registration *taken = store_registration(store);
    char text[REGISTRATION_TEXT];
    if (!taken->experiment || strcmp(taken->experiment, experiment) != 0)
        return STATUS_OK;
    Status status = read_text(store, experiment, text, message);
    if (!status && strcmp(taken->text, text) != 0)
        status = fail(
            message, STATUS_USAGE,
            "%s: experiment '%s' is not the one that this run registered: another process has put another "
            "one of that name in its place; use another --db",
            store_path(store), experiment);
    return status;
}
