"""RD-IPS and RD-DR: Ding, Wu, Feng, Wang, He, Liao and Zhang, KDD 2022: the worst case over
inverse propensities in [a, b], a = 1 + (1/p~ - 1) / Gamma, b = 1 + (1/p~ - 1) Gamma.

Read: METHODS.md alone. Weights are free in every row, so the worst case has a closed form: b where
it makes the risk larger, else a.
"""

from typing import Tuple

import torch
from torch import Tensor

from common import Method, Phase, Step, mean, one_net
from models.dr_jl import NETS, imputation_by, imputed


def _bounds(s: Step) -> Tuple[Tensor, Tensor]:
    odds, gamma = 1 / s.p() - 1, s.option("gamma")
    return 1 + odds / gamma, 1 + odds * gamma


def rd_ips(s: Step) -> Tensor:
    return s.per_exposure(_bounds(s)[1] * s.e())


def rd_dr(s: Step) -> Tensor:
    low, high = _bounds(s)
    everywhere = imputed(s, "D")
    gap = s.e() - imputed(s, "O")
    return s.per_exposure(torch.where(gap.detach() > 0, high, low) * gap) + mean(everywhere)


def imputation(s: Step) -> Tensor:
    return imputation_by(s, _bounds(s)[1])


OPTIONS = {"gamma": 1.1}
METHODS = (
    one_net("rd_ips", rd_ips, {"cvr": "cvr"}, options=OPTIONS, propensity=True),
    Method(
        "rd_dr",
        NETS,
        (Phase(rd_dr, ("prediction",)), Phase(imputation, ("imputation",))),
        options=OPTIONS,
        propensity=True,
    ),
)
