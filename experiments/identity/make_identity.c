/* A program of the build: prints what identity.c is to know of the program, as C. It runs in the root of the
 * tree. The Makefile gives it what only make knows; git and the compiler say nothing of it here. */
#include "experiments/identity/source_hash.h"

#include <stdio.h>

/* As a string literal. */
static void print_text(const char *name, const char *text)
{
    printf("const char %s[] = \"", name);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        if ((unsigned char)*text >= ' ')
            putchar(*text);
    }
    puts("\";");
}

int main(int argc, char **argv)
{
    static SourceHashes hashes;
    Message message;
    if (argc != 4) {
        (void)fprintf(stderr, "usage: make_identity COMMIT COMPILER FLAGS\n");
        return STATUS_USAGE;
    }
    if (source_hashes(&hashes, ".", &message)) {
        (void)fprintf(stderr, "make_identity: %s\n", message.text);
        return STATUS_FAILED;
    }
    print_text("identity_commit", argv[1]);
    print_text("identity_compiler", argv[2]);
    print_text("identity_flags", argv[3]);
    print_text("identity_base", hashes.base);
    print_text("identity_risk", hashes.risk);
    puts("static const OwnCode own_code[] = {");
    for (int i = 0; i < hashes.estimators; i++)
        printf("    {\"%s\", \"%s\"},\n", hashes.own[i].estimator, hashes.own[i].hash);
    puts("};");
    return fflush(stdout) ? STATUS_FAILED : STATUS_OK;
}
