"""Click over exposures and conversion over clicks, on the backbones of multi-task learning.

mmoe is Ma, Zhao, Yi, Chen, Hong and Chi, KDD 2018; ple is Tang, Liu, Zhao and Gong, RecSys 2020;
shared_bottom is Caruana, Machine Learning 28, 1997. Read: METHODS.md, and the MMoE of
PaddlePaddle/PaddleRec (models/multitask/escm2/net.py), whose gates are linear with a bias and whose
experts have one ReLU layer, as here. That code starts weights by Xavier's rule and biases at 0.1;
here both start as torch's Linear.
"""

from torch import Tensor

from common import Step, mean, one_net
from models.esmm import ctr_loss


def click_and_conversion(s: Step) -> Tensor:
    """mean_D l(o, p) + mean_O l(r, c)"""
    return ctr_loss(s) + mean(s.e())


METHODS = tuple(
    one_net(name, click_and_conversion, {"ctr": "ctr", "cvr": "cvr"}, backbone=name)
    for name in ("shared_bottom", "mmoe", "ple")
)
