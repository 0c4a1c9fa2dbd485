/* The weight step of kb_ips and kb_dr on features that vary: kernels, anchors and imbalances against plain
 * double code that chooses its anchors by itself. */
#include "tests/support/toy_bench.h"

enum { BATCH = 64, COLUMNS = 2 * 4 + 2, ANCHOR_COUNT = 3 };

/* A batch in double: features by row of D and of O, and what else the step looks at. */
typedef struct Batch {
    int rows, clicked;
    double x[BATCH][COLUMNS], x_clicked[BATCH][COLUMNS];
    double w[BATCH], over_p[BATCH], error[BATCH], u[BATCH];
    double bandwidth, gamma, slack;
    bool exponential;
} Batch;

static void bench_set(Bench *b, const char *key, double value)
{
    const Constant *known = b->method.estimator->constant;
    int k = 0;
    while (strcmp(known[k].key, key) != 0)
        assert_non_null(known[++k].key);
    b->options.constant[k] = value;
}

/* With weights of clicks that vary. */
static void vary_weights(Bench *b)
{
    Net *net = model_net(b->context.model, WEIGHT);
    for (size_t i = 0; i < net->floats; i++)
        net->value[i] += 0.3F * sinf((float)i);
}

static void raw_features(const Bench *b, const Block *block, double (*x)[COLUMNS])
{
    const Net *net = model_net(b->context.model, SECOND_IMPUTATION);
    const Features *from = &block->log->x;
    for (int r = 0; r < block->rows; r++) {
        uint32_t row = block->row[r];
        for (int c = 0; c < 8; c++)
            x[r][c] = (double)table_row(&net->table[c / 4], from->id[2 * row + (uint32_t)c / 4])[c % 4];
        for (int c = 0; c < 2; c++)
            x[r][8 + c] = (double)from->dense[2 * row + (uint32_t)c];
    }
}

static void batch_of(Bench *b, Batch *plain)
{
    Pass pass;
    float u[BATCH];
    Sampler *twin;
    const Block *all = sampler_block(b->sampler, D), *clicked = sampler_block(b->sampler, O);
    plain->rows = all->rows;
    plain->clicked = clicked->rows;
    raw_features(b, all, plain->x);
    raw_features(b, clicked, plain->x_clicked);
    for (int c = 0; c < COLUMNS; c++) {
        double low = plain->x[0][c], high = low;
        for (int r = 0; r < plain->rows; r++) {
            low = fmin(low, plain->x[r][c]);
            high = fmax(high, plain->x[r][c]);
        }
        for (int r = 0; r < plain->rows; r++)
            plain->x[r][c] = (plain->x[r][c] - low) / (high - low) / COLUMNS;
        for (int r = 0; r < plain->clicked; r++)
            plain->x_clicked[r][c] = (plain->x_clicked[r][c] - low) / (high - low) / COLUMNS;
    }
    tape_reset(b->context.tape);
    model_move(b->context.model, MOVE_NOTHING);
    pass_start(&pass, &b->context, b->sampler);
    const float *g = logit(&pass, WEIGHT, O)->value, *c = logit(&pass, CVR, O)->value;
    bool imputes = model_net(b->context.model, IMPUTATION);
    const float *m = imputes ? logit(&pass, IMPUTATION, O)->value : NULL;
    for (int r = 0; r < plain->clicked; r++) {
        double z = (double)c[r], label = clicked->log->conversion[clicked->row[r]];
        plain->w[r] = exp((double)g[r]);
        plain->over_p[r] = 1 / fmax((double)b->toy->propensity[clicked->row[r]], 0.05);
        plain->error[r] = log1p(exp(z)) - label * z;
        if (imputes)
            plain->error[r] -= log1p(exp(z)) - toy_logistic((double)m[r]) * z;
    }
    OK(sampler_create(&twin, &b->toy->data, &b->options.train, &toy_key, message));
    sampler_uniform(twin, plain->rows, u);
    sampler_free(twin);
    for (int r = 0; r < plain->rows; r++)
        plain->u[r] = (double)u[r];
}

static double kernel_of(const Batch *b, const double *x, const double *y)
{
    double squares = 0;
    for (int c = 0; c < COLUMNS; c++)
        squares += (x[c] - y[c]) * (x[c] - y[c]);
    return exp(-b->bandwidth * (b->exponential ? sqrt(squares) : squares));
}

/* a x = b by Gauss and Jordan; a is symmetric and positive. */
static void solve(int n, double (*a)[BATCH], double *b)
{
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
            double factor = i == j ? 0 : a[i][j] / a[j][j];
            for (int k = 0; k < n; k++)
                a[i][k] -= factor * a[j][k];
            b[i] -= factor * b[j];
        }
    for (int j = 0; j < n; j++)
        b[j] /= a[j][j];
}

/* What chooses the anchors, a number for each row of D. */
static void scores_of(const Batch *b, int anchors, double *score)
{
    static double a[BATCH][BATCH];
    double trace = 0;
    memset(a, 0, sizeof a);
    for (int i = 0; i < b->rows; i++) {
        score[i] = anchors == 0 ? b->u[i] : 0;
        for (int r = 0; anchors > 0 && r < b->clicked; r++) {
            double k = kernel_of(b, b->x[i], b->x_clicked[r]);
            score[i] += anchors == 1 ? b->w[r] * k / b->clicked : b->over_p[r] * k * b->error[r];
            for (int j = 0; anchors == 2 && j < b->rows; j++)
                a[i][j] += k * b->over_p[r] * kernel_of(b, b->x[j], b->x_clicked[r]);
        }
        for (int j = 0; anchors == 1 && j < b->rows; j++) {
            a[i][j] = kernel_of(b, b->x[i], b->x[j]);
            score[i] -= a[i][j] / b->rows;
        }
        trace += a[i][i];
    }
    for (int i = 0; i < b->rows; i++)
        a[i][i] += 1e-3 * trace / b->rows;
    if (anchors > 0)
        solve(b->rows, a, score);
}

static double plain_balance(const Batch *b, int anchors)
{
    double score[BATCH], loss = 0;
    scores_of(b, anchors, score);
    for (int r = 0; r < b->clicked; r++)
        loss += b->w[r] * log(b->w[r]) / b->clicked;
    for (int j = 0; j < ANCHOR_COUNT; j++) {
        int best = 0;
        double h_clicked = 0, h_all = 0;
        for (int i = 1; i < b->rows; i++)
            best = fabs(score[i]) > fabs(score[best]) ? i : best;
        score[best] = 0;
        for (int r = 0; r < b->clicked; r++)
            h_clicked += b->w[r] * kernel_of(b, b->x[best], b->x_clicked[r]) / b->clicked;
        for (int r = 0; r < b->rows; r++)
            h_all += kernel_of(b, b->x[best], b->x[r]) / b->rows;
        loss += b->gamma * (fmax(h_all - h_clicked - b->slack, 0) + fmax(h_clicked - h_all - b->slack, 0));
    }
    return loss;
}

/* The loss is of order 1, and good to some 64 operations of 16 roundings of float. Returns its imbalance. */
static double check_balance(const Toy *t, const char *name, Draw draw, int anchors, bool exponential)
{
    Bench b;
    static Batch plain;
    Pass pass;
    plain =
        (Batch){.bandwidth = exponential ? 10 : 100, .gamma = 2, .slack = 0.01, .exponential = exponential};
    bench_open(&b, t, name, draw);
    vary_weights(&b);
    bench_set(&b, "anchors", anchors);
    bench_set(&b, "exponential", exponential);
    bench_set(&b, "bandwidth", plain.bandwidth);
    bench_set(&b, "gamma", plain.gamma);
    bench_set(&b, "slack", plain.slack);
    batch_of(&b, &plain);
    double want = plain_balance(&plain, anchors);
    tape_reset(b.context.tape);
    model_move(b.context.model, 1 << 1);
    pass_start(&pass, &b.context, b.sampler);
    double got = (double)b.method.estimator->phase[1].loss(&pass)->value[0];
    if (fabs(got - want) > 64 * 16 * (double)FLT_EPSILON * (1 + fabs(want)))
        fail_msg("%s, anchors %d, exponential %d: %.9g, expected %.9g", name, anchors, exponential, got,
                 want);
    double entropy = 0;
    for (int r = 0; r < plain.clicked; r++)
        entropy += plain.w[r] * log(plain.w[r]) / plain.clicked;
    bench_close(&b);
    return want - entropy;
}

static void weights_balance_the_functions_of_the_formula(void **state)
{
    static const char *const name[] = {"kb_ips", "kb_dr"};
    int out_of_balance = 0;
    for (int k = 0; k < 2; k++)
        for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++)
            for (int anchors = 0; anchors <= 2; anchors++)
                for (int exponential = 0; exponential <= 1; exponential++)
                    out_of_balance += check_balance(*state, name[k], draw, anchors, exponential) > 0.01;
    assert_true(out_of_balance >= 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_balance_the_functions_of_the_formula),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
