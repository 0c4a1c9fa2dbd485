/* C text into tokens, and files of tokens into hashes. The lexer knows as much of C as layout needs: where a
 * string ends, which punctuation belongs together, and that a directive ends with its line. */
#include "experiments/identity/source_hash.h"

#include "sim/base/sha256.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 1024 };

/* What units' numbers depend on and no single estimator owns. What is not here carries numbers and does not
 * make them: the store, its tables, the command line. The lists of estimators and backbones are not in it, so
 * that a new one changes nothing for the others. */
static const char *const base_files[] = {
    "sim/*.[ch]",
    "sim/*/*.[ch]",
    "estimators/core/*.[ch]",
    "estimators/nn/*.[ch]",
    "estimators/backbones/*.[ch]",
    "experiments/inputs/*.[ch]",
    "experiments/run/unit.[ch]",
    "experiments/run/tune.[ch]",
    "experiments/spec/features.[ch]",
    "experiments/spec/named_method.[ch]",
    "experiments/spec/override.[ch]",
    "experiments/spec/settings.[ch]",
    "results/statistics/metrics.[ch]",
    "results/statistics/propensity_metrics.[ch]",
    "results/statistics/ranking.[ch]",
    NULL,
};

static const char *const risk_files[] = {"experiments/risk/*.[ch]", "experiments/run/risk_*.[ch]", NULL};

/* A growing list of paths below the root. */
typedef struct FileList {
    char *path[MOST_FILES];
    int files;
} FileList;

/* A text without the line breaks that a backslash takes away. */
static char *join_lines(const char *text)
{
    char *joined = malloc(strlen(text) + 1), *to = joined;
    if (!joined)
        return NULL;
    for (; *text; text++) {
        if (text[0] == '\\' && text[1] == '\n')
            text++;
        else if (text[0] == '\\' && text[1] == '\r' && text[2] == '\n')
            text += 2;
        else
            *to++ = *text;
    }
    *to = 0;
    return joined;
}

static size_t quoted_length(const char *text)
{
    size_t length = 1;
    while (text[length] && text[length] != text[0] && text[length] != '\n')
        length += text[length] == '\\' && text[length + 1] ? 2 : 1;
    return text[length] == text[0] ? length + 1 : length;
}

static size_t word_length(const char *text)
{
    const bool number = isdigit((unsigned char)text[0]) || text[0] == '.';
    size_t length = 1;
    for (;; length++) {
        const char c = text[length];
        const bool sign = number && (c == '+' || c == '-') && strchr("eEpP", text[length - 1]);
        if (!isalnum((unsigned char)c) && c != '_' && !(number && c == '.') && !sign)
            return length;
    }
}

static size_t punctuation_length(const char *text)
{
    static const char *const several[] = {
        "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&",
        "||",  "*=",  "/=",  "%=", "+=", "-=", "&=", "^=", "|=", "##", "::", NULL};
    for (const char *const *s = several; *s; s++)
        if (!strncmp(text, *s, strlen(*s)))
            return strlen(*s);
    return 1;
}

static size_t token_length(const char *text)
{
    if (*text == '"' || *text == '\'')
        return quoted_length(text);
    if (isalnum((unsigned char)*text) || *text == '_' || (*text == '.' && isdigit((unsigned char)text[1])))
        return word_length(text);
    return punctuation_length(text);
}

/* Behind a comment that begins here; the text itself where none does. */
static const char *skip_comment(const char *text)
{
    if (text[0] == '/' && text[1] == '/')
        return text + strcspn(text, "\n");
    if (text[0] != '/' || text[1] != '*')
        return text;
    const char *end = strstr(text + 2, "*/");
    return end ? end + 2 : text + strlen(text);
}

static void write_tokens(const char *text, FILE *to)
{
    bool line_begins = true, directive = false;
    int place = 0; /* of the token in its directive: # define NAME */
    while (*text) {
        const char *after = skip_comment(text);
        if (after != text) {
            text = after;
            continue;
        }
        if (isspace((unsigned char)*text)) {
            if (*text == '\n') {
                if (directive)
                    fputc('\n', to);
                line_begins = true;
                directive = false;
            }
            text++;
            continue;
        }
        if (line_begins && *text == '#') {
            directive = true;
            place = 0;
        }
        line_begins = false;
        const size_t length = token_length(text);
        (void)fwrite(text, 1, length, to);
        text += length;
        /* the parenthesis of a macro's arguments belongs to its name */
        if (!(directive && ++place == 3 && *text == '('))
            fputc('\n', to);
    }
    if (directive)
        fputc('\n', to);
}

char *source_tokens(const char *text)
{
    char *joined = join_lines(text), *tokens = NULL;
    size_t size;
    FILE *to = joined ? open_memstream(&tokens, &size) : NULL;
    if (to) {
        write_tokens(joined, to);
        if (fclose(to)) {
            free(tokens);
            tokens = NULL;
        }
    }
    free(joined);
    return tokens;
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    /* up to a byte of 0, which no source has */
    if (getdelim(&text, &size, 0, file) < 0) {
        free(text);
        text = ferror(file) ? NULL : strdup("");
    }
    (void)fclose(file);
    return text;
}

/* NULL, with the message, when the file cannot be read. */
static char *file_tokens(const char *root, const char *path, Message *message)
{
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s/%s", root, path);
    errno = 0;
    char *text = read_file(full), *tokens = text ? source_tokens(text) : NULL;
    if (!tokens)
        (void)fail(message, STATUS_FAILED, "cannot read %s: %s", full, strerror(errno)); /* NULL says it */
    free(text);
    return tokens;
}

static void list_free(FileList *list)
{
    for (int i = 0; i < list->files; i++)
        free(list->path[i]);
    list->files = 0;
}

static Status list_add(FileList *list, const char *path, Message *message)
{
    for (int i = 0; i < list->files; i++)
        if (!strcmp(list->path[i], path))
            return STATUS_OK;
    if (list->files == MOST_FILES)
        return fail(message, STATUS_FAILED, "%s: more than %d files of source", path, MOST_FILES);
    char *copy = strdup(path);
    if (!copy)
        return fail_memory(message, "the names of sources");
    list->path[list->files++] = copy;
    return STATUS_OK;
}

static Status list_matching(FileList *list, const char *root, const char *pattern, Message *message)
{
    char full[PATH_MAX];
    glob_t found;
    Status status = STATUS_OK;
    if (snprintf(full, sizeof full, "%s/%s", root, pattern) >= PATH_MAX)
        return fail(message, STATUS_FAILED, "%s: the name is too long", root);
    const int failed = glob(full, GLOB_NOSORT, NULL, &found);
    if (failed && failed != GLOB_NOMATCH)
        return fail(message, STATUS_FAILED, "cannot read %s", full);
    for (size_t i = 0; !failed && !status && i < found.gl_pathc; i++)
        status = list_add(list, found.gl_pathv[i] + strlen(root) + 1, message);
    globfree(&found);
    return status;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Hashes names and tokens of the files, in the order of their names, whatever the locale's is. */
static Status hash_files(FileList *list, const char *root, char hash[CODE_HASH], Message *message)
{
    Sha256 sum;
    char text[SHA256_TEXT];
    qsort(list->path, (size_t)list->files, sizeof *list->path, by_path);
    sha256_begin(&sum);
    for (int i = 0; i < list->files; i++) {
        char *tokens = file_tokens(root, list->path[i], message);
        if (!tokens)
            return STATUS_FAILED;
        sha256_add(&sum, list->path[i], strlen(list->path[i]) + 1);
        sha256_add(&sum, tokens, strlen(tokens) + 1);
        free(tokens);
    }
    sha256_end(&sum, text);
    snprintf(hash, CODE_HASH, "%.*s", CODE_HASH - 1, text);
    return STATUS_OK;
}

static Status hash_matching(const char *const *pattern, const char *root, char hash[CODE_HASH],
                            Message *message)
{
    FileList list = {.files = 0};
    Status status = STATUS_OK;
    for (; !status && *pattern; pattern++)
        status = list_matching(&list, root, *pattern, message);
    if (!status)
        status = hash_files(&list, root, hash, message);
    list_free(&list);
    return status;
}

Status source_hash_of(const char *const *path, int files, const char *root, char hash[CODE_HASH],
                      Message *message)
{
    FileList list = {.files = 0};
    Status status = STATUS_OK;
    for (int i = 0; !status && i < files; i++)
        status = list_add(&list, path[i], message);
    if (!status)
        status = hash_files(&list, root, hash, message);
    list_free(&list);
    return status;
}

static bool is_file(const char *root, const char *path)
{
    char full[PATH_MAX];
    if (snprintf(full, sizeof full, "%s/%s", root, path) >= PATH_MAX)
        return false;
    return access(full, R_OK) == 0;
}

/* Adds the headers of estimators/shared that the tokens include, each with the .c of its name. */
static Status add_shared(FileList *list, const char *root, const char *tokens, Message *message)
{
    static const char include[] = "#\ninclude\n\"estimators/shared/";
    Status status = STATUS_OK;
    for (const char *at = tokens; !status && (at = strstr(at, include)); at++) {
        const char *name = strchr(at, '"') + 1;
        const size_t length = strcspn(name, "\"");
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.*s", (int)length, name);
        status = list_add(list, path, message);
        if (status || length < 2)
            break;
        path[length - 1] = 'c';
        if (is_file(root, path))
            status = list_add(list, path, message);
    }
    return status;
}

/* Adds the estimators that the tokens of a file define, all of one hash. */
static Status add_estimators(SourceHashes *hashes, const char *tokens, const char *hash, Message *message)
{
    static const char define[] = "const\nEstimator\n";
    for (const char *at = tokens; (at = strstr(at, define));) {
        at += strlen(define);
        const size_t length = strcspn(at, "\n");
        if (strncmp(at + length, "\n=\n", 3) != 0)
            continue;
        if (hashes->estimators == MOST_ESTIMATORS || length >= ESTIMATOR_NAME)
            return fail(message, STATUS_FAILED, "estimators: there are more than %d, or a name is too long",
                        MOST_ESTIMATORS);
        OwnCode *own = &hashes->own[hashes->estimators++];
        snprintf(own->estimator, sizeof own->estimator, "%.*s", (int)length, at);
        snprintf(own->hash, sizeof own->hash, "%s", hash);
    }
    return STATUS_OK;
}

static Status hash_estimators_of(SourceHashes *hashes, const char *root, const char *path, Message *message)
{
    FileList list = {.files = 0};
    char hash[CODE_HASH], *own = NULL;
    Status status = list_add(&list, path, message);
    for (int i = 0; !status && i < list.files; i++) {
        char *tokens = file_tokens(root, list.path[i], message);
        status = tokens ? add_shared(&list, root, tokens, message) : STATUS_FAILED;
        if (i == 0)
            own = tokens;
        else
            free(tokens);
    }
    if (!status)
        status = hash_files(&list, root, hash, message);
    if (!status)
        status = add_estimators(hashes, own, hash, message);
    free(own);
    list_free(&list);
    return status;
}

static int by_estimator(const void *a, const void *b)
{
    return strcmp(((const OwnCode *)a)->estimator, ((const OwnCode *)b)->estimator);
}

Status source_hashes(SourceHashes *hashes, const char *root, Message *message)
{
    FileList list = {.files = 0};
    *hashes = (SourceHashes){.estimators = 0};
    Status status = list_matching(&list, root, "estimators/*.c", message);
    if (!status && !list.files)
        status = fail(message, STATUS_FAILED, "%s/estimators: found no source", root);
    for (int i = 0; !status && i < list.files; i++)
        status = hash_estimators_of(hashes, root, list.path[i], message);
    list_free(&list);
    if (!status)
        status = hash_matching(base_files, root, hashes->base, message);
    if (!status)
        status = hash_matching(risk_files, root, hashes->risk, message);
    qsort(hashes->own, (size_t)hashes->estimators, sizeof *hashes->own, by_estimator);
    return status;
}
