/* What a native estimator in a library says of itself. estimators/core trusts the descriptors of the program,
 * which tests hold to the same rules; those of a library are checked here. */
#include "estimators/plugin/plugin_internal.h"

#include "cvrlab_stamp.h"

#include "sim/base/text.h"

#include <string.h>

static Status wrong(const Plugin *plugin, const char *what, Message *message)
{
    return fail(message, STATUS_USAGE, "%s: estimator %s: %s", plugin->path, plugin->estimator->name, what);
}

static Status check_texts(const Plugin *plugin, Message *message)
{
    const Estimator *e = plugin->estimator;
    char name[SHOWN_TEXT];
    if (!e->name || !is_identifier(e->name))
        return fail(message, STATUS_USAGE, "%s: its name is '%s'; expected letters, digits and _",
                    plugin->path, e->name ? shown(e->name, name) : "");
    if (!e->summary || !is_printable(e->summary) || !e->cite || !is_printable(e->cite))
        return wrong(plugin, "expected a line of summary, and one of cite", message);
    if (e->differs && !is_printable(e->differs))
        return wrong(plugin, "expected a line of what differs", message);
    if (e->family < FAMILY_CLICK_SPACE || e->family >= FAMILIES)
        return wrong(plugin, "its family is none of enum Family", message);
    if (e->source < READ_ACCOUNT || e->source > READ_MEMORY)
        return wrong(plugin, "its source is none of enum SourceKind", message);
    if (e->backbone && !backbone_find(e->backbone))
        return fail(message, STATUS_USAGE, "%s: estimator %s: unknown backbone '%s'", plugin->path, e->name,
                    shown(e->backbone, name));
    return STATUS_OK;
}

static Status take_constants(Plugin *plugin, Message *message)
{
    const Constant *constant = plugin->estimator->constant;
    Status status = STATUS_OK;
    for (int k = 0; !status && constant && constant[k].key; k++)
        status = plugin_add_option(plugin, k, &constant[k], message);
    return status;
}

static bool has_constant(const Plugin *plugin, const char *key)
{
    for (const Constant *option = plugin->option; option->key; option++)
        if (!strcmp(option->key, key))
            return true;
    return false;
}

static int net_count(const Estimator *e)
{
    int nets = 0;
    while (nets < MAX_NETS && e->net[nets])
        nets++;
    return nets;
}

static Status check_nets(const Plugin *plugin, Message *message)
{
    const Estimator *e = plugin->estimator;
    unsigned heads = 0;
    const int nets = net_count(e);
    for (int k = 0; k < nets; k++) {
        if (e->net[k] >= HEAD(HEADS))
            return wrong(plugin, "a net has heads that are not in enum Head", message);
        if (heads & e->net[k])
            return wrong(plugin, "two nets have the same head", message);
        if (e->own[k] && (!e->own[k]->build || !e->own[k]->logit || !e->own[k]->name))
            return wrong(plugin, "a backbone of its own lacks its name, build or logit", message);
        heads |= e->net[k];
    }
    if (nets < (e->double_learning ? 2 : 1))
        return wrong(plugin, e->double_learning ? "double learning wants two nets" : "has no net", message);
    if (!(heads & HEAD(CVR)) && !e->predict)
        return wrong(plugin, "has neither a CVR head nor a function that predicts", message);
    if (e->crossed & 1 || e->crossed >= 1U << nets || (e->crossed && !(e->net[0] & HEAD(CTR))))
        return wrong(plugin, "a net is crossed that does not come after one with a CTR head", message);
    if (e->maps < 0 || e->maps > MAX_LAYERS)
        return wrong(plugin, "has maps of more hidden layers than there can be", message);
    return STATUS_OK;
}

static Status check_phase(const Plugin *plugin, const Phase *phase, Message *message)
{
    const int nets = net_count(plugin->estimator);
    int options = 0;
    while (plugin->option[options].key)
        options++;
    if (phase->moves >= 1U << nets)
        return wrong(plugin, "a phase moves a net that is not there", message);
    if (phase->stage != 0 && phase->stage != 1)
        return wrong(plugin, "a phase is in a stage that is neither 0 nor 1", message);
    if ((phase->only && !has_constant(plugin, phase->only)) ||
        (phase->rate && !has_constant(plugin, phase->rate)))
        return wrong(plugin, "a phase goes by a constant that is not there", message);
    const Lookahead *lookahead = phase->lookahead;
    if (lookahead &&
        (!lookahead->step || !lookahead->risk || lookahead->rate < 0 || lookahead->rate >= options))
        return wrong(plugin, "a look-ahead lacks its step, its risk or the constant of its rate", message);
    return STATUS_OK;
}

static Status check_phases(const Plugin *plugin, Message *message)
{
    const Estimator *e = plugin->estimator;
    Status status = STATUS_OK;
    int phases = 0;
    while (phases < MAX_PHASES && e->phase[phases].loss)
        phases++;
    if (!phases || phases == MAX_PHASES)
        return wrong(plugin, "has no phase with a loss, or too many", message);
    for (int k = 0; !status && k < phases; k++)
        status = check_phase(plugin, &e->phase[k], message);
    const char *const named[] = {e->teacher, e->last_steps, e->double_learning, e->from_memory};
    for (size_t k = 0; !status && k < sizeof named / sizeof *named; k++)
        if (named[k] && !has_constant(plugin, named[k]))
            status = wrong(plugin, "its descriptor names a constant that is not there", message);
    return status;
}

Status plugin_take_estimator(Plugin *plugin, const NativeEstimator *found, Message *message)
{
    if (!found->headers || strcmp(found->headers, CVRLAB_HEADERS) != 0) {
        char headers[SHOWN_TEXT];
        return fail(message, STATUS_USAGE,
                    "%s: compiled against cvrlab %s, this is cvrlab %s: compile it again", plugin->path,
                    found->headers ? shown(found->headers, headers) : "of unknown version", CVRLAB_HEADERS);
    }
    plugin->estimator = found->estimator;
    plugin->needs = found->estimator->needs;
    Status status = check_texts(plugin, message);
    if (!status && (plugin->needs & ~(unsigned)(NEEDS_UNBIASED | NEEDS_BEHAVIOUR | NEEDS_STREAM |
                                                NEEDS_PROPENSITY | NEEDS_DELAYS)))
        status = wrong(plugin, "its needs are not of enum Needs", message);
    if (!status && found->estimator->stream && !(plugin->needs & NEEDS_DELAYS))
        status = wrong(plugin, "it has a stream, and its needs do not name delays", message);
    if (!status)
        status = take_constants(plugin, message);
    if (!status)
        status = check_nets(plugin, message);
    if (!status)
        status = check_phases(plugin, message);
    return status;
}
