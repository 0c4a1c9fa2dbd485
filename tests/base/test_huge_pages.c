/* Asking for large pages changes nothing that memory holds, whatever its size and place. */
#include "sim/base/huge_pages.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

static void contents_stay(void **state)
{
    (void)state;
    static const size_t size[] = {0, 1, 4096, (1 << 22) - 1, (1 << 22) + 8192, 1 << 24};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (size_t from = 0; from < 2; from++) {
            unsigned char *memory = calloc(size[i] + 1, 1);
            assert_non_null(memory);
            for (size_t k = 0; k < size[i]; k += 509)
                memory[k] = (unsigned char)(k / 509);
            huge_pages_ask(memory + from, size[i]);
            for (size_t k = 0; k < size[i]; k += 509)
                assert_int_equal(memory[k], (unsigned char)(k / 509));
            free(memory);
        }
    huge_pages_ask(NULL, 1 << 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(contents_stay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
