"""Scripts as commands."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from world import make_unit

import cvrlab


class CommandTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.folder = Path(self.directory.name)
        for k in range(2):
            make_unit(self.folder / f"s0-w0-r{k}", rows=50, test=10, seed=k)
        self.places = [str(self.folder / f"s0-w0-r{k}") for k in range(2)]

    def test_units(self) -> None:
        for where in (self.folder, str(self.folder), self.places):
            self.assertEqual([str(unit.path) for unit in cvrlab.units(where)], self.places)
        with self.assertRaisesRegex(cvrlab.UnitError, "no unit; expected"):
            list(cvrlab.units(self.folder / "s0-w0-r0" / "nowhere"))

    def test_main(self) -> None:
        cvrlab.main(lambda unit: cvrlab.constant(0.5, unit.test), self.places)
        for place in self.places:
            self.assertEqual(np.load(f"{place}/cvr.npy").tolist(), [0.5] * 10)
            report = json.loads(Path(f"{place}/report.json").read_text())
            self.assertGreaterEqual(report["seconds"], 0)
            self.assertEqual(report["libraries"]["numpy"], np.__version__)

    def test_two_outputs_and_a_report(self) -> None:
        half = np.full(10, 0.5)
        cvrlab.main(lambda unit: (half, half / 2), self.places[:1])
        self.assertEqual(np.load(f"{self.places[0]}/ctr.npy")[0], 0.25)
        cvrlab.main(lambda unit: cvrlab.Prediction(half, None, {"seconds": 7.0}), self.places[1:])
        report = json.loads(Path(f"{self.places[1]}/report.json").read_text())
        self.assertEqual(report["seconds"], 7)

    def test_skip(self) -> None:
        def first_alone(unit: cvrlab.Unit) -> cvrlab.Array:
            if unit.seed:
                raise cvrlab.Skip("it is not the first")
            return cvrlab.constant(0.5, unit.test)

        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as end:
            cvrlab.main(first_alone, self.places)
        self.assertEqual((end.exception.code, said.getvalue()), (77, "it is not the first\n"))
        done = [(Path(place) / "cvr.npy").exists() for place in self.places]
        self.assertEqual(done, [True, False])
