/* SHA-256 (FIPS 180-4): what says whether code or data are still the same. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SHA256_TEXT = 65 /* 64 hexadecimal digits and the final 0 */ };

/* A hash on its way; what it holds is private. */
typedef struct Sha256 {
    uint32_t state[8];
    uint8_t block[64];
    uint64_t bytes;
} Sha256;

void sha256_begin(Sha256 *hash);
void sha256_add(Sha256 *hash, const void *bytes, size_t size);

/* Writes the digits, as sha256sum(1) prints them. */
void sha256_end(Sha256 *hash, char text[SHA256_TEXT]);

/* Hashes a file, and counts its bytes. STATUS_FAILED when it cannot be read. */
Status sha256_file(const char *path, char text[SHA256_TEXT], int64_t *bytes, Message *message);

/* From now on without the processor's own instructions: for tests, which compare the two. */
void sha256_plainly(void);
