/* Worlds like a log: what is set from its columns, and the draws that are held against it. */
#include "experiments/twin/twin_world.h"

#include "experiments/twin/id_statistics.h"
#include "sim/base/workers.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { SEED = 1 }; /* the default of the key seed, with which the twin is run */

const TwinParameterRow twin_parameter_table[TWIN_PARAMETERS] = {
    [TWIN_CVR] = {"world.cvr", "logit", 0, 3, 0.2},
    [TWIN_SIGMA_O] = {"world.sigma_o", "log", 0, 0.7, 0.2},
    [TWIN_SIGMA_R] = {"world.sigma_r", "log", 0, 0.7, 0.25},
    [TWIN_DEPENDENCE] = {"world.dependence", "atanh", 0.3, 0.7, 0.2},
    [TWIN_FEATURE_NOISE] = {"world.feature_noise", "log", -0.7, 0.8, 0.3},
    [TWIN_USER_SHARE] = {"world.user_share", "log ratio", 0, 1, 0.3},
    [TWIN_ITEM_SHARE] = {"world.item_share", "log ratio", 0, 1, 0.3},
};

static double between(double low, double x, double high)
{
    return fmin(fmax(x, low), high);
}

/* Whether a column has one value for each id of a side: of dense columns, or of categorical ones. */
static bool is_constant(const Log *log, int side, bool dense, int column)
{
    const size_t categorical = (size_t)log->x.schema.categorical, columns = (size_t)log->x.schema.dense,
                 ids = log->x.schema.cardinality[side];
    double *first = calloc(ids + 1, sizeof *first);
    uint8_t *seen = calloc(ids + 1, sizeof *seen);
    bool constant = first && seen;
    for (size_t i = 0; constant && i < log->x.rows; i++) {
        const uint32_t of = log->x.id[i * categorical + (size_t)side];
        const double value = dense ? (double)log->x.dense[i * columns + (size_t)column]
                                   : log->x.id[i * categorical + (size_t)column];
        constant = !seen[of] || first[of] == value;
        first[of] = value;
        seen[of] = 1;
    }
    free(first);
    free(seen);
    return constant;
}

/* What an id column tells of clicks: mutual information in nats, by plain counts. */
static double click_information(const Log *rows, int field)
{
    const size_t categorical = (size_t)rows->x.schema.categorical, ids = rows->x.schema.cardinality[field];
    double *count = calloc(2 * ids, sizeof *count), information = 0;
    const double n = (double)rows->x.rows, m = (double)log_clicks(rows) / n;
    for (size_t i = 0; count && i < rows->x.rows; i++)
        count[2 * rows->x.id[i * categorical + (size_t)field] + rows->click[i]]++;
    for (size_t j = 0; count && j < 2 * ids; j++)
        if (count[j] > 0)
            information += count[j] / n * log(count[j] / (count[j] + count[j ^ 1]) / (j & 1 ? m : 1 - m));
    free(count);
    return information;
}

/* The best categorical column for the groups of a side: one that follows from its ids, else any. */
static int group_column(const Log *log, int side, int taken)
{
    int best = -1;
    double most = 0;
    bool best_constant = false;
    for (int f = 2; f < log->x.schema.categorical; f++) {
        if (f == taken)
            continue;
        const bool constant = is_constant(log, side, false, f);
        const double information = click_information(log, f);
        if (best >= 0 && (constant < best_constant || (constant == best_constant && information <= most)))
            continue;
        best = f;
        most = information;
        best_constant = constant;
    }
    return best;
}

void twin_base(WorldOptions *base, const Log *log, const double ids[2])
{
    enum { MOST_LATENT = 8, MOST_MEMBERS = 100000000, MOST_GROUPS = 1000 };
    const Schema *schema = &log->x.schema;
    int columns[3] = {0}; /* of users, items, neither */
    for (int d = 0; d < schema->dense; d++) {
        const bool user = is_constant(log, FIELD_USER, true, d);
        const bool item = !user && is_constant(log, FIELD_ITEM, true, d);
        columns[user ? 0 : item ? 1 : 2]++;
    }
    const int segment = group_column(log, FIELD_USER, -1), category = group_column(log, FIELD_ITEM, segment);
    const int latent = columns[0] > columns[1] ? columns[0] : columns[1];
    *base = (WorldOptions){
        .users = (int)between(1, round(ids[FIELD_USER]), MOST_MEMBERS),
        .items = (int)between(1, round(ids[FIELD_ITEM]), MOST_MEMBERS),
        .segments = segment < 0 ? 1 : (int)between(1, schema->cardinality[segment], MOST_GROUPS),
        .categories = category < 0 ? 1 : (int)between(1, schema->cardinality[category], MOST_GROUPS),
        .latent = latent ? (int)between(2, latent, MOST_LATENT) : 4,
        .context = (int)between(1, columns[2], MOST_LATENT),
        .shape = SHAPE_NETWORK,
        .ctr = (double)log_clicks(log) / (double)log->x.rows,
    };
}

/* The exponent of rows drawn from Zipf's law; the random numbers are the same for every s. */
static Status drawn_exponent(double s, int members, size_t rows, double *exponent, Message *message)
{
    const StreamKey key = {.seed = SEED, .setting = "", .replicate = EVERY_REPLICATE};
    double *below = calloc((size_t)members, sizeof *below), total = 0;
    size_t *count = calloc((size_t)members, sizeof *count);
    gsl_rng *random = stream_open(&key, "twin/zipf");
    Status status = below && count && random ? STATUS_OK : fail_memory(message, "the ids of a log");
    for (int m = 0; !status && m < members; m++)
        below[m] = total += exp(-s * log(m + 1.0));
    for (size_t i = 0; !status && i < rows; i++) {
        const double at = gsl_rng_uniform(random) * total;
        size_t low = 0, high = (size_t)members - 1;
        while (low < high) {
            const size_t middle = (low + high) / 2;
            if (below[middle] > at)
                high = middle;
            else
                low = middle + 1;
        }
        count[low]++;
    }
    if (!status)
        status = zipf_exponent(count, (uint32_t)members, exponent, message);
    free(below);
    free(count);
    gsl_rng_free(random);
    return status;
}

Status twin_zipf(double wanted, int members, size_t rows, double *exponent, Message *message)
{
    enum { HALVINGS = 12 };
    double low = 0, high = 4, found = 0;
    *exponent = 0;
    if (members < 2 || isnan(wanted))
        return STATUS_OK;
    Status status = drawn_exponent(0, members, rows, &found, message);
    for (int i = 0; !status && i < HALVINGS && found < wanted; i++) {
        double middle = 0;
        *exponent = (low + high) / 2;
        status = drawn_exponent(*exponent, members, rows, &middle, message);
        if (middle < wanted)
            low = *exponent;
        else
            high = *exponent;
    }
    return status;
}

void twin_options(const WorldOptions *base, const double parameter[TWIN_PARAMETERS], double log_odds,
                  WorldOptions *options)
{
    const double user = base->users > 1 ? exp(between(-4, parameter[TWIN_USER_SHARE], 4)) : 0,
                 item = base->items > 1 ? exp(between(-4, parameter[TWIN_ITEM_SHARE], 4)) : 0;
    *options = *base;
    options->cvr = 1 / (1 + exp(-between(-12, parameter[TWIN_CVR], 12)));
    options->sigma_o = exp(between(-4, parameter[TWIN_SIGMA_O], 2));
    options->sigma_r = exp(between(-4, parameter[TWIN_SIGMA_R], 2));
    options->dependence = tanh(between(-2.5, parameter[TWIN_DEPENDENCE], 2.5));
    options->feature_noise = exp(between(-4, parameter[TWIN_FEATURE_NOISE], 4));
    options->user_share = user / (1 + user + item);
    options->item_share = item / (1 + user + item);
    options->hidden_odds = log_odds == 0 ? 0 : exp(log_odds);
}

Status twin_match_cvr(const WorldOptions *base, double wanted, double log_odds,
                      double parameter[TWIN_PARAMETERS], Message *message)
{
    enum { STEPS = 3 };
    Status status = STATUS_OK;
    for (int i = 0; !status && i < STEPS; i++) {
        WorldOptions options;
        World *world;
        HiddenOdds odds;
        twin_options(base, parameter, log_odds, &options);
        status = world_create(&world, &options, SEED, 0, message);
        if (status)
            return status;
        status = world_hidden_odds(world, &odds, message);
        if (!status) /* logits of the two rates move together, nearly one by one */
            parameter[TWIN_CVR] += wanted - log(odds.clicked_cvr / (1 - odds.clicked_cvr));
        world_free(world);
    }
    return status;
}

typedef struct DrawQueue {
    pthread_mutex_t lock;
    TwinDraw *draw;
    int draws, next;
    const EstimatorOptions *options;
    Status status;
    Message *message;
} DrawQueue;

/* A world that cannot be made is one that is not like the log; only what is no fault of the world stops. */
static Status make_draw(TwinDraw *draw, const EstimatorOptions *options, Message *message)
{
    World *world = NULL;
    Log log = {0};
    const StreamKey key = {SEED, "", draw->number, 0};
    for (int k = 0; k < LOG_STATISTICS; k++)
        draw->value[k] = NAN;
    Status status = world_create(&world, &draw->world, SEED, draw->number, message);
    if (!status)
        status = world_draw(world, &(ExposureDraw){&key, "log", SAMPLE_EXPOSURES, draw->rows, 0}, &log, NULL,
                            message);
    if (!status)
        status = log_statistics(&log, options, draw->value, draw->wants_space ? &draw->space : NULL, message);
    log_free(&log);
    world_free(world);
    return status == STATUS_USAGE || status == STATUS_FAILED ? STATUS_OK : status;
}

static void *take_draws(void *argument)
{
    DrawQueue *queue = argument;
    for (;;) {
        Message message = {{0}};
        pthread_mutex_lock(&queue->lock);
        const int at = queue->status ? queue->draws : queue->next++;
        pthread_mutex_unlock(&queue->lock);
        if (at >= queue->draws)
            return NULL;
        Status status = make_draw(&queue->draw[at], queue->options, &message);
        pthread_mutex_lock(&queue->lock);
        if (status && !queue->status) {
            queue->status = status;
            *queue->message = message;
        }
        pthread_mutex_unlock(&queue->lock);
    }
}

Status twin_draw(TwinDraw *draw, int draws, const EstimatorOptions *options, int jobs, Message *message)
{
    Message unused = {{0}};
    DrawQueue queue = {
        .draw = draw, .draws = draws, .options = options, .message = message ? message : &unused};
    pthread_mutex_init(&queue.lock, NULL);
    Status status = workers_run(jobs < draws ? jobs : draws, take_draws, &queue, message);
    pthread_mutex_destroy(&queue.lock);
    return status ? status : queue.status;
}
