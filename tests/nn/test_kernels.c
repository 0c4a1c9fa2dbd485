/* Every kernel gives the same bits on all instruction sets that the machine has, whatever the numbers and
 * however many. */
#include "estimators/nn/attention.h"
#include "estimators/nn/elementwise.h"
#include "estimators/nn/lstm.h"
#include "estimators/nn/mixture.h"
#include "sim/base/random.h"
#include "sim/world/quadrature_kernel.h"
#include "sim/world/score_kernel.h"
#include "tests/support/support.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { ARRAYS = 8, ROOM = 4096 };

/* What kernels read and write. */
typedef struct Arena {
    float x[ARRAYS][ROOM];
    double d[ARRAYS][ROOM];
} Arena;

typedef void Work(Arena *a, int n);

static const ElementwiseKernels *e;

#define UNARY(name)                                                                                          \
    static void work_##name(Arena *a, int n)                                                                 \
    {                                                                                                        \
        e->name.forward(n, a->x[0], 0.75F, a->x[1]);                                                         \
        e->name.backward(n, a->x[0], a->x[1], 0.75F, a->x[2], a->x[3]);                                      \
    }
UNARY(sigmoid)
UNARY(softplus)
UNARY(square)
UNARY(absolute)
UNARY(reciprocal)
UNARY(scale)
UNARY(shift)
UNARY(at_most)
UNARY(logarithm)
UNARY(exponential)

#define BINARY(name)                                                                                         \
    static void work_##name(Arena *a, int n)                                                                 \
    {                                                                                                        \
        e->name.forward(n, a->x[0], a->x[1], a->x[2]);                                                       \
        e->name.backward(n, a->x[0], a->x[1], a->x[2], a->x[3], a->x[4], a->x[5]);                           \
    }
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(bce)
BINARY(logit_and)

static void work_above(Arena *a, int n)
{
    e->above(n, a->x[0], 0.25F, a->x[1]);
}

static void work_logit_mix(Arena *a, int n)
{
    e->logit_mix_forward(n, a->x[0], a->x[1], a->x[2], a->x[3]);
    e->logit_mix_backward(n, a->x[0], a->x[1], a->x[2], a->x[3], a->x[4], a->x[5], a->x[6], a->x[7]);
}

static void work_sums(Arena *a, int n)
{
    a->d[0][0] = e->sum_of(n, a->x[0]);
    a->d[0][1] = e->dot_of(n, a->x[0], a->x[1]);
    a->d[0][2] = e->sum_of_exp(n, a->x[2]);
    e->log_softmax_backward(n, a->x[3], a->x[4], a->x[5]);
}

static void work_adam(Arena *a, int n)
{
    const AdamStep step = {.rate = 0.01F, .correction = 1.5F, .l2 = 0.001F};
    const uint32_t row[] = {2, 0, 1};
    for (int i = 0; i < ROOM; i++) /* squares */
        a->x[3][i] = fabsf(a->x[3][i]);
    e->adam_update(n, &step, a->x[0], a->x[1], a->x[2], a->x[3]);
    for (int i = 0; i < ROOM; i++)
        a->x[4][i] = fabsf(a->x[4][i]);
    e->adam_update_rows(3, row, 8 * (1 + n % 5), &step, a->x[0], a->x[4]);
}

static void work_mixture(Arena *a, int n)
{
    const MixtureKernels *m = mixture_kernels();
    const Mixture shape = {.rows = 5, .experts = 3, .width = 1 + n % 70, .stride = 4};
    m->softmax_forward(1 + n % 9, 1 + n % 11, a->x[0], a->x[1]);
    m->softmax_backward(1 + n % 9, 1 + n % 11, a->x[1], a->x[2], a->x[3]);
    m->mixture_forward(&shape, a->x[0], a->x[4], a->x[5]);
    m->mixture_backward(&shape, a->x[0], a->x[4], a->x[5], a->x[6], a->x[7]);
    m->add_scaled(n, 0.3F, a->x[4], a->x[2]);
}

static void work_attention(Arena *a, int n)
{
    int d = 1 + n % 40;
    attention_kernels()->forward(7, d, a->x[0], a->x[1], a->x[2], a->x[3], a->x[4]);
    attention_kernels()->backward(7, d, a->x[0], a->x[1], a->x[2], a->x[3], a->x[5], a->x[6]);
}

static void work_lstm(Arena *a, int n)
{
    int d = 1 + n % 40;
    const float *before = n % 2 ? a->x[7] : NULL;
    lstm_kernels()->step_forward(6, d, before, a->x[0], a->x[1], a->x[2]);
    lstm_kernels()->step_backward(6, d, before, a->x[0], a->x[1], a->x[3], a->x[4], a->x[5]);
}

static void work_world(Arena *a, int n)
{
    const Logits logits = {
        .a = -1, .b = -2, .sigma_o = 1, .sigma_r = 0.5, .gamma_o = 1, .gamma_r = -1, .delta = 0.5};
    ScoreNetwork network = {.inputs = 1 + n % 9, .weight = a->d[0]};
    memcpy(network.bias, a->d[1], sizeof network.bias);
    memcpy(network.output, a->d[2], sizeof network.output);
    score_kernels()->add_network(&network, a->d[3], a->d[4]);
    score_kernels()->add_linear(network.inputs, a->d[0], a->d[3], a->d[5]);
    score_kernels()->add_interaction(1 + n % 4, a->d[3], a->d[5]);
    quadrature_kernels()->click(&logits, 1 + n % 20, a->d[1], a->d[2], a->d[6], a->d[7], a->d[0],
                                a->d[1] + 64, a->d[2] + 64);
    quadrature_kernels()->conversion(&logits, 1 + n % 20, a->d[1], a->d[2], a->d[6], a->d[3]);
}

static const struct {
    const char *name;
    Work *work;
} kernel[] = {
    {"sigmoid", work_sigmoid},
    {"softplus", work_softplus},
    {"square", work_square},
    {"absolute", work_absolute},
    {"reciprocal", work_reciprocal},
    {"scale", work_scale},
    {"shift", work_shift},
    {"at_most", work_at_most},
    {"logarithm", work_logarithm},
    {"exponential", work_exponential},
    {"add", work_add},
    {"sub", work_sub},
    {"mul", work_mul},
    {"div", work_div},
    {"bce", work_bce},
    {"logit_and", work_logit_and},
    {"above", work_above},
    {"logit_mix", work_logit_mix},
    {"sums", work_sums},
    {"adam", work_adam},
    {"mixture", work_mixture},
    {"attention", work_attention},
    {"lstm", work_lstm},
    {"world", work_world},
};

/* Mostly numbers as training has them; some far out, subnormal, 0, infinite or NaN. */
static float draw(gsl_rng *generator, bool wild)
{
    static const float odd[] = {0,        -0.0F,     100, -100,    1e-40F,   -1e-40F,
                                INFINITY, -INFINITY, NAN, 3.4e38F, -3.4e38F, 17};
    if (wild && gsl_rng_uniform(generator) < 0.1)
        return odd[gsl_rng_uniform_int(generator, sizeof odd / sizeof *odd)];
    return (float)gsl_ran_gaussian_ziggurat(generator, 2);
}

static void fill(gsl_rng *generator, bool wild, Arena *a)
{
    for (int k = 0; k < ARRAYS; k++)
        for (int i = 0; i < ROOM; i++) {
            a->x[k][i] = draw(generator, wild);
            a->d[k][i] = (double)draw(generator, false);
        }
}

/* Which NaN comes out of two is the processor's and the compiler's choice. */
static void same_nan(Arena *a)
{
    for (int k = 0; k < ARRAYS; k++)
        for (int i = 0; i < ROOM; i++) {
            a->x[k][i] = isnan(a->x[k][i]) ? NAN : a->x[k][i];
            a->d[k][i] = isnan(a->d[k][i]) ? (double)NAN : a->d[k][i];
        }
}

static void sets_agree(void **state)
{
    (void)state;
    static Arena given, plain, other;
    StreamKey key = {.seed = 7, .setting = ""};
    gsl_rng *generator = stream_open(&key, "kernels");
    assert_non_null(generator);
    for (size_t k = 0; k < sizeof kernel / sizeof *kernel; k++)
        for (int n = 0; n <= 70; n++) {
            fill(generator, n % 2, &given);
            for (int set = 0; set < INSTRUCTION_SETS; set++) {
                if (!instruction_set_choose((InstructionSet)set))
                    continue;
                Arena *a = set == SET_PLAIN ? &plain : &other;
                *a = given;
                e = elementwise_kernels();
                kernel[k].work(a, n);
                same_nan(a);
                if (memcmp(a, &plain, sizeof *a))
                    fail_msg("%s of %d differs on %s", kernel[k].name, n,
                             instruction_set_name((InstructionSet)set));
            }
        }
    gsl_rng_free(generator);
}

/* The machine that tests run on says what it has. */
static void sets_are_told(void **state)
{
    (void)state;
    assert_true(instruction_set_choose(SET_PLAIN));
    assert_int_equal(instruction_set(), SET_PLAIN);
    assert_string_equal(instruction_set_name(SET_AVX512), "avx512");
    if (instruction_set_choose(SET_AVX512))
        assert_true(instruction_set_choose(SET_AVX2)); /* the wider has the narrower */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_agree),
        cmocka_unit_test(sets_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
