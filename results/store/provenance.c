/* Reading what a store says of its experiments. */
#include "results/store/provenance.h"

#include "results/store/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXTS = 7 };

/* The texts of an experiment, in the order of the query. */
static void texts_of(Provenance *p, char **text[TEXTS])
{
    char **const all[TEXTS] = {&p->name,      &p->question, &p->spec,   &p->version,
                               &p->libraries, &p->host,     &p->started};
    memcpy((void *)text, (const void *)all, sizeof all);
}

static Status read_one(Provenance *p, sqlite3_stmt *from, Message *message)
{
    char **text[TEXTS];
    texts_of(p, text);
    bool missing = false;
    for (int i = 0; i < TEXTS; i++) {
        *text[i] = strdup(column_text(from, i));
        missing |= !*text[i];
    }
    p->finished = strdup(column_text(from, TEXTS));
    p->seed = sqlite3_column_int64(from, TEXTS + 1);
    return missing || !p->finished ? fail_memory(message, "the experiments") : STATUS_OK;
}

Status fingerprint_read(Fingerprint *fingerprint, Store *store, const char *experiment, Message *message)
{
    *fingerprint = (Fingerprint){0};
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(
        store, &statement, message,
        "SELECT key, value, legacy FROM fingerprint WHERE experiment = ?1 ORDER BY key", "t", experiment);
    while (!status && query_next(store, statement, &status, message)) {
        const bool known = sqlite3_column_type(statement, 2) != SQLITE_NULL;
        status = fingerprint_add(fingerprint, column_text(statement, 0), column_text(statement, 1),
                                 known ? column_text(statement, 2) : NULL, message);
    }
    sqlite3_finalize(statement);
    return status;
}

Status provenance_read(ProvenanceList *list, Store *store, Message *message)
{
    *list = (ProvenanceList){0};
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT name, question, spec, version, libraries, host, started, finished,"
                                  " seed, count(*) OVER () FROM experiment ORDER BY name",
                                  "");
    while (!status && query_next(store, statement, &status, message)) {
        if (!list->experiment)
            list->experiment = calloc((size_t)sqlite3_column_int(statement, TEXTS + 2), sizeof(Provenance));
        if (!list->experiment) {
            status = fail_memory(message, "the experiments");
            break;
        }
        Provenance *p = &list->experiment[list->experiments++];
        status = read_one(p, statement, message);
        if (!status)
            status = fingerprint_read(&p->fingerprint, store, p->name, message);
    }
    sqlite3_finalize(statement);
    if (!status && list->experiments == 0)
        status = fail(message, STATUS_FAILED, "%s: has no experiment", store_path(store));
    return status;
}

void provenance_clear(ProvenanceList *list)
{
    for (int i = 0; i < list->experiments; i++) {
        char **text[TEXTS];
        texts_of(&list->experiment[i], text);
        for (int t = 0; t < TEXTS; t++)
            free(*text[t]);
        free(list->experiment[i].finished);
        fingerprint_clear(&list->experiment[i].fingerprint);
    }
    free(list->experiment);
    *list = (ProvenanceList){0};
}

const Provenance *provenance_find(const ProvenanceList *list, const char *name)
{
    for (int i = 0; i < list->experiments; i++)
        if (!strcmp(list->experiment[i].name, name))
            return &list->experiment[i];
    return NULL;
}

int64_t provenance_bytes(Store *store)
{
    static const char *const ending[] = {"", "-wal"};
    int64_t bytes = 0;
    for (int i = 0; i < 2; i++) {
        char *name = NULL;
        struct stat facts;
        if (asprintf(&name, "%s%s", store_path(store), ending[i]) >= 0) {
            bytes += stat(name, &facts) == 0 ? (int64_t)facts.st_size : 0;
            free(name);
        }
    }
    return bytes;
}
