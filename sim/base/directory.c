/* Folders are made with those above them, and removed with what this program puts into them. */
#include "sim/base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Status directory_make(const char *path, bool *made, Message *message)
{
    char above[PATH_MAX];
    if (snprintf(above, sizeof above, "%s", path) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the name is too long", path);
    for (char *at = above + (*above != 0); *at; at++) {
        if (*at == '/') {
            *at = '\0';
            mkdir(above, 0777); /* if it fails, so does the last one */
            *at = '/';
        }
    }
    struct stat facts;
    const bool exists = mkdir(path, 0777) != 0;
    if (exists && (errno != EEXIST || stat(path, &facts)))
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    if (stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode))
        return fail(message, STATUS_USAGE, "%s: not a directory", path);
    if (made)
        *made = !exists;
    return STATUS_OK;
}

static void remove_files(const char *path, int depth)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char name[PATH_MAX];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= PATH_MAX)
            continue;
        if (unlink(name) && depth > 0)
            remove_files(name, depth - 1);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

void directory_remove(const char *path)
{
    enum { DEPTH = 16 };
    remove_files(path, DEPTH);
}
