/* Fits the models and takes the statistics. Which rows are held out follows from themselves alone. */
#include "experiments/twin/log_statistics.h"

#include "estimators/core/train.h"
#include "experiments/twin/id_statistics.h"
#include "experiments/twin/ridge_logistic.h"
#include "results/statistics/metrics.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const StatisticRow statistic_table[LOG_STATISTICS] = {
    [CLICK_RATE] = {"click rate", "logit of the click rate", 0.02, STATISTIC_SOLVED},
    [CLICKED_CVR] = {"CVR of clicks", "logit of the conversion rate of clicks", 0.02, STATISTIC_FITTED},
    [AUC_CLICK] = {"AUC of clicks", "logit of the held-out AUC of a click model", 0.08, STATISTIC_FITTED},
    [AUC_CONVERSION] = {"AUC of conversions", "logit of the held-out AUC of a conversion model on clicks",
                        0.08, STATISTIC_FITTED},
    [AUC_CLICK_FEATURES] = {"AUC of clicks, no ids",
                            "the same of a logistic regression without user and item", 0.08,
                            STATISTIC_FITTED},
    [AUC_CONVERSION_FEATURES] = {"AUC of conversions, no ids", "likewise of conversions", 0.08,
                                 STATISTIC_FITTED},
    [LOGIT_CORRELATION] = {"correlation of logits", "atanh of that of the two models' logits, held-out rows",
                           0.05, STATISTIC_FITTED},
    [LOGIT_SD_CLICK] = {"sd of click logits", "log of the sd of the click model's logits", 0.05,
                        STATISTIC_FITTED},
    [LOGIT_SD_CONVERSION] = {"sd of conversion logits", "log of the sd of the conversion model's", 0.05,
                             STATISTIC_FITTED},
    [ITEM_CLICKS] = {"items in clicks", "variance of items' click rates over m(1-m), without chance", 0.005,
                     STATISTIC_FITTED},
    [USER_CLICKS] = {"users in clicks", "likewise of users", 0.005, STATISTIC_FITTED},
    [ITEM_CONVERSIONS] = {"items in conversions", "likewise of items' CVR of clicks", 0.01, STATISTIC_FITTED},
    [ITEM_ZIPF] = {"Zipf exponent, items", "by maximum likelihood on the ranks", 0.02, STATISTIC_SOLVED},
    [USER_ZIPF] = {"Zipf exponent, users", "likewise", 0.02, STATISTIC_SOLVED},
    [POPULARITY] = {"popularity and clicks",
                    "correlation over rows of an item's log count and its click rate", 0.05, STATISTIC_HELD},
    [TOP_ITEMS] = {"top items", "log share of the rows of the 1 % of items with the most", 0.05,
                   STATISTIC_HELD},
    [REPEATS] = {"repeats", "share of rows whose user has had the item before", 0.02, STATISTIC_HELD},
    [CALIBRATION_SLOPE] = {"calibration slope", "of held-out clicks on the click model's logit", 0.05,
                           STATISTIC_HELD},
    [CVR_BY_CLICK_RATE] = {"CVR by click rate",
                           "log ratio of the CVR of clicks of the upper to the lower half of predicted click "
                           "rates",
                           0.1, STATISTIC_HELD},
    [CLICK_GAIN] = {"gain of clicks", "share of the log loss of the constant that the click model saves",
                    0.01, STATISTIC_HELD},
};

const char *const score_column[SCORE_COLUMNS] = {"click logit",
                                                 "conversion logit",
                                                 "log count of user",
                                                 "log count of item",
                                                 "user's clicks",
                                                 "item's clicks",
                                                 "click",
                                                 "conversion"};

void score_space_free(ScoreSpace *space)
{
    free(space->column[0]);
    *space = (ScoreSpace){0};
}

/* Predictions of the held-out rows. */
typedef struct Held {
    Log part[2]; /* fitted on, held out */
    size_t rows, clicks;
    float *click, *conversion;                   /* of the model, all held-out rows */
    float *click_features, *conversion_features; /* of the regressions */
    float *on_clicks[2];         /* conversion predictions of clicked rows, model and regression */
    double *clicked, *converted; /* labels: of all rows, of clicked ones */
} Held;

static void held_free(Held *h)
{
    log_free(&h->part[0]);
    log_free(&h->part[1]);
    free(h->click);
    free(h->clicked);
}

/* A hash of what a row's features are says whether it is held out, so that it stays where it is in a part of
 * the log too, and equal rows stay together. */
static bool is_held(const Features *x, size_t i)
{
    const size_t categorical = (size_t)x->schema.categorical, dense = (size_t)x->schema.dense;
    uint64_t hash = 14695981039346656037U;
    for (size_t f = 0; f < categorical; f++)
        hash = (hash ^ x->id[i * categorical + f]) * 0x9E3779B97F4A7C15U;
    for (size_t d = 0; d < dense; d++) {
        uint32_t bits;
        memcpy(&bits, &x->dense[i * dense + d], sizeof bits);
        hash = (hash ^ bits) * 0x9E3779B97F4A7C15U;
    }
    return ((hash ^ hash >> 29) * 0xBF58476D1CE4E5B9U >> 32) % 5 == 0;
}

static Status split(Held *h, const Log *log, Message *message)
{
    uint32_t *row = calloc(2 * log->x.rows + 1, sizeof *row);
    size_t n[2] = {0};
    if (!row)
        return fail_memory(message, "the rows of a log");
    for (size_t i = 0; i < log->x.rows; i++) {
        const size_t held = is_held(&log->x, i);
        row[held * log->x.rows + n[held]++] = (uint32_t)i;
    }
    Status status = log_select(&h->part[0], log, row, n[0], message);
    if (!status)
        status = log_select(&h->part[1], log, row + log->x.rows, n[1], message);
    free(row);
    if (status)
        return status;
    h->rows = n[1];
    h->clicks = log_clicks(&h->part[1]);
    float *f = calloc(6 * h->rows + 1, sizeof *f);
    double *d = calloc(2 * h->rows + 1, sizeof *d);
    h->click = f;
    h->clicked = d;
    if (!f || !d)
        return fail_memory(message, "the rows of a log");
    h->conversion = f + h->rows;
    h->click_features = f + 2 * h->rows;
    h->conversion_features = f + 3 * h->rows;
    h->on_clicks[0] = f + 4 * h->rows;
    h->on_clicks[1] = f + 5 * h->rows;
    h->converted = d + h->rows;
    return STATUS_OK;
}

static Status fit_model(Held *h, const EstimatorOptions *options, Message *message)
{
    const StreamKey key = {.setting = "", .replicate = EVERY_REPLICATE};
    const TrainingData data = {.log = &h->part[0]};
    Method method;
    Fit *fit = NULL;
    FitReport report = {0};
    Status status = method_find("shared_bottom", &method, message);
    if (!status)
        status = fit_create(
            &fit, &(FitSetup){.method = &method, .options = options, .data = &data, .key = &key}, message);
    if (!status)
        status = fit_train(fit, &report, message);
    if (!status && report.diverged)
        status = fail(message, STATUS_FAILED, "the click and conversion model of a log diverges");
    if (!status)
        status = fit_predict(fit, &h->part[1].x, h->conversion, h->click, message);
    fit_free(fit);
    return status;
}

/* Categorical columns besides user and item of so few values are features of the regressions. */
enum { MOST_LEVELS = 256 };

static bool is_feature(const Schema *schema, int field)
{
    return field != FIELD_USER && field != FIELD_ITEM && schema->cardinality[field] <= MOST_LEVELS;
}

/* Dense columns, levels of categories, and the constant. free() both columns. */
static Status feature_rows(SparseRows *rows, const Features *x, Message *message)
{
    const Schema *schema = &x->schema;
    const size_t dense = (size_t)schema->dense;
    uint32_t base[MAX_CATEGORICAL], columns = (uint32_t)schema->dense;
    size_t per_row = dense + 1;
    for (int f = 0; f < schema->categorical; f++) {
        base[f] = columns;
        columns += is_feature(schema, f) ? schema->cardinality[f] : 0;
        per_row += is_feature(schema, f);
    }
    uint32_t *column = calloc(x->rows * per_row + 1, sizeof *column);
    float *value = calloc(x->rows * per_row + 1, sizeof *value);
    *rows = (SparseRows){x->rows, (int)columns + 1, (int)per_row, column, value};
    if (!column || !value)
        return fail_memory(message, "the features of a log");
    for (size_t i = 0; i < x->rows; i++) {
        size_t at = i * per_row;
        for (size_t d = 0; d < dense; d++, at++) {
            column[at] = (uint32_t)d;
            value[at] = x->dense[i * dense + d];
        }
        for (int f = 0; f < schema->categorical; f++)
            if (is_feature(schema, f)) {
                column[at] = base[f] + x->id[i * (size_t)schema->categorical + (size_t)f];
                value[at++] = 1;
            }
        column[at] = columns;
        value[at] = 1;
    }
    return STATUS_OK;
}

static void rows_free(SparseRows *rows)
{
    free((void *)rows->column);
    free((void *)rows->value);
}

static float probability(double logit)
{
    return (float)(1 / (1 + exp(-fmin(fmax(logit, -15), 15))));
}

static Status fit_features(Held *h, Message *message)
{
    SparseRows fitted = {0}, held = {0};
    const Log *log = &h->part[0];
    Status status = feature_rows(&fitted, &log->x, message);
    if (!status)
        status = feature_rows(&held, &h->part[1].x, message);
    double *b = calloc((size_t)fitted.columns + 1, sizeof *b);
    if (!status && !b)
        status = fail_memory(message, "the features of a log");
    for (int of = 0; !status && of < 2; of++) {
        const LogisticSample sample = {of ? log->conversion : log->click, of ? log->click : NULL, 1};
        float *to = of ? h->conversion_features : h->click_features;
        status = ridge_logistic(&fitted, &sample, b, message);
        for (size_t i = 0; !status && i < h->rows; i++)
            to[i] = probability(sparse_logit(&held, i, b));
    }
    free(b);
    rows_free(&fitted);
    rows_free(&held);
    return status;
}

static double logit_of(double p)
{
    p = fmin(fmax(p, 1e-7), 1 - 1e-7);
    return log(p / (1 - p));
}

static double auc_logit(size_t rows, const float *prediction, const double *label)
{
    const Scored scored = {.rows = rows, .prediction = prediction, .target = label, .k = 1};
    return logit_of(metric_find("auc")->value(&scored));
}

static void keep_labels(Held *h)
{
    const Log *log = &h->part[1];
    size_t c = 0;
    for (size_t i = 0; i < h->rows; i++) {
        h->clicked[i] = log->click[i];
        if (!log->click[i])
            continue;
        h->on_clicks[0][c] = h->conversion[i];
        h->on_clicks[1][c] = h->conversion_features[i];
        h->converted[c++] = log->conversion[i];
    }
}

/* Statistics of the held-out rows. */
static Status held_statistics(const Held *h, double value[LOG_STATISTICS], Message *message)
{
    double *p = calloc(2 * h->rows + 1, sizeof *p);
    uint32_t *order = rank_by_prediction(h->click, h->rows);
    if (!p || !order) {
        free(p);
        free(order);
        return fail_memory(message, "the rows of a log");
    }
    double *q = p + h->rows;
    const double rate = gsl_stats_mean(h->clicked, 1, h->rows);
    double loss = 0, slope[2] = {0};
    for (size_t i = 0; i < h->rows; i++) {
        p[i] = logit_of((double)h->click[i]);
        q[i] = logit_of((double)h->conversion[i]);
        loss -= log(h->part[1].click[i] ? (double)h->click[i] : 1 - (double)h->click[i]);
    }
    value[AUC_CLICK] = auc_logit(h->rows, h->click, h->clicked);
    value[AUC_CLICK_FEATURES] = auc_logit(h->rows, h->click_features, h->clicked);
    value[AUC_CONVERSION] = auc_logit(h->clicks, h->on_clicks[0], h->converted);
    value[AUC_CONVERSION_FEATURES] = auc_logit(h->clicks, h->on_clicks[1], h->converted);
    value[LOGIT_CORRELATION] = atanh(fmin(fmax(correlation_of(p, q, h->rows), -0.999), 0.999));
    value[LOGIT_SD_CLICK] = log(gsl_stats_sd(p, 1, h->rows));
    value[LOGIT_SD_CONVERSION] = log(gsl_stats_sd(q, 1, h->rows));
    value[CLICK_GAIN] = 1 - loss / (double)h->rows / -(rate * log(rate) + (1 - rate) * log(1 - rate));

    double clicks[2] = {0}, conversions[2] = {0};
    for (size_t k = 0; k < h->rows; k++) {
        const int upper = k >= h->rows / 2;
        clicks[upper] += h->part[1].click[order[k]];
        conversions[upper] += h->part[1].conversion[order[k]];
    }
    value[CVR_BY_CLICK_RATE] = conversions[0] > 0 && conversions[1] > 0
                                   ? log(conversions[1] / clicks[1]) - log(conversions[0] / clicks[0])
                                   : NAN;
    uint32_t *column = calloc(2 * h->rows + 1, sizeof *column);
    float *x = calloc(2 * h->rows + 1, sizeof *x);
    Status status = column && x ? STATUS_OK : fail_memory(message, "the rows of a log");
    for (size_t i = 0; !status && i < h->rows; i++) {
        column[2 * i + 1] = 1;
        x[2 * i] = (float)p[i];
        x[2 * i + 1] = 1;
    }
    if (!status)
        status = ridge_logistic(&(SparseRows){h->rows, 2, 2, column, x},
                                &(LogisticSample){.outcome = h->part[1].click}, slope, message);
    value[CALIBRATION_SLOPE] = slope[0];
    free(column);
    free(x);
    free(p);
    free(order);
    return status;
}

/* Statistics of all rows, without a model. */
static Status id_statistics(const Log *rows, double value[LOG_STATISTICS], Message *message)
{
    const Schema *schema = &rows->x.schema;
    const size_t stride = (size_t)schema->categorical;
    static const LogStatistic component[] = {[FIELD_USER] = USER_CLICKS, [FIELD_ITEM] = ITEM_CLICKS};
    static const LogStatistic zipf[] = {[FIELD_USER] = USER_ZIPF, [FIELD_ITEM] = ITEM_ZIPF};
    size_t *count = calloc((size_t)schema->cardinality[0] + schema->cardinality[1] + 1, sizeof *count);
    Status status = count ? STATUS_OK : fail_memory(message, "the ids of a log");
    for (int f = 0; !status && f < 2; f++) {
        const IdOutcomes clicks = {rows->x.rows,           stride,      rows->x.id + f,
                                   schema->cardinality[f], rows->click, NULL};
        status = id_variance(&clicks, &value[component[f]], message);
        if (!status)
            id_counts(clicks.id, stride, rows->x.rows, clicks.ids, count);
        if (!status)
            status = zipf_exponent(count, clicks.ids, &value[zipf[f]], message);
        if (!status && f == FIELD_ITEM)
            status = popularity_correlation(&clicks, &value[POPULARITY], message);
        if (!status && f == FIELD_ITEM)
            status = share_of_top(count, clicks.ids, &value[TOP_ITEMS], message);
    }
    value[TOP_ITEMS] = log(value[TOP_ITEMS]);
    const IdOutcomes conversions = {
        rows->x.rows,     stride,     rows->x.id + FIELD_ITEM, schema->cardinality[FIELD_ITEM],
        rows->conversion, rows->click};
    if (!status)
        status = id_variance(&conversions, &value[ITEM_CONVERSIONS], message);
    if (!status)
        status = share_of_repeats(rows->x.id, stride, rows->x.rows, &value[REPEATS], message);
    free(count);
    double converted = 0, clicked = 0;
    for (size_t i = 0; i < rows->x.rows; i++) {
        clicked += rows->click[i];
        converted += rows->conversion[i];
    }
    value[CLICK_RATE] = logit_of(clicked / (double)rows->x.rows);
    value[CLICKED_CVR] = logit_of(converted / clicked);
    return status;
}

/* Counts and click rates of the ids of the fitted rows, beside the held-out ones. */
static Status fill_space(ScoreSpace *space, const Held *h, Message *message)
{
    const Schema *schema = &h->part[0].x.schema;
    const size_t stride = (size_t)schema->categorical;
    *space = (ScoreSpace){.rows = h->rows};
    space->column[0] = calloc(SCORE_COLUMNS * h->rows + 1, sizeof *space->column[0]);
    double *sum = calloc(2 * ((size_t)schema->cardinality[0] + schema->cardinality[1]) + 1, sizeof *sum);
    if (!space->column[0] || !sum) {
        free(sum);
        score_space_free(space);
        return fail_memory(message, "the rows of a log");
    }
    for (int c = 1; c < SCORE_COLUMNS; c++)
        space->column[c] = space->column[0] + (size_t)c * h->rows;
    for (int f = 0; f < 2; f++) {
        const uint32_t ids = schema->cardinality[f];
        memset(sum, 0, 2 * (size_t)ids * sizeof *sum);
        for (size_t i = 0; i < h->part[0].x.rows; i++) {
            sum[h->part[0].x.id[i * stride + (size_t)f]]++;
            sum[ids + h->part[0].x.id[i * stride + (size_t)f]] += h->part[0].click[i];
        }
        for (size_t i = 0; i < h->rows; i++) {
            const uint32_t id = h->part[1].x.id[i * stride + (size_t)f];
            space->column[2 + f][i] = log(1 + sum[id]);
            space->column[4 + f][i] = (sum[ids + id] + 1) / (sum[id] + 2);
        }
    }
    free(sum);
    for (size_t i = 0; i < h->rows; i++) {
        space->column[0][i] = logit_of((double)h->click[i]);
        space->column[1][i] = logit_of((double)h->conversion[i]);
    }
    for (int c = 0; c < 2; c++) {
        const double mean = gsl_stats_mean(space->column[c], 1, h->rows);
        for (size_t i = 0; i < h->rows; i++)
            space->column[c][i] -= mean;
    }
    for (size_t i = 0; i < h->rows; i++) {
        space->column[6][i] = h->part[1].click[i];
        space->column[7][i] = h->part[1].conversion[i];
    }
    return STATUS_OK;
}

Status log_statistics(const Log *log, const EstimatorOptions *options, double value[LOG_STATISTICS],
                      ScoreSpace *space, Message *message)
{
    Held held = {0};
    Status status = id_statistics(log, value, message);
    if (!status)
        status = split(&held, log, message);
    if (!status)
        status = fit_model(&held, options, message);
    if (!status)
        status = fit_features(&held, message);
    if (!status) {
        keep_labels(&held);
        status = held_statistics(&held, value, message);
    }
    if (!status && space)
        status = fill_space(space, &held, message);
    held_free(&held);
    return status;
}
