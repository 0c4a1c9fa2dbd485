/* madvise() alone: the memory stays that of malloc(), whoever frees or grows it. */
#include "sim/base/huge_pages.h"

#include <stdint.h>
#include <sys/mman.h>

void huge_pages_ask(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page = 4096, large = 1 << 21;
    const uintptr_t before = (page - (uintptr_t)memory % page) % page; /* to the first whole page */
    const uintptr_t whole = bytes > before ? (bytes - before) / page * page : 0;
    if (memory && whole >= 2 * large)
        (void)madvise((char *)memory + before, whole, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}
