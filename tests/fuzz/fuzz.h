/* What is fuzzed: programs around one function that takes any bytes, linked with libFuzzer where there is one
 * and else with driver.c, which damages files of a corpus. `make fuzz` runs them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
