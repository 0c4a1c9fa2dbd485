/* Models that predict each row without having seen its user, and which of their epochs is taken. The fits of
 * all folds go on side by side, so that an epoch is judged by all rows of the log: one number is chosen by
 * thousands of labels, which leaves predictions as good as independent of their own. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows whose fold is `fold`, or is not. */
static size_t rows_of_fold(const uint8_t *group, size_t rows, int fold, bool inside, uint32_t *row)
{
    size_t count = 0;
    for (size_t i = 0; i < rows; i++)
        if ((group[i] % AUDIT_FOLDS == fold) == inside)
            row[count++] = (uint32_t)i;
    return count;
}

static float logit_of(float p)
{
    const double least = 1e-7, q = fmin(fmax((double)p, least), 1 - least);
    return (float)(real_log(q) - real_log1p(-q));
}

/* The user of a row is never among those that a model has seen: what its embedding says there is noise, and
 * what it says in training is taken from the features, which could say it of other users. */
static void forget_users(Log *log)
{
    for (size_t i = 0; i < log->x.rows; i++)
        log->x.id[i * (size_t)log->x.schema.categorical + FIELD_USER] = 0;
}

/* --- A fold */

/* The fit to the rows of all other folds. */
typedef struct FoldFit {
    Log seen;
    TrainingData data; /* of `seen` */
    Fit *fit;
} FoldFit;

/* Close it also after a failure. */
static Status fold_open(FoldFit *f, const AuditLog *audit, const AuditFit *how, int fold, Message *message)
{
    const Log *log = &audit->data->log;
    uint32_t *row = calloc(log->x.rows + 1, sizeof *row);
    if (!row)
        return fail_memory(message, "the rows of an audit");
    const size_t count = rows_of_fold(audit->group, log->x.rows, fold, false, row);
    Status status = log_select(&f->seen, log, row, count, message);
    free(row);
    if (status)
        return status;
    forget_users(&f->seen);
    f->data = (TrainingData){.log = &f->seen};
    const FitSetup setup = {how->method, how->options, &f->data, NULL, how->key};
    return fit_create(&f->fit, &setup, message);
}

static void fold_close(FoldFit *f)
{
    fit_free(f->fit);
    log_free(&f->seen);
}

static Status train(Fit *fit, const AuditFit *how, Message *message)
{
    FitReport report;
    Status status = fit_train(fit, &report, message);
    if (!status && report.diverged)
        status = fail(message, STATUS_FAILED,
                      "%s: the training diverged on the log; expected another train.learning_rate",
                      how->method->estimator->name);
    return status;
}

/* Predicts the rows of the fold; `click` and `conversion` may be NULL. */
static Status predict_rows(Fit *fit, const Log *log, const uint8_t *group, int fold, float *click,
                           float *conversion, Message *message)
{
    const size_t rows = log->x.rows;
    Log part = {0};
    uint32_t *row = calloc(rows + 1, sizeof *row);
    float *p = calloc(2 * rows + 1, sizeof *p);
    Status status = row && p ? STATUS_OK : fail_memory(message, "the predictions of an audit");
    const size_t count = status ? 0 : rows_of_fold(group, rows, fold, true, row);
    if (count)
        status = log_select(&part, log, row, count, message);
    if (!status)
        forget_users(&part);
    if (count && !status)
        status = fit_predict(fit, &part.x, p, p + rows, message);
    for (size_t i = 0; i < count && !status; i++) {
        if (conversion)
            conversion[row[i]] = logit_of(p[i]);
        if (click)
            click[row[i]] = logit_of(p[rows + i]);
    }
    log_free(&part);
    free(row);
    free(p);
    return status;
}

static Status fold_predict(const FoldFit *f, const AuditLog *audit, int fold, const AuditPredictions *to,
                           Message *message)
{
    const Log *log = &audit->data->log, *random = &audit->data->random;
    Status status = predict_rows(f->fit, log, audit->group, fold, to->click, to->conversion, message);
    if (!status && random->x.rows && to->random_conversion)
        status = predict_rows(f->fit, random, audit->random_group, fold, to->random_click,
                              to->random_conversion, message);
    return status;
}

Status audit_cross_fit(const AuditLog *audit, const AuditFit *fit, const AuditPredictions *to,
                       Message *message)
{
    Status status = STATUS_OK;
    for (int fold = 0; fold < AUDIT_FOLDS && !status; fold++) {
        FoldFit f = {.fit = NULL};
        status = fold_open(&f, audit, fit, fold, message);
        if (!status)
            status = train(f.fit, fit, message);
        if (!status)
            status = fold_predict(&f, audit, fold, to, message);
        fold_close(&f);
    }
    return status;
}

/* --- The best epoch */

static double log_loss(const Log *log, const float *logit, const uint8_t *label, const uint8_t *marked)
{
    double sum = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        if (marked && !marked[i])
            continue;
        const double x = (double)logit[i], towards = label[i] ? -x : x;
        sum += towards > 0 ? towards + real_log1p(real_exp(-towards)) : real_log1p(real_exp(towards));
    }
    return sum;
}

/* Predictions of clicks or of conversions: those of the epoch that has just ended, and where the best go. */
typedef struct HeadEpochs {
    const uint8_t *label, *marked;
    const float *now, *random_now;
    float *best, *random_best; /* NULL: not wanted */
    double loss;               /* of the best */
    int epoch;
} HeadEpochs;

static void keep_if_best(HeadEpochs *head, const AuditData *data, int epoch)
{
    if (!head->best)
        return;
    const double loss = log_loss(&data->log, head->now, head->label, head->marked);
    if (head->epoch && !(loss < head->loss))
        return;
    head->loss = loss;
    head->epoch = epoch;
    memcpy(head->best, head->now, data->log.x.rows * sizeof *head->best);
    if (head->random_best)
        memcpy(head->random_best, head->random_now, data->random.x.rows * sizeof *head->random_best);
}

static bool waits(const HeadEpochs *head, const TrainOptions *train, int epoch)
{
    return head->best && (train->patience == 0 || epoch - head->epoch < train->patience);
}

static Status train_epochs(FoldFit fold[AUDIT_FOLDS], const AuditLog *audit, const AuditFit *how,
                           const AuditPredictions *now, HeadEpochs head[2], Message *message)
{
    const TrainOptions *options = &how->options->train;
    Status status = STATUS_OK;
    for (int epoch = 1; epoch <= options->epochs && !status; epoch++) {
        for (int k = 0; k < AUDIT_FOLDS && !status; k++) {
            status = train(fold[k].fit, how, message);
            if (!status)
                status = fold_predict(&fold[k], audit, k, now, message);
        }
        for (int h = 0; h < 2 && !status; h++)
            keep_if_best(&head[h], audit->data, epoch);
        if (!waits(&head[0], options, epoch) && !waits(&head[1], options, epoch))
            break;
    }
    return status;
}

Status audit_cross_fit_best(const AuditLog *audit, const AuditFit *fit, const AuditPredictions *to,
                            AuditEpochs *epochs, Message *message)
{
    const AuditData *data = audit->data;
    EstimatorOptions an_epoch = *fit->options;
    an_epoch.train.epochs = 1;
    an_epoch.train.patience = 0;
    const AuditFit how = {fit->method, &an_epoch, fit->key};
    FoldFit fold[AUDIT_FOLDS];
    AuditPredictions now;
    Status status = audit_predictions_create(&now, data, message);
    for (int k = 0; k < AUDIT_FOLDS; k++) {
        fold[k] = (FoldFit){.fit = NULL};
        if (!status)
            status = fold_open(&fold[k], audit, &how, k, message);
    }
    HeadEpochs head[2] = {{.label = data->log.click,
                           .now = now.click,
                           .random_now = now.random_click,
                           .best = to->click,
                           .random_best = to->random_click},
                          {.label = data->log.conversion,
                           .marked = data->log.click,
                           .now = now.conversion,
                           .random_now = now.random_conversion,
                           .best = to->conversion,
                           .random_best = to->random_conversion}};
    if (!status)
        status = train_epochs(fold, audit, fit, &now, head, message);
    *epochs = (AuditEpochs){head[0].epoch, head[1].epoch};
    for (int k = 0; k < AUDIT_FOLDS; k++)
        fold_close(&fold[k]);
    audit_predictions_free(&now);
    return status;
}

/* --- The whole log */

Status audit_fit_whole(const AuditLog *audit, const AuditFit *fit, const Features *x, float *click,
                       float *conversion, Message *message)
{
    Fit *whole = NULL;
    const TrainingData data = {.log = &audit->data->log};
    const FitSetup setup = {fit->method, fit->options, &data, NULL, fit->key};
    Status status = fit_create(&whole, &setup, message);
    if (!status)
        status = train(whole, fit, message);
    if (!status)
        status = fit_predict(whole, x, conversion, click, message);
    fit_free(whole);
    return status;
}
