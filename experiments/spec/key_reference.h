/* The reference of keys, as `cvrlab list keys` prints it. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Each field of the table with its type, unit, range, default and meaning: aligned text, or a markdown table.
 */
void key_reference(bool markdown, FILE *file);
