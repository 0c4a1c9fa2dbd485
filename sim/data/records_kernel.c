/* Bytes are compared in vectors, and eight of the answers at a time become bits by one multiplication. */
#include "sim/data/records_kernel.h"

#include <string.h>

static void find_stops(size_t words, const char *text, char delimiter, uint64_t *stop)
{
    enum { WORD = 64, EIGHT = 8 };
    for (size_t k = 0; k < words; k++, text += WORD) {
        uint8_t is_stop[WORD];
        for (int i = 0; i < WORD; i++)
            is_stop[i] = (text[i] == delimiter) | (text[i] == '\n') | (text[i] == 0);
        uint64_t bits = 0;
        for (size_t i = 0; i < EIGHT; i++) {
            uint64_t eight;
            memcpy(&eight, is_stop + EIGHT * i, sizeof eight);
            /* Byte b, which is 0 or 1, comes to bit 56 + b. */
            bits |= (eight * UINT64_C(0x0102040810204080)) >> 56 << (EIGHT * i);
        }
        stop[k] = bits;
    }
}

const RecordKernels KERNEL(record_kernels) = {find_stops};
