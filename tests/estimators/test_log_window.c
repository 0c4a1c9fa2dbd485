/* Batches of a log in blocks: what an epoch goes through, in which order, and in batches of which sizes. */
#include "estimators/core/sampler.h"

#include "tests/support/toy_log.h"

enum { USERS = 1, BATCH = 32 };

static const Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {USERS, UINT32_MAX}};

static Status open_rows(const LogBlocks *blocks, size_t rows, void **reader, Log *window, Message *message)
{
    *reader = malloc(sizeof(const LogBlocks *));
    assert_non_null(*reader);
    memcpy(*reader, &blocks, sizeof blocks);
    return log_create(window, &schema, rows, message);
}

/* The item of a row is its number in the log; every third is clicked. */
static bool number_rows(void *reader, size_t block, Log *rows)
{
    const LogBlocks *blocks;
    memcpy(&blocks, reader, sizeof blocks);
    const size_t first = blocks->rows * block / blocks->blocks;
    for (size_t i = 0; i < rows->x.rows; i++) {
        rows->x.id[2 * i + FIELD_ITEM] = (uint32_t)(first + i);
        rows->click[i] = (first + i) % 3 == 0;
        rows->conversion[i] = (first + i) % 6 == 0;
    }
    return true;
}

static LogBlocks numbered(size_t rows, size_t window)
{
    LogBlocks blocks = log_blocks(rows, window);
    blocks.open = open_rows;
    blocks.read = number_rows;
    blocks.close = free;
    return blocks;
}

/* The rows of one epoch in the order of its batches, in `order` with room for all; their number. */
static size_t take_epoch(Sampler *sampler, uint32_t *order)
{
    size_t rows = 0;
    sampler_epoch(sampler);
    for (int step = sampler_steps(sampler); step > 0; step--) {
        assert_true(sampler_next(sampler));
        const Block *d = sampler_block(sampler, D), *o = sampler_block(sampler, O);
        assert_true(d->rows <= BATCH && d->rows > 0);
        for (int i = 0; i < d->rows; i++) {
            const uint32_t row = d->log->x.id[2 * d->row[i] + FIELD_ITEM];
            assert_true(d->click[i] == (float)(row % 3 == 0));
            assert_true(d->conversion[i] == (float)(row % 6 == 0));
            assert_true((i < o->rows) == (row % 3 == 0));
            order[rows++] = row;
        }
    }
    return rows;
}

/* Logs of many windows, of one, and whose rows no number of blocks divides. */
static void an_epoch_sees_every_row_once(void **state)
{
    static const size_t logs[][2] = {{1000, 300}, {1000, 5000}, {997, 128}, {4096, 512}, {50, 20}};
    (void)state;
    for (size_t k = 0; k < sizeof logs / sizeof *logs; k++) {
        const LogBlocks blocks = numbered(logs[k][0], logs[k][1]);
        const StreamKey key = {.seed = 5, .setting = "windows"};
        const TrainOptions options = {.batch = BATCH, .batch_unbiased = 1, .draw = DRAW_EXPOSURES};
        uint32_t order[3][4096];
        Log first;
        Sampler *sampler;
        const TrainingData data = {.log = &first, .blocks = &blocks};
        OK(log_blocks_start(&blocks, &first, message));
        OK(sampler_create(&sampler, &data, &options, &key, message));
        for (int epoch = 0; epoch < 3; epoch++) {
            int count[4096] = {0};
            assert_int_equal(take_epoch(sampler, order[epoch]), logs[k][0]);
            for (size_t i = 0; i < logs[k][0]; i++)
                assert_int_equal(count[order[epoch][i]]++, 0);
        }
        assert_true(memcmp(order[0], order[1], logs[k][0] * sizeof **order) != 0);
        assert_true(memcmp(order[1], order[2], logs[k][0] * sizeof **order) != 0);
        sampler_free(sampler);
        log_free(&first);
    }
}

/* With drop_last batches are full, and less than a batch of each window is left out. */
static void full_batches_leave_out_a_rest_of_each_window(void **state)
{
    const LogBlocks blocks = numbered(1000, 300);
    const StreamKey key = {.seed = 6, .setting = "windows"};
    const TrainOptions options = {
        .batch = BATCH, .batch_unbiased = 1, .draw = DRAW_EXPOSURES, .drop_last = SWITCH_ON};
    uint32_t order[1000];
    int count[1000] = {0};
    Log first;
    Sampler *sampler;
    const TrainingData data = {.log = &first, .blocks = &blocks};
    (void)state;
    OK(log_blocks_start(&blocks, &first, message));
    OK(sampler_create(&sampler, &data, &options, &key, message));
    assert_int_equal(sampler_steps(sampler), 4 * (240 / BATCH)); /* 16 blocks of 15 rows at least */
    const size_t rows = take_epoch(sampler, order);
    assert_int_equal(rows, (size_t)sampler_steps(sampler) * BATCH);
    for (size_t i = 0; i < rows; i++)
        assert_int_equal(count[order[i]]++, 0);
    sampler_free(sampler);
    log_free(&first);
}

static bool read_nothing(void *reader, size_t block, Log *rows)
{
    (void)reader;
    (void)block;
    (void)rows;
    return false;
}

/* As when a disk fails in the middle of a run: training says so, and doesn't take it for a divergence. */
static void what_cannot_be_read_stops_training(void **state)
{
    LogBlocks blocks = numbered(1000, 300);
    const StreamKey key = {.seed = 7, .setting = "windows"};
    const Method method = {.estimator = estimator_table[0], .backbone = backbone_find("towers")};
    EstimatorOptions options;
    Log first;
    Fit *fit;
    FitReport report;
    (void)state;
    OK(log_blocks_start(&blocks, &first, message));
    blocks.read = read_nothing;
    first.x.schema.cardinality[FIELD_ITEM] = 1000;
    options = toy_options(method.estimator);
    const TrainingData data = {.log = &first, .blocks = &blocks};
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &key},
                  message));
    Message failure;
    assert_int_equal(fit_train(fit, &report, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "cannot read its temporary files again"));
    fit_free(fit);
    log_free(&first);
    assert_int_equal(log_blocks_start(&blocks, &first, &failure), STATUS_FAILED);
    log_free(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_sees_every_row_once),
        cmocka_unit_test(full_batches_leave_out_a_rest_of_each_window),
        cmocka_unit_test(what_cannot_be_read_stops_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
