/* Wrappers in front of the C library's functions or, under AddressSanitizer, whose own functions must stay in
 * front, its hooks. Not in libtest.a, where any program that calls malloc() would get them: the one test that
 * counts links this file itself. */
#include "tests/support/count_allocations.h"

#include <stdlib.h>

atomic_bool counting_allocations;
atomic_long allocations;

static void count_allocation(void)
{
    if (counting_allocations)
        allocations++;
}

#ifdef __SANITIZE_ADDRESS__
/* As in sanitizer/allocator_interface.h, which gcc does not install. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *start, size_t bytes),
                                              void (*freed)(const volatile void *start));

static void allocation_hook(const volatile void *start, size_t bytes)
{
    (void)start, (void)bytes;
    count_allocation();
}

static void free_hook(const volatile void *start)
{
    (void)start;
}

__attribute__((constructor)) static void install_hooks(void)
{
    __sanitizer_install_malloc_and_free_hooks(allocation_hook, free_hook);
}

#else
#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>

/* Stores the next definition of a function, the C library's, in a pointer to it. */
static void find_next(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol)
        abort();
    memcpy(function, &symbol, sizeof symbol);
}

void *malloc(size_t bytes)
{
    static void *(*next)(size_t);
    if (!next)
        find_next("malloc", &next);
    count_allocation();
    return next(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    static void *(*next)(size_t, size_t);
    if (!next)
        find_next("calloc", &next);
    count_allocation();
    return next(count, bytes);
}

void *realloc(void *start, size_t bytes)
{
    static void *(*next)(void *, size_t);
    if (!next)
        find_next("realloc", &next);
    count_allocation();
    return next(start, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    static void *(*next)(size_t, size_t);
    if (!next)
        find_next("aligned_alloc", &next);
    count_allocation();
    return next(alignment, bytes);
}

int posix_memalign(void **start, size_t alignment, size_t bytes)
{
    static int (*next)(void **, size_t, size_t);
    if (!next)
        find_next("posix_memalign", &next);
    count_allocation();
    return next(start, alignment, bytes);
}

void *mmap(void *start, size_t bytes, int protection, int flags, int file, off_t offset)
{
    static void *(*next)(void *, size_t, int, int, int, off_t);
    if (!next)
        find_next("mmap", &next);
    count_allocation();
    return next(start, bytes, protection, flags, file, offset);
}
#endif
