/* The rows of all families, one after the other. */
#include "tests/reference/losses.h"

static const LossReference *const family[] = {losses_click_space,    losses_entire_space, losses_propensity,
                                              losses_counterfactual, losses_confounding,  losses_lookahead,
                                              losses_delayed};

const LossReference *loss_reference(int n)
{
    for (size_t f = 0; f < sizeof family / sizeof *family; f++)
        for (const LossReference *row = family[f]; row->estimator; row++)
            if (n-- == 0)
                return row;
    return NULL;
}

const LossReference *loss_reference_find(const char *estimator, int phase)
{
    const LossReference *row;
    for (int n = 0; (row = loss_reference(n)); n++)
        if (!strcmp(row->estimator, estimator) && row->phase == phase)
            return row;
    return NULL;
}
