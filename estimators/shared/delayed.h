/* Parts of methods that learn from a stream of clicks whose conversions come late (estimators/METHODS.md, H).
 * Weights have no gradient. */
#pragma once

#include "estimators/core/loss.h"

/* mean_O l(r, c), r the label that a row has at its time: the training of all methods before the stream,
 * where labels are true, and that of those without weights on it. */
Var delayed_conversion(Pass *s);

/* The losses of f and z on clicks whose attribution window has closed: mean_O l(1{r=1, d > w_o}, f) and, over
 * the clicks that had not converted by the end of the observation window, the mean of l(1 - r, z). */
Var delayed_auxiliary(Pass *s);

/* Each of the two alone. */
Var delayed_positive_loss(Pass *s);
Var delayed_negative_loss(Pass *s);

/* c of the CVR head over O, without gradient, in [1e-6, 1 - 1e-6]: for weights that divide by it. */
Var delayed_rate(Pass *s);

/* mean_O (r of_one + (1-r) of_zero) l(r, c). */
Var delayed_weighted(Pass *s, Var of_one, Var of_zero);

/* Of methods with a counterfactual deadline, before the stream: delayed_conversion() of the other rows, and,
 * of the clicks that had not converted by the deadline, the mean of l(1 - r, z), r what has come since. */
Var delayed_closed_conversion(Pass *s);
Var delayed_still_none(Pass *s);
