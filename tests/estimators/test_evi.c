/* What evi has beyond logits: inputs crossed with p, and hidden layers of a head that are held against those
 * of its teacher. Values and gradients in every parameter, against plain double code and finite differences.
 */
#include "tests/support/toy_bench.h"

enum {
    LAYERS = 2,
    FIELDS = 2,
    WIDTH = 4,
    INPUTS = FIELDS * WIDTH + 2,
    MOST_ROWS = 20,
    MOST = 1024,
    NETS = 2
};

/* All that evi learns: the dense parameters of its nets, and the embeddings of the first. */
typedef struct Parameters {
    double dense[NETS][MOST], table[FIELDS][MOST_ROWS][WIDTH];
} Parameters;

static void set(Bench *b, const char *key, double value)
{
    const Estimator *e = b->method.estimator;
    int k = 0;
    while (e->constant[k].key && strcmp(e->constant[k].key, key) != 0)
        k++;
    assert_non_null(e->constant[k].key);
    b->options.constant[k] = value;
}

static double value_of(const Bench *b, const char *key)
{
    const Estimator *e = b->method.estimator;
    int k = 0;
    while (strcmp(e->constant[k].key, key) != 0)
        k++;
    return b->options.constant[k];
}

static void parameters_of(const Bench *b, Parameters *w)
{
    const Model *model = b->context.model;
    for (int n = 0; n < NETS; n++) {
        assert_true(model->net[n].floats <= MOST);
        for (size_t i = 0; i < model->net[n].floats; i++)
            w->dense[n][i] = (double)model->net[n].value[i];
    }
    for (int f = 0; f < FIELDS; f++)
        for (uint32_t r = 0; r < model->net[0].table[f].rows; r++)
            for (int c = 0; c < WIDTH; c++)
                w->table[f][r][c] = (double)table_row(&model->net[0].table[f], r)[c];
}

/* The layer at a place, on x. */
static void plain_layer(const Net *net, const Parameters *w, int place, bool relu, const double *x, double *y)
{
    const Weights *matrix = &net->weight[place];
    const double *a = w->dense[net->index] + matrix->offset;
    const double *bias = w->dense[net->index] + net->weight[place + 1].offset;
    for (int j = 0; j < matrix->cols; j++) {
        y[j] = bias[j];
        for (int i = 0; i < matrix->rows; i++)
            y[j] += x[i] * a[i * matrix->cols + j];
        y[j] = relu && y[j] < 0 ? 0 : y[j];
    }
}

typedef struct Tower {
    double hidden[LAYERS][CROSSING * INPUTS], logit;
} Tower;

static Tower plain_tower(const Net *net, const Parameters *w, Head head, const double *x)
{
    Tower t;
    const int first = net->layer_zero[head];
    plain_layer(net, w, first, true, x, t.hidden[0]);
    plain_layer(net, w, first + 2, true, t.hidden[0], t.hidden[1]);
    plain_layer(net, w, first + 4, false, t.hidden[1], &t.logit);
    return t;
}

static double plain_bce(double z, double y)
{
    return log1p(exp(-fabs(z))) + fmax(z, 0) - y * z;
}

/* The mean over the columns of layer `back` of a row. */
static double plain_distance(const Bench *b, const Parameters *w, const Tower *student, const Tower *teacher,
                             int back)
{
    const Net *net = &b->context.model->net[0];
    const int place = net->maps + 3 * back, width = net->weight[place].cols;
    const double *column = w->dense[0] + net->weight[place + 2].offset;
    double mapped_to[INPUTS], total = 0;
    plain_layer(net, w, place, false, student->hidden[LAYERS - 1 - back], mapped_to);
    for (int j = 0; j < width; j++) {
        const double a = value_of(b, "learned_variance") == 1 ? column[j] : 0;
        const double variance = log1p(exp(5 + a)) + 1e-3;
        const double apart = teacher->hidden[LAYERS - 1 - back][j] - mapped_to[j];
        total += (log(variance) + apart * apart / variance) / 2 / width;
    }
    return total;
}

/* The loss of the teacher and the distance of layers; p is that of `held`. */
static double plain_loss(const Bench *b, const Parameters *w, const Parameters *held)
{
    const Block *block = sampler_block(b->sampler, D);
    const Log *log = block->log;
    const Net *net = b->context.model->net;
    double total = 0, rows = 0;
    for (int k = 0; k < block->rows; k++) {
        const uint32_t row = block->row[k];
        const double weight = block->weight ? (double)block->weight[k] : 1;
        double x[NETS][INPUTS], crossing[CROSSING], crossed[CROSSING * INPUTS];
        const Parameters *of[NETS] = {w, held};
        for (int n = 0; n < NETS; n++) {
            for (int f = 0; f < FIELDS; f++)
                for (int c = 0; c < WIDTH; c++)
                    x[n][f * WIDTH + c] = of[n]->table[f][log->x.id[row * FIELDS + (uint32_t)f]][c];
            for (int c = 0; c < 2; c++)
                x[n][FIELDS * WIDTH + c] = (double)log->x.dense[2 * row + (uint32_t)c];
        }
        const double p = toy_logistic(plain_tower(net, held, CTR, x[1]).logit);
        plain_layer(&net[1], w, net[1].crossing, false, &p, crossing);
        for (int i = 0; i < INPUTS; i++)
            for (int j = 0; j < CROSSING; j++)
                crossed[i * CROSSING + j] = x[0][i] * crossing[j];
        const Tower student = plain_tower(net, w, CVR, x[0]),
                    teacher = plain_tower(&net[1], w, IMPUTATION, crossed);
        const bool counts = value_of(b, "teacher_on_clicks") == 0 || log->click[row];
        double term =
            counts ? value_of(b, "teacher_weight") * plain_bce(teacher.logit, log->conversion[row]) : 0;
        for (int back = 0; back < LAYERS; back++)
            term += value_of(b, "information_weight") * plain_distance(b, w, &student, &teacher, back);
        total += weight * term;
        rows += weight;
    }
    return total / rows;
}

/* The loss, and its gradient in all parameters. */
static double taped_loss(Bench *b, Parameters *slope)
{
    static Pass pass;
    Model *model = b->context.model;
    tape_reset(b->context.tape);
    model_move(model, MOVE_ALL);
    pass_start(&pass, &b->context, b->sampler);
    Var loss = b->method.estimator->phase[0].loss(&pass);
    tape_backward(b->context.tape, loss);
    *slope = (Parameters){0};
    for (int n = 0; n < NETS; n++)
        for (size_t i = 0; i < model->net[n].floats; i++)
            slope->dense[n][i] = (double)model->net[n].grad[i];
    for (int f = 0; f < FIELDS; f++) {
        Table *table = &model->net[0].table[f];
        for (uint32_t r = 0; r < table->rows; r++)
            for (int c = 0; c < WIDTH; c++)
                slope->table[f][r][c] = (double)table_gradient(table, r)[c];
        table->count = 0; /* forgets them */
    }
    return (double)loss->value[0];
}

/* As in test_disentangled.c: losses and slopes are good to some 1e-6 of the loss. */
static const double BOUND = 1e-5;

static void check_loss(Bench *b, const char *what)
{
    static Parameters w, held, slope;
    parameters_of(b, &w);
    held = w;
    const double got = taped_loss(b, &slope), want = plain_loss(b, &w, &held), step = 1e-6;
    if (!(fabs(got - want) <= BOUND * (1 + fabs(want))))
        fail_msg("%s: loss %.9g, expected %.9g", what, got, want);
    double *at = (double *)&w, *of = (double *)&slope, largest[3] = {0};
    for (size_t i = 0; i < sizeof w / sizeof *at; i++) {
        const double kept = at[i];
        at[i] = kept + step;
        const double above_it = plain_loss(b, &w, &held);
        at[i] = kept - step;
        const double expected = (above_it - plain_loss(b, &w, &held)) / (2 * step);
        at[i] = kept;
        const size_t part = i / MOST < NETS ? i / MOST : NETS;
        largest[part] = fmax(largest[part], fabs(expected));
        if (!(fabs(of[i] - expected) <= BOUND * (1 + fabs(want))))
            fail_msg("%s: slope of parameter %zu is %.9g, expected %.9g", what, i, of[i], expected);
    }
    /* the nets and the embeddings; without the distance of layers the first has no part */
    assert_true(largest[1] > 1e-3 && largest[2] > 1e-4);
    assert_true((largest[0] > 1e-3) == (value_of(b, "information_weight") != 0));
}

/* Distances alone, with both forms of the variance; then the teacher's loss, of both kinds. */
static void losses_are_those_of_plain_code(void **state)
{
    Toy *t = *state;
    static float weight[TOY_ROWS];
    for (int i = 0; i < TOY_ROWS; i++)
        weight[i] = (float)(1 + i % 3);
    for (int kind = 0; kind < 8; kind++) {
        char what[64];
        Bench b;
        t->log.weight = kind & 1 ? weight : NULL;
        bench_open(&b, t, "towers+evi", DRAW_EXPOSURES);
        set(&b, "click_weight", 0);
        set(&b, "risk_weight", 0);
        set(&b, "ctcvr_weight", 0);
        set(&b, kind & 2 ? "information_weight" : "teacher_weight", 0);
        set(&b, "learned_variance", kind & 4 ? 1 : 0);
        set(&b, "teacher_on_clicks", kind & 4 ? 1 : 0);
        snprintf(what, sizeof what, "case %d", kind);
        check_loss(&b, what);
        bench_close(&b);
    }
    t->log.weight = NULL;
}

/* The last layer on the last hidden one is the logit; over clicks a hidden layer is a part of that of the
 * batch. What a backbone does between layers is its own: where it does nothing, a layer on one hidden layer
 * is the next. */
static void check_hidden(Bench *b, const Net *net, Head head, bool plain)
{
    static Pass pass;
    Net *of = model_net(b->context.model, head);
    assert_ptr_equal(of, net);
    tape_reset(b->context.tape);
    model_move(b->context.model, MOVE_NOTHING);
    pass_start(&pass, &b->context, b->sampler);
    Var z = logit(&pass, head, D), last = hidden_layer(&pass, head, D, 0),
        before = hidden_layer(&pass, head, D, 1);
    if (!strcmp(b->method.backbone->name, "mf")) {
        assert_null(last);
        return;
    }
    assert_true(last->cols == b->options.model.width[1] && before->cols == b->options.model.width[0]);
    assert_null(hidden_layer(&pass, head, D, LAYERS));
    Var again = net_linear(of, last, of->layer_zero[head] + 2 * LAYERS, false);
    assert_memory_equal(again->value, z->value, (size_t)z->rows * sizeof *z->value);
    if (plain) {
        again = net_linear(of, before, of->layer_zero[head] + 2 * (LAYERS - 1), true);
        assert_memory_equal(again->value, last->value, (size_t)(last->rows * last->cols) * sizeof *z->value);
    }
    const Block *clicked = sampler_block(b->sampler, O);
    Var seen = hidden_layer(&pass, head, O, 0);
    assert_true(seen->rows == clicked->rows && seen->rows > 0);
    assert_ptr_equal(seen->value, last->value + clicked->first * last->cols);
}

static void hidden_layers_lead_to_the_logit(void **state)
{
    for (const Backbone *const *backbone = backbone_table; *backbone; backbone++) {
        char name[64];
        Bench b;
        snprintf(name, sizeof name, "%s+evi", (*backbone)->name);
        bench_open(&b, *state, name, DRAW_EXPOSURES);
        const bool stitched = !strcmp((*backbone)->name, "cross_stitch"),
                   attends = !strcmp((*backbone)->name, "aitm");
        check_hidden(&b, &b.context.model->net[0], CVR, !stitched && !attends);
        check_hidden(&b, &b.context.model->net[1], IMPUTATION, true);
        bench_close(&b);
    }
}

/* The label of the teacher's head is t. */
static void the_teacher_starts_at_the_rate_of_its_label(void **state)
{
    const Toy *t = *state;
    double converted = 0;
    Bench b;
    for (int i = 0; i < TOY_ROWS; i++)
        converted += t->log.conversion[i];
    bench_open(&b, t, "evi", DRAW_EXPOSURES);
    model_start_at_rates(b.context.model, &t->log);
    const double want = log((converted + 0.5) / (TOY_ROWS - converted + 0.5));
    assert_true(fabs((double)b.context.model->prior[IMPUTATION] - want) < 1e-6);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_those_of_plain_code),
        cmocka_unit_test(hidden_layers_lead_to_the_logit),
        cmocka_unit_test(the_teacher_starts_at_the_rate_of_its_label),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
