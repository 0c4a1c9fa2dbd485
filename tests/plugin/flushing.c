/* Linked with -ffast-math by gcc before 13, this library flushes subnormals from when it is loaded; by
 * others, its constructor does. It is a plug-in with nothing to offer. */
#include <stdint.h>

#if defined __x86_64__
__attribute__((constructor)) static void flush_subnormals(void)
{
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
}
#endif

const void *cvrlab_plugin(uint32_t host_abi);
const void *cvrlab_plugin(uint32_t host_abi)
{
    (void)host_abi;
    return 0;
}
