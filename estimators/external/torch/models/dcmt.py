"""DCMT: Zhu, Zhong, Yang, Jin, Gao, Chen, Zhang, Zhang and Wang, ICDE 2023: the twin of the
CVR tower learns non-conversions on non-clicks.

Read: METHODS.md, and the public code in Hjh233/NISE (torch-rechub, dcmt.py and mtl_trainer.py),
which has three separate towers, does not normalise the weights, and clips no propensity; that form
is dcmt_plain. dcmt normalises, as the paper has it, and c and c' share their first layer.
"""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from common import Step, mean, one_net, weighted_mean
from models.esmm import ctcvr_loss, ctr_loss


def prior(s: Step) -> Tensor:
    """mean_D |1 - (c + c')|"""
    c, other = torch.sigmoid(s.logit("cvr", "D")), torch.sigmoid(s.logit("counterfactual", "D"))
    return mean((1 - (c + other)).abs())


def counterfactual_error(s: Step) -> Tensor:
    """l(1, c') over N"""
    return softplus(-s.logit("counterfactual", "N"))


def dcmt(s: Step) -> Tensor:
    soft = prior(s)
    risk = weighted_mean(1 / s.p(), s.e()) + weighted_mean(1 / s.not_p(), counterfactual_error(s))
    return ctr_loss(s) + s.option("weight") * (risk + s.option("prior") * soft) + ctcvr_loss(s)


def dcmt_plain(s: Step) -> Tensor:
    soft = prior(s)
    risk = s.per_exposure(s.e() / s.p()) + s.per_row(counterfactual_error(s) / s.not_p())
    return ctr_loss(s) + s.option("weight") * (risk + s.option("prior") * soft) + ctcvr_loss(s)


HEADS = {"ctr": "ctr", "cvr": "cvr", "counterfactual": ""}
OPTIONS = {"weight": 1.0, "prior": 0.001}
METHODS = tuple(
    one_net(loss.__name__, loss, HEADS, options=OPTIONS) for loss in (dcmt, dcmt_plain)
)
