/* In the place of libFuzzer: calls the function with each file of a corpus and then with damaged copies of
 * them. Usage: PROGRAM -runs=N [-seed=N] FOLDER; other options of libFuzzer are taken and ignored. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 256, MOST_BYTES = 1 << 16, MOST_DAMAGES = 8 };

typedef struct Corpus {
    uint8_t *file[MOST_FILES];
    size_t size[MOST_FILES];
    int files;
} Corpus;

static uint64_t state = 1;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below ? state % below : 0;
}

static void read_corpus(Corpus *corpus, const char *folder)
{
    DIR *entries = opendir(folder);
    for (const struct dirent *e; entries && (e = readdir(entries)) && corpus->files < MOST_FILES;) {
        char path[4096];
        uint8_t *bytes = malloc(MOST_BYTES);
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *file = e->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (file && bytes) {
            corpus->size[corpus->files] = fread(bytes, 1, MOST_BYTES / 2, file);
            corpus->file[corpus->files++] = bytes;
            bytes = NULL;
        }
        if (file)
            fclose(file);
        free(bytes);
    }
    if (entries)
        closedir(entries);
}

/* Puts a piece of some file in the place of a piece of this one. */
static size_t splice(const Corpus *corpus, uint8_t *bytes, size_t size)
{
    const size_t other = (size_t)draw((uint64_t)corpus->files);
    const size_t at = (size_t)draw(size + 1), from = (size_t)draw(corpus->size[other] + 1);
    size_t removed = (size_t)draw(32), added = (size_t)draw(32);
    removed = removed > size - at ? size - at : removed;
    added = added > corpus->size[other] - from ? corpus->size[other] - from : added;
    if (size - removed + added > MOST_BYTES)
        return size;
    memmove(bytes + at + added, bytes + at + removed, size - at - removed);
    memcpy(bytes + at, corpus->file[other] + from, added);
    return size - removed + added;
}

static size_t damage(const Corpus *corpus, uint8_t *bytes, size_t size)
{
    switch (draw(4)) {
    case 0:
        if (size)
            bytes[draw(size)] ^= (uint8_t)(1U << draw(8));
        return size;
    case 1:
        if (size)
            bytes[draw(size)] = (uint8_t)draw(256);
        return size;
    case 2:
        return draw(8) ? size : (size_t)draw(size + 1);
    default:
        return splice(corpus, bytes, size);
    }
}

int main(int argc, char **argv)
{
    Corpus corpus = {.files = 0};
    long runs = 1000;
    static uint8_t bytes[MOST_BYTES];
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "-runs=", 6))
            runs = strtol(argv[i] + 6, NULL, 10);
        else if (!strncmp(argv[i], "-seed=", 6))
            state = strtoull(argv[i] + 6, NULL, 10) * 2 + 1;
        else if (argv[i][0] != '-')
            read_corpus(&corpus, argv[i]);
    }
    for (int i = 0; i < corpus.files; i++)
        LLVMFuzzerTestOneInput(corpus.file[i], corpus.size[i]);
    for (long run = 0; corpus.files && run < runs; run++) {
        const size_t file = (size_t)draw((uint64_t)corpus.files);
        size_t size = corpus.size[file];
        memcpy(bytes, corpus.file[file], size);
        for (uint64_t k = 1 + draw(MOST_DAMAGES); k > 0; k--)
            size = damage(&corpus, bytes, size);
        /* A copy of its own size, so that a sanitizer sees a byte read beyond it. */
        uint8_t *copy = malloc(size + !size);
        if (!copy)
            return 1;
        memcpy(copy, bytes, size);
        LLVMFuzzerTestOneInput(copy, size);
        free(copy);
    }
    for (int i = 0; i < corpus.files; i++)
        free(corpus.file[i]);
    printf("%ld inputs\n", runs);
    return corpus.files ? 0 : 1;
}
