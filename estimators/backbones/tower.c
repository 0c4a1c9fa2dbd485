/* Building and applying multilayer perceptrons, and what is to be known of a head: its name, its place, its
 * start. */
#include "estimators/backbones/tower.h"

#include "estimators/core/pass.h"

const char *head_name(Head head)
{
    static const char *const name[HEADS] = {
        [CTR] = "ctr",
        [CVR] = "cvr",
        [IMPUTATION] = "imputation",
        [COUNTERFACTUAL] = "counterfactual",
        [RESIDUAL_P] = "residual_p",
        [RESIDUAL_E] = "residual_e",
        [WEIGHT] = "weight",
        [WEIGHT_ALL] = "weight_all",
        [DISCRIMINATOR] = "discriminator",
        [ACTION] = "action",
        [BUY_AFTER_ACTION] = "buy_after_action",
        [BUY_OTHERWISE] = "buy_otherwise",
        [CLICK_OFFSET] = "click_offset",
        [SECOND_CTR] = "second_ctr",
        [SECOND_IMPUTATION] = "second_imputation",
        [DELAYED_POSITIVE] = "delayed_positive",
        [REAL_NEGATIVE] = "real_negative",
        [DELAY_RATE] = "delay_rate",
        [SEEN_BY_NOW] = "seen_by_now",
        [CVR_BEFORE] = "cvr_before",
        [EARLY_POSITIVE] = "early_positive",
    };
    return name[head];
}

int head_count(const Net *net)
{
    return __builtin_popcount(net->heads);
}

int head_rank(const Net *net, Head head)
{
    return __builtin_popcount(net->heads & (HEAD(head) - 1));
}

bool is_twin(const Net *net, Head head)
{
    const unsigned both = HEAD(CVR) | HEAD(COUNTERFACTUAL);
    return head == COUNTERFACTUAL && (net->heads & both) == both && net->options->layers > 0;
}

bool starts_at_zero(Head head)
{
    return head == RESIDUAL_P || head == RESIDUAL_E || head == WEIGHT || head == WEIGHT_ALL;
}

/* Of embeddings and dense columns. */
static int feature_width(const Net *net)
{
    const Omission *omission = net->omission;
    int width = omission->any ? dense_width(net->schema, &omission->read) : net->schema->dense;
    for (int f = 0; f < net->schema->categorical; f++)
        width += net->table[f].width;
    return width;
}

Status tower_embeddings(Net *net, int *inputs, Message *message)
{
    int width = net->crossed ? 0 : net->options->embedding;
    for (int f = 0; f < net->schema->categorical; f++) {
        Status status = net_table(net, f, width, width, message);
        if (status)
            return status;
    }
    *inputs = net->crossed ? CROSSING * feature_width(net->crossed) : feature_width(net);
    *inputs += net->sees_elapsed;
    return STATUS_OK;
}

void tower_build(Net *net, Head head, int inputs, int from)
{
    const ModelOptions *o = net->options;
    for (int l = from; l <= o->layers; l++) {
        int outputs = l < o->layers ? o->width[l] : 1;
        int place =
            net_layer(net, inputs, outputs, starts_at_zero(head) && l == o->layers, head_name(head), l);
        if (l == from)
            net->layer_zero[head] = place - 2 * from;
        inputs = outputs;
    }
}

Var tower_apply(Net *net, Pass *pass, Head head, Space space, Var x, int from)
{
    int layers = net->options->layers;
    for (int l = from; l <= layers; l++) {
        if (l > 0)
            pass_keep_hidden(pass, head, space, l - 1, x);
        x = net_linear(net, x, net->layer_zero[head] + 2 * l, l < layers);
    }
    return x;
}
