/* Completes ratings with an estimator of this program: each rating becomes exposures whose cross-entropy is
 * that of the rating. */
#include "experiments/inputs/rating_completion.h"

#include "estimators/core/train.h"
#include "sim/data/ratings.h"

#include <stdlib.h>

enum { COPIES = HIGHEST_RATING - 1 };

/* A rating r is COPIES clicks with r - 1 conversions: their cross-entropy is that of the label (r - 1) / 4.
 */
static Status exposures_of(const Ratings *ratings, Log *log, Message *message)
{
    Schema schema = {
        .categorical = 2, .name = {"user", "item"}, .cardinality = {ratings->users, ratings->items}};
    Status status = log_create(log, &schema, COPIES * ratings->rows, message);
    for (size_t i = 0; !status && i < log->x.rows; i++) {
        size_t row = i / COPIES;
        log->x.id[2 * i + FIELD_USER] = ratings->user[row];
        log->x.id[2 * i + FIELD_ITEM] = ratings->item[row];
        log->click[i] = 1;
        log->conversion[i] = i % COPIES < (size_t)ratings->rating[row] - 1;
    }
    return status;
}

static Status predict_all(Fit *fit, const Schema *schema, float *completed, Message *message)
{
    uint32_t users = schema->cardinality[FIELD_USER], items = schema->cardinality[FIELD_ITEM];
    Features row;
    Status status = features_create(&row, schema, items, message);
    for (uint32_t u = 0; !status && u < users; u++) {
        for (uint32_t i = 0; i < items; i++) {
            row.id[2 * (size_t)i + FIELD_USER] = u;
            row.id[2 * (size_t)i + FIELD_ITEM] = i;
        }
        status = fit_predict(fit, &row, completed + (size_t)u * items, NULL, message);
    }
    features_free(&row);
    return status;
}

static EstimatorOptions options_of(const Spec *spec)
{
    EstimatorOptions options = {.model = spec->model, .train = spec->train};
    options.model.embedding = spec->completion.embedding;
    options.model.prior_start = SWITCH_OFF;
    options.train.epochs = spec->completion.epochs;
    options.train.learning_rate = spec->completion.learning_rate;
    options.train.l2 = spec->completion.l2;
    options.train.batch = spec->completion.batch;
    options.train.draw = DRAW_EXPOSURES;
    options.train.drop_last = SWITCH_ON;
    options.train.patience = 0;
    return options;
}

static Status fit_ratings(const Spec *spec, const Log *log, float *completed, Message *message)
{
    StreamKey key = {.seed = (uint64_t)spec->seed, .setting = "", .world = 0, .replicate = EVERY_REPLICATE};
    EstimatorOptions options = options_of(spec);
    TrainingData data = {.log = log};
    Method method;
    Fit *fit = NULL;
    FitReport report = {0};
    Status status = method_find("mf+naive", &method, message);
    if (!status)
        status = fit_create(
            &fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &key}, message);
    if (!status)
        status = fit_train(fit, &report, message);
    if (!status && report.diverged)
        status = fail(message, STATUS_FAILED,
                      "the completion of the ratings diverged; lower completion.learning_rate");
    if (!status)
        status = predict_all(fit, &log->x.schema, completed, message);
    fit_free(fit);
    return status;
}

Status rating_completion_create(RatingMatrix *matrix, const Spec *spec, Message *message)
{
    Ratings ratings;
    Log log = {0};
    float *completed = NULL;
    *matrix = (RatingMatrix){0};
    Status status = ratings_read(&ratings, spec->layout, spec->data, message);
    if (status)
        return status;
    status = exposures_of(&ratings, &log, message);
    if (!status && !(completed = calloc((size_t)ratings.users * ratings.items, sizeof *completed)))
        status = fail_memory(message, "the completed ratings");
    if (!status)
        status = fit_ratings(spec, &log, completed, message);
    if (!status)
        status = rating_matrix_create(matrix, &(CompletedRatings){ratings.users, ratings.items, completed},
                                      spec->matrix_protocol, spec->matrix_alpha, message);
    free(completed);
    log_free(&log);
    ratings_free(&ratings);
    return status;
}
