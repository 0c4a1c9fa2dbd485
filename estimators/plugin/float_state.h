/* The floating-point state of a thread: rounding, flushing of subnormals, traps. A library that was linked
 * with -ffast-math sets flushing when it is loaded (gcc before 13 does so), for the thread that loads it. */
#pragma once

#include <fenv.h>
#include <stdbool.h>

typedef struct FloatState {
    fenv_t environment;
} FloatState;

/* Keeps the state of this thread. */
void float_state_save(FloatState *state);

/* Puts back what was saved; whether anything but the flags of past exceptions had changed. */
bool float_state_restore(const FloatState *state);
