/* Kernels: loops that are compiled once for each instruction set below, from one source and to the same bits.
 * The program takes the widest that the processor has. Their files are named *_kernel.c, and each defines one
 * table of functions, KERNEL(name), of a type that a header declares with KERNEL_TABLE. */
#pragma once

#include <stdbool.h>

/* What a kernel may be compiled for (see the Makefile). Other processors than x86-64 have the first only,
 * with what the compiler may use anywhere. */
typedef enum InstructionSet {
    SET_PLAIN,
    SET_AVX2,   /* x86-64-v3: vectors of 32 bytes, fused multiply-adds */
    SET_AVX512, /* x86-64-v4: vectors of 64 bytes */
    INSTRUCTION_SETS
} InstructionSet;

/* The set whose kernels run. */
InstructionSet instruction_set(void);

/* For tests: takes another set, for all threads, while none runs kernels; false where the processor or the
 * build lacks it. */
bool instruction_set_choose(InstructionSet set);

/* Its name, a static text. */
const char *instruction_set_name(InstructionSet set);

/* In a *_kernel.c: `name` of the set that it is being compiled for. */
#ifndef KERNEL_SET
#define KERNEL_SET plain
#endif
#define KERNEL_PASTE_(name, set) name##_##set
#define KERNEL_PASTE(name, set)  KERNEL_PASTE_(name, set)
#define KERNEL(name)             KERNEL_PASTE(name, KERNEL_SET)

/* Declares the tables `name` of a type, and name(), the one of the set that runs. */
#ifdef __x86_64__
#define KERNEL_TABLE(type, name)                                                                             \
    extern const type name##_plain, name##_avx2, name##_avx512;                                              \
    static inline const type *name(void)                                                                     \
    {                                                                                                        \
        static const type *const table[INSTRUCTION_SETS] = {&name##_plain, &name##_avx2, &name##_avx512};    \
        return table[instruction_set()];                                                                     \
    }
#else
#define KERNEL_TABLE(type, name)                                                                             \
    extern const type name##_plain;                                                                          \
    static inline const type *name(void)                                                                     \
    {                                                                                                        \
        return &name##_plain;                                                                                \
    }
#endif
