/* The files that real data are read from, as what they are known by: name, size and hash. */
#pragma once

#include "sim/base/sha256.h"
#include "sim/data/reader.h"

typedef struct DataFile {
    char *path; /* as it was opened */
    int64_t bytes;
    char hash[SHA256_TEXT];
} DataFile;

/* Zero at first; it owns its texts. */
typedef struct DataFiles {
    DataFile *file; /* in the order in which they are read, those that are read beside them last */
    int files;
} DataFiles;

/* Adds the files of a layout at a path, a file or a folder, and the tables of users and items that the
 * options name. STATUS_FAILED when one cannot be read. */
Status data_files_add(DataFiles *files, const Layout *layout, const char *path, const ReaderOptions *options,
                      Message *message);
void data_files_clear(DataFiles *files);
