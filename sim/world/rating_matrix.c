/* Semi-synthetic worlds: probabilities from completed ratings, and draws of r(1) and clicks from them. */
#include "sim/world/rating_matrix.h"
#include "sim/base/real.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

const double rating_matrix_level[LEVELS] = {0.1, 0.3, 0.5, 0.7, 0.9};
static const double level_share[LEVELS] = {0.53, 0.24, 0.14, 0.07, 0.02};
static const double level_click[LEVELS] = {0.0625, 0.0625, 0.125, 0.25, 0.5};

/* The place breaks ties, so that the order does not depend on how it is sorted. */
static int by_rating(const void *a, const void *b, void *completed)
{
    const float *s = completed;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    if (s[i] != s[j])
        return s[i] < s[j] ? -1 : 1;
    return (i > j) - (i < j);
}

static Status set_levels(RatingMatrix *m, const float *completed, Message *message)
{
    uint32_t *order = malloc(m->pairs * sizeof *order);
    if (!order)
        return fail_memory(message, "the order of the pairs");
    for (size_t i = 0; i < m->pairs; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, m->pairs, sizeof *order, by_rating, (void *)completed);
    double below = 0;
    size_t first = 0;
    for (int level = 0; level < LEVELS; level++) {
        below += level_share[level];
        size_t end = level == LEVELS - 1 ? m->pairs : (size_t)llround(below * (double)m->pairs);
        for (; first < end; first++) {
            m->p_r[order[first]] = rating_matrix_level[level];
            m->p_o[order[first]] = level_click[level];
        }
    }
    free(order);
    return STATUS_OK;
}

static void set_powers(RatingMatrix *m, const float *completed, double alpha)
{
    for (size_t i = 0; i < m->pairs; i++) {
        m->p_r[i] = (double)completed[i];
        m->p_o[i] = real_power(real_power(2, (double)completed[i]) - 1, alpha);
    }
}

Status rating_matrix_create(RatingMatrix *m, const CompletedRatings *completed, MatrixProtocol protocol,
                            double alpha, Message *message)
{
    Schema schema = {
        .categorical = 2, .name = {"user", "item"}, .cardinality = {completed->users, completed->items}};
    *m = (RatingMatrix){.schema = schema, .pairs = (size_t)completed->users * completed->items};
    m->p_r = calloc(m->pairs, sizeof *m->p_r);
    m->p_o = calloc(m->pairs, sizeof *m->p_o);
    Status status = m->p_r && m->p_o ? STATUS_OK : fail_memory(message, "a matrix of users and items");
    if (!status && protocol == MATRIX_LEVELS)
        status = set_levels(m, completed->rating, message);
    else if (!status)
        set_powers(m, completed->rating, alpha);
    if (status)
        rating_matrix_free(m);
    return status;
}

void rating_matrix_free(RatingMatrix *m)
{
    free(m->p_r);
    free(m->p_o);
    *m = (RatingMatrix){0};
}

/* r(1) and whether the pair is clicked, in this order from the stream, into row `row`. */
static void draw_row(const RatingMatrix *m, gsl_rng *random, size_t pair, size_t row, Log *log, Truth *truth)
{
    double p_r = m->p_r[pair], p_o = m->p_o[pair];
    bool potential = gsl_rng_uniform(random) < p_r, click = gsl_rng_uniform(random) < p_o;
    log->x.id[2 * row + FIELD_USER] = (uint32_t)(pair / m->schema.cardinality[FIELD_ITEM]);
    log->x.id[2 * row + FIELD_ITEM] = (uint32_t)(pair % m->schema.cardinality[FIELD_ITEM]);
    log->click[row] = click;
    log->conversion[row] = potential;
    if (!truth)
        return;
    truth->potential[row] = potential;
    truth->p_r[row] = truth->p_r_full[row] = truth->q[row] = p_r;
    truth->p_o[row] = truth->p_o_full[row] = truth->p_o_given[row] = p_o;
}

Status rating_matrix_draw(const RatingMatrix *m, const PairDraw *draw, Log *log, Truth *truth,
                          Message *message)
{
    size_t rows = draw->pair ? draw->rows : m->pairs;
    if (truth)
        *truth = (Truth){0};
    Status status = log_create(log, &m->schema, rows, message);
    if (!status && truth)
        status = truth_create(truth, rows, message);
    gsl_rng *random = stream_open(draw->key, draw->purpose);
    if (!status && !random)
        status = fail_memory(message, "a log of pairs");
    for (size_t i = 0; !status && i < rows; i++) {
        draw_row(m, random, draw->pair ? draw->pair[i] : i, i, log, truth);
        log->click[i] |= draw->forced;
        log->conversion[i] &= log->click[i]; /* a label on clicks alone */
    }
    gsl_rng_free(random);
    if (status) {
        log_free(log);
        if (truth)
            truth_free(truth);
    }
    return status;
}

uint32_t *matrix_pairs_of_users(const RatingMatrix *m, const StreamKey *key, const char *purpose,
                                size_t *rows)
{
    uint32_t users = m->schema.cardinality[FIELD_USER], items = m->schema.cardinality[FIELD_ITEM];
    *rows = *rows < m->pairs ? *rows : m->pairs;
    gsl_rng *random = stream_open(key, purpose);
    uint32_t *user = malloc(users * sizeof *user), *pair = malloc((*rows + 1) * sizeof *pair);
    if (random && user && pair) {
        for (uint32_t u = 0; u < users; u++)
            user[u] = u;
        gsl_ran_shuffle(random, user, users, sizeof *user);
        for (size_t i = 0; i < *rows; i++)
            pair[i] = user[i / items] * items + (uint32_t)(i % items);
    } else {
        free(pair);
        pair = NULL;
    }
    free(user);
    gsl_rng_free(random);
    return pair;
}

uint32_t *matrix_random_pairs(const RatingMatrix *m, const StreamKey *key, const char *purpose, size_t *rows)
{
    *rows = *rows < m->pairs ? *rows : m->pairs;
    gsl_rng *random = stream_open(key, purpose);
    uint32_t *pair = random ? malloc((*rows + 1) * sizeof *pair) : NULL;
    for (size_t i = 0; pair && i < *rows; i++)
        pair[i] = (uint32_t)gsl_rng_uniform_int(random, m->pairs);
    gsl_rng_free(random);
    return pair;
}
