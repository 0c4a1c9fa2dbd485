/* What was found beside what is stated. A count that is not stated is not compared. */
#include "sim/data/published.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of how many times as many rows there are in one log as in the other. */
static double unlikeness(const Published *version, const DataSize *found)
{
    return fabs(real_log(((double)version->size.rows[PART_LOG] + 1) / ((double)found->rows[PART_LOG] + 1)));
}

static void add_difference(char text[PUBLISHED_TEXT], const char *part, const char *what, size_t found,
                           size_t published)
{
    const size_t used = strlen(text);
    if (published && found != published)
        snprintf(text + used, PUBLISHED_TEXT - used, "%s%s%s %zu (published: %zu)", used ? ", " : "", part,
                 what, found, published);
}

void published_compare(const Published *version, const DataSize *found, char text[PUBLISHED_TEXT])
{
    const Published *nearest = version;
    for (; version->name; version++)
        if (unlikeness(version, found) < unlikeness(nearest, found))
            nearest = version;
    text[0] = 0;
    for (int p = 0; p < PARTS; p++)
        add_difference(text, part_name[p], " rows", found->rows[p], nearest->size.rows[p]);
    if (found->users)
        add_difference(text, "", "users", found->users, nearest->size.users);
    if (found->items)
        add_difference(text, "", "items", found->items, nearest->size.items);
    const bool same = !text[0];
    const size_t used = strlen(text);
    snprintf(text + used, PUBLISHED_TEXT - used, "%s %s (%s)", same ? "as published:" : " of", nearest->name,
             nearest->source);
}
