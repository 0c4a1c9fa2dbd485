/* 9. Parts: what a model is worth on other rows, and on those of them whose ids it has seen. */
#include "experiments/audit/audit.h"

#include <stdlib.h>

/* Marks the rows whose ids all occur in the log. */
static Status mark_seen(uint8_t *seen, const Features *log, const Features *part, Message *message)
{
    const size_t categorical = (size_t)part->schema.categorical;
    uint8_t *occurs = calloc(audit_most_ids(&log->schema) + 1, 1);
    if (!occurs)
        return fail_memory(message, "the ids of an audit");
    for (size_t i = 0; i < part->rows; i++)
        seen[i] = 1;
    for (size_t f = 0; f < categorical; f++) {
        for (size_t id = 0; id < log->schema.cardinality[f]; id++)
            occurs[id] = 0;
        for (size_t i = 0; i < log->rows; i++)
            occurs[log->id[i * categorical + f]] = 1;
        for (size_t i = 0; i < part->rows; i++)
            seen[i] &= occurs[part->id[i * categorical + f]];
    }
    free(occurs);
    return STATUS_OK;
}

typedef struct PartPrediction {
    const Log *part;
    const float *click, *conversion;
    AuditScore *score; /* scratch for all rows */
} PartPrediction;

/* Of the rows that are marked; NULL: of all. */
static AuditPartScore score_rows(const PartPrediction *p, const uint8_t *marked)
{
    AuditPartScore to = {0};
    size_t clicks = 0;
    double predicted = 0;
    for (size_t i = 0; i < p->part->x.rows; i++) {
        if (marked && !marked[i])
            continue;
        p->score[to.rows++] = (AuditScore){(double)p->click[i], p->part->click[i]};
        to.clicks += p->part->click[i];
        to.conversions += p->part->click[i] && p->part->conversion[i];
    }
    to.click_auc = audit_auc(p->score, to.rows);
    for (size_t i = 0; i < p->part->x.rows; i++) {
        if ((marked && !marked[i]) || !p->part->click[i])
            continue;
        p->score[clicks++] = (AuditScore){(double)p->conversion[i], p->part->conversion[i]};
        predicted += (double)p->conversion[i];
    }
    to.conversion_auc = audit_auc(p->score, clicks);
    to.ratio = predicted / (double)to.conversions;
    return to;
}

Status audit_seen(AuditSeen *seen, const AuditLog *audit, const AuditFit *fit, const Log *part,
                  Message *message)
{
    const size_t rows = part->x.rows;
    uint8_t *marked = calloc(rows + 1, 1);
    float *prediction = calloc(2 * rows + 1, sizeof *prediction);
    const PartPrediction p = {part, prediction, prediction + rows, calloc(rows + 1, sizeof *p.score)};
    Status status = marked && prediction && p.score
                        ? audit_fit_whole(audit, fit, &part->x, prediction, prediction + rows, message)
                        : fail_memory(message, "the other rows of an audit");
    if (!status)
        status = mark_seen(marked, &audit->data->log.x, &part->x, message);
    if (!status)
        *seen = (AuditSeen){score_rows(&p, NULL), score_rows(&p, marked)};
    free(marked);
    free(prediction);
    free(p.score);
    return status;
}
