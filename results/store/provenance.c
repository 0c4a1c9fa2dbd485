/* Reading what a store says of its experiments. */
#include "results/store/provenance.h"

#include "results/store/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXTS = 11 };

/* The texts of an experiment, in the order of the query. */
static void texts_of(Provenance *p, char **text[TEXTS])
{
    char **const all[TEXTS] = {&p->name,    &p->question, &p->spec,     &p->version, &p->libraries, &p->host,
                               &p->started, &p->commit,   &p->compiler, &p->flags,   &p->cpu};
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

static Status add_part(ProvenanceParts *parts, sqlite3_stmt *from, Message *message)
{
    ProvenancePart *larger = reallocarray(parts->part, (size_t)parts->parts + 1, sizeof *larger);
    if (!larger)
        return fail_memory(message, "what made the units");
    parts->part = larger;
    ProvenancePart *part = &larger[parts->parts++];
    *part = (ProvenancePart){.name = strdup(column_text(from, 0)),
                             .made = strdup(column_text(from, 1)),
                             .by = strdup(column_text(from, 2)),
                             .kept = strdup(column_text(from, 3))};
    return part->name && part->made && part->by && part->kept ? STATUS_OK
                                                              : fail_memory(message, "what made the units");
}

static Status read_parts(ProvenanceParts *parts, Store *store, const char *experiment, const char *sql,
                         Message *message)
{
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message, sql, "t", experiment);
    while (!status && query_next(store, statement, &status, message))
        status = add_part(parts, statement, message);
    sqlite3_finalize(statement);
    return status;
}

static void parts_clear(ProvenanceParts *parts)
{
    for (int i = 0; i < parts->parts; i++) {
        free(parts->part[i].name);
        free(parts->part[i].made);
        free(parts->part[i].by);
        free(parts->part[i].kept);
    }
    free(parts->part);
}

/* What is apart from the experiment's row. */
static Status read_details(Provenance *p, Store *store, Message *message)
{
    Status status = fingerprint_read(&p->fingerprint, store, p->name, message);
    if (!status)
        status =
            read_parts(&p->code, store, p->name,
                       "SELECT estimator, own || iif(base = '', '', ' on ' || base), revision, kept FROM code"
                       " WHERE experiment = ?1 ORDER BY estimator",
                       message);
    if (!status)
        status = read_parts(&p->data, store, p->name,
                            "SELECT path, bytes || ' bytes, SHA-256 ' || hash, '', kept FROM data_file"
                            " WHERE experiment = ?1 ORDER BY file",
                            message);
    return status;
}

Status provenance_read(ProvenanceList *list, Store *store, Message *message)
{
    *list = (ProvenanceList){0};
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT name, question, spec, version, libraries, host, started,"
                                  " coalesce(revision, 'not recorded'), coalesce(compiler, 'not recorded'),"
                                  " coalesce(flags, 'not recorded'), coalesce(cpu, 'not recorded'), finished,"
                                  " seed, count(*) OVER () FROM experiment LEFT JOIN build"
                                  " ON experiment = name ORDER BY name",
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
            status = read_details(p, store, message);
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
        parts_clear(&list->experiment[i].code);
        parts_clear(&list->experiment[i].data);
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
