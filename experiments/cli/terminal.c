/* Asks the system and the environment about the terminal. COLUMNS counts where the terminal does not know its
 * own width, as over a serial line. */
#include "experiments/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROWEST = 20, USUAL = 80, WIDEST = 10000 };

int terminal_width(FILE *file)
{
    struct winsize size = {0};
    if (!isatty(fileno(file)))
        return 0;
    if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
    const char *columns = getenv("COLUMNS");
    const long width = columns ? strtol(columns, NULL, 10) : 0;
    return width >= NARROWEST && width <= WIDEST ? (int)width : USUAL;
}

bool terminal_colour(FILE *file)
{
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    return isatty(fileno(file)) && term && strcmp(term, "dumb") != 0 && !(no_colour && *no_colour);
}
