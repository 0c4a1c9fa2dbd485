/* What the terminal that the program writes to can show. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Letters in a line of the terminal that the file is, at least 20; 0 where it is none. */
int terminal_width(FILE *file);

/* Whether the file is a terminal that shows colours, and neither NO_COLOR nor TERM=dumb says not to. */
bool terminal_colour(FILE *file);
