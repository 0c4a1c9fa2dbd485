/* Options of a method are keys of the experiment, which its fingerprint holds: they are in no hash here. */
#include "experiments/outside/model_code.h"

#include "experiments/spec/outside_method.h"
#include "sim/base/sha256.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

Status model_path(const Spec *spec, const char *name, char *path, size_t size, Message *message)
{
    const bool beside = name[0] != '/' && spec->folder[0];
    const int length = snprintf(path, size, "%s%s%s", beside ? spec->folder : "", beside ? "/" : "", name);
    return length >= 0 && (size_t)length < size
               ? STATUS_OK
               : fail(message, STATUS_USAGE, "%s: the path is too long", name);
}

/* Appends NAME=HASH; where there is no room, all that follows is left to the hash of everything. */
static void add_hash(char code[MODEL_CODE], const char *name, const char *hash)
{
    const size_t used = strlen(code);
    if (used + strlen(name) + 16 < MODEL_CODE - 32)
        snprintf(code + used, MODEL_CODE - used, "%s%s=%.12s", used ? "," : "", name, hash);
}

/* Hashes a file of the model, and adds its hash to that of everything. */
static Status add_file(const Spec *spec, const char *name, Sha256 *all, char code[MODEL_CODE],
                       Message *message)
{
    char path[PATH_MAX], hash[SHA256_TEXT];
    int64_t bytes;
    Status status = model_path(spec, name, path, sizeof path, message);
    if (!status)
        status = sha256_file(path, hash, &bytes, message);
    if (status)
        return status;
    add_hash(code, name, hash);
    sha256_add(all, hash, sizeof hash);
    return STATUS_OK;
}

/* Those words that are files beside the experiment. */
static Status add_words(const Spec *spec, const char *command, Sha256 *all, char code[MODEL_CODE],
                        Message *message)
{
    Arguments arguments = {.count = 0};
    Status status = STATUS_OK;
    (void)arguments_split(command, &arguments); /* it was split when it was set */
    for (int i = 0; !status && i < arguments.count; i++) {
        char path[PATH_MAX];
        struct stat about;
        const char *word = arguments.word[i];
        if (word[0] && word[0] != '/' && !model_path(spec, word, path, sizeof path, NULL) &&
            !stat(path, &about) && S_ISREG(about.st_mode))
            status = add_file(spec, word, all, code, message);
    }
    return status;
}

Status model_code(const Spec *spec, const OutsideMethod *method, char code[MODEL_CODE], Message *message)
{
    const char *const how[] = {method->command, method->version, method->needs};
    char hash[SHA256_TEXT], files[SPEC_TEXT], *rest = files;
    Sha256 sum, all;
    Status status = STATUS_OK;
    Message why;
    code[0] = 0;
    sha256_begin(&sum);
    for (size_t i = 0; i < sizeof how / sizeof *how; i++)
        sha256_add(&sum, how[i], strlen(how[i]) + 1);
    sha256_end(&sum, hash);
    add_hash(code, method->kind == OUTSIDE_COMMAND ? "command" : "version", hash);
    sha256_begin(&all);
    snprintf(files, sizeof files, "%s", method->files);
    for (char *name = strsep(&rest, ","); !status && name && *name; name = strsep(&rest, ","))
        status = add_file(spec, name, &all, code, &why);
    if (!status && method->kind == OUTSIDE_PLUGIN)
        status = add_file(spec, method->plugin, &all, code, &why);
    if (!status && method->kind == OUTSIDE_COMMAND && !method->files[0])
        status = add_words(spec, method->command, &all, code, &why);
    if (status)
        return fail(message, status, "methods.%s: %s", method->name, why.text);
    sha256_end(&all, hash);
    snprintf(code + strlen(code), MODEL_CODE - strlen(code), ",files=%.12s", hash);
    return STATUS_OK;
}
