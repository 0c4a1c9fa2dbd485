"""Post-click behaviour decomposition: Wen, Zhang, Wang, Lv, Bao, Lin and Yang, SIGIR 2020.

With y1 = P(click), y2 = P(action | click), y3 and y4 = P(purchase | click, with and without the
action), c = y2 y3 + (1 - y2) y4. Read: METHODS.md alone. The losses of the three products have
equal weights.
"""

from typing import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from common import Step, bce, bce_of_product, mean, one_net


def _logit_of_cvr(action: Tensor, after: Tensor, otherwise: Tensor) -> Tensor:
    """The logit of y2 y3 + (1 - y2) y4, from logits: log c - log(1 - c)."""
    yes, no = logsigmoid(action), logsigmoid(-action)
    bought = torch.logaddexp(yes + logsigmoid(after), no + logsigmoid(otherwise))
    left = torch.logaddexp(yes + logsigmoid(-after), no + logsigmoid(-otherwise))
    return bought - left


def esm2(s: Step) -> Tensor:
    click, action = s.logit("ctr", "D"), s.logit("action", "D")
    cvr = _logit_of_cvr(action, s.logit("buy_after_action", "D"), s.logit("buy_otherwise", "D"))
    ctr_loss, action_loss = mean(bce(click, s.o)), mean(bce_of_product(click, action, s.od))
    return ctr_loss + action_loss + mean(bce_of_product(click, cvr, s.t))


def _predict(logit: Callable[[str], Tensor]) -> Tensor:
    after, otherwise = logit("buy_after_action"), logit("buy_otherwise")
    return torch.sigmoid(_logit_of_cvr(logit("action"), after, otherwise))


HEADS = {
    "ctr": "ctr",
    "action": "action",
    "buy_after_action": "buy_after_action",
    "buy_otherwise": "buy_otherwise",
}
METHODS = (one_net("esm2", esm2, HEADS, needs=("behaviour",), predict=_predict),)
