/* Shards on a real Slurm, where there is one: tests/cluster.sh says what is done and compared. */
#include "tests/support/program.h"

#include <unistd.h>

static void shards_on_slurm_are_the_store_of_one_process(void **state)
{
    (void)state;
    program_needed();
    if (getuid() || system("command -v slurmctld slurmd sbatch munged >/dev/null"))
        skip(); /* `make test-cluster` installs it */
    shell("sh tests/cluster.sh \"$CVRLAB\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shards_on_slurm_are_the_store_of_one_process)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
