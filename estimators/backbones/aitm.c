/* Adaptive information transfer multi-task. Xi, Chen, Yan, Zhang, Zhu, Zhuang and Chen, KDD 2021.
 * Tasks in the order of a purchase: click, then a post-click action if the net has that head, then every
 * other head. A task's tower without its last layer gives its feature q. Each later task takes what the task
 * before it transfers, p = max(0, z_before W + b), and attends over the two tokens p and q: z = sum over u in
 * {p, q} of w_u v(u), w = softmax of <k(u), q(u)> / sqrt(d), with linear maps k, q, v; the tower's last layer
 * turns z into the logit. The first task has z = q. */
#include "estimators/backbones/tower.h"
#include "estimators/core/pass.h"

/* A head's layers are those of its tower, then these two. */
enum { TRANSFER = MAX_LAYERS + 1, TOKENS };

static int transfer_place(const Net *net, Head head)
{
    return net->layer_zero[head] + 2 * (net->options->layers + 1);
}

static int tokens_place(const Net *net, Head head)
{
    return transfer_place(net, head) + 2;
}

/* HEADS where a task is the first. */
static Head task_before(const Net *net, Head head)
{
    if (head != CTR && head != ACTION && (net->heads & HEAD(ACTION)))
        return ACTION;
    return head != CTR && (net->heads & HEAD(CTR)) ? CTR : HEADS;
}

static Status build(Net *net, Message *message)
{
    int inputs, layers = net->options->layers;
    if (layers < 1)
        return fail(message, STATUS_USAGE,
                    "backbone aitm: model.layers has no layer for a task's feature; expected at least one");
    Status status = tower_embeddings(net, &inputs, message);
    if (status)
        return status;
    int width = net->options->width[layers - 1];
    for (Head h = 0; h < HEADS; h++) {
        if (!(net->heads & HEAD(h)))
            continue;
        tower_build(net, h, inputs, 0);
        if (task_before(net, h) == HEADS)
            continue;
        net_layer(net, width, width, false, head_name(h), TRANSFER);
        net_layer(net, width, 3 * width, false, head_name(h), TOKENS);
    }
    return STATUS_OK;
}

static Var feature(Net *net, Pass *pass, Head head, Space space);

static Var click_feature(Net *net, Pass *pass, Space space)
{
    return feature(net, pass, CTR, space);
}

static Var action_feature(Net *net, Pass *pass, Space space)
{
    return feature(net, pass, ACTION, space);
}

/* z of the task before, which several tasks may follow. */
static Var feature_before(Net *net, Pass *pass, Head before, Space space)
{
    return before == CTR ? pass_shared(pass, net, SHARED_TRUNK, space, click_feature)
                         : pass_shared(pass, net, SHARED_SECOND, space, action_feature);
}

/* z of a task. */
static Var feature(Net *net, Pass *pass, Head head, Space space)
{
    Head before = task_before(net, head);
    Var q = pass_input(pass, net, space);
    if (before == HEADS) /* reversed heads stand alone in the chain */
        q = pass_reversed(pass, q);
    for (int l = 0; l < net->options->layers; l++) {
        q = net_linear(net, q, net->layer_zero[head] + 2 * l, true);
        pass_keep_hidden(pass, head, space, l, q);
    }
    if (before == HEADS)
        return q;
    Var p = net_linear(net, feature_before(net, pass, before, space), transfer_place(net, head), true);
    return attend(net_linear(net, p, tokens_place(net, head), false),
                  net_linear(net, q, tokens_place(net, head), false));
}

static Var aitm_logit(Net *net, Pass *pass, Head head, Space space)
{
    Var z = head == CTR || head == ACTION ? feature_before(net, pass, head, space)
                                          : feature(net, pass, head, space);
    return tower_apply(net, pass, head, space, z, net->options->layers);
}

const Backbone aitm_backbone = {
    .name = "aitm",
    .summary = "a tower a head; each task attends over its own feature and that of the task before it",
    .build = build,
    .logit = aitm_logit,
};
