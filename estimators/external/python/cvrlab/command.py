"""Scripts as commands: `python3 mine.py UNIT...` predicts in every unit folder that it is given."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional, Sequence, Tuple, Union

from .unit import Array, Unit, UnitError

SKIPPED = 77  # the exit status that says so, as in automake
LIBRARIES = ("numpy", "scipy", "torch", "tensorflow", "jax", "sklearn", "xgboost", "lightgbm")


class Skip(Exception):
    """Raised by a method that cannot do a unit; its text is the reason that the run shows."""


class Prediction(NamedTuple):
    """What a method returns that has more to say than the CVR."""

    cvr: Array
    ctr: Optional[Array] = None
    report: Dict[str, Any] = {}


Method = Callable[[Unit], Union[Array, Tuple[Array, Array], Prediction]]


def units(where: Union[str, "os.PathLike[str]", Sequence[str], None] = None) -> Iterator[Unit]:
    """Units by their folders, by the folder that holds them, or (None) by the command line's
    words."""
    if where is None:
        where = sys.argv[1:]
    if isinstance(where, (str, os.PathLike)):
        where = [os.fspath(where)]
    for place in where:
        path = Path(place)
        if (path / "manifest.json").exists():
            yield Unit(path)
            continue
        found = sorted(file.parent for file in path.glob("*/manifest.json"))
        if not found:
            raise UnitError(f"{path}: no unit; expected manifest.json in it or in its folders")
        yield from map(Unit, found)


def main(method: Method, where: Optional[Sequence[str]] = None) -> None:
    """Runs a method on the units that the command line names, and writes what it predicts.

    The method returns the CVR of the test rows, or (CVR, CTR), or a Prediction. Its wall time is
    reported as the seconds of the unit. A Skip ends the program with status 77 and its reason on
    stderr: units before it are done, and the run calls again with those after it.
    """
    for unit in units(where):
        start = time.perf_counter()
        try:
            result = method(unit)
        except Skip as reason:
            print(str(reason), file=sys.stderr)
            raise SystemExit(SKIPPED) from None
        if isinstance(result, Prediction):
            prediction = result
        elif isinstance(result, tuple):
            prediction = Prediction(*result)
        else:
            prediction = Prediction(result)
        report = {
            "seconds": time.perf_counter() - start,
            "libraries": _libraries(),
            **prediction.report,
        }
        unit.write(prediction.cvr, prediction.ctr, **report)


def _libraries() -> Dict[str, str]:
    """Versions of what computed the predictions: known libraries that are loaded."""
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in LIBRARIES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            versions[name] = str(version)
    return versions
