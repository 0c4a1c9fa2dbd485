"""ESCM2: Wang, Chang, Liu, Huang, Chen, Yu, Li and Chu, SIGIR 2022.

Read: METHODS.md, and PaddlePaddle/PaddleRec (models/multitask/escm2/dygraph_model.py, net.py). That
code caps the inverse propensity at 15, multiplies the propensity by the square of the number of
clicks, weighs both regularisers by 1/2, has experts below its towers, and leaves prediction and
propensity live in the imputation's loss. Here weights are 1, the risk is a mean over exposures,
propensities are clipped from below, and both are stopped.
"""

from torch import Tensor

from common import Step, one_net
from models.esmm import ctcvr_loss, ctr_loss
from models.ips import ips_risk
from models.multi_dr import HEADS, doubly_robust


def escm2_ips(s: Step) -> Tensor:
    return ctr_loss(s) + s.option("lambda_c") * ips_risk(s) + s.option("lambda_g") * ctcvr_loss(s)


def escm2_dr(s: Step) -> Tensor:
    risk = doubly_robust(s)
    return ctr_loss(s) + s.option("lambda_c") * risk + s.option("lambda_g") * ctcvr_loss(s)


WEIGHTS = {"lambda_c": 1.0, "lambda_g": 1.0}
METHODS = (
    one_net("escm2_ips", escm2_ips, {"ctr": "ctr", "cvr": "cvr"}, options=WEIGHTS),
    one_net("escm2_dr", escm2_dr, HEADS, options=WEIGHTS),
)
