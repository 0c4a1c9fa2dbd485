#include "results/store/fingerprint.h"

#include <stdio.h>
#include <string.h>

enum { LINE = 400, DEPTH = 8 };

/* A walk over the lines of a fingerprint. `line` is "section: key: value" for a line "  key: value" below
 * "section:". */
typedef struct Lines {
    const char *next;
    char line[LINE];
    int depth;            /* of open sections */
    size_t indent[DEPTH]; /* of each */
    char section[DEPTH][LINE];
} Lines;

static int next_line(Lines *lines)
{
    while (*lines->next) {
        const char *start = lines->next;
        size_t length = strcspn(start, "\n");
        lines->next += length + (start[length] == '\n');
        size_t indent = strspn(start, " ");
        if (indent >= length)
            continue;
        while (lines->depth > 0 && lines->indent[lines->depth - 1] >= indent)
            lines->depth--;
        const char *section = lines->depth > 0 ? lines->section[lines->depth - 1] : "";
        snprintf(lines->line, sizeof lines->line, "%s%.*s", section, (int)(length - indent), start + indent);
        if (start[length - 1] != ':' || lines->depth == DEPTH)
            return 1;
        snprintf(lines->section[lines->depth], LINE, "%s%.*s ", section, (int)(length - indent),
                 start + indent);
        lines->indent[lines->depth++] = indent; /* a section's name says nothing by itself */
    }
    return 0;
}

/* Length of "section: key" in "section: key: value"; the whole line where there is no value. */
static size_t key_length(const char *line)
{
    size_t length = strlen(line);
    const char *colon = NULL;
    for (const char *at = strstr(line, ": "); at; at = strstr(at + 2, ": "))
        colon = at;
    return colon ? (size_t)(colon - line) : length;
}

/* Looks for a line that starts with the first `length` letters of `line`, as a whole key or a whole line. */
static int find_line(const char *text, const char *line, size_t length, char found[LINE])
{
    Lines lines = {.next = text};
    while (next_line(&lines)) {
        const char end = strncmp(lines.line, line, length) == 0 ? lines.line[length] : 'x';
        if (end == '\0' || (end == ':' && line[length] == ':')) {
            memcpy(found, lines.line, LINE);
            return 1;
        }
    }
    return 0;
}

void fingerprint_changes(const char *stored, const char *given,
                         void (*change)(const char *stored, const char *given, void *context), void *context)
{
    char found[LINE];
    Lines lines = {.next = given};
    while (next_line(&lines)) {
        if (!find_line(stored, lines.line, strlen(lines.line), found)) {
            const int known = find_line(stored, lines.line, key_length(lines.line), found);
            change(known ? found : NULL, lines.line, context);
        }
    }
    lines = (Lines){.next = stored};
    while (next_line(&lines))
        if (!find_line(given, lines.line, key_length(lines.line), found))
            change(lines.line, NULL, context);
}

typedef struct Sentence {
    char *text;
    size_t size;
    int changes;
} Sentence;

static void say_first(const char *stored, const char *given, void *context)
{
    Sentence *sentence = context;
    if (sentence->changes++ > 0)
        return;
    if (stored && given)
        snprintf(sentence->text, sentence->size, "was run with '%s', now '%s'", stored, given);
    else if (given)
        snprintf(sentence->text, sentence->size, "was run without '%s'", given);
    else
        snprintf(sentence->text, sentence->size, "was run with '%s', now without it", stored);
}

void fingerprint_difference(const char *stored, const char *given, char *text, size_t size)
{
    Sentence sentence = {text, size, 0};
    fingerprint_changes(stored, given, say_first, &sentence);
    if (sentence.changes == 0)
        snprintf(text, size, "was run with the same keys in another order");
}
