/* Reads the files of data once more, for their hashes: readers do not read every byte of all of them. */
#include "sim/data/data_files.h"

#include "sim/data/reader_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static Status add_file(DataFiles *files, const char *path, Message *message)
{
    for (int i = 0; i < files->files; i++)
        if (!strcmp(files->file[i].path, path))
            return STATUS_OK;
    DataFile *file = realloc(files->file, (size_t)(files->files + 1) * sizeof *file);
    if (!file)
        return fail_memory(message, "the names of files");
    files->file = file;
    file += files->files;
    *file = (DataFile){.path = strdup(path)};
    if (!file->path)
        return fail_memory(message, "the names of files");
    files->files++;
    return sha256_file(file->path, file->hash, &file->bytes, message);
}

static Status add_files_of(DataFiles *files, const Layout *layout, const char *path, Message *message)
{
    Reader reader = {.layout = layout};
    Status status = reader_find_files(&reader, path, message);
    for (int i = 0; !status && i < reader.files; i++)
        status = add_file(files, reader.file[i].path, message);
    free(reader.file);
    return status;
}

Status data_folder(const char *path, char folder[PATH_MAX], Message *message)
{
    struct stat about;
    const char *slash = strrchr(path, '/');
    const bool is_folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    size_t length = 1; /* "." or "/" */
    if (is_folder)
        length = strlen(path);
    else if (slash && slash > path)
        length = (size_t)(slash - path);
    if (length >= PATH_MAX)
        return fail(message, STATUS_FAILED, "cannot read %.64s...: the name is too long", path);
    snprintf(folder, PATH_MAX, "%.*s", (int)length, is_folder || slash ? path : ".");
    return STATUS_OK;
}

static Status add_layout(DataFiles *files, const Layout *layout, const char *path, Message *message)
{
    char folder[PATH_MAX];
    char inner[PATH_MAX];
    struct stat about;
    Layout besides = {.file = {{NULL, PART_LOG, false}}};
    for (int i = 0; i < MAX_LAYOUT_FILES; i++)
        besides.file[i].pattern = layout->besides[i];
    Status status = add_files_of(files, layout, path, message);
    if (status || !layout->besides[0])
        return status;
    status = data_folder(path, folder, message);
    if (!status)
        status = add_files_of(files, &besides, folder, message);
    if (status || !layout->subfolder ||
        snprintf(inner, sizeof inner, "%s/%s", folder, layout->subfolder) >= (int)sizeof inner ||
        stat(inner, &about))
        return status;
    return add_files_of(files, &besides, inner, message);
}

Status data_files_add(DataFiles *files, const Layout *layout, const char *path, const ReaderOptions *options,
                      Message *message)
{
    Status status = add_layout(files, layout, path, message);
    for (int field = FIELD_USER; field <= FIELD_ITEM && !status; field++) {
        char side[PATH_MAX];
        status = side_table_path(options, field, path, side, message);
        if (!status && side[0])
            status = add_file(files, side, message);
    }
    return status;
}

void data_files_clear(DataFiles *files)
{
    for (int i = 0; i < files->files; i++)
        free(files->file[i].path);
    free(files->file);
    *files = (DataFiles){0};
}
