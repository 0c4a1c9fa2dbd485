/* The table of papers: \columnwidth of each class in inches, of 72.27 pt. */
#include "plots/paper.h"

#include <stdio.h>
#include <string.h>

const Paper paper_table[] = {
    {"acm", "acmart sigconf; a figure* is 7 in wide", 3.33, 8}, /* 241.1 pt */
    {"ieee", "IEEEtran; a figure* is 7.14 in wide", 3.48, 8},   /* 252 pt */
    {"article", "article at 10 pt, one column", 4.77, 8},       /* 345 pt */
    {"slide", "beamer, aspectratio=169", 5.51, 10},             /* 398.3 pt */
    {0},
};

enum { PAPERS = sizeof paper_table / sizeof *paper_table - 1 };

Status paper_find(const char *name, const Paper **paper, Message *message)
{
    const char *known[PAPERS];
    for (int i = 0; i < PAPERS; i++) {
        known[i] = paper_table[i].name;
        *paper = &paper_table[i];
        if (!strcmp(known[i], name))
            return STATUS_OK;
    }
    return fail_unknown(message, NULL, "paper", name, &(KnownNames){known, PAPERS, NULL});
}

void paper_help(char text[PAPER_HELP])
{
    size_t used = 0;
    text[0] = 0;
    for (const Paper *paper = paper_table; paper->name && used < PAPER_HELP; paper++)
        used += (size_t)snprintf(text + used, PAPER_HELP - used, "%s  %-24s %g in, texts of %g pt: %s",
                                 used ? "\n" : "", paper->name, paper->width, paper->points, paper->what);
}
