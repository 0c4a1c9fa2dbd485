"""Adam, batches, starts, and methods on a world whose truth is known."""

import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict

import numpy as np
import torch
from backbones import BACKBONES
from common import Adam, Data, Fit, Net, Sampler, Settings, Skip, Unit
from models import METHODS
from world import make_unit

RUN = Path(__file__).resolve().parents[1] / "run.py"


class Table(torch.nn.Module):
    """A table and a layer, as a net has them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.table = torch.nn.Parameter(torch.randn(30, 4))
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.layer(torch.nn.functional.embedding(rows, self.table, sparse=True))


class TrainingTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def unit(self, **how: Any) -> Unit:
        folder = Path(self.directory.name) / str(len(list(Path(self.directory.name).iterdir())))
        self.truth = make_unit(folder, **how)
        return Unit(folder)

    def test_adam(self) -> None:
        """Without a penalty it is torch's Adam of the layer and its SparseAdam of the table."""
        ours, theirs = Table(), Table()
        adam = Adam(ours, 0.01, 0.0)
        others = [
            torch.optim.SparseAdam([theirs.table], lr=0.01),
            torch.optim.Adam(theirs.layer.parameters(), lr=0.01),
        ]
        for _ in range(20):
            rows = torch.randint(30, (8,))
            adam.clear()
            for other in others:
                other.zero_grad()
            for net in (ours, theirs):
                net(rows).square().sum().backward()
            adam.step()
            for other in others:
                other.step()
        for mine, other in zip(ours.parameters(), theirs.parameters()):
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)

    def test_penalty(self) -> None:
        """l2 is added to the gradient, as weight_decay is; rows that are not looked up stay."""
        ours, theirs = Table(), Table()
        before = ours.table.detach().clone()
        adam = Adam(ours, 0.01, 0.5)
        other = torch.optim.Adam(theirs.layer.parameters(), lr=0.01, weight_decay=0.5)
        rows = torch.arange(10)
        for net in (ours, theirs):
            net(rows).sum().backward()
        adam.step()
        other.step()
        torch.testing.assert_close(ours.layer.weight, theirs.layer.weight, rtol=1e-4, atol=1e-6)
        self.assertTrue((ours.table[10:] == before[10:]).all())
        self.assertTrue((ours.table[:10] != before[:10]).any(1).all())

    def test_batches(self) -> None:
        unit = self.unit(rows=1000, unbiased=100)
        data, settings = Data(unit), replace(Settings.of(unit), batch=300, batch_unbiased=30)
        sampler = Sampler(data, settings, torch.Generator().manual_seed(1))
        batches = list(sampler.epoch())
        self.assertEqual([len(batch.d) for batch in batches], [250, 250, 250, 250])
        rows = torch.cat([batch.d for batch in batches]).tolist()
        self.assertEqual(sorted(rows), list(range(1000)))
        seen = torch.cat([batch.u for batch in batches]).tolist()
        self.assertEqual(sorted(seen[:100]), list(range(100)))
        for batch in batches:
            self.assertTrue((data.click[batch.o] == 1).all())
            self.assertEqual(len(batch.clicked) + len(batch.unclicked), len(batch.d))
        full = list(Sampler(data, replace(settings, drop_last=True), torch.Generator()).epoch())
        self.assertEqual([len(batch.d) for batch in full], [300, 300, 300])
        settings = replace(settings, clicks_drawn=True, batch=50)
        drawn = list(Sampler(data, settings, torch.Generator()).epoch())
        self.assertEqual(sum(len(batch.o) for batch in drawn), int(data.click.sum()))
        self.assertAlmostEqual(drawn[0].exposures, len(drawn[0].o) / data.click_rate)

    def test_parameters(self) -> None:
        """The numbers that the native methods have on the world of experiments/compare.yaml."""
        unit = self.unit(rows=100)
        expected = {"naive": 12129, "ips": 12129, "esmm": 19170, "multi_dr": 26211, "dr_jl": 24258}
        expected.update({"dcmt": 21283, "res_ips": 36387, "res_dr": 50469})
        for name, number in expected.items():
            data = Data(unit)
            data.cardinality = (200, 100, 8, 10)
            data.log = type("Rows", (), {"dense": torch.zeros(1, 12)})
            settings = replace(Settings.of(unit), embedding=16, layers=(64, 32), prior_start=False)
            nets = [Net(data, settings, heads) for heads in METHODS[name].nets.values()]
            self.assertEqual(sum(p.numel() for net in nets for p in net.parameters()), number, name)

    def test_start(self) -> None:
        """Heads start at the rate of their label, corrections at 0."""
        unit = self.unit(rows=3000)
        fit = Fit(METHODS["res_dr"], unit)
        clicked = unit.log.click == 1
        for head, rate in (
            ("ctr", unit.log.click.mean()),
            ("cvr", unit.log.conversion[clicked].mean()),
            ("imputation", unit.log.conversion[clicked].mean()),
            ("residual_p", 0.5),
        ):
            start = torch.sigmoid(fit._logits(head, fit.data.test)).mean().item()
            self.assertAlmostEqual(start, rate, delta=0.001 if head == "residual_p" else 0.1)
        self.assertTrue((fit._logits("residual_e", fit.data.test) == 0).all())

    def test_recovers_the_truth(self) -> None:
        """Clicks depend on features alone here, so that all of these are consistent."""
        unit = self.unit(rows=12000, model={"layers": []}, train={"epochs": 4})
        names = "naive ips esmm escm2_ips dr_jl multi_dr stable_dr dr_v2"
        for name in names.split():
            fit = Fit(METHODS[name], unit)
            fit.train()
            cvr, _ = fit.predict()
            self.assertAlmostEqual(cvr.mean(), self.truth.mean(), delta=0.03, msg=name)
            self.assertLess(np.mean((cvr - self.truth) ** 2), 0.25 * np.var(self.truth), name)

    def test_every_method_and_backbone(self) -> None:
        units: Dict[bool, Unit] = {
            given: self.unit(rows=600, test=20, behaviour=True, given=given, train={"epochs": 1})
            for given in (False, True)
        }
        data = {given: Data(unit) for given, unit in units.items()}
        cases = [(name, "") for name in METHODS]
        cases += [("escm2_dr" if backbone != "mf" else "naive", backbone) for backbone in BACKBONES]
        cases += [("dcmt", "mmoe"), ("dcmt", "ple")]
        for name, backbone in cases:
            for given, unit in units.items():
                with self.subTest(name=name, backbone=backbone, given=given):
                    fit = Fit(METHODS[name], unit, backbone, data[given])
                    fit.train()
                    cvr, _ = fit.predict()
                    self.assertFalse(fit.diverged)
                    self.assertEqual(cvr.shape, (20,))
                    self.assertTrue(((cvr >= 0) & (cvr <= 1)).all())

    def test_limits(self) -> None:
        """Two methods that are one at the edge of an option are trained to the same numbers."""
        for one, options, other in (
            ("tdr", {"targeted_steps": 0}, "dr_jl"),
            ("rd_ips", {"gamma": 1}, "ips"),
            ("rd_dr", {"gamma": 1}, "dr_jl"),
        ):
            cvr = []
            for name, option in ((one, options), (other, {})):
                unit = self.unit(rows=600, test=20, options=option, train={"epochs": 1})
                fit = Fit(METHODS[name], unit)
                fit.train()
                cvr.append(fit.predict()[0])
            np.testing.assert_allclose(*cvr, rtol=1e-5, err_msg=one)

    def test_refusals(self) -> None:
        with self.assertRaisesRegex(Skip, "res_ips needs unbiased"):
            Fit(METHODS["res_ips"], self.unit(rows=100, unbiased=0))
        with self.assertRaisesRegex(Skip, "model.omit is placement"):
            Fit(METHODS["naive"], self.unit(rows=100, model={"omit": "placement"}))
        with self.assertRaisesRegex(ValueError, "naive has no option lambda_c; it has none"):
            Fit(METHODS["naive"], self.unit(rows=100, options={"lambda_c": 1}))

    def test_command(self) -> None:
        unit = self.unit(rows=300, test=10)
        command = [sys.executable, str(RUN), "mmoe+esmm", str(unit.path)]
        ran = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(np.load(unit.path / "cvr.npy").shape, (10,))
        self.assertEqual(np.load(unit.path / "ctr.npy").shape, (10,))
        command[2] = "esmn"
        ran = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("no method esmn; there are naive", ran.stderr)
