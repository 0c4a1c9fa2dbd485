/* Edit distance by three rows of its table, and the message about an unknown name. */
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 127 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, one row of the table at a time; rows[i % 3] holds the distances of a's first i
 * letters. */
int edit_distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return (int)(m > n ? m : n);

    int rows[3][LONGEST + 1];
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        int *row = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[m % 3][n];
}

static const char *last_word(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

const char *nearest_name(const char *name, const char *const *known, int count)
{
    int nearest = -1;
    size_t length = strlen(name);
    if (length > LONGEST)
        return NULL;
    int best = (int)(length + 2) / 3 + 1;
    for (int i = 0; i < count; i++) {
        int distance = edit_distance(name, known[i]);
        if (distance < best) {
            best = distance;
            nearest = i;
        }
    }
    for (int i = 0; nearest < 0 && i < count; i++)
        if (!strcmp(last_word(known[i]), last_word(name)))
            nearest = i;
    return nearest < 0 ? NULL : known[nearest];
}

/* "a, b or c", cut short where it does not fit. */
static void list_names(const KnownNames *known, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < known->names && used < size; i++) {
        const char *between = i == 0 ? "" : i + 1 < known->names ? ", " : " or ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", between, known->name[i]);
    }
}

Status fail_unknown(Message *message, const char *where, const char *what, const char *name,
                    const KnownNames *known)
{
    char found[SHOWN_TEXT], list[512];
    const char *nearest = nearest_name(name, known->name, known->names);
    if (!nearest && !known->hint)
        list_names(known, list, sizeof list);
    return fail(message, STATUS_USAGE, "%s%sunknown %s '%s'; %s%s%s", where ? where : "", where ? ": " : "",
                what, shown(name, found), nearest ? "did you mean '" : "expected ",
                nearest       ? nearest
                : known->hint ? known->hint
                              : list,
                nearest ? "'?" : "");
}
