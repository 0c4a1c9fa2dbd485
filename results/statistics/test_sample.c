/* Metrics without groups of rows. The orders of all rows are sorted once, and those of a part are what is
 * left of them, so that a part costs time in proportion to its rows. */
#include "results/statistics/test_sample.h"

#include "sim/base/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void test_groups(const uint32_t *user, size_t rows, uint8_t *group)
{
    bool several = false;
    for (size_t i = 1; i < rows; i++)
        several |= user[i] != user[0];
    for (size_t i = 0; i < rows; i++) {
        const StreamKey key = {.seed = several ? user[i] : i, .setting = ""};
        group[i] = (uint8_t)(stream_hash(&key, "test group") % TEST_GROUPS);
    }
}

/* Rows without a group, and the memory for as many as all. */
typedef struct TestPart {
    Scored scored;
    Orders orders;
    float *prediction;
    double *target, *weight;
    uint32_t *user;            /* the memory of what follows, and of the orders */
    uint32_t *segment, *place; /* place: of a row of all among those of the part */
} TestPart;

static void part_clear(TestPart *part)
{
    free(part->prediction);
    free(part->target);
    free(part->user);
}

static bool part_init(TestPart *part, size_t rows)
{
    *part = (TestPart){.prediction = calloc(rows + 1, sizeof *part->prediction),
                       .target = calloc(2 * rows + 1, sizeof *part->target),
                       .user = calloc(5 * rows + 1, sizeof *part->user)};
    if (!part->prediction || !part->target || !part->user)
        return false;
    part->weight = part->target + rows;
    part->segment = part->user + rows;
    part->place = part->user + 2 * rows;
    part->orders = (Orders){part->user + 3 * rows, part->user + 4 * rows};
    return true;
}

/* What is left of an order. */
static void keep_order(const TestPart *part, const uint32_t *order, const uint8_t *group, int without,
                       size_t rows, uint32_t *kept)
{
    for (size_t i = 0; i < rows; i++)
        if (group[order[i]] != without)
            *kept++ = part->place[order[i]];
}

static void part_fill(TestPart *part, const Scored *all, const uint8_t *group, int without)
{
    size_t rows = 0;
    for (size_t i = 0; i < all->rows; i++) {
        if (group[i] == without)
            continue;
        part->place[i] = (uint32_t)rows;
        part->prediction[rows] = all->prediction[i];
        part->target[rows] = all->target[i];
        part->weight[rows] = all->weight ? all->weight[i] : 1;
        part->user[rows] = all->user[i];
        part->segment[rows++] = all->segment ? all->segment[i] : 0;
    }
    keep_order(part, all->orders->by_prediction, group, without, all->rows, part->orders.by_prediction);
    keep_order(part, all->orders->by_user, group, without, all->rows, part->orders.by_user);
    part->scored = (Scored){.rows = rows,
                            .prediction = part->prediction,
                            .target = part->target,
                            .user = part->user,
                            .k = all->k,
                            .orders = &part->orders,
                            .segment = all->segment ? part->segment : NULL,
                            .weight = all->weight ? part->weight : NULL};
}

/* Whether there are enough labels of each class, and enough groups with rows, which are counted. */
static bool enough(const Scored *scored, const uint8_t *group, size_t rows[TEST_GROUPS])
{
    double positives = 0;
    int groups = 0;
    memset(rows, 0, TEST_GROUPS * sizeof *rows);
    for (size_t i = 0; i < scored->rows; i++) {
        positives += scored->target[i];
        groups += rows[group[i]]++ == 0;
    }
    return positives >= FEWEST_LABELS && (double)scored->rows - positives >= FEWEST_LABELS &&
           groups >= FEWEST_LABELS;
}

static void forget(float *without)
{
    for (int g = 0; g < TEST_GROUPS; g++)
        without[g] = NAN;
}

/* Whether the metric is defined without any group that has rows. */
static bool known_without(const float *without, const size_t rows[TEST_GROUPS])
{
    for (int g = 0; g < TEST_GROUPS; g++)
        if (rows[g] > 0 && !isfinite(without[g]))
            return false;
    return true;
}

static bool fill_orders(const Scored *scored)
{
    Orders *orders = scored->orders;
    if (!orders->by_prediction)
        orders->by_prediction = rank_by_prediction(scored->prediction, scored->rows);
    if (!orders->by_user)
        orders->by_user = rank_by_user(scored->prediction, scored->user, scored->rows);
    return orders->by_prediction && orders->by_user;
}

Status metrics_without_groups(const Scored *scored, const uint8_t *group, const MetricValue *metric,
                              int metrics, float *without, Message *message)
{
    size_t rows[TEST_GROUPS];
    Scored all = *scored;
    Orders own = {0};
    TestPart part = {0};
    for (int m = 0; m < metrics; m++)
        forget(without + (size_t)m * TEST_GROUPS);
    if (!enough(scored, group, rows))
        return STATUS_OK;
    if (!all.orders)
        all.orders = &own;
    const bool ok = part_init(&part, all.rows) && fill_orders(&all);
    for (int g = 0; ok && g < TEST_GROUPS; g++) {
        if (rows[g] == 0)
            continue;
        part_fill(&part, &all, group, g);
        for (int m = 0; m < metrics; m++)
            without[m * TEST_GROUPS + g] = (float)(metric[m].metric->value(&part.scored) - metric[m].value);
    }
    for (int m = 0; ok && m < metrics; m++)
        if (!known_without(without + (size_t)m * TEST_GROUPS, rows))
            forget(without + (size_t)m * TEST_GROUPS);
    part_clear(&part);
    orders_clear(&own);
    return ok ? STATUS_OK : fail_memory(message, "the groups of the test sample");
}

double test_sample_error(const double without[TEST_GROUPS], int *groups)
{
    double sum = 0, squares = 0;
    int n = 0;
    for (int g = 0; g < TEST_GROUPS; g++) {
        if (isnan(without[g]))
            continue;
        sum += without[g];
        n++;
    }
    for (int g = 0; g < TEST_GROUPS; g++)
        if (!isnan(without[g]))
            squares += (without[g] - sum / n) * (without[g] - sum / n);
    if (groups)
        *groups = n;
    return n < FEWEST_LABELS ? (double)NAN : sqrt(squares * (n - 1) / n);
}
