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

Status truth_select(Truth *part, const Truth *truth, const uint32_t *row, size_t rows, Message *message)
{
    Status status = truth_create(part, rows, message);
    if (!status && truth->behaviour)
        status = truth_add_behaviour(part, message);
    if (!status && truth->delay)
        status = truth_add_delay(part, message);
    if (status)
        truth_free(part);
    if (!status && truth->delay)
        part->delay->rule = truth->delay->rule;
    for (size_t i = 0; !status && i < rows; i++) {
        const size_t from = row[i];
        part->p_r[i] = truth->p_r[from];
        part->p_o[i] = truth->p_o[from];
        part->q[i] = truth->q[from];
        part->p_r_full[i] = truth->p_r_full[from];
        part->p_o_full[i] = truth->p_o_full[from];
        part->p_o_given[i] = truth->p_o_given[from];
        part->potential[i] = truth->potential[from];
        if (truth->behaviour) {
            part->behaviour->action[i] = truth->behaviour->action[from];
            part->behaviour->buy_after[i] = truth->behaviour->buy_after[from];
            part->behaviour->buy_otherwise[i] = truth->behaviour->buy_otherwise[from];
        }
        if (truth->delay) {
            part->delay->log_scale[i] = truth->delay->log_scale[from];
            part->delay->logit_r[i] = truth->delay->logit_r[from];
            part->delay->logit_o[i] = truth->delay->logit_o[from];
        }
    }
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
