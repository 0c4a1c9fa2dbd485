"""Entire space multi-task model: Ma, Zhao, Huang, Wang, Hu, Zhu and Gai, SIGIR 2018.

Read: METHODS.md alone.
"""

from torch import Tensor

from common import Step, bce, bce_of_product, mean, one_net


def ctr_loss(s: Step) -> Tensor:
    """mean_D l(o, p)"""
    return mean(bce(s.logit("ctr", "D"), s.o))


def ctcvr_loss(s: Step) -> Tensor:
    """mean_D l(t, p c)"""
    return mean(bce_of_product(s.logit("ctr", "D"), s.logit("cvr", "D"), s.t))


def esmm(s: Step) -> Tensor:
    return ctr_loss(s) + ctcvr_loss(s)


METHODS = (one_net("esmm", esmm, {"ctr": "ctr", "cvr": "cvr"}),)
