/* Lists of words, names and UTF-8 from users. A list is split at the commas outside of brackets, so that a
 * word may be a list itself. */
#include "sim/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void trim(const char **start, const char **end)
{
    while (*start < *end && is_blank(**start))
        (*start)++;
    while (*end > *start && is_blank((*end)[-1]))
        (*end)--;
}

/* Whether the bracket that opens at `start` closes at the very end: [a, b] but not [a], [b]. */
static bool is_enclosed(const char *start, const char *end)
{
    if (end - start < 2 || *start != '[')
        return false;
    int depth = 0;
    for (const char *c = start; c < end; c++) {
        depth += (*c == '[') - (*c == ']');
        if (depth == 0)
            return c == end - 1;
    }
    return false;
}

static bool add_word(WordList *list, const char *start, const char *end)
{
    trim(&start, &end);
    size_t length = (size_t)(end - start);
    if (length == 0 || length >= WORD_SIZE || list->words == MAX_WORDS)
        return false;
    char *word = list->word[list->words++];
    memset(word, 0, WORD_SIZE);
    memcpy(word, start, length);
    return true;
}

bool words_split(const char *text, WordList *list)
{
    const char *start = text, *end = text + strlen(text);
    list->words = 0;
    trim(&start, &end);
    if (is_enclosed(start, end)) {
        start++;
        end--;
        trim(&start, &end);
    }
    if (start == end)
        return true;

    int depth = 0;
    for (const char *c = start; c < end; c++) {
        depth += (*c == '[') - (*c == ']');
        if (depth < 0)
            return false;
        if (*c == ',' && depth == 0) {
            if (!add_word(list, start, c))
                return false;
            start = c + 1;
        }
    }
    return depth == 0 && add_word(list, start, end);
}

void words_join(const WordList *list, char *text)
{
    size_t used = 0;
    text[used++] = '[';
    for (int i = 0; i < list->words; i++)
        used += (size_t)snprintf(text + used, LIST_TEXT - used, "%s%s", i ? "," : "", list->word[i]);
    snprintf(text + used, LIST_TEXT - used, "]");
}

bool is_name(const char *text)
{
    if (!isalnum((unsigned char)text[0]))
        return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-+.", *c))
            return false;
    return true;
}

/* Reads one code point of UTF-8 and moves on; -1 where the bytes are not well formed (overlong forms
 * included). */
static long next_code_point(const unsigned char **text)
{
    static const long least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = *text;
    int more = byte[0] < 0x80 ? 0 : byte[0] >= 0xf0 ? 3 : byte[0] >= 0xe0 ? 2 : 1;
    if ((byte[0] >= 0x80 && byte[0] < 0xc2) || byte[0] > 0xf4)
        return -1;
    long code = more ? byte[0] & (0x3f >> more) : byte[0];
    for (int i = 1; i <= more; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return -1;
        code = code << 6 | (byte[i] & 0x3f);
    }
    *text += more + 1;
    return code < least[more] ? -1 : code;
}

/* What YAML does not take as it stands, or takes for the end of a line. */
static bool is_printable_code(long code)
{
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029 || code == 0xfeff)
        return false;
    return !(code >= 0xd800 && code <= 0xdfff) && code != 0xfffe && code != 0xffff && code <= 0x10ffff;
}

bool is_printable(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    while (*byte)
        if (!is_printable_code(next_code_point(&byte)))
            return false;
    return true;
}

void text_clean(char *text, const char *kept)
{
    const unsigned char *from = (const unsigned char *)text;
    while (*from) {
        const unsigned char *start = from;
        const bool keeps = strchr(kept, *from);
        const long code = next_code_point(&from);
        if (code < 0)
            from = start + 1;
        if (!keeps && !is_printable_code(code)) {
            *text++ = '?';
            continue;
        }
        memmove(text, start, (size_t)(from - start));
        text += from - start;
    }
    *text = 0;
}

const char *shown(const char *text, char buffer[SHOWN_TEXT])
{
    size_t length = strlen(text);
    bool cut = length >= SHOWN_TEXT;
    snprintf(buffer, SHOWN_TEXT, cut ? "%.*s..." : "%.*s", cut ? SHOWN_TEXT - 4 : (int)length, text);
    bool plain = is_printable(buffer);
    for (char *c = buffer; *c; c++)
        if (iscntrl((unsigned char)*c) || (!plain && (unsigned char)*c >= 0x80))
            *c = '?';
    return buffer;
}
