/* The tape: its memory, which nodes get a gradient, views, and steps that are too large for it. */
#include "estimators/nn/ops.h"

#include "tests/support/support.h"

#include <math.h>

/* A fresh tape for each test. */
static int setup(void **state)
{
    Tape *tape;
    OK(tape_create(&tape, message));
    *state = tape;
    return 0;
}

static int teardown(void **state)
{
    tape_free(*state);
    return 0;
}

static void memory_is_aligned_and_apart(void **state)
{
    Tape *tape = *state;
    static const size_t bytes[] = {1, 64, 65, 3, 4096, 0, 200};
    enum { N = sizeof bytes / sizeof *bytes };
    unsigned char *block[N];
    for (size_t k = 0; k < N; k++) {
        block[k] = tape_bytes(tape, bytes[k]);
        assert_int_equal((uintptr_t)block[k] % 64, 0);
        memset(block[k], (int)k, bytes[k]);
    }
    for (size_t k = 0; k < N; k++)
        for (size_t i = 0; i < bytes[k]; i++)
            assert_int_equal(block[k][i], k);
    float *x = tape_floats(tape, 5);
    assert_ptr_equal(tape_floats(tape, 1), x + 16); /* 5 floats take one line of 64 bytes */
}

static void reset_reuses_the_memory(void **state)
{
    Tape *tape = *state;
    float *first = tape_floats(tape, 100);
    float value = 2;
    Var node = square(tape_leaf(tape, 1, 1, &value, NULL));
    for (int step = 0; step < 3; step++) {
        tape_reset(tape);
        assert_ptr_equal(tape_floats(tape, 100), first);
        assert_ptr_equal(square(tape_leaf(tape, 1, 1, &value, NULL)), node);
    }
}

/* A run of the tape that takes `quarters` of its arena and `more` bytes, then `nodes` nodes. */
typedef struct Wish {
    Tape *tape;
    int quarters, nodes;
    size_t more;
    int done; /* nodes that it got */
} Wish;

static void take(void *argument)
{
    Wish *wish = argument;
    tape_reset(wish->tape);
    for (int k = 0; k < wish->quarters; k++)
        tape_bytes(wish->tape, (size_t)1 << 28);
    tape_bytes(wish->tape, wish->more);
    float value = 2;
    Var last = tape_leaf(wish->tape, 1, 1, &value, NULL);
    for (wish->done = 1; wish->done < wish->nodes; wish->done++)
        last = tape_view(last, 0, 1);
}

/* The arena holds 1 GiB of address space: a quarter four times, and not a byte more. Nothing is written here,
 * so no page becomes real. */
static void too_much_memory_ends_the_run(void **state)
{
    Wish fits = {.tape = *state, .quarters = 4}, over = {.tape = *state, .quarters = 4, .more = 1};
    Wish huge = {.tape = *state, .more = (size_t)1 << 40};
    assert_true(tape_run(*state, take, &fits));
    assert_false(tape_run(*state, take, &over));
    assert_int_equal(over.done, 0);
    assert_false(tape_run(*state, take, &huge));
    assert_true(tape_run(*state, take, &fits)); /* none the worse for it */
}

static void too_many_nodes_end_the_run(void **state)
{
    Wish many = {.tape = *state, .nodes = 100000}, few = {.tape = *state, .nodes = 1000};
    assert_false(tape_run(*state, take, &many));
    assert_true(many.done > 1000 && many.done < 100000); /* the largest losses have a few hundred */
    assert_true(tape_run(*state, take, &few));
    float value[2] = {2, 3};
    float grad[2] = {0};
    tape_reset(*state);
    tape_backward(*state, sum(square(tape_leaf(*state, 2, 1, value, grad))));
    assert_true(grad[0] == 4 && grad[1] == 6);
}

static void shapes_and_needs_pass_on(void **state)
{
    Tape *tape = *state;
    float value[6] = {1, 2, 3, 4, 5, 6};
    float grad[6] = {0};
    Var label = tape_leaf(tape, 2, 3, value, NULL);
    Var parameter = tape_leaf(tape, 2, 3, value, grad);
    Var both = add(label, parameter);
    assert_true(label->value == value && parameter->grad == grad); /* the caller's memory, not a copy */
    assert_true(both->rows == 2 && both->cols == 3 && both->grad_cols == 3);
    assert_false(label->needs_grad || square(label)->needs_grad || add(label, label)->needs_grad);
    assert_true(parameter->needs_grad && both->needs_grad && add(parameter, label)->needs_grad);
    assert_true(square(both)->needs_grad && tape_view(both, 0, 1)->needs_grad);
    assert_false(tape_view(label, 0, 1)->needs_grad);
}

static void backward_of_constants_does_nothing(void **state)
{
    Tape *tape = *state;
    float value = 2;
    Var x = tape_leaf(tape, 1, 1, &value, NULL);
    Var loss = square(x);
    tape_backward(tape, loss);
    assert_null(x->grad);
    assert_null(loss->grad);
}

/* Only what the loss is made of moves, and only nodes above a parameter are visited. */
static void unused_nodes_get_no_gradient(void **state)
{
    Tape *tape = *state;
    float value[2] = {2, 5};
    float grad[2] = {0};
    Var used = tape_leaf(tape, 1, 1, &value[0], &grad[0]);
    Var unused = tape_leaf(tape, 1, 1, &value[1], &grad[1]);
    Var loss = square(used);
    Var aside = square(mul(used, unused));
    tape_backward(tape, loss);
    assert_null(aside->grad);
    assert_true(grad[0] == 4 && grad[1] == 0);
}

/* Two losses, one step after the other without clearing: gradients of parameters add up. */
static void gradients_add_to_parameters(void **state)
{
    Tape *tape = *state;
    float value = 3;
    float grad = 100;
    tape_backward(tape, square(tape_leaf(tape, 1, 1, &value, &grad)));
    assert_true(grad == 106);
    tape_reset(tape);
    tape_backward(tape, scale(tape_leaf(tape, 1, 1, &value, &grad), 5));
    assert_true(grad == 111);
}

/* One parameter as two leaves, as when a tower runs on two sets of rows. */
static void leaves_of_one_parameter_share_the_gradient(void **state)
{
    Tape *tape = *state;
    float value = 3;
    float grad = 0;
    Var a = tape_leaf(tape, 1, 1, &value, &grad);
    Var b = tape_leaf(tape, 1, 1, &value, &grad);
    tape_backward(tape, mul(a, b));
    assert_true(grad == 6);
}

static void gradient_starts_at_zero(void **state)
{
    Tape *tape = *state;
    float value[40];
    float grad[40] = {0};
    for (int step = 0; step < 2; step++) { /* the second time over memory with other numbers in it */
        tape_reset(tape);
        for (int i = 0; i < 40; i++)
            value[i] = 7;
        Var y = square(tape_leaf(tape, 8, 5, value, grad));
        float *dy = gradient(y);
        assert_ptr_equal(gradient(y), dy);
        for (int i = 0; i < 40; i++) {
            assert_true(dy[i] == 0);
            dy[i] = 1;
        }
    }
}

/* A product may overwrite only memory that nobody has added to. */
static void products_overwrite_unset_memory_only(void **state)
{
    Tape *tape = *state;
    float value[4] = {1, 2, 3, 4};
    float grad[4] = {0};
    bool add = false;
    Var leaf = tape_leaf(tape, 2, 2, value, grad);
    assert_ptr_equal(gradient_for_product(leaf, &add), grad);
    assert_true(add);
    Var unset = square(leaf);
    float *dy = gradient_for_product(unset, &add);
    assert_true(!add && dy == unset->grad);
    assert_ptr_equal(gradient_for_product(unset, &add), dy);
    assert_true(add);
    Var set = square(leaf);
    dy = gradient(set);
    assert_ptr_equal(gradient_for_product(set, &add), dy);
    assert_true(add);
    Var whole = square(leaf); /* a view covers a part: the rest must be zero */
    Var view = tape_view(whole, 1, 1);
    dy = gradient_for_product(view, &add);
    assert_true(add && dy == whole->grad + 2);
    assert_true(whole->grad[0] == 0 && whole->grad[1] == 0 && dy[0] == 0 && dy[1] == 0);
}

static void a_view_shares_rows(void **state)
{
    Tape *tape = *state;
    float value[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float grad[8] = {0};
    Var x = tape_leaf(tape, 4, 2, value, grad);
    Var middle = tape_view(x, 1, 2);
    Var one = tape_view(middle, 1, 1); /* a view of a view */
    assert_true(middle->rows == 2 && middle->cols == 2 && middle->value == value + 2);
    assert_true(one->rows == 1 && one->value == value + 4);
    assert_ptr_equal(gradient(one), grad + 4);
    assert_ptr_equal(gradient(middle), grad + 2);
    Var none = tape_view(x, 4, 0);
    assert_true(none->rows == 0 && sum(none)->value[0] == 0);

    Var y = square(x);
    y->grad_cols = 1;
    assert_int_equal(tape_view(y, 0, 2)->grad_cols, 1);
}

/* d/dx of sum x^2 + 10 sum of rows 1..2 + 100 sum of row 2, through an inner node and through a leaf. */
static void gradients_of_views_add_to_the_whole(void **state)
{
    Tape *tape = *state;
    for (int inner = 0; inner < 2; inner++) {
        float value[4] = {1, 2, 3, 4};
        float grad[4] = {0};
        tape_reset(tape);
        Var x = tape_leaf(tape, 4, 1, value, grad);
        if (inner)
            x = shift(x, 0);
        Var two = tape_view(x, 1, 2);
        Var one = tape_view(two, 1, 1);
        Var loss = add(add(sum(square(x)), scale(sum(two), 10)), scale(sum(one), 100));
        assert_true(loss->value[0] == 30 + 50 + 300);
        tape_backward(tape, loss);
        const float want[] = {2, 4 + 10, 6 + 10 + 100, 8};
        assert_memory_equal(grad, want, sizeof want);
    }
}

/* The loss reaches the whole through its rows alone: the others have gradient zero, not whatever was there.
 */
static void rows_outside_a_view_get_zero(void **state)
{
    Tape *tape = *state;
    float *dirt = tape_floats(tape, 1024);
    for (int i = 0; i < 1024; i++)
        dirt[i] = NAN;
    tape_reset(tape);
    float value[3] = {1, 2, 3};
    float grad[3] = {0};
    float weight[1] = {5};
    float bias[1] = {0};
    Var x = square(tape_leaf(tape, 3, 1, value, grad));
    Var y = linear(tape_view(x, 1, 1), tape_leaf(tape, 1, 1, weight, NULL), tape_leaf(tape, 1, 1, bias, NULL),
                   false);
    tape_backward(tape, sum(y));
    assert_true(grad[0] == 0 && grad[1] == 20 && grad[2] == 0);
}

static void stop_cuts_the_gradient(void **state)
{
    Tape *tape = *state;
    float value[2] = {3, 4};
    float grad[2] = {0};
    Var x = tape_leaf(tape, 2, 1, value, grad);
    Var fixed = stop(square(x));
    assert_false(fixed->needs_grad);
    assert_true(fixed->rows == 2 && fixed->cols == 1 && fixed->value[0] == 9 && fixed->value[1] == 16);
    tape_backward(tape, sum(mul(fixed, x))); /* sg(x^2) x: derivative x^2, not 3 x^2 */
    assert_true(grad[0] == 9 && grad[1] == 16);
    assert_null(fixed->grad);

    tape_reset(tape);
    x = tape_leaf(tape, 2, 1, value, grad);
    tape_backward(tape, sum(stop(x))); /* nothing left to move */
    assert_true(grad[0] == 9 && grad[1] == 16);
}

int main(void)
{
    tape_free(NULL);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(memory_is_aligned_and_apart),
        TEST(reset_reuses_the_memory),
        TEST(too_much_memory_ends_the_run),
        TEST(too_many_nodes_end_the_run),
        TEST(shapes_and_needs_pass_on),
        TEST(backward_of_constants_does_nothing),
        TEST(unused_nodes_get_no_gradient),
        TEST(gradients_add_to_parameters),
        TEST(leaves_of_one_parameter_share_the_gradient),
        TEST(gradient_starts_at_zero),
        TEST(products_overwrite_unset_memory_only),
        TEST(a_view_shares_rows),
        TEST(gradients_of_views_add_to_the_whole),
        TEST(rows_outside_a_view_get_zero),
        TEST(stop_cuts_the_gradient),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
