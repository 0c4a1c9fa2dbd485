"""One unit: a log to learn from, test exposures to predict, and the files that hold them."""

from __future__ import annotations

import json
import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

FORMAT_VERSION = 1
REPORT_KEYS = {"seconds", "steps", "parameters", "diverged", "libraries", "note"}


class UnitError(ValueError):
    """A unit that is not what it should be, or predictions that cannot be. Names file, found,
    expected."""


class _Part:
    """The arrays of a unit whose names begin alike, such as log_id and log_click."""

    def __init__(self, unit: "Unit", name: str) -> None:
        self._unit = unit
        self._name = name

    def _array(self, column: str) -> Array:
        return self._unit.array(f"{self._name}_{column}")

    def _array_or_none(self, column: str) -> Optional[Array]:
        name = f"{self._name}_{column}"
        return self._unit.array(name) if name in self._unit.files else None


class Exposures(_Part):
    """Features of exposures, a row each."""

    @cached_property
    def id(self) -> Array:
        """int32, rows x categorical columns: user, item, then the others of `unit.categorical`."""
        return self._array("id")

    @cached_property
    def dense(self) -> Array:
        """float32, rows x dense columns; there may be none."""
        return self._array("dense")

    def __len__(self) -> int:
        return len(self.id)


class Log(Exposures):
    """The biased log."""

    @cached_property
    def click(self) -> Array:
        """uint8: 1 where the exposure was clicked."""
        return self._array("click")

    @cached_property
    def conversion(self) -> Array:
        """uint8: a label where click is 1. It is 0 elsewhere, which says nothing."""
        return self._array("conversion")

    @cached_property
    def propensity(self) -> Optional[Array]:
        """float32, given click probabilities, not clipped; None where estimators learn their
        own."""
        return self._array_or_none("propensity")

    @cached_property
    def weight(self) -> Optional[Array]:
        """float32, as how many rows each counts in a loss; None where each counts as one."""
        return self._array_or_none("weight")

    @cached_property
    def imputation(self) -> Optional[Array]:
        """float32, given pseudo-labels of imputed errors; None where estimators learn their own."""
        return self._array_or_none("imputation")

    @cached_property
    def action(self) -> Optional[Array]:
        """uint8: 1 where an action such as a cart followed the click; None without behaviour."""
        return self._array_or_none("action")


class Unbiased(Exposures):
    """Exposures shown at random whose outcome is always seen."""

    @cached_property
    def conversion(self) -> Array:
        """uint8: a label of every row."""
        return self._array("conversion")

    @cached_property
    def weight(self) -> Optional[Array]:
        """float32, as how many rows each counts in a loss; None where each counts as one."""
        return self._array_or_none("weight")


class Stream(_Part):
    """Past events of each user, users x events."""

    @cached_property
    def item(self) -> Array:
        """int32"""
        return self._array("item")

    @cached_property
    def action(self) -> Array:
        """uint8"""
        return self._array("action")

    @cached_property
    def gap(self) -> Array:
        """float32, time since the event before"""
        return self._array("gap")


class Unit:
    """A unit folder. Arrays are mapped, not read, when they are first looked at.

    >>> unit = Unit("units/s0-w0-r0")
    >>> clicked = unit.log.click == 1
    >>> unit.write(constant(unit.log.conversion[clicked].mean(), unit.test))
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.path = Path(path)
        file = self.path / "manifest.json"
        try:
            self.manifest: Dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UnitError(f"{file}: not found; expected a folder written by cvrlab") from None
        except json.JSONDecodeError as error:
            raise UnitError(f"{file}: not JSON: {error}") from None
        found = (self.manifest.get("format"), self.manifest.get("format_version"))
        if found != ("cvrlab-unit", FORMAT_VERSION):
            raise UnitError(
                f"{file}: format {found[0]!r} of version {found[1]!r};"
                f" expected 'cvrlab-unit' of version {FORMAT_VERSION}"
            )

    def __repr__(self) -> str:
        return f"Unit({str(self.path)!r})"

    @property
    def files(self) -> Dict[str, Dict[str, Any]]:
        """Name of an array -> its file, dtype and shape."""
        files: Dict[str, Dict[str, Any]] = self.manifest["files"]
        return files

    def array(self, name: str) -> Array:
        """An array by its name in the manifest, such as "log_id"; read-only, mapped from its
        file."""
        if name not in self.files:
            raise UnitError(f"{self.path}: has no {name}; it has {', '.join(sorted(self.files))}")
        entry = self.files[name]
        file = self.path / entry["file"]
        try:
            array: Array = np.load(file, mmap_mode="r", allow_pickle=False)
        except FileNotFoundError:
            raise UnitError(f"{file}: not found; the manifest lists it") from None
        except ValueError as error:
            raise UnitError(f"{file}: cannot be read: {error}") from None
        if array.dtype != np.dtype(entry["dtype"]) or list(array.shape) != list(entry["shape"]):
            raise UnitError(
                f"{file}: {array.dtype.str} of shape {list(array.shape)};"
                f" expected {entry['dtype']} of shape {list(entry['shape'])}"
            )
        return array

    @cached_property
    def log(self) -> Log:
        return Log(self, "log")

    @cached_property
    def test(self) -> Exposures:
        return Exposures(self, "test")

    @cached_property
    def unbiased(self) -> Optional[Unbiased]:
        return Unbiased(self, "unbiased") if "unbiased_id" in self.files else None

    @cached_property
    def stream(self) -> Optional[Stream]:
        return Stream(self, "stream") if "stream_item" in self.files else None

    @property
    def cardinality(self) -> Tuple[int, ...]:
        """Number of values of each id column, in the order of the columns."""
        return tuple(int(column["cardinality"]) for column in self.manifest["categorical"])

    @property
    def categorical(self) -> Tuple[str, ...]:
        """Names of the id columns: the user's first, the item's second."""
        return tuple(str(column["name"]) for column in self.manifest["categorical"])

    @property
    def seed(self) -> int:
        """31 bits, the same for every method of this unit."""
        return int(self.manifest["seed"])

    @property
    def clip(self) -> float:
        """Propensities below this are raised to it before anything is divided by them."""
        return float(self.manifest["clip"])

    @property
    def options(self) -> Dict[str, Any]:
        """The method's own keys in the experiment file."""
        return dict(self.manifest.get("options", {}))

    @property
    def model(self) -> Dict[str, Any]:
        """The keys model.* of the experiment, without the group's name."""
        return dict(self.manifest.get("model", {}))

    @property
    def train(self) -> Dict[str, Any]:
        """The keys train.* of the experiment, without the group's name."""
        return dict(self.manifest.get("train", {}))

    def write(
        self,
        cvr: Union[Array, Sequence[float]],
        ctr: Optional[Union[Array, Sequence[float]]] = None,
        **report: Any,
    ) -> None:
        """Writes predictions of the test exposures: probabilities, a number a row.

        `report` may have seconds, steps, parameters, diverged, libraries (name -> version) and
        note. With diverged=True predictions need not be finite. cvr.npy comes last, and under its
        own name only when it is whole: a unit that has it is done.
        """
        unknown = sorted(set(report) - REPORT_KEYS)
        if unknown:
            raise UnitError(
                f"report of {self.path}: unknown {', '.join(unknown)};"
                f" expected {', '.join(sorted(REPORT_KEYS))}"
            )
        diverged = bool(report.get("diverged", False))
        arrays = {"cvr.npy": self._checked("cvr", cvr, diverged)}
        if ctr is not None:
            arrays["ctr.npy"] = self._checked("ctr", ctr, diverged)
        if report:
            text = json.dumps(report, indent=1)
            self._replace("report.json", lambda file: file.write(text.encode()))
        for name in sorted(arrays, reverse=True):
            array = arrays[name]
            self._replace(name, lambda file: np.save(file, array, allow_pickle=False))

    def _checked(self, name: str, given: Any, diverged: bool) -> Array:
        file = self.path / f"{name}.npy"
        rows = len(self.test)
        array = np.asarray(given)
        if array.dtype.kind not in "fiub":
            raise UnitError(f"{file}: values of type {array.dtype}; expected probabilities")
        if array.shape not in ((rows,), (rows, 1)):
            raise UnitError(f"{file}: shape {list(array.shape)}; expected [{rows}], one a test row")
        dtype = "<f8" if array.dtype.itemsize > 4 else "<f4"
        array = np.ascontiguousarray(array.reshape(rows), dtype)
        if diverged:
            return array
        bad = int(np.count_nonzero(~np.isfinite(array)))
        if bad:
            raise UnitError(
                f"{file}: {bad} of {rows} predictions are not finite;"
                f" expected numbers, or diverged=True"
            )
        if rows and (array.min() < 0 or array.max() > 1):
            raise UnitError(
                f"{file}: from {array.min():.6g} to {array.max():.6g};"
                f" expected probabilities in [0, 1] (are these logits?)"
            )
        return array

    def _replace(self, name: str, write: Any) -> None:
        handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=self.path)
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
            os.chmod(temporary, 0o644)
            os.replace(temporary, self.path / name)
        except BaseException:
            os.unlink(temporary)
            raise


def constant(value: float, rows: Exposures) -> Array:
    """The same prediction for every row."""
    return np.full(len(rows), value, "<f4")
