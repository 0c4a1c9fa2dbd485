"""Numbers of a run as frames."""

import sqlite3
import tempfile
import unittest
from pathlib import Path

import cvrlab

try:
    import pandas
except ImportError:
    pandas = None

TABLES = """
CREATE TABLE bias_variance (experiment TEXT, setting TEXT, estimator TEXT, mse REAL);
CREATE TABLE setting_key (experiment TEXT, setting TEXT, key TEXT, value TEXT,
  number REAL, position INTEGER);
INSERT INTO bias_variance VALUES
  ('a', 'world.ctr=0.1 propensity.source=oracle', 'naive', 1),
  ('a', 'world.ctr=0.2 propensity.source=full', 'naive', 2),
  ('b', '', 'naive', 3);
INSERT INTO setting_key VALUES
  ('a', 'world.ctr=0.1 propensity.source=oracle', 'world.ctr', '0.1', 0.1, 0),
  ('a', 'world.ctr=0.1 propensity.source=oracle', 'propensity.source', 'oracle', NULL, 1),
  ('a', 'world.ctr=0.2 propensity.source=full', 'world.ctr', '0.2', 0.2, 0),
  ('a', 'world.ctr=0.2 propensity.source=full', 'propensity.source', 'full', NULL, 1);
"""


@unittest.skipIf(pandas is None, "pandas is not installed")
class StoreTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.store = Path(self.directory.name) / "my run.db"
        with sqlite3.connect(self.store) as db:
            db.executescript(TABLES)

    def test_keys_are_columns(self) -> None:
        frame = cvrlab.read(self.store, "bias_variance", "a")
        self.assertEqual(frame["mse"].tolist(), [1, 2])
        self.assertEqual(frame["world.ctr"].tolist(), [0.1, 0.2])
        self.assertEqual(frame["propensity.source"].tolist(), ["oracle", "full"])

    def test_without_keys(self) -> None:
        frame = cvrlab.read(self.store, experiment="b")
        self.assertEqual(frame.columns.tolist(), ["experiment", "setting", "estimator", "mse"])

    def test_all_experiments(self) -> None:
        self.assertEqual(len(cvrlab.read(self.store)), 3)

    def test_unknown_names(self) -> None:
        with self.assertRaisesRegex(KeyError, "no table 'bias_varience'; it has bias_variance"):
            cvrlab.read(self.store, "bias_varience")
        with self.assertRaisesRegex(FileNotFoundError, "none.db: not found; expected"):
            cvrlab.read(self.store.with_name("none.db"))
        self.assertFalse(self.store.with_name("none.db").exists())
