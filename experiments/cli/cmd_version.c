/* cvrlab version: the program, what built it, and what its numbers come from. */
#include "experiments/cli/cli.h"
#include "experiments/identity/identity.h"
#include "experiments/identity/version.h"

#include <stdio.h>

int cmd_version(int argc, char **argv)
{
    int first;
    const Option options[] = {{0}};
    const Usage usage = {
        argv[0], "", "Prints the version of the program, what built it, and the versions of its libraries.",
        options, 0,  0};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);
    char libraries[LIBRARIES_TEXT];
    library_versions(libraries);
    printf("cvrlab %s\ncommit %s\n%s, %s\n%s\n", CVRLAB_VERSION, identity_commit, identity_compiler,
           identity_flags, libraries);
    return STATUS_OK;
}
