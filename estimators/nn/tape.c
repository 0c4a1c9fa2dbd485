/* The tape: an arena for values and gradients, and an array of nodes. A step that needs too much leaves by a
 * jump: see tape_run(). */
#include "estimators/nn/tape.h"

#include <assert.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Address space only. A three-tower step at batch 1024 touches about 6 MB of it. */
static const size_t ARENA_BYTES = (size_t)1 << 30;
enum { MAX_NODES = 4096, ALIGNMENT = 64 };

struct Tape {
    unsigned char *arena;
    size_t used;
    int nodes;
    bool running; /* inside tape_run, whose `limit` is where a step leaves that cannot go on */
    jmp_buf limit;
    const char *reason; /* of tape_stop */
    Node node[MAX_NODES];
    Node *order[MAX_NODES]; /* of tape_backward(): inputs before what is made of them */
    int ordered;
};

Status tape_create(Tape **tape, Message *message)
{
    *tape = NULL;
    Tape *t = calloc(1, sizeof *t);
    if (!t)
        return fail_memory(message, "the tape");
    t->arena =
        mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t->arena == MAP_FAILED) {
        free(t);
        return fail_memory(message, "the tape's arena");
    }
    *tape = t;
    return STATUS_OK;
}

void tape_free(Tape *tape)
{
    if (!tape)
        return;
    munmap(tape->arena, ARENA_BYTES);
    free(tape);
}

void tape_reset(Tape *tape)
{
    tape->used = 0;
    tape->nodes = 0;
}

bool tape_run(Tape *tape, void (*work)(void *argument), void *argument)
{
    assert(!tape->running);
    if (setjmp(tape->limit)) {
        tape->running = false;
        return false;
    }
    tape->running = true;
    tape->reason = NULL;
    work(argument);
    tape->running = false;
    return true;
}

/* A step that is too large cannot go on: it would write over nodes that are still in use. */
static _Noreturn void leave(Tape *tape)
{
    assert(tape->running);
    longjmp(tape->limit, 1);
}

void tape_stop(Tape *tape, const char *reason)
{
    tape->reason = reason;
    leave(tape);
}

const char *tape_stopped(const Tape *tape)
{
    return tape->reason;
}

void *tape_bytes(Tape *tape, size_t bytes)
{
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (bytes > ARENA_BYTES - tape->used)
        leave(tape);
    void *start = tape->arena + tape->used;
    tape->used += bytes;
    return start;
}

float *tape_floats(Tape *tape, size_t count)
{
    return tape_bytes(tape, count * sizeof(float));
}

static Var new_node(Tape *tape, int rows, int cols)
{
    if (tape->nodes == MAX_NODES)
        leave(tape);
    Node *node = &tape->node[tape->nodes++];
    *node = (Node){.tape = tape, .rows = rows, .cols = cols, .grad_cols = cols};
    return node;
}

Var tape_node(Tape *tape, int rows, int cols, Var a, Var b, Var c, void (*backward)(Node *node))
{
    Node *node = new_node(tape, rows, cols);
    node->value = tape_floats(tape, (size_t)rows * (size_t)cols);
    node->input[0] = a;
    node->input[1] = b;
    node->input[2] = c;
    node->needs_grad = (a && a->needs_grad) || (b && b->needs_grad) || (c && c->needs_grad);
    node->backward = backward;
    return node;
}

Var tape_leaf(Tape *tape, int rows, int cols, float *value, float *grad)
{
    Node *node = new_node(tape, rows, cols);
    node->value = value;
    node->grad = grad;
    node->needs_grad = grad != NULL;
    return node;
}

Var tape_view(Var x, int first, int rows)
{
    assert(first >= 0 && rows >= 0 && first + rows <= x->rows);
    Node *node = new_node(x->tape, rows, x->cols);
    node->grad_cols = x->grad_cols;
    node->value = x->value + (size_t)first * (size_t)x->cols;
    node->needs_grad = x->needs_grad;
    node->row_weight = x->row_weight ? x->row_weight + first : NULL;
    node->view_of = x;
    node->view_row = first;
    return node;
}

static size_t size_of(const Node *x)
{
    return (size_t)x->rows * (size_t)x->cols;
}

float *gradient(Var x)
{
    if (x->grad)
        return x->grad;
    if (x->view_of) {
        x->grad = gradient(x->view_of) + (size_t)x->view_row * (size_t)x->cols;
        return x->grad;
    }
    x->grad = tape_floats(x->tape, size_of(x));
    memset(x->grad, 0, size_of(x) * sizeof(float));
    return x->grad;
}

float *gradient_for_product(Var x, bool *add)
{
    *add = true;
    if (x->grad || x->view_of)
        return gradient(x);
    *add = false;
    x->grad = tape_floats(x->tape, size_of(x));
    return x->grad;
}

/* Depth first, a node after all that it is made of. */
static void visit(Tape *tape, Node *node)
{
    if (!node || node->visited || !node->needs_grad)
        return;
    node->visited = true;
    visit(tape, node->view_of);
    for (int k = 0; k < 3; k++)
        visit(tape, node->input[k]);
    for (int k = 0; k < node->more_count; k++)
        visit(tape, node->more[k]);
    tape->order[tape->ordered++] = node;
}

void tape_backward(Tape *tape, Var loss)
{
    assert(loss->rows == 1 && loss->cols == 1);
    if (!loss->needs_grad)
        return;
    gradient(loss)[0] = 1;
    tape->ordered = 0;
    visit(tape, loss);
    while (tape->ordered > 0) {
        Node *node = tape->order[--tape->ordered];
        node->visited = false;
        if (node->backward && node->grad)
            node->backward(node);
    }
}
