"""Doubly robust joint learning: Wang, Zhang, Sun and Qi, ICML 2019.

A prediction model c and an imputation model m that share nothing take steps in turn. Read:
METHODS.md, and the matrix factorisations of this family in public code (classes MF_DR_JL). These do
not divide the imputed error of clicks by the propensity, and take the imputed error of the
imputation step as l(c, m), labels and prediction changed over; here the whole correction is
divided, and the imputed error is l(m, c) in both steps.
"""

from torch import Tensor

from common import Method, Phase, Step, bce, mean

NETS = {"prediction": {"cvr": "cvr"}, "imputation": {"imputation": "label"}}


def imputed(s: Step, space: str) -> Tensor:
    """e_hat = l(m, c); the phase says which of both moves."""
    return bce(s.logit("cvr", space), s.m(space))


def prediction(s: Step) -> Tensor:
    """mean_D l(m, c) + sum_O [ e - l(m, c) ] / p~ / |B|"""
    everywhere = imputed(s, "D")
    return mean(everywhere) + s.per_exposure((s.e() - imputed(s, "O")) / s.p())


def imputation_by(s: Step, weight: Tensor) -> Tensor:
    """sum_O w [ l(r, c) - l(m, c) ]^2 / |B|"""
    return s.per_exposure(weight * (s.e() - imputed(s, "O")) ** 2)


def imputation(s: Step) -> Tensor:
    return imputation_by(s, 1 / s.p())


PHASES = (Phase(prediction, ("prediction",)), Phase(imputation, ("imputation",)))
METHODS = (Method("dr_jl", NETS, PHASES, propensity=True),)
