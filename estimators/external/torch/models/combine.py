"""The two baselines with an unbiased sample: it alone, and pooled with the clicks. They have no
paper."""

from torch import Tensor

from common import Step, mean, one_net


def unbiased_only(s: Step) -> Tensor:
    return mean(s.e("U"))


def combine(s: Step) -> Tensor:
    """(1 - s) mean_O l(r, c) + s mean_U l(r, c), s = |U| / (|O| + |U|) of the whole data"""
    clicks, unbiased = float(s.data.click.sum()), len(s.data.unbiased)
    share = unbiased / (clicks + unbiased)
    return (1 - share) * mean(s.e("O")) + share * mean(s.e("U"))


METHODS = tuple(
    one_net(loss.__name__, loss, {"cvr": "cvr"}, needs=("unbiased",))
    for loss in (unbiased_only, combine)
)
