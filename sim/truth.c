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

Status truth_add_reachable(Truth *truth, Message *message)
{
    truth->reachable = calloc(truth->rows ? truth->rows : 1, sizeof *truth->reachable);
    return truth->reachable ? STATUS_OK : fail_memory(message, "the truth of exposures");
}

void truth_free(Truth *truth)
{
    if (truth->behaviour)
        free(truth->behaviour->action); /* one allocation */
    free(truth->behaviour);
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
