"""The examples, run as commands on a unit."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from world import make_unit

EXTERNAL = Path(__file__).resolve().parents[2]


class ExampleTest(unittest.TestCase):
    def check(self, *command: str) -> None:
        """Runs a command on a unit: it predicts better than one number for all rows."""
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory) / "s0-w0-r0"
            truth = make_unit(folder, rows=6000, options={"epochs": 15})
            path = os.pathsep.join([str(EXTERNAL / "python"), os.environ.get("PYTHONPATH", "")])
            one = {"CVRLAB_THREADS": "1", "OMP_NUM_THREADS": "1"}
            environment = {**os.environ, "PYTHONPATH": path, **one}
            ran = subprocess.run(
                [*command, str(folder)],
                cwd=EXTERNAL / "examples",
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            self.assertEqual(ran.returncode, 0, ran.stderr)
            cvr = np.load(folder / "cvr.npy")
            self.assertEqual(cvr.shape, truth.shape)
            self.assertLess(np.mean((cvr - truth) ** 2), 0.8 * np.var(truth))

    def needs(self, *modules: str) -> None:
        for module in modules:
            if importlib.util.find_spec(module) is None:
                self.skipTest(f"{module} is not installed")

    def test_torch_naive(self) -> None:
        self.needs("torch")
        self.check(sys.executable, "torch_naive.py")

    def test_sklearn_logistic(self) -> None:
        self.needs("sklearn")
        self.check(sys.executable, "sklearn_logistic.py")

    def test_xgboost_trees(self) -> None:
        self.needs("xgboost")
        self.check(sys.executable, "xgboost_trees.py")

    def test_glm(self) -> None:
        if shutil.which("Rscript") is None:
            self.skipTest("Rscript is not installed")
        self.check("Rscript", "glm.R")

    def test_notebook(self) -> None:
        self.needs("nbconvert", "ipykernel")
        if shutil.which("jupyter") is None:
            self.skipTest("jupyter is not installed")
        self.check(sys.executable, "notebook.py", "notebook.ipynb")
