/* Where cells of a text may end; for files of sim/data alone. */
#pragma once

#include "sim/base/kernel.h"

#include <stddef.h>
#include <stdint.h>

typedef struct RecordKernels {
    /* Bit i of stop[k] says whether byte 64 k + i of the text is the delimiter, a line break or 0. The text
     * has 64 bytes a word. */
    void (*find_stops)(size_t words, const char *text, char delimiter, uint64_t *stop);
} RecordKernels;

KERNEL_TABLE(RecordKernels, record_kernels)
