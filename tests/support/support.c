/* Temporary folders, and what `make memcheck` leaves out. */
#include "tests/support/support.h"

char *temporary_folder(void)
{
    char *folder = strdup("/tmp/cvrlab-test-XXXXXX");
    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    return folder;
}

void remove_folder(char *folder)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0); /* NOLINT: a name of our own */
    free(folder);
}

/* The wrapper is what tests/run.sh starts test programs by. */
void skipped_under_valgrind(const char *reason)
{
    const char *wrapper = getenv("CVRLAB_WRAPPER");
    if (!wrapper || !strstr(wrapper, "valgrind"))
        return;
    print_message("under valgrind, %s: skipped\n", reason);
    skip();
}

void slow_under_valgrind(void)
{
    skipped_under_valgrind("this takes minutes");
}
