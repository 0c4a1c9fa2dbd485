/* Memory of truth. It is apart from log.c so that nothing that an estimator includes can name it. */
#include "sim/truth.h"

#include <stdbool.h>
#include <stdlib.h>

Status truth_create(Truth *truth, size_t rows, Message *message)
{
    size_t count = rows ? rows : 1;
    *truth = (Truth){.rows = rows};
    double **column[] = {&truth->p_r,      &truth->p_o,      &truth->q,
                         &truth->p_r_full, &truth->p_o_full, &truth->p_o_given};
    bool complete = true;
    for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
        *column[i] = calloc(count, sizeof **column[i]);
        complete = complete && *column[i];
    }
    truth->potential = calloc(count, sizeof *truth->potential);
    if (!complete || !truth->potential) {
        truth_free(truth);
        return fail_memory(message, "the truth of exposures");
    }
    return STATUS_OK;
}

Status truth_add_behaviour(Truth *truth, Message *message)
{
    size_t count = truth->rows ? truth->rows : 1;
    BehaviourTruth *behaviour = calloc(1, sizeof *behaviour);
    double *block = calloc(3 * count, sizeof *block);
    if (!behaviour || !block) {
        free(behaviour);
        free(block);
        return fail_memory(message, "the truth of post-click actions");
    }
    behaviour->action = block;
    behaviour->buy_after = block + count;
    behaviour->buy_otherwise = block + 2 * count;
    truth->behaviour = behaviour;
    return STATUS_OK;
}

Status truth_add_delay(Truth *truth, Message *message)
{
    size_t count = truth->rows ? truth->rows : 1;
    DelayTruth *delay = calloc(1, sizeof *delay);
    double *block = calloc(3 * count, sizeof *block);
    if (!delay || !block) {
        free(delay);
        free(block);
        return fail_memory(message, "the truth of delays");
    }
    *delay = (DelayTruth){.log_scale = block, .logit_r = block + count, .logit_o = block + 2 * count};
    truth->delay = delay;
    return STATUS_OK;
}

Status truth_add_reachable(Truth *truth, Message *message)
{
    truth->reachable = calloc(truth->rows ? truth->rows : 1, sizeof *truth->reachable);
    return truth->reachable ? STATUS_OK : fail_memory(message, "the truth of exposures");
}

Status truth_create_like(Truth *truth, const Truth *like, size_t rows, Message *message)
{
    Status status = truth_create(truth, rows, message);
    if (!status && like->behaviour)
        status = truth_add_behaviour(truth, message);
    if (!status && like->delay)
        status = truth_add_delay(truth, message);
    if (status)
        truth_free(truth);
    return status;
}

void truth_copy_row(Truth *to, size_t i, const Truth *from, size_t row)
{
    to->p_r[i] = from->p_r[row];
    to->p_o[i] = from->p_o[row];
    to->q[i] = from->q[row];
    to->p_r_full[i] = from->p_r_full[row];
    to->p_o_full[i] = from->p_o_full[row];
    to->p_o_given[i] = from->p_o_given[row];
    to->potential[i] = from->potential[row];
    if (to->behaviour) {
        to->behaviour->action[i] = from->behaviour->action[row];
        to->behaviour->buy_after[i] = from->behaviour->buy_after[row];
        to->behaviour->buy_otherwise[i] = from->behaviour->buy_otherwise[row];
    }
    if (to->delay) {
        to->delay->rule = from->delay->rule;
        to->delay->log_scale[i] = from->delay->log_scale[row];
        to->delay->logit_r[i] = from->delay->logit_r[row];
        to->delay->logit_o[i] = from->delay->logit_o[row];
    }
}

Status truth_select(Truth *part, const Truth *truth, const uint32_t *row, size_t rows, Message *message)
{
    Status status = truth_create_like(part, truth, rows, message);
    for (size_t i = 0; !status && i < rows; i++)
        truth_copy_row(part, i, truth, row[i]);
    return status;
}

void truth_free(Truth *truth)
{
    if (truth->behaviour)
        free(truth->behaviour->action); /* one allocation */
    free(truth->behaviour);
    if (truth->delay)
        free(truth->delay->log_scale); /* likewise */
    free(truth->delay);
    free(truth->reachable);
    free(truth->p_r);
    free(truth->p_o);
    free(truth->q);
    free(truth->p_r_full);
    free(truth->p_o_full);
    free(truth->p_o_given);
    free(truth->potential);
    *truth = (Truth){0};
}
