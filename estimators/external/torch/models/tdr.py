"""TDR: Li, Lyu, Zheng and Wu, ICLR 2023: dr_jl, whose imputed errors are corrected along
d = 1/p~ - 1 in the last step.

Read: METHODS.md, and a public copy of the authors' classes MF_TDR and MF_TDR_JL, which take one
such step after the last epoch, by squares, and leave the imputed error on clicks undivided by p.
There eps comes from the last batch of training and the step is on another one; here both are of the
step's own batch, and p divides the whole correction.
"""

from torch import Tensor

from common import Method, Phase, Step, mean
from models.dr_jl import NETS, PHASES, imputed


def targeted(s: Step) -> Tensor:
    """sum_O (e^2 - e_d^2) / p~ / |B| + mean_D e_d^2, e_d = l(m, c) + eps d"""
    e_hat_of_all = imputed(s, "D")
    e, e_hat, p = s.e(), imputed(s, "O"), s.p()
    d = 1 / p - 1
    eps = ((d * (e - e_hat)).sum() / (d * d).sum().clamp(min=1e-30)).detach()
    everywhere = e_hat_of_all + eps * (1 / s.p("D") - 1)
    clicked = e_hat + eps * d
    return s.per_exposure((e**2 - clicked**2) / p) + mean(everywhere**2)


METHODS = (
    Method(
        "tdr",
        NETS,
        (*PHASES, Phase(targeted, ("prediction",), stage=1)),
        options={"targeted_steps": 1.0},
        propensity=True,
        last_steps="targeted_steps",
    ),
)
