/* The estimators that are a backbone with the plain losses of click and conversion. */
#pragma once

#include "estimators/core/loss.h"

/* mean l(o, p) + sum_O l(r, c) / |O| */
LossFunction multi_task_loss;
