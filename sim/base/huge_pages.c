/* madvise() alone: the memory stays that of malloc(), whoever frees or grows it. */
#include "sim/base/huge_pages.h"

#include <stdint.h>
#include <sys/mman.h>

void huge_pages_ask(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page = 4096, large = 1 << 21;
    const uintptr_t first = ((uintptr_t)memory + page - 1) / page * page,
                    end = ((uintptr_t)memory + bytes) / page * page;
    if (memory && end >= first + 2 * large)
        (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}
