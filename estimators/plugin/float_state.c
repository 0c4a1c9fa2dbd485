/* Restoring the floating-point state is fesetenv()'s, which knows the bits that flush subnormals on the
 * processors that we know of. Whether it had changed is asked of the processor, since <fenv.h> has no words
 * for these bits. */
#include "estimators/plugin/float_state.h"

#include <stdint.h>

/* The bits that say how to compute, without the flags of what has happened. */
static uint64_t control_bits(void)
{
#if defined __x86_64__
    return __builtin_ia32_stmxcsr() & ~0x3fU;
#elif defined __aarch64__
    uint64_t bits;
    __asm__ volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
#else
    return (uint64_t)fegetround();
#endif
}

void float_state_save(FloatState *state)
{
    fegetenv(&state->environment);
}

bool float_state_restore(const FloatState *state)
{
    const uint64_t found = control_bits();
    fesetenv(&state->environment);
    return control_bits() != found;
}
