/* Counts the allocations of the program that is linked with count_allocations.c. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

extern atomic_bool counting_allocations; /* while it is true */
extern atomic_long allocations;          /* so far */
