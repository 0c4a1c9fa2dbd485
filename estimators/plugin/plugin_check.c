/* What a plug-in of cvrlab_plugin.h says of itself, and what both kinds have in common: names and options. */
#include "estimators/plugin/plugin_internal.h"

#include "sim/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

static_assert(CVRLAB_OPTIONS == MAX_CONSTANTS, "the installed header promises what the program has room for");

/* The descriptor as it was when the interface got its number; plug-ins of then have no more. */
static const size_t first_size = offsetof(CvrlabPlugin, destroy) + sizeof((CvrlabPlugin *)NULL)->destroy;

bool is_identifier(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++)
        if (length == WORD_SIZE - 1 || !(isalnum((unsigned char)text[length]) || text[length] == '_'))
            return false;
    return length > 0;
}

Status plugin_add_option(Plugin *plugin, int place, const Constant *option, Message *message)
{
    char key[SHOWN_TEXT];
    if (place == MAX_CONSTANTS)
        return fail(message, STATUS_USAGE, "%s: has more than %d options", plugin->path, MAX_CONSTANTS);
    shown(option->key, key);
    if (!is_identifier(option->key))
        return fail(message, STATUS_USAGE, "%s: option '%s': expected letters, digits and _", plugin->path,
                    key);
    for (int k = 0; k < place; k++)
        if (!strcmp(plugin->option[k].key, option->key))
            return fail(message, STATUS_USAGE, "%s: option '%s' is there twice", plugin->path, key);
    if (!isfinite(option->low) || !isfinite(option->high) ||
        !(option->low <= option->value && option->value <= option->high))
        return fail(
            message, STATUS_USAGE,
            "%s: option '%s': its default %g is outside of its range from %g to %g, or that is not finite",
            plugin->path, key, option->value, option->low, option->high);
    if (!option->meaning || !is_printable(option->meaning))
        return fail(message, STATUS_USAGE, "%s: option '%s': expected a line of what it means", plugin->path,
                    key);
    plugin->option[place] = *option;
    return STATUS_OK;
}

static Status take_options(Plugin *plugin, const CvrlabOption *option, Message *message)
{
    Status status = STATUS_OK;
    for (int k = 0; !status && option && option[k].key; k++)
        status = plugin_add_option(
            plugin, k,
            &(Constant){option[k].key, option[k].value, option[k].low, option[k].high, option[k].meaning},
            message);
    return status;
}

/* The bits of the interface are its own. */
static Status take_flags(Plugin *plugin, Message *message)
{
    static const struct {
        unsigned flag;
        Needs need;
    } table[] = {
        {CVRLAB_NEEDS_UNBIASED, NEEDS_UNBIASED}, {CVRLAB_NEEDS_BEHAVIOUR, NEEDS_BEHAVIOUR},
        {CVRLAB_NEEDS_STREAM, NEEDS_STREAM},     {CVRLAB_NEEDS_PROPENSITY, NEEDS_PROPENSITY},
        {CVRLAB_SERIAL, NEEDS_NOTHING},
    };
    unsigned unknown = plugin->calls.flags;
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        if (plugin->calls.flags & table[k].flag)
            plugin->needs |= table[k].need;
        unknown &= ~table[k].flag;
    }
    if (unknown)
        return fail(message, STATUS_USAGE, "%s: sets flags that this cvrlab does not know: %#x", plugin->path,
                    unknown);
    return STATUS_OK;
}

static Status check_texts(const Plugin *plugin, Message *message)
{
    const CvrlabPlugin *calls = &plugin->calls;
    const struct {
        const char *name, *text;
    } texts[] = {{"name", calls->name},
                 {"version", calls->version},
                 {"summary", calls->summary},
                 {"cite", calls->cite}};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        if (!texts[k].text || !is_printable(texts[k].text))
            return fail(message, STATUS_USAGE, "%s: its %s is %s; expected a line of text", plugin->path,
                        texts[k].name, texts[k].text ? "not one line of UTF-8" : "NULL");
    char name[SHOWN_TEXT];
    if (!is_identifier(calls->name))
        return fail(message, STATUS_USAGE, "%s: its name is '%s'; expected letters, digits and _",
                    plugin->path, shown(calls->name, name));
    return STATUS_OK;
}

Status plugin_take_calls(Plugin *plugin, const CvrlabPlugin *found, Message *message)
{
    CvrlabPlugin *calls = &plugin->calls;
    if (!found)
        return fail(message, STATUS_USAGE, "%s: cvrlab_plugin() has nothing for a host of ABI %u",
                    plugin->path, CVRLAB_PLUGIN_ABI);
    /* In this order: what is not of this ABI may be of another size. */
    if (found->abi != CVRLAB_PLUGIN_ABI)
        return fail(message, STATUS_USAGE, "%s: is of plug-in ABI %u, this cvrlab of %u: compile it again",
                    plugin->path, found->abi, CVRLAB_PLUGIN_ABI);
    if (found->size < first_size)
        return fail(message, STATUS_USAGE, "%s: its descriptor has %u bytes; expected at least %zu",
                    plugin->path, found->size, first_size);
    memcpy(calls, found, found->size < sizeof *calls ? found->size : sizeof *calls);
    if (!calls->fit || !calls->predict)
        return fail(message, STATUS_USAGE, "%s: has no function %s", plugin->path,
                    calls->fit ? "predict" : "fit");
    Status status = check_texts(plugin, message);
    if (!status)
        status = take_flags(plugin, message);
    if (!status)
        status = take_options(plugin, calls->option, message);
    return status;
}
