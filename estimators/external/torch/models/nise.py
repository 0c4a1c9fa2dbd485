"""NISE: Huang, Chen, Li and Chen, RecSys 2024: the label of a non-click is the prediction itself.

Read: METHODS.md, and the authors' Hjh233/NISE (torch-rechub, mtl_trainer.py, class UCVRLC): its
pseudo-label is not stopped, and its weight is the ratio of the losses as numbers, capped, then
times alpha. It has towers of 160-80 with batch norm, and means of both terms over the batch, as
here.
"""

import torch
from torch import Tensor

from common import Step, bce, one_net
from models.esmm import ctr_loss


def nise(s: Step) -> Tensor:
    own = s.logit("cvr", "N")
    entropy = bce(own, torch.sigmoid(own))  # l(c, c): the label moves too
    clicks, conversions = ctr_loss(s), s.per_exposure(s.e()) + s.per_row(entropy)
    weight = s.option("alpha") * (clicks / conversions).detach().clamp(max=s.option("beta"))
    return clicks + weight * conversions


OPTIONS = {"alpha": 1.0, "beta": 50.0}
METHODS = (one_net("nise", nise, {"ctr": "ctr", "cvr": "cvr"}, options=OPTIONS),)
