"""Reading a unit, and writing predictions."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
from world import make_unit

import cvrlab
from cvrlab import Unit, UnitError


class UnitTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.folder = Path(self.directory.name) / "a unit"
        make_unit(self.folder, rows=300, test=40, unbiased=20, behaviour=True, options={"depth": 3})
        self.unit = Unit(self.folder)

    def change(self, **entries: object) -> Unit:
        file = self.folder / "manifest.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **entries}))
        return Unit(self.folder)

    def test_arrays(self) -> None:
        unit = self.unit
        self.assertEqual(unit.log.id.shape, (300, 3))
        self.assertEqual(unit.log.id.dtype, np.int32)
        self.assertIsInstance(unit.log.id, np.memmap)
        self.assertEqual((len(unit.log), len(unit.test)), (300, 40))
        np.testing.assert_array_equal(unit.log.click, np.load(self.folder / "log_click.npy"))
        self.assertIsNone(unit.log.propensity)
        self.assertIsNone(unit.log.weight)
        self.assertIsNotNone(unit.log.action)
        assert unit.unbiased is not None
        self.assertEqual(unit.unbiased.conversion.shape, (20,))
        self.assertIsNone(unit.unbiased.weight)
        self.assertIsNone(unit.stream)

    def test_manifest(self) -> None:
        unit = self.unit
        self.assertEqual(unit.cardinality, (20, 10, 3))
        self.assertEqual(unit.categorical, ("user", "item", "segment"))
        self.assertEqual((unit.seed, unit.options), (1, {"depth": 3}))
        self.assertEqual(unit.train["batch"], 256)
        self.assertAlmostEqual(unit.clip, float(np.mean(unit.log.click)) / 10)

    def test_no_dense_columns(self) -> None:
        np.save(self.folder / "log_dense.npy", np.empty((300, 0), "<f4"))
        files = self.unit.files
        files["log_dense"]["shape"] = [300, 0]
        self.assertEqual(self.change(files=files).log.dense.shape, (300, 0))

    def test_no_unit(self) -> None:
        with self.assertRaisesRegex(UnitError, "nowhere.manifest.json: not found"):
            Unit(self.folder / "nowhere")

    def test_other_version(self) -> None:
        with self.assertRaisesRegex(UnitError, "of version 2; expected .* of version 1"):
            self.change(format_version=2)

    def test_unknown_array(self) -> None:
        with self.assertRaisesRegex(UnitError, "has no log_propensity; it has log_action, "):
            self.unit.array("log_propensity")

    def test_file_that_is_not_as_listed(self) -> None:
        np.save(self.folder / "log_id.npy", np.zeros((300, 3), "<i8"))
        with self.assertRaisesRegex(UnitError, "log_id.npy: <i8 .*; expected <i4 of shape"):
            self.unit.log.id

    def test_write(self) -> None:
        cvr = np.linspace(0, 1, 40)
        self.unit.write(cvr, cvr[:, None].astype("f4"), seconds=1.5, note="test")
        np.testing.assert_array_equal(np.load(self.folder / "cvr.npy"), cvr)
        self.assertEqual(np.load(self.folder / "ctr.npy").dtype.str, "<f4")
        report = json.loads((self.folder / "report.json").read_text())
        self.assertEqual(report, {"seconds": 1.5, "note": "test"})
        self.assertEqual([file.name for file in self.folder.glob(".*")], [])

    def test_faults_of_predictions(self) -> None:
        half = np.full(40, 0.5)
        for cvr, message in (
            (half[:39], r"shape \[39\]; expected \[40\]"),
            (np.where(np.arange(40) < 3, np.nan, half), "3 of 40 predictions are not finite"),
            (half * 5, r"from 2.5 to 2.5; expected .*logits"),
            (np.array(["a"] * 40), "expected probabilities"),
        ):
            with self.assertRaisesRegex(UnitError, message):
                self.unit.write(cvr)
        with self.assertRaisesRegex(UnitError, "ctr.npy: shape"):
            self.unit.write(half, half[:1])
        with self.assertRaisesRegex(UnitError, "unknown second; expected"):
            self.unit.write(half, second=1)
        self.assertFalse((self.folder / "cvr.npy").exists())

    def test_diverged(self) -> None:
        self.unit.write(np.full(40, np.nan), diverged=True)
        self.assertTrue(json.loads((self.folder / "report.json").read_text())["diverged"])

    def test_constant(self) -> None:
        self.unit.write(cvrlab.constant(0.25, self.unit.test))
        self.assertTrue((np.load(self.folder / "cvr.npy") == 0.25).all())
