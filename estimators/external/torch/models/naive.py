"""The conversion model of clicked exposures alone. It has no paper."""

from torch import Tensor

from common import Step, mean, one_net


def naive(s: Step) -> Tensor:
    return mean(s.e())


METHODS = (one_net("naive", naive, {"cvr": "cvr"}),)
