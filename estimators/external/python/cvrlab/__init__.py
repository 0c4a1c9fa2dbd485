"""Estimators from outside cvrlab: read a unit, write predictions, read a store.

A unit is a folder with one log and the test exposures to predict, written by `cvrlab export` or
handed to a command. A method is a function from a Unit to conversion probabilities;
`main(function)` makes the script that holds it a command which an experiment file can name.
"""

from .command import Prediction, Skip, main, units
from .store import read
from .unit import Array, Exposures, Log, Stream, Unbiased, Unit, UnitError, constant

__all__ = [
    "Array",
    "Exposures",
    "Log",
    "Prediction",
    "Skip",
    "Stream",
    "Unbiased",
    "Unit",
    "UnitError",
    "constant",
    "main",
    "read",
    "units",
]
