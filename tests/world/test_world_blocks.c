/* Logs in blocks: a block is the same whenever it is read, and the blocks together are a log of the world. */
#include "sim/world/world.h"

#include "tests/support/monte_carlo.h"

enum { ROWS = 200000 / SHRINK, WINDOW = 40000 / SHRINK };

static World *world;
static StreamKey key;

/* With all that has streams of its own: placement, behaviour, times and delays. */
static int create(void **state)
{
    const WorldOptions options = {
        .users = 200,
        .items = 100,
        .segments = 3,
        .categories = 4,
        .latent = 2,
        .context = 1,
        .feature_noise = 0.3,
        .sigma_o = 1,
        .sigma_r = 1,
        .gamma_o = 0.5,
        .gamma_r = 0.5,
        .placement = {.click = 1},
        .behaviour = {.rate = 0.3},
        .delay = {.days = 30, .window = 30, .immediate_mean = 1, .shape = 0.6, .median = 24, .drift = 0.05},
        .ctr = 0.2,
        .cvr = 0.25};
    (void)state;
    key = drawn_key(1);
    world = world_of(&options);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    world_free(world);
    return 0;
}

static void same_row(const Log *a, size_t i, const Log *b, size_t j)
{
    const size_t ids = (size_t)a->x.schema.categorical, dense = (size_t)a->x.schema.dense;
    assert_memory_equal(a->x.id + i * ids, b->x.id + j * ids, ids * sizeof *a->x.id);
    assert_memory_equal(a->x.dense + i * dense, b->x.dense + j * dense, dense * sizeof *a->x.dense);
    assert_int_equal(a->click[i], b->click[j]);
    assert_int_equal(a->conversion[i], b->conversion[j]);
    assert_int_equal(a->behaviour->action[i], b->behaviour->action[j]);
    assert_true(a->delays->click_time[i] == b->delays->click_time[j]);
    assert_true(a->delays->conversion_time[i] == b->delays->conversion_time[j]);
    assert_true(isfinite(a->delays->conversion_time[i]) == a->conversion[i]);
}

/* A window in one order and, by another reader, in the other: the same rows, block by block. */
static void a_block_is_the_same_in_any_order(void **state)
{
    (void)state;
    const BlockSource source = {world, &key};
    const LogBlocks blocks = world_blocks(&source, 1000, 300);
    uint32_t forward[64], backward[64];
    void *reader[2];
    Log window[2];
    assert_true(blocks.window <= 64 && blocks.blocks == 4 * blocks.window);
    for (uint32_t k = 0; k < blocks.window; k++)
        forward[k] = backward[blocks.window - 1 - k] = 5 + k;
    for (int i = 0; i < 2; i++)
        OK(blocks.open(&blocks, log_blocks_most(&blocks), &reader[i], &window[i], message));
    log_blocks_read(&blocks, reader[0], backward, &window[0]); /* leaves its streams elsewhere */
    log_blocks_read(&blocks, reader[0], forward, &window[0]);
    log_blocks_read(&blocks, reader[1], backward, &window[1]);
    assert_int_equal(window[0].x.rows, window[1].x.rows);
    size_t end = window[1].x.rows, row = 0;
    for (size_t k = 0; k < blocks.window; k++) {
        const size_t rows = log_blocks_rows(&blocks, forward[k]);
        end -= rows;
        for (size_t i = 0; i < rows; i++)
            same_row(&window[0], row++, &window[1], end + i);
    }
    assert_int_equal(end, 0);
    for (int i = 0; i < 2; i++) {
        blocks.close(reader[i]);
        log_free(&window[i]);
    }
}

/* Every row of the log is in one block, and clicks come at the world's rate; no two blocks begin alike. */
static void blocks_are_a_log_of_the_world(void **state)
{
    (void)state;
    const BlockSource source = {world, &key};
    const LogBlocks blocks = world_blocks(&source, ROWS, WINDOW);
    const size_t context = 4; /* the first dense column that is drawn with the exposure */
    size_t rows = 0, clicks = 0;
    float before = 0;
    void *reader;
    Log window;
    OK(blocks.open(&blocks, log_blocks_most(&blocks), &reader, &window, message));
    for (uint32_t first = 0; first < blocks.blocks; first += (uint32_t)blocks.window) {
        uint32_t order[64];
        for (uint32_t k = 0; k < blocks.window; k++)
            order[k] = first + k;
        log_blocks_read(&blocks, reader, order, &window);
        assert_true(window.x.rows <= log_blocks_most(&blocks) && window.x.rows <= WINDOW);
        assert_true(window.x.dense[context] != before);
        before = window.x.dense[context];
        rows += window.x.rows;
        clicks += log_clicks(&window);
    }
    assert_int_equal(rows, ROWS);
    within_error("clicks", (double)clicks / ROWS, 0.2, sqrt(0.2 * 0.8 / ROWS));
    blocks.close(reader);
    log_free(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_the_same_in_any_order),
        cmocka_unit_test(blocks_are_a_log_of_the_world),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
