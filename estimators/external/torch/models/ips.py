"""Inverse propensity scoring in two stages, plain and self-normalised: Schnabel, Swaminathan,
Singh, Chandak and Joachims, ICML 2016; and its joint form, multi_ipw: Zhang, Bao, Liu, Yang, Lin,
Wen and Ramezani, WWW 2020.

Read: METHODS.md, and for multi_ipw the trainer of Hjh233/NISE (torch-rechub, class IPS), which adds
a CTCVR loss and clips no propensity.
"""

from torch import Tensor

from common import Step, one_net, weighted_mean
from models.esmm import ctr_loss


def ips_risk(s: Step) -> Tensor:
    """sum_O e / p~ / |B|"""
    return s.per_exposure(s.e() / s.p())


def snips(s: Step) -> Tensor:
    return weighted_mean(1 / s.p(), s.e())


def multi_ipw(s: Step) -> Tensor:
    return ctr_loss(s) + ips_risk(s)


METHODS = (
    one_net("ips", ips_risk, {"cvr": "cvr"}, propensity=True),
    one_net("snips", snips, {"cvr": "cvr"}, propensity=True),
    one_net("multi_ipw", multi_ipw, {"ctr": "ctr", "cvr": "cvr"}),
)
