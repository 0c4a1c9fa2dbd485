/* The type of data.source: "simulated", or the name of a layout. It is apart from the choices because its
 * words are the table of layouts, so that a new layout can be named without a list here. */
#include "experiments/spec/fields.h"

#include <stdio.h>
#include <string.h>

static const char simulated[] = "simulated";

static bool source_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    const Layout *layout = layout_find(text);
    if (!layout && strcmp(text, simulated) != 0)
        return false;
    *(const Layout **)(void *)((char *)base + field->offset) = layout;
    return true;
}

static void source_print(const Field *field, const void *base, char *text)
{
    const Layout *layout = *(const Layout *const *)(const void *)((const char *)base + field->offset);
    snprintf(text, LIST_TEXT, "%s", layout ? layout_name(layout) : simulated);
}

static void source_range(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    size_t used = (size_t)snprintf(text, EXPECTED_TEXT, "%s", simulated);
    for (const Layout *const *layout = layout_table; *layout && used < EXPECTED_TEXT; layout++)
        used += (size_t)snprintf(text + used, EXPECTED_TEXT - used, ", %s", layout_name(*layout));
}

static void source_expect(const Field *field, char text[EXPECTED_TEXT])
{
    char words[EXPECTED_TEXT];
    source_range(field, words);
    snprintf(text, EXPECTED_TEXT, "one of %.200s", words);
}

const FieldType source_type = {"choice", source_parse, source_print, source_expect, source_range};
