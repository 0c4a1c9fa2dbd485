"""Res-IPS and Res-DR: Li, Xiao, Zheng, Wu and Cui, NeurIPS 2023: residuals that a few unbiased rows
decide correct the nominal propensity and the nominal pseudo-label of the biased log.

Read: METHODS.md alone; there is no public code. The residual of Res-DR is added to the logit of the
pseudo-label, since one that is added to the error has no gradient in the prediction.
"""

from typing import Tuple

import torch
from torch import Tensor

from common import Loss, Method, Phase, Step, bce, mean
from models.dr_jl import imputation
from models.esmm import ctr_loss


def _p(s: Step) -> Tensor:
    """p_res = clip(sigmoid(logit p + g_p)) over O"""
    return s.clip(torch.sigmoid(s.propensity_logit("O") + s.logit("residual_p", "O")))


def _imputed(s: Step, space: str) -> Tensor:
    """e_res = l(m_res, c), m_res = sigmoid(logit m + g_e)"""
    if s.data.imputation is not None:
        nominal = torch.logit(s.of_log(s.data.imputation, space), 1e-6)
    else:
        nominal = s.logit("imputation", space)
    return bce(s.logit("cvr", space), torch.sigmoid(nominal + s.logit("residual_e", space)))


def _unbiased(s: Step) -> Tensor:
    return mean(s.e("U"))


def _beta(s: Step) -> float:
    beta = s.option("beta")
    if beta >= 0 or s.data.unbiased is None:
        return beta
    return min(len(s.data.unbiased) / float(s.data.click.sum()), 1.0)


def _ips(s: Step) -> Tensor:
    return s.per_exposure(s.e() / _p(s))


def _dr(s: Step) -> Tensor:
    everywhere = mean(_imputed(s, "D"))
    return everywhere + s.per_exposure((s.e() - _imputed(s, "O")) / _p(s))


def nominal_ips(s: Step) -> Tensor:
    return ctr_loss(s)


def nominal_dr(s: Step) -> Tensor:
    return ctr_loss(s) + imputation(s)


def residual_ips(s: Step) -> Tensor:
    return (_ips(s) - _unbiased(s)) ** 2


def residual_dr(s: Step) -> Tensor:
    return (_dr(s) - _unbiased(s)) ** 2


def prediction_ips(s: Step) -> Tensor:
    return _ips(s) + _beta(s) * _unbiased(s)


def prediction_dr(s: Step) -> Tensor:
    return _dr(s) + _beta(s) * _unbiased(s)


def _phases(nominal: Loss, residual: Loss, prediction: Loss) -> Tuple[Phase, ...]:
    first, last = Phase(nominal, ("nominal",)), Phase(prediction, ("prediction",))
    return (first, Phase(residual, ("residual",)), last)


OPTIONS = {"beta": -1.0}
METHODS = (
    Method(
        "res_ips",
        {
            "prediction": {"cvr": "cvr"},
            "nominal": {"ctr": "ctr"},
            "residual": {"residual_p": "zero"},
        },
        _phases(nominal_ips, residual_ips, prediction_ips),
        options=OPTIONS,
        needs=("unbiased",),
    ),
    Method(
        "res_dr",
        {
            "prediction": {"cvr": "cvr"},
            "nominal": {"ctr": "ctr", "imputation": "label"},
            "residual": {"residual_p": "zero", "residual_e": "zero"},
        },
        _phases(nominal_dr, residual_dr, prediction_dr),
        options=OPTIONS,
        needs=("unbiased",),
    ),
)
