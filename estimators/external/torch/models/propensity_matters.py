"""IPS-V2 and DR-V2: Li, Xiao, Zheng, Wu and Cui, ICML 2023: propensities that balance the
predictions.

Read: METHODS.md, and public copies of the authors' class MF_DR_V2, where all models share one loss
and one optimiser, the imputation is live in the risk, and p is live wherever it divides; eta is 1
there by default. Here each part moves its own model, and p and c are live in the balance alone.
"""

from torch import Tensor

from common import Step, bce, mean, one_net
from models.esmm import ctcvr_loss, ctr_loss
from models.ips import ips_risk


def balance(s: Step) -> Tensor:
    """( mean_D [ ( o / p - (1-o) / (1-p) ) c ] )^2, p and c live, p clipped"""
    p, c, o = s.p_live("D"), s.logit("cvr", "D").sigmoid(), s.o
    return mean((o / s.clip(p) - (1 - o) / s.clip(1 - p)) * c) ** 2


def doubly_robust(s: Step) -> Tensor:
    """L_risk = mean_D l(sg m, c) + sum_O [ e - l(sg m, c) ] / p~ / |B|
    L_imp  = sum_O [ l(r, sg c) - l(m, sg c) ]^2 / p~ / |B|"""
    c, r, p = s.logit("cvr", "O"), s.r(), s.p()
    everywhere, clicked = s.m("D"), s.m("O")
    risk = mean(bce(s.logit("cvr", "D"), everywhere.detach()))
    risk = risk + s.per_exposure((bce(c, r) - bce(c, clicked.detach())) / p)
    c = c.detach()
    return risk + s.per_exposure((bce(c, r) - bce(c, clicked)) ** 2 / p)


def ips_v2(s: Step) -> Tensor:
    return ctr_loss(s) + ips_risk(s) + ctcvr_loss(s) + s.option("eta") * balance(s)


def dr_v2(s: Step) -> Tensor:
    return ctr_loss(s) + doubly_robust(s) + ctcvr_loss(s) + s.option("eta") * balance(s)


HEADS = {"ctr": "ctr", "cvr": "cvr"}
OPTIONS = {"eta": 1.0}
METHODS = (
    one_net("ips_v2", ips_v2, HEADS, options=OPTIONS),
    one_net("dr_v2", dr_v2, {**HEADS, "imputation": "label"}, options=OPTIONS),
)
