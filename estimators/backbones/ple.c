/* Progressive layered extraction. Tang, Liu, Zhao and Gong, RecSys 2020, eq. 5-7: model.levels layers of
 * customized gate control. A level has experts of each task and shared ones; a task's gate mixes its own and
 * the shared ones, the shared gate mixes all, and the last level has no shared gate. A gate and the experts
 * of its group read what the group's gate mixed on the level below, the features on the first. Each group has
 * half of model.experts, rounded up: a task's gate chooses among as many as in mmoe. */
#include "estimators/backbones/experts.h"
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

/* A group belongs to a head, or to all: it is named by the head, or HEADS, which comes last. */
enum { GROUPS = HEADS + 1 };

_Static_assert(4 * MAX_LEVELS * GROUPS + 2 * (MAX_LAYERS + 1) * HEADS <= MAX_WEIGHTS,
               "room for all matrices");
_Static_assert(2 * MAX_LEVELS * GROUPS <= OWN_SLOTS, "room for all groups");

static int group_experts(const Net *net)
{
    return (net->options->experts + 1) / 2;
}

static bool has_group(const Net *net, Head group)
{
    return group == HEADS || ((net->heads & HEAD(group)) && gated_as(net, group) == group);
}

/* Of the groups before this one. */
static int group_rank(const Net *net, Head group)
{
    int rank = 0;
    for (Head g = 0; g < group; g++)
        rank += has_group(net, g);
    return rank;
}

static int group_count(const Net *net)
{
    return group_rank(net, HEADS) + 1;
}

/* Registered first, level by level and group by group: the experts, and their gate two places on. */
static int group_place(const Net *net, Head group, int level)
{
    return 4 * (level * group_count(net) + group_rank(net, group));
}

static Status build(Net *net, Message *message)
{
    const ModelOptions *o = net->options;
    int inputs, experts = group_experts(net);
    Status status = tower_embeddings(net, &inputs, message);
    if (status)
        return status;
    for (int level = 0; level < o->levels; level++, inputs = o->expert_width)
        for (Head g = 0; g <= HEADS; g++) {
            bool last = g == HEADS && level == o->levels - 1;
            if (has_group(net, g))
                experts_build(net, inputs, experts, g, level);
            if (has_group(net, g) && !last)
                gate_build(net, inputs, experts * (g == HEADS ? group_count(net) : 2), g, level);
        }
    for (Head h = 0; h < HEADS; h++)
        if (net->heads & HEAD(h))
            tower_build(net, h, o->expert_width, 0);
    return STATUS_OK;
}

enum { EXPERTS, MIXED, STAGES };
static Var *slot(Net *net, Pass *pass, Space space, int stage, int level, Head group)
{
    return pass_slot(pass, net, SHARED_OWN + (STAGES * level + stage) * GROUPS + (int)group, space);
}

static Var mixed(Net *net, Pass *pass, Head group, Space space, int level);

static Var group_input(Net *net, Pass *pass, Head group, Space space, int level)
{
    return level ? mixed(net, pass, group, space, level - 1) : pass_input(pass, net, space);
}

static Var experts_of(Net *net, Pass *pass, Head group, Space space, int level)
{
    Var *known = slot(net, pass, space, EXPERTS, level, group);
    if (!*known)
        *known = net_linear(net, group_input(net, pass, group, space, level), group_place(net, group, level),
                            true);
    return *known;
}

/* What a group's gate makes of the experts that it sees. */
static Var make_mixed(Net *net, Pass *pass, Head group, Space space, int level)
{
    Var h[GROUPS];
    int groups = 0;
    for (Head g = 0; g <= HEADS; g++)
        if (has_group(net, g) && (g == group || g == HEADS || group == HEADS))
            h[groups++] = experts_of(net, pass, g, space, level);
    Var x = group_input(net, pass, group, space, level);
    return mix(net_linear(net, x, group_place(net, group, level) + 2, false), h, groups);
}

static Var mixed(Net *net, Pass *pass, Head group, Space space, int level)
{
    Var *known = slot(net, pass, space, MIXED, level, group);
    if (!*known)
        *known = make_mixed(net, pass, group, space, level);
    return *known;
}

static Var ple_logit(Net *net, Pass *pass, Head head, Space space)
{
    Var x = mixed(net, pass, gated_as(net, head), space, net->options->levels - 1);
    return tower_apply(net, pass, head, space, pass_reversed(pass, x), 0);
}

const Backbone ple_backbone = {
    .name = "ple",
    .summary = "levels of experts, own and shared, mixed by a gate a head, then a tower a head",
    .build = build,
    .logit = ple_logit,
};
