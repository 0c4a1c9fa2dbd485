"""The command: python3 run.py METHOD UNIT...

METHOD is a method's name in cvrlab, or BACKBONE+NAME. It trains on the log of each unit folder and
writes cvr.npy, ctr.npy and report.json there.
"""

from __future__ import annotations

import sys
import time

from common import Fit, Unit  # first: it makes the package cvrlab importable
from backbones import BACKBONES
from cvrlab import Prediction, main
from models import METHODS


def predict(name: str, unit: Unit) -> Prediction:
    """Trains a method on a unit. Seconds are those that training computed for, as of the native
    methods, and do not grow where processors are shared."""
    backbone, _, base = name.rpartition("+")
    fit = Fit(METHODS[base], unit, backbone)
    start = time.process_time()
    fit.train()
    seconds = time.process_time() - start
    cvr, ctr = fit.predict()
    report = {
        "seconds": seconds,
        "steps": fit.steps,
        "parameters": fit.parameters(),
        "diverged": fit.diverged,
    }
    return Prediction(cvr, ctr, report)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        known = f"methods: {' '.join(METHODS)}\nbackbones: {' '.join(BACKBONES)}"
        sys.exit(f"usage: run.py METHOD UNIT...\n{known}")
    method = sys.argv[1]
    backbone, _, base = method.rpartition("+")
    if base not in METHODS or (backbone and backbone not in BACKBONES):
        sys.exit(f"no method {method}; there are {' '.join(METHODS)}, on {' '.join(BACKBONES)}")
    main(lambda unit: predict(method, unit), sys.argv[2:])
