/* A program of the build. Prints cvrlab_stamp.h: what a native estimator in a library was compiled with. The
 * headers hold the layout of all structs that it shares with the program, so it works where their hash is the
 * same. */
#include "experiments/identity/source_hash.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    char hash[CODE_HASH];
    Message message;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: make_stamp VERSION HEADER...\n");
        return STATUS_USAGE;
    }
    if (source_hash_of((const char *const *)argv + 2, argc - 2, ".", hash, &message)) {
        (void)fprintf(stderr, "make_stamp: %s\n", message.text);
        return STATUS_FAILED;
    }
    printf("/* Made by the build: the version of cvrlab, and a hash of its headers. */\n#pragma once\n\n"
           "#define CVRLAB_HEADERS \"%s (headers %s)\"\n",
           argv[1], hash);
    return fflush(stdout) ? STATUS_FAILED : STATUS_OK;
}
