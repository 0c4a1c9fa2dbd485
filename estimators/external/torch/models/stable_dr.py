"""StableDR: Li, Zheng and Wu, ICLR 2023.

Propensities that make the imputed errors balance: p = clip(sigmoid(logit p0 + g)) with one number
g. Read: METHODS.md, and a public copy of the authors' class MF_Stable_DR. There one number, moved
by its own Adam of a rate of 10, smooths the counts of a naive Bayes propensity; here it shifts the
logit of a learned one. That code takes the imputation first, then the propensity, then the
prediction; here the order is that of METHODS.md.
"""

import torch
from torch import Tensor

from common import Method, Phase, Step, mean, weighted_mean
from models.dr_jl import imputation_by, imputed
from models.esmm import ctr_loss


def _p(s: Step, space: str) -> Tensor:
    return s.clip(torch.sigmoid(s.propensity_logit(space).detach() + s.number("shift")))


def propensity(s: Step) -> Tensor:
    e_hat = imputed(s, "D").detach()
    balance = mean((1 - s.o / _p(s, "D")) * (e_hat - mean(e_hat))) ** 2
    return balance if s.fit.propensity is not None else balance + ctr_loss(s)


def prediction(s: Step) -> Tensor:
    return weighted_mean(1 / _p(s, "O"), s.e())


def imputation(s: Step) -> Tensor:
    return imputation_by(s, 1 / _p(s, "O").detach())


METHODS = (
    Method(
        "stable_dr",
        {
            "prediction": {"cvr": "cvr"},
            "imputation": {"imputation": "label"},
            "clicks": {"ctr": "ctr"},
            "shift": {},
        },
        (
            Phase(propensity, ("clicks", "shift")),
            Phase(prediction, ("prediction",)),
            Phase(imputation, ("imputation",)),
        ),
    ),
)
