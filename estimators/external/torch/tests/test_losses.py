"""Losses against formulas in plain numpy, their gradients against finite differences and closed
forms."""

import unittest
from types import SimpleNamespace
from typing import Any, Dict, Optional

import numpy as np
import torch
from common import Step, bce, bce_of_product
from models import METHODS
from models.dr_jl import imputed
from models.tdr import targeted

CLIP = 0.1
ROWS, ROWS_U = 40, 12


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def entropy(y: Any, q: Any) -> Any:
    y = np.asarray(y, float)
    return -y * np.log(q) - (1 - y) * np.log1p(-q)


class Fixed(Step):
    """A step whose logits are numbers: a leaf for each head over D, and one over U."""

    def __init__(
        self, seed: int, options: Optional[Dict[str, float]] = None, given: bool = False
    ) -> None:
        random = np.random.default_rng(seed)
        self.click = (random.random(ROWS) < 0.4).astype(float)
        conversion = self.click * (random.random(ROWS) < 0.4)
        self.given = random.uniform(0.05, 0.9, ROWS)
        self.random = random
        self.leaf: Dict[Any, torch.Tensor] = {}
        clicked = torch.tensor(self.click).nonzero()[:, 0]
        unclicked = (1 - torch.tensor(self.click)).nonzero()[:, 0]
        self.batch = SimpleNamespace(
            d=torch.arange(ROWS), o=clicked, clicked=clicked, unclicked=unclicked,
            exposures=float(ROWS), clicks_drawn=False, u=torch.arange(ROWS_U),
        )  # fmt: skip
        self.data = SimpleNamespace(
            click=torch.tensor(self.click), conversion=torch.tensor(conversion), imputation=None,
            action=None, unbiased=range(ROWS_U),
            unbiased_conversion=torch.tensor(random.random(ROWS_U) < 0.5).double(),
        )  # fmt: skip
        self.fit = SimpleNamespace(
            propensity=torch.tensor(self.given) if given else None,
            settings=SimpleNamespace(clip=CLIP),
            options=options or {},
        )
        self.shift = torch.zeros(1, dtype=torch.double, requires_grad=True)

    def z(self, head: str, space: str = "D") -> torch.Tensor:
        key = (head, "U" if space == "U" else "D")
        if key not in self.leaf:
            values = self.random.normal(-0.5, 1, ROWS_U if space == "U" else ROWS)
            self.leaf[key] = torch.tensor(values, requires_grad=True)
        return self.leaf[key]

    def number(self, net: str) -> torch.Tensor:
        return self.shift

    def logit(self, head: str, space: str) -> torch.Tensor:
        z = self.z(head, space)
        return z if space in "DU" else z[self.batch.o if space == "O" else self.batch.unclicked]

    def gradient(self, loss: Any, head: str) -> np.ndarray:
        return torch.autograd.grad(loss(self), self.z(head), retain_graph=True)[0].numpy()

    def slope(self, loss: Any, head: str, step: float = 1e-5) -> np.ndarray:
        """The gradient by central differences, with everything else as it is."""
        z, found = self.z(head), []
        for k in range(len(z)):
            with torch.no_grad():
                z[k] += step
                up = loss(self).item()
                z[k] -= 2 * step
                down = loss(self).item()
                z[k] += step
            found.append((up - down) / (2 * step))
        return np.array(found)

    def numbers(self) -> SimpleNamespace:
        """The batch in numpy, for formulas."""
        o, r = self.click == 1, self.data.conversion.numpy()
        heads = ("ctr", "cvr", "imputation", "counterfactual")
        value = {head: sigmoid(self.z(head).detach().numpy()) for head in heads}
        p = self.given if self.fit.propensity is not None else value["ctr"]
        return SimpleNamespace(
            o=o, r=r, c=value["cvr"], m=value["imputation"], other=value["counterfactual"], live=p,
            p=np.clip(p, CLIP, 1), not_p=np.clip(1 - p, CLIP, 1), e=entropy(r, value["cvr"]),
            e_hat=entropy(value["imputation"], value["cvr"]),
            softplus=np.log1p(np.exp(self.z("imputation").detach().numpy())),
        )  # fmt: skip


def loss_of(name: str, phase: int = 0) -> Any:
    return METHODS[name].phases[phase].loss


class LossTest(unittest.TestCase):
    def value(self, name: str, expected: float, step: Fixed, phase: int = 0) -> None:
        self.assertAlmostEqual(loss_of(name, phase)(step).item(), expected, 10, name)

    def test_cross_entropies(self) -> None:
        a, b = torch.tensor([-30.0, 0.3, 8.0]).double(), torch.tensor([2.0, -0.4, 9.0]).double()
        for y in (0.0, 0.3, 1.0):
            q = torch.sigmoid(b).numpy()
            np.testing.assert_allclose(bce(b, torch.tensor(y)).numpy(), entropy(y, q), rtol=1e-7)
            q = (torch.sigmoid(a) * torch.sigmoid(b)).numpy()
            found = bce_of_product(a, b, torch.tensor(y)).numpy()
            np.testing.assert_allclose(found, entropy(y, q), rtol=1e-7, atol=1e-12)

    def test_joint_losses(self) -> None:
        options = {"lambda_c": 0.7, "lambda_g": 0.3, "eta": 2.0}
        s = Fixed(1, options)
        x = s.numbers()
        ctr, ctcvr = entropy(x.o, x.live).mean(), entropy(x.o * x.r, x.live * x.c).mean()
        ips = (x.o * x.e / x.p).sum() / ROWS
        risk = x.softplus.mean() + (x.o * (x.e - x.softplus) / x.p).sum() / ROWS
        imputation = (x.o * (x.e - x.softplus) ** 2 / x.p).sum() / ROWS
        labels = x.e_hat.mean() + (x.o * (x.e - x.e_hat) / x.p).sum() / ROWS
        label_imputation = (x.o * (x.e - x.e_hat) ** 2 / x.p).sum() / ROWS
        balance = ((x.o / x.p - (1 - x.o) / x.not_p) * x.c).mean() ** 2
        self.value("naive", x.e[x.o].mean(), s)
        self.value("esmm", ctr + ctcvr, s)
        self.value("mmoe", ctr + x.e[x.o].mean(), s)
        self.value("multi_ipw", ctr + ips, s)
        self.value("multi_dr", ctr + risk + imputation, s)
        self.value("escm2_ips", ctr + 0.7 * ips + 0.3 * ctcvr, s)
        self.value("escm2_dr", ctr + 0.7 * (risk + imputation) + 0.3 * ctcvr, s)
        self.value("ips_v2", ctr + ips + ctcvr + 2 * balance, s)
        self.value("dr_v2", ctr + labels + label_imputation + ctcvr + 2 * balance, s)

    def test_two_stages(self) -> None:
        s = Fixed(2, {"gamma": 1.5}, given=True)
        x = s.numbers()
        gap = x.e - x.e_hat
        low, high = 1 + (1 / x.p - 1) / 1.5, 1 + (1 / x.p - 1) * 1.5
        weight = np.where(gap > 0, high, low)
        self.value("ips", (x.o * x.e / x.p).sum() / ROWS, s)
        self.value("snips", (x.o * x.e / x.p).sum() / (x.o / x.p).sum(), s)
        self.value("dr_jl", x.e_hat.mean() + (x.o * gap / x.p).sum() / ROWS, s)
        self.value("dr_jl", (x.o * gap**2 / x.p).sum() / ROWS, s, 1)
        self.value("mrdr", (x.o * gap**2 * (1 - x.p) / x.p**2).sum() / ROWS, s, 1)
        self.value("dr_bias", (x.o * gap**2 * (1 - x.p) ** 2 / x.p**3).sum() / ROWS, s, 1)
        self.value("rd_ips", (x.o * high * x.e).sum() / ROWS, s)
        self.value("rd_dr", x.e_hat.mean() + (x.o * weight * gap).sum() / ROWS, s)
        self.value("rd_dr", (x.o * high * gap**2).sum() / ROWS, s, 1)

    def test_dcmt(self) -> None:
        s = Fixed(3, {"weight": 0.8, "prior": 0.2})
        x = s.numbers()
        rest = entropy(x.o, x.live).mean() + entropy(x.o * x.r, x.live * x.c).mean()
        prior = 0.2 * np.abs(1 - x.c - x.other).mean()
        factual = (x.o * x.e / x.p).sum() / (x.o / x.p).sum()
        missed = -np.log(x.other) * (1 - x.o) / x.not_p
        normal = missed.sum() / ((1 - x.o) / x.not_p).sum()
        self.value("dcmt", rest + 0.8 * (factual + normal + prior), s)
        plain = (x.o * x.e / x.p).sum() / ROWS + missed.sum() / ROWS
        self.value("dcmt_plain", rest + 0.8 * (plain + prior), s)

    def test_gradients_of_dcmt(self) -> None:
        for name in ("dcmt", "dcmt_plain"):
            s = Fixed(4, {"weight": 0.8, "prior": 0.2})
            loss = loss_of(name)
            for head in ("cvr", "counterfactual"):
                loss(s)
                np.testing.assert_allclose(s.gradient(loss, head), s.slope(loss, head), atol=1e-8)

    def test_propensities_have_no_gradient_of_their_weights(self) -> None:
        x = Fixed(5, {"lambda_c": 1.0, "lambda_g": 0.0})
        expected = (sigmoid(x.z("ctr").detach().numpy()) - x.click) / ROWS
        for name in ("multi_ipw", "multi_dr", "escm2_ips", "escm2_dr"):
            np.testing.assert_allclose(x.gradient(loss_of(name), "ctr"), expected, atol=1e-12)

    def test_scalar_imputation_leaves_the_gradient_of_ips(self) -> None:
        s = Fixed(6)
        expected = s.gradient(loss_of("multi_ipw"), "cvr")
        np.testing.assert_allclose(s.gradient(loss_of("multi_dr"), "cvr"), expected, atol=1e-12)

    def test_gradient_of_doubly_robust(self) -> None:
        """d/dz l(y, sigmoid z) = c - y, so that of the risk is (c - m) + o (m - r) / p, over |B|; m
        is stopped."""
        s = Fixed(7, {"eta": 0.0}, given=True)
        x = s.numbers()
        expected = ((x.c - x.m) + x.o * (x.m - x.r) / x.p) / ROWS
        np.testing.assert_allclose(s.gradient(loss_of("dr_jl"), "cvr"), expected, atol=1e-12)

    def test_gradient_of_nise(self) -> None:
        """l(c, c) is the entropy of c, whose slope in z is -z c (1 - c)."""
        s = Fixed(8, {"alpha": 1.0, "beta": 50.0})
        x = s.numbers()
        ctr = entropy(x.o, x.live).mean()
        cvr = np.where(x.o, x.e, entropy(x.c, x.c)).mean()
        self.value("nise", ctr + ctr / cvr * cvr, s)
        z = s.z("cvr").detach().numpy()
        expected = np.where(x.o, x.c - x.r, -z * x.c * (1 - x.c)) * ctr / cvr / ROWS
        np.testing.assert_allclose(s.gradient(loss_of("nise"), "cvr"), expected, atol=1e-12)

    def test_gradients_of_balance(self) -> None:
        s = Fixed(9, {"eta": 3.0})
        plain = Fixed(9, {"eta": 0.0, "lambda_c": 1.0, "lambda_g": 1.0})
        self.assertEqual(loss_of("ips_v2")(plain).item(), loss_of("escm2_ips")(plain).item())

        def balance(step: Step) -> torch.Tensor:
            from models.propensity_matters import balance as of

            return of(step)

        for head in ("ctr", "cvr"):
            balance(s)
            np.testing.assert_allclose(s.gradient(balance, head), s.slope(balance, head), atol=1e-8)

    def test_targeted(self) -> None:
        """With e_d the value of DR is that of error imputation, and the loss is the formula."""
        s = Fixed(10, given=True)
        x = s.numbers()
        d = 1 / x.p - 1
        eps = (x.o * d * (x.e - x.e_hat)).sum() / (x.o * d * d).sum()
        e_d = x.e_hat + eps * d
        doubly_robust = e_d.mean() + (x.o * (x.e - e_d) / x.p).mean()
        by_imputation = np.where(x.o, x.e, e_d).mean()
        self.assertAlmostEqual(doubly_robust, by_imputation, 12)
        expected = (x.o * (x.e**2 - e_d**2) / x.p).sum() / ROWS + (e_d**2).mean()
        self.assertAlmostEqual(targeted(s).item(), expected, 10)

    def test_stable(self) -> None:
        s = Fixed(11)
        with torch.no_grad():
            s.shift += 0.3
        x = s.numbers()
        p = np.clip(sigmoid(s.z("ctr").detach().numpy() + 0.3), CLIP, 1)
        balance = ((1 - x.o / p) * (x.e_hat - x.e_hat.mean())).mean() ** 2
        self.value("stable_dr", entropy(x.o, x.live).mean() + balance, s)
        self.value("stable_dr", (x.o * x.e / p).sum() / (x.o / p).sum(), s, 1)
        self.value("stable_dr", (x.o * (x.e - x.e_hat) ** 2 / p).sum() / ROWS, s, 2)
        expected = (x.live - x.o) / ROWS  # g alone is moved by the balance
        np.testing.assert_allclose(s.gradient(loss_of("stable_dr"), "ctr"), expected, atol=1e-12)

    def test_residuals(self) -> None:
        s = Fixed(12, {"beta": 0.5})
        x = s.numbers()
        g, h = s.z("residual_p").detach().numpy(), s.z("residual_e").detach().numpy()
        c = sigmoid(s.z("cvr", "U").detach().numpy())
        unbiased = entropy(s.data.unbiased_conversion.numpy(), c).mean()
        p = np.clip(sigmoid(s.z("ctr").detach().numpy() + g), CLIP, 1)
        e_res = entropy(sigmoid(s.z("imputation").detach().numpy() + h), x.c)
        ips = (x.o * x.e / p).sum() / ROWS
        dr = e_res.mean() + (x.o * (x.e - e_res) / p).sum() / ROWS
        nominal = entropy(x.o, x.live).mean()
        self.value("res_ips", nominal, s)
        self.value("res_ips", (ips - unbiased) ** 2, s, 1)
        self.value("res_ips", ips + 0.5 * unbiased, s, 2)
        self.value("res_dr", nominal + (x.o * (x.e - x.e_hat) ** 2 / x.p).sum() / ROWS, s)
        self.value("res_dr", (dr - unbiased) ** 2, s, 1)
        self.value("res_dr", dr + 0.5 * unbiased, s, 2)

    def test_stopped_parts(self) -> None:
        """Over all D the imputed error has the gradient of both its models; the phase decides which
        moves."""
        s = Fixed(13, given=True)
        moved = torch.autograd.grad(imputed(s, "D").sum(), s.z("imputation"))[0]
        self.assertTrue((moved != 0).all())
        moves = [phase.moves for phase in METHODS["dr_jl"].phases]
        self.assertEqual(moves, [("prediction",), ("imputation",)])
