/* Included by every *_kernel.c, whose loops run on the C library's vector math: gcc uses that under
 * -ffast-math only. Without the flag nothing fails, but numbers and speed change. */
#pragma once

#ifndef __FAST_MATH__
#error "compile with -ffast-math, as the Makefile compiles every *_kernel.c"
#endif
