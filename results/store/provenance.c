#include "results/store/provenance.h"

#include "results/store/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXTS = 8 };

/* The texts of an experiment, in the order of the query. */
static void texts_of(Provenance *p, char **text[TEXTS])
{
    char **const all[TEXTS] = {&p->name,    &p->question,  &p->spec, &p->fingerprint,
                               &p->version, &p->libraries, &p->host, &p->started};
    memcpy((void *)text, (const void *)all, sizeof all);
}

static Status read_one(Provenance *p, sqlite3_stmt *from, Message *message)
{
    char **text[TEXTS];
    texts_of(p, text);
    int missing = 0;
    for (int i = 0; i < TEXTS; i++) {
        *text[i] = strdup(column_text(from, i));
        missing += !*text[i];
    }
    p->finished = strdup(column_text(from, TEXTS));
    p->seed = sqlite3_column_int64(from, TEXTS + 1);
    return missing || !p->finished ? fail_memory(message, "the experiments") : STATUS_OK;
}

Status provenance_read(ProvenanceList *list, Store *store, Message *message)
{
    *list = (ProvenanceList){0};
    sqlite3_stmt *statement = NULL;
    Status status =
        query_prepare(store, &statement, message,
                      "SELECT name, question, spec, fingerprint, version, libraries, host, started, finished,"
                      " seed, count(*) OVER () FROM experiment ORDER BY name",
                      "");
    while (!status && query_next(store, statement, &status, message)) {
        if (!list->experiment)
            list->experiment = calloc((size_t)sqlite3_column_int(statement, TEXTS + 2), sizeof(Provenance));
        status = list->experiment ? read_one(&list->experiment[list->experiments++], statement, message)
                                  : fail_memory(message, "the experiments");
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
