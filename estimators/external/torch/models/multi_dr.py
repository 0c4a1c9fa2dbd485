"""Multi-DR: Zhang, Bao, Liu, Yang, Lin, Wen and Ramezani, WWW 2020.

Read: METHODS.md, and the doubly robust loss of PaddlePaddle/PaddleRec
(models/multitask/escm2/dygraph_model.py), where e_hat is a probability and both the prediction and
the propensity are live in the imputation's loss; here they are stopped there. The imputed error is
softplus of its head, and moves with the risk.
"""

from torch import Tensor
from torch.nn.functional import softplus

from common import Step, mean, one_net
from models.esmm import ctr_loss


def doubly_robust(s: Step) -> Tensor:
    """mean_D e_hat + sum_O (e - e_hat) / p~ / |B|  +  sum_O (sg e - e_hat)^2 / p~ / |B|"""
    everywhere = softplus(s.logit("imputation", "D"))
    clicked = softplus(s.logit("imputation", "O"))
    e, p = s.e(), s.p()
    risk = mean(everywhere) + s.per_exposure((e - clicked) / p)
    return risk + s.per_exposure((e.detach() - clicked) ** 2 / p)


def multi_dr(s: Step) -> Tensor:
    return ctr_loss(s) + doubly_robust(s)


HEADS = {"ctr": "ctr", "cvr": "cvr", "imputation": ""}
METHODS = (one_net("multi_dr", multi_dr, HEADS),)
