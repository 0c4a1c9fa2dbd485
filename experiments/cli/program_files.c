/* Where the executable lies is asked of the kernel, since argv[0] may be a name or a link. A folder is the
 * right one when it holds a file that no other has. */
#include "experiments/cli/program_files.h"

#include "sim/base/suggest.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char landmark[] = "plots/style.gp";
enum { MOST_UP = 3 /* from build/release to the source tree, and one more */ };

static bool has_landmark(const char *folder)
{
    char path[PATH_MAX + sizeof landmark];
    snprintf(path, sizeof path, "%s/%s", folder, landmark);
    return access(path, R_OK) == 0;
}

/* Takes the last word of a path away; false where there is none. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = 0;
    return true;
}

static Status find_home(char home[PATH_MAX], Message *message)
{
    const char *given = getenv("CVRLAB_HOME");
    char executable[PATH_MAX / 2] = "", share[PATH_MAX];
    if (given && given[0]) {
        snprintf(home, PATH_MAX, "%s", given);
        return STATUS_OK;
    }
    const ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[length > 0 ? length : 0] = 0;
    (void)go_up(executable);
    snprintf(share, sizeof share, "%s/../share/cvrlab", executable);
    if (has_landmark(share)) {
        memcpy(home, share, sizeof share);
        return STATUS_OK;
    }
    char folder[sizeof executable];
    memcpy(folder, executable, sizeof folder);
    for (int up = 0; up < MOST_UP && go_up(folder); up++) {
        if (has_landmark(folder)) {
            snprintf(home, PATH_MAX, "%s", folder);
            return STATUS_OK;
        }
    }
    return fail(
        message, STATUS_FAILED,
        "the program's own files: found none in %s, nor in the %d folders above %s; expected %s there, or "
        "CVRLAB_HOME to name their folder",
        share, MOST_UP, executable, landmark);
}

Status program_file(char path[PATH_MAX], const char *relative, Message *message)
{
    char home[PATH_MAX];
    Status status = find_home(home, message);
    if (!status && snprintf(path, PATH_MAX, "%s/%s", home, relative) >= PATH_MAX)
        status = fail(message, STATUS_FAILED, "%s: the name of a folder is too long", home);
    return status;
}

static int is_yaml(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 5 && !strcmp(entry->d_name + length - 5, ".yaml");
}

/* The folder's files; `below` goes before their names. */
static Status list_folder(const char *relative, const char *below,
                          Status (*each)(const char *name, const char *path, void *context, Message *message),
                          void *context, Message *message)
{
    char folder[PATH_MAX];
    struct dirent **entry;
    Status status = program_file(folder, relative, message);
    if (status)
        return status;
    const int entries = scandir(folder, &entry, is_yaml, alphasort);
    if (entries < 0)
        return fail(message, STATUS_FAILED, "%s: cannot read the folder: %s", folder, strerror(errno));
    for (int i = 0; i < entries; i++) {
        char path[PATH_MAX + NAME_MAX + 2], name[NAME_MAX + 16];
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        snprintf(name, sizeof name, "%s%.*s", below, (int)strlen(entry[i]->d_name) - 5, entry[i]->d_name);
        if (!status)
            status = each(name, path, context, message);
        free(entry[i]);
    }
    free(entry);
    return status;
}

Status program_specs(Status (*each)(const char *name, const char *path, void *context, Message *message),
                     void *context, Message *message)
{
    static const struct {
        const char *folder, *below;
    } shipped[] = {{"experiments", ""},
                   {"experiments/papers", "papers/"},
                   {"experiments/papers/maps", "papers/maps/"},
                   {"experiments/papers/size", "papers/size/"},
                   {"experiments/delays", "delays/"}};
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof shipped / sizeof *shipped; i++)
        status = list_folder(shipped[i].folder, shipped[i].below, each, context, message);
    return status;
}

enum { MOST_EXPERIMENTS = 128, NAME_SIZE = 64 };

/* A name that is looked for, and all that there are. */
typedef struct NameSearch {
    const char *name;
    char found[PATH_MAX]; /* "" until it is */
    char word[MOST_EXPERIMENTS][NAME_SIZE];
    const char *known[MOST_EXPERIMENTS];
    int count;
} NameSearch;

static const char *last_word(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static Status look(const char *name, const char *path, void *context, Message *message)
{
    NameSearch *search = context;
    (void)message;
    if (!search->found[0] && (!strcmp(name, search->name) || !strcmp(last_word(name), search->name)))
        snprintf(search->found, sizeof search->found, "%.*s", PATH_MAX - 1, path);
    if (search->count == MOST_EXPERIMENTS)
        return STATUS_OK;
    char *word = search->word[search->count];
    snprintf(word, NAME_SIZE, "%.*s", NAME_SIZE - 1, last_word(name));
    search->known[search->count++] = word;
    return STATUS_OK;
}

Status program_spec(char path[PATH_MAX], const char *operand, Message *message)
{
    struct stat there;
    NameSearch search = {.name = operand};
    const size_t length = strlen(operand);
    const bool is_path = (length > 5 && !strcmp(operand + length - 5, ".yaml")) || strchr("/.", operand[0]);
    if (is_path || (stat(operand, &there) == 0 && !S_ISDIR(there.st_mode))) {
        snprintf(path, PATH_MAX, "%s", operand);
        return STATUS_OK;
    }
    Status status = program_specs(look, &search, message);
    if (!status && search.found[0])
        snprintf(path, PATH_MAX, "%s", search.found);
    else if (!status)
        status = fail_unknown(message, NULL, "experiment", operand,
                              &(KnownNames){search.known, search.count,
                                            "a file, or one of those that `cvrlab list experiments` prints"});
    return status;
}
