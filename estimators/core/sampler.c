/* Drawing mini-batches. Every kind of row has a deck and a stream of its own, so that what one method draws
 * changes no batch of another. */
#include "estimators/core/sampler.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>

/* The rows and labels of one space, in memory of its own. */
typedef struct SpaceRows {
    uint32_t *row;
    float *click, *conversion;
    float *action; /* D only, and only where the log has behaviour */
    float *weight; /* only where rows have weights */
    Block block;
    bool filled;
} SpaceRows;

/* SpaceRows in a random order, taken batch by batch. */
typedef struct Deck {
    uint32_t *row;
    size_t rows, next;
    gsl_rng *generator;
} Deck;

struct Sampler {
    const TrainingData *data;
    const TrainOptions *options;
    LogWindow *window;
    size_t clicks;                 /* clicked rows of data->log */
    double weight, clicked_weight; /* of its rows, and of these */
    double unbiased_weight;
    Deck exposures, clicked, unbiased;
    Deck fed;                  /* places in what the sampler is fed with; no room where there is no plan */
    const StreamRow *feed;     /* NULL: not fed */
    StreamRow *batch;          /* of the feed */
    bool shuffles_feed, dealt; /* `dealt`: the decks of the log have its rows */
    SpaceRows space[SPACES];
    int step, next_step; /* of the epoch, from 0 */
    gsl_rng *uniform;
};

size_t batch_lookups(const TrainOptions *options)
{
    return (size_t)options->batch * 2 + (size_t)options->batch_unbiased;
}

/* Rows 0 to `rows` in order; the deck has room for as many. */
static void deck_sort(Deck *deck, size_t rows)
{
    deck->rows = rows;
    for (size_t i = 0; i < rows; i++)
        deck->row[i] = (uint32_t)i;
}

/* The rows stay to be dealt: memory that is not used costs nothing. */
static Status deck_create(Deck *deck, size_t rows, const StreamKey *key, const char *purpose,
                          Message *message)
{
    deck->row = malloc((rows ? rows : 1) * sizeof *deck->row);
    deck->rows = rows;
    deck->generator = stream_open(key, purpose);
    return deck->row && deck->generator ? STATUS_OK : fail_memory(message, "the order of the rows");
}

static void deck_free(Deck *deck)
{
    free(deck->row);
    gsl_rng_free(deck->generator);
}

static void deck_shuffle(Deck *deck)
{
    gsl_ran_shuffle(deck->generator, deck->row, deck->rows, sizeof *deck->row);
    deck->next = 0;
}

/* The next `rows` rows; shuffles again where the deck ends. */
static void deck_take(Deck *deck, int rows, uint32_t *out)
{
    for (int i = 0; i < rows; i++) {
        if (deck->next == deck->rows)
            deck_shuffle(deck);
        out[i] = deck->row[deck->next++];
    }
}

static Status space_rows_create(SpaceRows *rows, int capacity, Message *message)
{
    size_t n = (size_t)capacity;
    rows->row = calloc(n, sizeof *rows->row);
    rows->click = calloc(n, sizeof *rows->click);
    rows->conversion = calloc(n, sizeof *rows->conversion);
    rows->block =
        (Block){.row = rows->row, .first = -1, .click = rows->click, .conversion = rows->conversion};
    return rows->row && rows->click && rows->conversion ? STATUS_OK : fail_memory(message, "a batch");
}

static Status actions_create(SpaceRows *rows, int capacity, Message *message)
{
    rows->action = calloc((size_t)capacity, sizeof *rows->action);
    rows->block.action = rows->action;
    return rows->action ? STATUS_OK : fail_memory(message, "a batch");
}

static Status weights_create(SpaceRows *rows, int capacity, Message *message)
{
    rows->weight = calloc((size_t)capacity, sizeof *rows->weight);
    rows->block.weight = rows->weight;
    return rows->weight ? STATUS_OK : fail_memory(message, "a batch");
}

/* Whether rows of a space count by weights: of the log, of the unbiased sample, or of a stream. */
static bool has_weights(const TrainingData *data, Space space)
{
    if (space == U)
        return data->unbiased && data->unbiased->weight;
    return data->log->weight || (space == O && data->plan && data->plan->weight);
}

static Status create_clicked(Sampler *s, const StreamKey *key, Message *message)
{
    const Log *log = s->data->log;
    s->clicks = log_clicks(log);
    s->weight = log_weight(log);
    s->clicked_weight = log_clicked_weight(log);
    s->unbiased_weight = s->data->unbiased ? log_weight(s->data->unbiased) : 0;
    if (!s->clicks)
        return fail(message, STATUS_FAILED, "the log has no clicks: nothing to learn conversions from");
    return deck_create(&s->clicked, s->clicks, key, "batches/clicks", message);
}

/* Before anything else is done with the decks; of a stream once it is known that batches of the log are taken
 * at all. With a feed there are none, and the decks stay empty. */
static void deal(Sampler *s)
{
    const Log *log = s->data->log;
    size_t k = 0;
    if (s->feed || s->dealt)
        return;
    deck_sort(&s->exposures, s->exposures.rows);
    deck_sort(&s->unbiased, s->unbiased.rows);
    for (size_t i = 0; i < log->x.rows; i++)
        if (log->click[i])
            s->clicked.row[k++] = (uint32_t)i;
    s->dealt = true;
}

/* A stream has each click twice at most. */
static Status create_feed(Sampler *s, const StreamKey *key, Message *message)
{
    Status status = deck_create(&s->fed, 2 * s->clicks, key, "batches/stream", message);
    s->batch = calloc((size_t)s->options->batch, sizeof *s->batch);
    return status || s->batch ? status : fail_memory(message, "a batch");
}

Status sampler_create(Sampler **sampler, const TrainingData *data, const TrainOptions *options,
                      const StreamKey *key, Message *message)
{
    *sampler = NULL;
    Sampler *s = calloc(1, sizeof *s);
    if (!s)
        return fail_memory(message, "the batches");
    s->data = data;
    s->options = options;
    Status status = create_clicked(s, key, message);
    if (!status)
        status = log_window_create(&s->window, data->log, data->blocks, key, message);
    if (!status)
        status = deck_create(&s->exposures, log_window_most(s->window), key, "batches/exposures", message);
    if (!status && data->unbiased)
        status = deck_create(&s->unbiased, data->unbiased->x.rows, key, "batches/unbiased", message);
    if (!status && data->plan)
        status = create_feed(s, key, message);
    if (!status && !(s->uniform = stream_open(key, "batches/uniform")))
        status = fail_memory(message, "a generator of random numbers");
    for (int k = 0; !status && k < SPACES; k++)
        status = space_rows_create(&s->space[k], k == U ? options->batch_unbiased : options->batch, message);
    if (!status && data->log->behaviour)
        status = actions_create(&s->space[D], options->batch, message);
    for (int k = 0; !status && k < SPACES; k++)
        if (has_weights(data, (Space)k))
            status = weights_create(&s->space[k], k == U ? options->batch_unbiased : options->batch, message);
    if (!status && !data->plan)
        deal(s);
    if (status)
        sampler_free(s);
    else
        *sampler = s;
    return status;
}

void sampler_free(Sampler *s)
{
    if (!s)
        return;
    log_window_free(s->window);
    deck_free(&s->exposures);
    deck_free(&s->clicked);
    deck_free(&s->unbiased);
    deck_free(&s->fed);
    free(s->batch);
    gsl_rng_free(s->uniform);
    for (int k = 0; k < SPACES; k++) {
        free(s->space[k].row);
        free(s->space[k].click);
        free(s->space[k].conversion);
        free(s->space[k].action);
        free(s->space[k].weight);
    }
    free(s);
}

void sampler_feed(Sampler *s, const StreamRow *row, size_t rows, bool shuffled)
{
    assert(s->batch && rows > 0 && rows <= 2 * s->clicks);
    s->feed = row;
    s->shuffles_feed = shuffled;
    deck_sort(&s->fed, rows);
    s->next_step = 0;
}

bool sampler_is_fed(const Sampler *s)
{
    return s->feed;
}

double sampler_attribution(const Sampler *s)
{
    return s->data->plan->attribution;
}

const float *sampler_given_later(const Sampler *s)
{
    return s->data->plan ? s->data->plan->later : NULL;
}

const float *sampler_given_negative(const Sampler *s)
{
    return s->data->plan ? s->data->plan->negative : NULL;
}

const float *sampler_given_seen(const Sampler *s)
{
    return s->data->plan ? s->data->plan->seen : NULL;
}

/* Steps in a window; the same in each, whose numbers of rows differ by a few. */
static int window_steps(const Sampler *s)
{
    if (s->feed)
        return (int)((s->fed.rows + (size_t)s->options->batch - 1) / (size_t)s->options->batch);
    bool clicks = s->options->draw == DRAW_CLICKS;
    size_t batch = (size_t)s->options->batch, most = clicks ? s->clicked.rows : log_window_most(s->window),
           fewest = clicks ? s->clicked.rows : log_window_fewest(s->window);
    size_t steps = s->options->drop_last ? fewest / batch : (most + batch - 1) / batch;
    return steps ? (int)steps : 1;
}

int sampler_steps(const Sampler *s)
{
    return window_steps(s) * (int)log_window_count(s->window);
}

void sampler_epoch(Sampler *s)
{
    deal(s);
    s->next_step = 0;
    if (s->feed) {
        s->fed.next = 0;
        if (s->shuffles_feed)
            deck_shuffle(&s->fed);
        return;
    }
    log_window_epoch(s->window);
    if (!s->data->blocks)
        deck_shuffle(s->options->draw == DRAW_CLICKS ? &s->clicked : &s->exposures);
    if (s->data->unbiased)
        deck_shuffle(&s->unbiased);
}

/* Steps beyond the epoch go on with the sizes of its first batches. */
bool sampler_next(Sampler *s)
{
    deal(s);
    s->step = s->next_step;
    s->next_step = (s->step + 1) % sampler_steps(s);
    for (int k = 0; k < SPACES; k++)
        s->space[k].filled = false;
    if (s->feed || !s->data->blocks || s->step % window_steps(s) != 0)
        return true;
    if (!log_window_next(s->window))
        return false;
    deck_sort(&s->exposures, log_window_log(s->window)->x.rows);
    deck_shuffle(&s->exposures);
    return true;
}

/* A full batch, or all rows where there are fewer. */
static int full_batch(const Sampler *s, size_t rows)
{
    return rows < (size_t)s->options->batch ? (int)rows : s->options->batch;
}

/* The size of the current batch. Sizes of a window that leave nothing out differ by one row at most. */
static int batch_rows(const Sampler *s)
{
    size_t rows = s->feed                           ? s->fed.rows
                  : s->options->draw == DRAW_CLICKS ? s->clicked.rows
                                                    : s->exposures.rows;
    if (s->options->drop_last && !s->feed)
        return full_batch(s, rows);
    size_t steps = (size_t)window_steps(s), step = (size_t)s->step % steps;
    return (int)(rows * (step + 1) / steps - rows * step / steps);
}

static void label_conversions(SpaceRows *rows, const Log *log)
{
    rows->block.log = log;
    for (int i = 0; i < rows->block.rows; i++)
        rows->conversion[i] = (float)log->conversion[rows->row[i]];
    for (int i = 0; rows->weight && i < rows->block.rows; i++)
        rows->weight[i] = log->weight[rows->row[i]];
}

/* Draws a batch of exposures and puts its clicked rows first, so that O and N are parts of D that need no
 * copying: the order of rows within a batch changes no mean. */
static void fill_exposures(Sampler *s)
{
    SpaceRows *d = &s->space[D];
    const Log *log = log_window_log(s->window);
    uint32_t *unclicked = s->space[N].row;
    bool drawn = s->options->draw == DRAW_CLICKS;
    int n = drawn ? full_batch(s, s->exposures.rows) : batch_rows(s), clicked = 0, others = 0;
    if (drawn)
        for (int i = 0; i < n; i++)
            d->row[i] = (uint32_t)gsl_rng_uniform_int(s->exposures.generator, s->exposures.rows);
    else
        deck_take(&s->exposures, n, d->row);
    for (int i = 0; i < n; i++) {
        uint32_t row = d->row[i];
        if (log->click[row])
            d->row[clicked++] = row;
        else
            unclicked[others++] = row;
    }
    for (int i = 0; i < others; i++)
        d->row[clicked + i] = unclicked[i];
    for (int i = 0; i < n; i++)
        d->click[i] = i < clicked;
    for (int i = 0; d->action && i < n; i++)
        d->action[i] = (float)log->behaviour->action[d->row[i]];
    d->block.rows = n;
    label_conversions(d, log);
    s->space[N].block = (Block){.log = log,
                                .row = d->row + clicked,
                                .rows = others,
                                .first = clicked,
                                .weight = d->weight ? d->weight + clicked : NULL};
    if (s->options->draw == DRAW_EXPOSURES)
        s->space[O].block = (Block){.log = log,
                                    .row = d->row,
                                    .rows = clicked,
                                    .first = 0,
                                    .conversion = d->conversion,
                                    .weight = d->weight};
}

static void fill_clicks(Sampler *s)
{
    SpaceRows *o = &s->space[O];
    o->block.rows = batch_rows(s);
    deck_take(&s->clicked, o->block.rows, o->row);
    label_conversions(o, s->data->log);
}

static float fed_weight(const TrainingData *data, uint32_t row)
{
    const float of_log = data->log->weight ? data->log->weight[row] : 1;
    return data->plan->weight ? of_log * data->plan->weight[row] : of_log;
}

/* Rows past the epoch's end are those of its begin, without another shuffle. */
static void fill_fed(Sampler *s)
{
    SpaceRows *o = &s->space[O];
    const Log *log = s->data->log;
    o->block = (Block){.log = log,
                       .row = o->row,
                       .rows = batch_rows(s),
                       .first = -1,
                       .conversion = o->conversion,
                       .weight = o->weight,
                       .fed = s->batch};
    for (int i = 0; i < o->block.rows; i++) {
        s->fed.next = s->fed.next < s->fed.rows ? s->fed.next : 0;
        s->batch[i] = s->feed[s->fed.row[s->fed.next++]];
        o->row[i] = s->batch[i].row;
        o->conversion[i] = s->batch[i].label;
        if (o->weight)
            o->weight[i] = fed_weight(s->data, o->row[i]);
    }
}

static void fill_unbiased(Sampler *s)
{
    SpaceRows *u = &s->space[U];
    size_t rows = s->unbiased.rows;
    u->block.rows = rows < (size_t)s->options->batch_unbiased ? (int)rows : s->options->batch_unbiased;
    deck_take(&s->unbiased, u->block.rows, u->row);
    label_conversions(u, s->data->unbiased);
}

const Block *sampler_block(Sampler *s, Space space)
{
    bool own_clicks = space == O && (s->feed || s->options->draw == DRAW_CLICKS);
    Space source = space == U ? U : own_clicks ? O : D;
    if (!s->space[source].filled) {
        deal(s);
        if (source == U)
            fill_unbiased(s);
        else if (own_clicks && s->feed)
            fill_fed(s);
        else if (own_clicks)
            fill_clicks(s);
        else
            fill_exposures(s);
        s->space[source].filled = true;
    }
    return &s->space[space].block;
}

double sampler_exposures(Sampler *s)
{
    const bool clicks = s->options->draw == DRAW_CLICKS;
    const Block *block = sampler_block(s, clicks ? O : D);
    double weight = block->weight ? 0 : block->rows;
    for (int i = 0; block->weight && i < block->rows; i++)
        weight += (double)block->weight[i];
    return clicks ? weight * s->weight / s->clicked_weight : weight;
}

/* Odd multiples of 2^-24: exact in float, and never 0 or 1. */
void sampler_uniform(Sampler *s, int n, float *u)
{
    for (int i = 0; i < n; i++)
        u[i] = (float)(2 * gsl_rng_uniform_int(s->uniform, 1UL << 23) + 1) * 0x1p-24F;
}

bool sampler_has_unbiased(const Sampler *s)
{
    return s->data->unbiased;
}

double sampler_share_of_unbiased(const Sampler *s)
{
    double clicks = s->clicked_weight;
    if (s->data->blocks)
        clicks *= (double)s->data->blocks->rows / (double)s->data->log->x.rows;
    return s->unbiased_weight / (s->unbiased_weight + clicks);
}

double sampler_click_rate(const Sampler *s)
{
    return s->clicked_weight / s->weight;
}
