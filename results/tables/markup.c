/* Escapes for texts out of a store, which may hold anything. */
#include "results/tables/markup.h"

#include <ctype.h>
#include <string.h>

void html_text(FILE *file, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        case '\'':
            fputs("&#39;", file);
            break;
        default:
            fputc(*text, file);
            break;
        }
    }
}

void markdown_text(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (strchr("|\\[]`", *text) ||
            (*text == '<' && (isalpha((unsigned char)text[1]) || strchr("/!?", text[1]))))
            fputc('\\', file);
        fputc(*text == '\n' ? ' ' : *text, file);
    }
}

void json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        if (strchr("\"\\", *text))
            fprintf(file, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(file, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, file);
    }
    fputc('"', file);
}
