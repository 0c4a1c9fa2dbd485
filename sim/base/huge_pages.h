/* Large pages for large memory: what is filled once or read at random is then not slowed down by a page
 * fault, or a miss of the page tables, for every 4 kB. */
#pragma once

#include <stddef.h>

/* Asks the system for them where the memory spans some; it may decline. Contents stay. */
void huge_pages_ask(void *memory, size_t bytes);
