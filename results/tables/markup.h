/* Text in HTML, markdown and JSON, whatever is in it. */
#pragma once

#include <stdio.h>

/* Writes the text so that it is nothing but text, between tags and in quoted attributes alike. */
void html_text(FILE *file, const char *text);

/* Writes the text on one line, so that it neither ends a cell of a table nor starts a tag. Other marks of
 * markdown are left as they are. */
void markdown_text(FILE *file, const char *text);

/* Writes the text as a string of JSON, with its quotes. */
void json_text(FILE *file, const char *text);
