/* The plain losses of click and conversion, which multi-task backbones train with. */
#include "estimators/shared/multi_task.h"

Var multi_task_loss(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var c = logit(s, CVR, O);

    return add(mean(bce(p, clicks(s))),          /* click */
               mean(bce(c, conversions(s, O)))); /* conversion, on clicks alone */
}
