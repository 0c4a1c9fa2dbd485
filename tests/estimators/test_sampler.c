/* Mini-batches: which rows and labels each space has, in both ways of drawing. */
#include "tests/support/toy_log.h"

enum { CLICK_BATCHES = 400 };

/* Full batches, whose sizes are all known. */
static TrainOptions options_of(Draw draw, int batch)
{
    return (TrainOptions){.batch = batch, .batch_unbiased = 16, .drop_last = SWITCH_ON, .draw = draw};
}

static Sampler *open_sampler(const Toy *t, const TrainOptions *options, const StreamKey *key)
{
    Sampler *sampler;
    OK(sampler_create(&sampler, &t->data, options, key, message));
    return sampler;
}

/* D is its clicked rows, then the others; its labels are o and o r. */
static int check_exposures(const Toy *t, Sampler *sampler)
{
    const Block *d = sampler_block(sampler, D);
    int clicked = 0;
    assert_ptr_equal(d->log, &t->log);
    for (int i = 0; i < d->rows; i++) {
        uint32_t row = d->row[i];
        assert_true(row < TOY_ROWS);
        assert_true(d->click[i] == (float)t->log.click[row]);
        assert_true(d->conversion[i] == (float)(t->log.click[row] * t->log.conversion[row]));
        assert_true(i == 0 || d->click[i] <= d->click[i - 1]);
        clicked += t->log.click[row];
    }
    return clicked;
}

static void check_clicks(const Toy *t, const Block *o)
{
    assert_ptr_equal(o->log, &t->log);
    for (int i = 0; i < o->rows; i++) {
        assert_int_equal(t->log.click[o->row[i]], 1);
        assert_true(o->conversion[i] == (float)t->log.conversion[o->row[i]]);
    }
}

static void check_others(const Toy *t, Sampler *sampler, int clicked)
{
    const Block *d = sampler_block(sampler, D), *n = sampler_block(sampler, N);
    assert_int_equal(n->rows, d->rows - clicked);
    assert_int_equal(n->first, clicked);
    for (int i = 0; i < n->rows; i++) {
        assert_int_equal(t->log.click[n->row[i]], 0);
        assert_int_equal(n->row[i], d->row[clicked + i]);
    }
}

static void check_unbiased(const Toy *t, Sampler *sampler)
{
    const Block *u = sampler_block(sampler, U);
    assert_ptr_equal(u->log, &t->unbiased);
    assert_int_equal(u->rows, 16);
    assert_int_equal(u->first, -1);
    for (int i = 0; i < u->rows; i++)
        assert_true(u->conversion[i] == (float)t->unbiased.conversion[u->row[i]]);
}

static void spaces_are_consistent(void **state)
{
    const Toy *t = *state;
    for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++) {
        TrainOptions options = options_of(draw, 64);
        Sampler *sampler = open_sampler(t, &options, &toy_key);
        for (int k = 0; k < 40; k++) {
            if (k % 9 == 0)
                sampler_epoch(sampler);
            sampler_next(sampler);
            const Block *o = sampler_block(sampler, O), *d = sampler_block(sampler, D);
            int clicked = check_exposures(t, sampler);
            check_clicks(t, o);
            check_others(t, sampler, clicked);
            check_unbiased(t, sampler);
            assert_int_equal(d->rows, 64);
            assert_int_equal(o->first, draw == DRAW_CLICKS ? -1 : 0);
            assert_int_equal(o->rows, draw == DRAW_CLICKS ? 64 : clicked);
            for (int i = 0; draw == DRAW_EXPOSURES && i < o->rows; i++)
                assert_int_equal(o->row[i], d->row[i]);
            assert_ptr_equal(sampler_block(sampler, O), o); /* a batch stays as it is */
        }
        sampler_free(sampler);
    }
}

/* How often each row comes in one epoch. */
static void count_epoch(Sampler *sampler, Space space, int *count)
{
    memset(count, 0, TOY_ROWS * sizeof *count);
    sampler_epoch(sampler);
    for (int k = 0; k < sampler_steps(sampler); k++) {
        sampler_next(sampler);
        const Block *block = sampler_block(sampler, space);
        for (int i = 0; i < block->rows; i++)
            count[block->row[i]]++;
    }
}

/* Of full batches: once where the batch divides the rows; else a rest of less than a batch is left out,
 * another one each time. */
static void full_batches_see_an_exposure_once_at_most(void **state)
{
    const Toy *t = *state;
    int count[TOY_ROWS];
    TrainOptions even = options_of(DRAW_EXPOSURES, 60), odd = options_of(DRAW_EXPOSURES, 64);
    Sampler *sampler = open_sampler(t, &even, &toy_key);
    assert_int_equal(sampler_steps(sampler), 10);
    for (int epoch = 0; epoch < 3; epoch++) {
        count_epoch(sampler, D, count);
        for (int i = 0; i < TOY_ROWS; i++)
            assert_int_equal(count[i], 1);
    }
    sampler_free(sampler);

    sampler = open_sampler(t, &odd, &toy_key);
    assert_int_equal(sampler_steps(sampler), 9);
    int missing[2][TOY_ROWS];
    for (int epoch = 0; epoch < 2; epoch++) {
        int seen = 0;
        count_epoch(sampler, D, count);
        for (int i = 0; i < TOY_ROWS; i++) {
            assert_true(count[i] <= 1);
            seen += count[i];
            missing[epoch][i] = !count[i];
        }
        assert_int_equal(seen, 9 * 64);
    }
    assert_true(memcmp(missing[0], missing[1], sizeof missing[0]) != 0);
    sampler_free(sampler);
}

/* Both ways of drawing, batches of 1 to more than all rows: ceil(rows / batch) of them, none longer than
 * `batch` and none more than a row longer than another, in which every row comes once an epoch. */
static void an_epoch_leaves_no_row_out(void **state)
{
    const Toy *t = *state;
    static const int batches[] = {1, 7, 64, 250, 299, 300, 301, 599, 600, 601, 5000};
    int count[TOY_ROWS], clicks = (int)log_clicks(&t->log);
    for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++)
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
            bool of_clicks = draw == DRAW_CLICKS;
            int batch = batches[b], rows = of_clicks ? clicks : TOY_ROWS;
            TrainOptions options = options_of(draw, batch);
            options.drop_last = SWITCH_OFF;
            Sampler *sampler = open_sampler(t, &options, &toy_key);
            int steps = sampler_steps(sampler);
            assert_int_equal(steps, (rows + batch - 1) / batch);
            for (int epoch = 0; epoch < 2; epoch++) {
                int least = TOY_ROWS, most = 0;
                memset(count, 0, sizeof count);
                sampler_epoch(sampler);
                for (int k = 0; k < steps; k++) {
                    sampler_next(sampler);
                    const Block *block = sampler_block(sampler, of_clicks ? O : D);
                    double exposures = of_clicks ? (double)block->rows * TOY_ROWS / clicks : block->rows;
                    assert_true(fabs(sampler_exposures(sampler) / exposures - 1) < 1e-15);
                    assert_true(!of_clicks ||
                                sampler_block(sampler, D)->rows == (batch < TOY_ROWS ? batch : TOY_ROWS));
                    assert_int_equal(sampler_block(sampler, U)->rows, 16);
                    for (int i = 0; i < block->rows; i++)
                        count[block->row[i]]++;
                    least = block->rows < least ? block->rows : least;
                    most = block->rows > most ? block->rows : most;
                }
                assert_true(most <= batch && most - least <= 1);
                for (int i = 0; i < TOY_ROWS; i++)
                    assert_int_equal(count[i], of_clicks ? t->log.click[i] : 1);
            }
            sampler_free(sampler);
        }
}

/* The last stage of a method may have a number of steps of its own: sizes go round as rows do. */
static void steps_beyond_an_epoch_go_round(void **state)
{
    const Toy *t = *state;
    TrainOptions options = options_of(DRAW_EXPOSURES, 250);
    options.drop_last = SWITCH_OFF;
    Sampler *sampler = open_sampler(t, &options, &toy_key);
    int count[TOY_ROWS] = {0}, steps = sampler_steps(sampler);
    sampler_epoch(sampler);
    for (int k = 0; k < 4 * steps; k++) {
        sampler_next(sampler);
        const Block *d = sampler_block(sampler, D);
        for (int i = 0; i < d->rows; i++)
            count[d->row[i]]++;
        for (int i = 0; k % steps == steps - 1 && i < TOY_ROWS; i++)
            assert_int_equal(count[i], k / steps + 1);
    }
    sampler_free(sampler);
}

static void an_epoch_of_clicks_sees_every_click_once(void **state)
{
    const Toy *t = *state;
    int count[TOY_ROWS], clicks = (int)log_clicks(&t->log);
    TrainOptions options = options_of(DRAW_CLICKS, 1);
    Sampler *sampler = open_sampler(t, &options, &toy_key);
    assert_int_equal(sampler_steps(sampler), clicks);
    count_epoch(sampler, O, count);
    for (int i = 0; i < TOY_ROWS; i++)
        assert_int_equal(count[i], t->log.click[i]);
    sampler_free(sampler);
}

/* Batches of the unbiased sample go round it, whatever an epoch is, in another order each time. */
static void the_unbiased_sample_goes_round(void **state)
{
    TrainOptions options = options_of(DRAW_EXPOSURES, 64);
    Sampler *sampler = open_sampler(*state, &options, &toy_key);
    sampler_epoch(sampler);
    uint32_t order[3][TOY_UNBIASED];
    for (int round = 0; round < 3; round++) {
        int count[TOY_UNBIASED] = {0};
        for (int k = 0; k < TOY_UNBIASED / 16; k++) {
            sampler_next(sampler);
            const Block *u = sampler_block(sampler, U);
            for (int i = 0; i < u->rows; i++)
                count[u->row[i]]++;
            memcpy(order[round] + (size_t)k * (size_t)u->rows, u->row, (size_t)u->rows * sizeof *u->row);
        }
        for (int i = 0; i < TOY_UNBIASED; i++)
            assert_int_equal(count[i], 1);
    }
    assert_true(memcmp(order[0], order[1], sizeof order[0]) != 0);
    assert_true(memcmp(order[1], order[2], sizeof order[0]) != 0);
    sampler_free(sampler);
}

/* With batches of clicks the exposures are drawn with replacement: their share of clicks is the log's within
 * 5 standard deviations of so many draws, and rows repeat. */
static void exposures_beside_clicks_are_uniform(void **state)
{
    const Toy *t = *state;
    TrainOptions options = options_of(DRAW_CLICKS, 64);
    Sampler *sampler = open_sampler(t, &options, &toy_key);
    double clicked = 0, draws = CLICK_BATCHES * 64.0, ctr = (double)log_clicks(&t->log) / TOY_ROWS;
    int count[TOY_ROWS] = {0};
    for (int k = 0; k < CLICK_BATCHES; k++) {
        sampler_next(sampler);
        clicked += check_exposures(t, sampler);
        const Block *d = sampler_block(sampler, D);
        for (int i = 0; i < d->rows; i++)
            count[d->row[i]]++;
    }
    assert_true(fabs(clicked / draws - ctr) < 5 * sqrt(ctr * (1 - ctr) / draws));
    double mean = draws / TOY_ROWS, chi2 = 0; /* of mean TOY_ROWS - 1 and variance twice that */
    for (int i = 0; i < TOY_ROWS; i++)
        chi2 += (count[i] - mean) * (count[i] - mean) / mean;
    assert_true(fabs(chi2 - (TOY_ROWS - 1)) < 5 * sqrt(2.0 * (TOY_ROWS - 1)));
    sampler_free(sampler);
}

static void sizes_of_the_data_are_known(void **state)
{
    const Toy *t = *state;
    double clicks = (double)log_clicks(&t->log);
    static const struct {
        Draw draw;
        int batch;
    } c[] = {{DRAW_EXPOSURES, 64}, {DRAW_EXPOSURES, 5000}, {DRAW_CLICKS, 64}, {DRAW_CLICKS, 5000}};
    for (int k = 0; k < 4; k++) {
        TrainOptions options = options_of(c[k].draw, c[k].batch);
        Sampler *sampler = open_sampler(t, &options, &toy_key);
        bool of_clicks = c[k].draw == DRAW_CLICKS;
        double rows = fmin(c[k].batch, of_clicks ? clicks : TOY_ROWS);
        double exposures = of_clicks ? rows * TOY_ROWS / clicks : rows;
        assert_true(fabs(sampler_exposures(sampler) / exposures - 1) < 1e-15);
        assert_int_equal(sampler_block(sampler, of_clicks ? O : D)->rows, (int)rows);
        assert_int_equal(sampler_steps(sampler),
                         c[k].batch == 64 ? (int)((of_clicks ? clicks : TOY_ROWS) / 64) : 1);
        double share = TOY_UNBIASED / (TOY_UNBIASED + clicks);
        assert_true(fabs(sampler_share_of_unbiased(sampler) / share - 1) < 1e-15);
        sampler_free(sampler);
    }
}

static bool same_rows(const Block *a, const Block *b)
{
    return a->rows == b->rows && !memcmp(a->row, b->row, (size_t)a->rows * sizeof *a->row);
}

/* Common random numbers: what else a method asks for, and in which order, changes nothing. */
static void batches_do_not_depend_on_what_is_asked(void **state)
{
    static const Space eager[] = {U, N, D, O};
    for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++) {
        TrainOptions options = options_of(draw, 64);
        for (Space space = D; space < SPACES; space++) {
            Sampler *a = open_sampler(*state, &options, &toy_key);
            Sampler *b = open_sampler(*state, &options, &toy_key);
            for (int k = 0; k < 30; k++) {
                if (k % sampler_steps(a) == 0) {
                    sampler_epoch(a);
                    sampler_epoch(b);
                }
                sampler_next(a);
                sampler_next(b);
                for (int s = 0; s < SPACES; s++)
                    sampler_block(a, eager[s]);
                assert_true(same_rows(sampler_block(a, space), sampler_block(b, space)));
            }
            sampler_free(a);
            sampler_free(b);
        }
    }
}

/* A stream of its own: other keys give other numbers, and who draws gets the same batches. */
static void uniform_numbers_disturb_nothing(void **state)
{
    enum { DRAWS = 20000 };
    static float u[DRAWS], other[DRAWS];
    const Toy *t = *state;
    TrainOptions options = options_of(DRAW_EXPOSURES, 64);
    StreamKey second = toy_key;
    second.replicate++;
    Sampler *drawing = open_sampler(t, &options, &toy_key), *plain = open_sampler(t, &options, &toy_key);
    Sampler *elsewhere = open_sampler(t, &options, &second);
    double total = 0;
    sampler_uniform(drawing, DRAWS, u);
    sampler_uniform(elsewhere, DRAWS, other);
    assert_memory_not_equal(u, other, sizeof u);
    for (int i = 0; i < DRAWS; i++) {
        assert_true(u[i] > 0 && u[i] < 1);
        total += (double)u[i];
    }
    assert_true(fabs(total / DRAWS - 0.5) < 6 * sqrt(1 / 12.0 / DRAWS)); /* six standard errors */
    sampler_epoch(drawing);
    sampler_epoch(plain);
    for (int k = 0; k < sampler_steps(plain); k++) {
        sampler_next(drawing);
        sampler_next(plain);
        sampler_uniform(drawing, 5, u);
        assert_memory_equal(sampler_block(drawing, D)->row, sampler_block(plain, D)->row,
                            64 * sizeof(uint32_t));
    }
    sampler_free(drawing);
    sampler_free(plain);
    sampler_free(elsewhere);
}

static void other_keys_give_other_batches(void **state)
{
    StreamKey other = toy_key;
    other.replicate++;
    for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++) {
        TrainOptions options = options_of(draw, 64);
        Sampler *a = open_sampler(*state, &options, &toy_key), *b = open_sampler(*state, &options, &other);
        sampler_epoch(a);
        sampler_epoch(b);
        for (Space space = D; space < SPACES; space++)
            assert_false(same_rows(sampler_block(a, space), sampler_block(b, space)));
        sampler_free(a);
        sampler_free(b);
    }
}

static void a_log_without_clicks_is_refused(void **state)
{
    (void)state;
    Log log;
    Message said;
    Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}};
    OK(log_create(&log, &schema, 10, message));
    TrainingData data = {.log = &log};
    TrainOptions options = options_of(DRAW_EXPOSURES, 4);
    Sampler *sampler;
    assert_int_equal(sampler_create(&sampler, &data, &options, &toy_key, &said), STATUS_FAILED);
    assert_null(sampler);
    assert_non_null(strstr(said.text, "no clicks"));
    log_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spaces_are_consistent),
        cmocka_unit_test(full_batches_see_an_exposure_once_at_most),
        cmocka_unit_test(an_epoch_leaves_no_row_out),
        cmocka_unit_test(steps_beyond_an_epoch_go_round),
        cmocka_unit_test(an_epoch_of_clicks_sees_every_click_once),
        cmocka_unit_test(the_unbiased_sample_goes_round),
        cmocka_unit_test(exposures_beside_clicks_are_uniform),
        cmocka_unit_test(sizes_of_the_data_are_known),
        cmocka_unit_test(batches_do_not_depend_on_what_is_asked),
        cmocka_unit_test(uniform_numbers_disturb_nothing),
        cmocka_unit_test(other_keys_give_other_batches),
        cmocka_unit_test(a_log_without_clicks_is_refused),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
