/* Which instruction set the kernels run on: asked of the processor before main(), so that threads only read
 * it. */
#include "sim/base/kernel.h"

static InstructionSet chosen = SET_PLAIN;

/* Also what the system saves of the registers counts: the compiler's library asks for both. */
static bool can_run(InstructionSet set)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    bool avx2 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
    return set == SET_PLAIN || (set == SET_AVX2 && avx2) || (set == SET_AVX512 && avx512);
#else
    return set == SET_PLAIN;
#endif
}

__attribute__((constructor)) static void choose_widest(void)
{
    for (int set = SET_PLAIN; set < INSTRUCTION_SETS; set++)
        if (can_run((InstructionSet)set))
            chosen = (InstructionSet)set;
}

InstructionSet instruction_set(void)
{
    return chosen;
}

bool instruction_set_choose(InstructionSet set)
{
    if (!can_run(set))
        return false;
    chosen = set;
    return true;
}

const char *instruction_set_name(InstructionSet set)
{
    static const char *const name[INSTRUCTION_SETS] = {
        [SET_PLAIN] = "plain", [SET_AVX2] = "avx2", [SET_AVX512] = "avx512"};
    return name[set];
}
