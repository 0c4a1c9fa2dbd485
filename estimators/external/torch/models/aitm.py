"""Adaptive information transfer: Xi, Chen, Yan, Zhang, Zhu, Zhuang and Chen, KDD 2021.

Read: METHODS.md alone. The tasks are click and "clicked and converted"; the calibrator says that
the second is no likelier than the first. The CVR is their ratio.
"""

from typing import Callable

import torch
from torch import Tensor

from common import Step, bce, mean, one_net


def aitm(s: Step) -> Tensor:
    click, conversion = s.logit("ctr", "D"), s.logit("cvr", "D")
    excess = torch.relu(torch.sigmoid(conversion) - torch.sigmoid(click))
    return mean(bce(click, s.o)) + mean(bce(conversion, s.t)) + s.option("alpha") * mean(excess)


def _predict(logit: Callable[[str], Tensor]) -> Tensor:
    return (torch.sigmoid(logit("cvr")) / torch.sigmoid(logit("ctr"))).clamp(max=1)


METHODS = (
    one_net(
        "aitm",
        aitm,
        {"ctr": "ctr", "cvr": "ctcvr"},
        backbone="aitm",
        options={"alpha": 0.6},
        predict=_predict,
    ),
)
