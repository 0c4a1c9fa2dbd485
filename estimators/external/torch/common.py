"""What the models share: data, nets of heads, batches, Adam, phases.

A second implementation of cvrlab's training, written from its documentation (estimators/METHODS.md,
"Models, training, propensities") and not from its source, so that where both agree neither is wrong
by itself.

A loss is a function of a Step, which has one batch. It asks for logits of heads over a space of
rows,
    D  the exposures of the batch         O  its clicked rows
    N  its unclicked rows                 U  a batch of the unbiased sample
and for labels and propensities there, and returns a number. `|B|` of a sum that is divided by it is
the number of rows of D.
"""

from __future__ import annotations

import json
import math
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from cvrlab import Skip, Unit  # noqa: E402

from backbones import BACKBONES  # noqa: E402

LARGEST_LOGIT = math.log(1e6)  # of a given propensity, so that 0 and 1 have a logit


def bce(logit: Tensor, label: Tensor) -> Tensor:
    """l(y, q) = -y log q - (1-y) log(1-q), q the sigmoid of the logit; y may be soft and have a
    gradient."""
    return F.softplus(logit) - label * logit


def bce_of_product(a: Tensor, b: Tensor, label: Tensor) -> Tensor:
    """l(y, q), q the product of the sigmoids of two logits."""
    yes = F.logsigmoid(a) + F.logsigmoid(b)
    no = torch.logaddexp(F.logsigmoid(-a), F.logsigmoid(a) + F.logsigmoid(-b))
    return -label * yes - (1 - label) * no


def mean(x: Tensor) -> Tensor:
    """The mean; that of no rows is 0."""
    return x.sum() / max(len(x), 1)


def weighted_mean(weight: Tensor, x: Tensor) -> Tensor:
    """sum w x / sum w without a gradient of w; 0 where the weights sum to 0."""
    weight = weight.detach()
    total = weight.sum()
    return (weight * x).sum() / torch.where(total > 0, total, torch.ones_like(total))


def logit_of(probability: float) -> float:
    return math.log(probability) - math.log1p(-probability)


@dataclass(frozen=True)
class Settings:
    """The keys model.* and train.* that the models here know."""

    embedding: int
    layers: Tuple[int, ...]
    init: float
    experts: int
    expert_width: int
    levels: int
    prior_start: bool
    epochs: int
    batch: int
    drop_last: bool
    batch_unbiased: int
    learning_rate: float
    l2: float
    clip: float
    clicks_drawn: bool

    @staticmethod
    def of(unit: Unit) -> "Settings":
        model, train = unit.model, unit.train
        if model.get("omit") not in (None, "", [], "[]"):
            raise Skip(f"model.omit is {model['omit']}: only models of all features are here")
        if train.get("patience", 0):
            raise Skip(f"train.patience is {train['patience']}: nothing stops early here")
        layers = model.get("layers", [64, 32])
        if isinstance(layers, str):
            layers = json.loads(layers)
        return Settings(
            embedding=int(model.get("embedding", 16)),
            layers=tuple(int(width) for width in layers),
            init=float(model.get("init", 0.05)),
            experts=int(model.get("experts", 8)),
            expert_width=int(model.get("expert_width", 16)),
            levels=int(model.get("levels", 2)),
            prior_start=model.get("prior_start", "on") in ("on", True, 1),
            epochs=int(train.get("epochs", 5)),
            batch=int(train.get("batch", 1024)),
            drop_last=train.get("drop_last", "off") in ("on", True, 1),
            batch_unbiased=int(train.get("batch_unbiased", 256)),
            learning_rate=float(train.get("learning_rate", 0.001)),
            l2=float(train.get("l2", 1e-5)),
            clip=unit.clip,
            clicks_drawn=train.get("draw", "exposures") == "clicks",
        )


@dataclass(frozen=True)
class Rows:
    """Features of rows: places in the one embedding table that holds every column's, and dense
    columns."""

    place: Tensor
    dense: Tensor

    @staticmethod
    def of(exposures: Any, cardinality: Sequence[int]) -> "Rows":
        first = np.concatenate([[0], np.cumsum(cardinality)[:-1]])
        place = torch.from_numpy(np.asarray(exposures.id).astype(np.int64) + first)
        return Rows(place, torch.from_numpy(np.array(exposures.dense, dtype=np.float32)))

    def __getitem__(self, rows: Any) -> "Rows":
        return Rows(self.place[rows], self.dense[rows])

    def __len__(self) -> int:
        return len(self.place)


class Data:
    """A unit as tensors."""

    def __init__(self, unit: Unit) -> None:
        def tensor(array: Any) -> Optional[Tensor]:
            return None if array is None else torch.from_numpy(np.array(array, dtype=np.float32))

        self.cardinality = unit.cardinality
        self.log = Rows.of(unit.log, unit.cardinality)
        self.test = Rows.of(unit.test, unit.cardinality)
        self.click = torch.from_numpy(np.array(unit.log.click, dtype=np.float32))
        self.conversion = torch.from_numpy(np.array(unit.log.conversion, dtype=np.float32))
        self.conversion *= self.click
        self.action = tensor(unit.log.action)
        self.propensity = tensor(unit.log.propensity)
        self.imputation = tensor(unit.log.imputation)
        self.unbiased = self.unbiased_conversion = None
        if unit.unbiased is not None:
            self.unbiased = Rows.of(unit.unbiased, unit.cardinality)
            self.unbiased_conversion = tensor(unit.unbiased.conversion)
        self.click_rate = float(self.click.double().mean())

    def rate(self, head: str) -> Optional[float]:
        """The rate of a head's label in the log, with half a row of each kind added; None where it
        has none."""
        clicked = self.click == 1
        if head == "ctr":
            label = self.click
        elif head in ("cvr", "label"):
            label = self.conversion[clicked]
        elif head == "ctcvr":
            label = self.conversion
        elif self.action is not None and head == "action":
            label = self.action[clicked]
        elif self.action is not None and head == "buy_after_action":
            label = self.conversion[clicked & (self.action == 1)]
        elif self.action is not None and head == "buy_otherwise":
            label = self.conversion[clicked & (self.action == 0)]
        else:
            return None
        return (float(label.double().sum()) + 0.5) / (len(label) + 1)


class Net(torch.nn.Module):
    """Heads that share embeddings and a backbone. Another net shares nothing with this one."""

    def __init__(
        self, data: Data, settings: Settings, heads: Dict[str, str], backbone: str = "towers"
    ) -> None:
        """`heads`: name -> what it learns: a label of Data.rate(), or "zero" for a correction that
        starts at 0, or "" for what has no rate to start at."""
        super().__init__()
        self.heads = tuple(heads)
        kind = BACKBONES[backbone]
        width = kind.table_width(settings, self.heads)
        start = torch.zeros(sum(data.cardinality), width)
        start[:, : settings.embedding].normal_(0, settings.init)
        self.table = torch.nn.Parameter(start)
        inputs = len(data.cardinality) * width + data.log.dense.shape[1]
        zero = [head for head in heads if heads[head] == "zero"]
        self.backbone = kind(inputs, self.heads, zero, settings)
        self.prior = {head: 0.0 for head in heads}
        if settings.prior_start:
            for head, label in heads.items():
                rate = data.rate(label)
                self.prior[head] = 0.0 if rate is None else logit_of(rate)
        self.adam = Adam(self, settings.learning_rate, settings.l2)

    def features(self, rows: Rows) -> Tensor:
        """What the heads share, a row each."""
        found = F.embedding(rows.place, self.table, sparse=True)
        return self.backbone.features(torch.cat([found.flatten(1), rows.dense], 1))

    def logit(self, head: str, features: Tensor) -> Tensor:
        return self.backbone.head(head, features) + self.prior[head]


class Number(torch.nn.Module):
    """A net that is one number, which starts at 0."""

    heads: Tuple[str, ...] = ()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.value = torch.nn.Parameter(torch.zeros(1))
        self.adam = Adam(self, settings.learning_rate, settings.l2)


class Adam:
    """Kingma and Ba, with l2 x weight added to the gradient, as torch.optim.Adam has it. But of an
    embedding table only the rows that the step looked up move, are penalised, and have moments that
    decay. The number of steps that corrects the moments is the net's, of all rows alike.

    The other parameters are views of one vector, so that a step is a few operations.
    """

    def __init__(self, net: torch.nn.Module, rate: float, l2: float) -> None:
        self.rate, self.l2, self.steps = rate, l2, 0
        self.table = getattr(net, "table", None)
        dense = [p for p in net.parameters() if p is not self.table and p.requires_grad]
        self.flat = torch.cat([torch.empty(0), *(p.detach().reshape(-1) for p in dense)])
        self.gradient = torch.zeros_like(self.flat)
        self.flat_moments = torch.zeros(2, len(self.flat))
        first = 0
        for p in dense:
            last = first + p.numel()
            p.data = self.flat[first:last].view_as(p)
            p.grad = self.gradient[first:last].view_as(p)
            first = last
        if self.table is not None:
            self.table_moments = torch.zeros(2, *self.table.shape)

    def clear(self) -> None:
        self.gradient.zero_()
        if self.table is not None:
            self.table.grad = None

    @torch.no_grad()
    def step(self) -> None:
        self.steps += 1
        self._move(self.flat, self.gradient, self.flat_moments[0], self.flat_moments[1])
        if self.table is not None and self.table.grad is not None:
            found = self.table.grad.coalesce()
            rows = found.indices()[0]
            value = self.table.data[rows]
            first, second = self.table_moments[0][rows], self.table_moments[1][rows]
            self._move(value, found.values(), first, second)
            self.table.data[rows] = value
            self.table_moments[0][rows], self.table_moments[1][rows] = first, second

    def _move(self, value: Tensor, gradient: Tensor, first: Tensor, second: Tensor) -> None:
        gradient = gradient.add(value, alpha=self.l2)
        first.mul_(0.9).add_(gradient, alpha=0.1)
        second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        size = self.rate / (1 - 0.9**self.steps)
        spread = second.sqrt().div_(math.sqrt(1 - 0.999**self.steps)).add_(1e-8)
        value.addcdiv_(first, spread, value=-size)


@dataclass
class Batch:
    """Rows of the log, D; which of them were clicked; rows of the unbiased sample."""

    d: Tensor
    clicked: Tensor  # places in d
    unclicked: Tensor
    u: Optional[Tensor]
    o: Tensor  # rows of the log
    clicks_drawn: bool
    exposures: float  # |B| of sums over O


class Sampler:
    """Batches whose sizes differ by one row at most; the unbiased sample goes round."""

    def __init__(self, data: Data, settings: Settings, generator: torch.Generator) -> None:
        self.data, self.settings, self.generator = data, settings, generator
        self.clicks = data.click.nonzero()[:, 0]
        rows = len(self.clicks) if settings.clicks_drawn else len(data.log)
        whole = rows // settings.batch if settings.drop_last else math.ceil(rows / settings.batch)
        self.steps = max(whole, 1)
        self.rows = rows
        self.order = torch.empty(0, dtype=torch.long)

    def epoch(self) -> Iterator[Batch]:
        settings = self.settings
        order = self._shuffled(self.rows)
        if settings.drop_last and self.rows >= settings.batch:
            order = order[: self.steps * settings.batch]
        for rows in order.tensor_split(self.steps):
            u = self._unbiased()
            if settings.clicks_drawn:
                size = (settings.batch,)
                d = torch.randint(len(self.data.log), size, generator=self.generator)
                o, exposures = self.clicks[rows], len(rows) / self.data.click_rate
            else:
                d, o, exposures = rows, None, float(len(rows))
            click = self.data.click[d] == 1
            clicked, unclicked = click.nonzero()[:, 0], (~click).nonzero()[:, 0]
            o = d[clicked] if o is None else o
            yield Batch(d, clicked, unclicked, u, o, settings.clicks_drawn, exposures)

    def _unbiased(self) -> Optional[Tensor]:
        if self.data.unbiased is None:
            return None
        rows, size = len(self.data.unbiased), self.settings.batch_unbiased
        while len(self.order) < size:
            self.order = torch.cat([self.order, self._shuffled(rows)])
        taken, self.order = self.order[:size], self.order[size:]
        return taken

    def _shuffled(self, rows: int) -> Tensor:
        return torch.randperm(rows, generator=self.generator)


class Step:
    """One loss on one batch: the words that losses are written in."""

    def __init__(self, fit: "Fit", batch: Batch, moves: Sequence[str]) -> None:
        self.fit, self.data, self.batch, self.moves = fit, fit.data, batch, moves
        self._features: Dict[Tuple[str, str], Tensor] = {}

    def option(self, name: str) -> float:
        """A constant of the method."""
        return self.fit.options[name]

    def number(self, net: str) -> Tensor:
        return self.fit.nets[net].value

    def logit(self, head: str, space: str) -> Tensor:
        """Logits of a head over a space. Only nets that the phase moves have a gradient."""
        name = self.fit.net_of[head]
        net = self.fit.nets[name]
        with torch.set_grad_enabled(torch.is_grad_enabled() and name in self.moves):
            return net.logit(head, self._shared(name, net, space))

    def _shared(self, name: str, net: Net, space: str) -> Tensor:
        key = (name, space)
        if key not in self._features:
            whole = self._features.get((name, "D"))
            if space == "N" or (space == "O" and whole is not None and not self.batch.clicks_drawn):
                whole = self._shared(name, net, "D") if whole is None else whole
                rows = self.batch.clicked if space == "O" else self.batch.unclicked
                self._features[key] = whole[rows]
            else:
                self._features[key] = net.features(self._rows(space))
        return self._features[key]

    def _rows(self, space: str) -> Rows:
        if space == "U":
            if self.data.unbiased is None:
                raise Skip("there is no unbiased sample")
            return self.data.unbiased[self.batch.u]
        return self.data.log[self.batch.d if space == "D" else self.batch.o]

    def of_log(self, values: Tensor, space: str) -> Tensor:
        """A column of the log over D, O or N."""
        if space == "O":
            return values[self.batch.o]
        rows = values[self.batch.d]
        return rows[self.batch.unclicked] if space == "N" else rows

    @property
    def o(self) -> Tensor:
        """Clicks over D."""
        return self.of_log(self.data.click, "D")

    @property
    def t(self) -> Tensor:
        """Clicked and converted, over D."""
        return self.of_log(self.data.conversion, "D")

    @property
    def od(self) -> Tensor:
        """Clicked and acted, over D."""
        if self.data.action is None:
            raise Skip("there is no post-click action")
        return self.of_log(self.data.action * self.data.click, "D")

    def r(self, space: str = "O") -> Tensor:
        """Conversions over O or U."""
        if space == "U":
            if self.data.unbiased_conversion is None or self.batch.u is None:
                raise Skip("there is no unbiased sample")
            return self.data.unbiased_conversion[self.batch.u]
        return self.of_log(self.data.conversion, "O")

    def e(self, space: str = "O") -> Tensor:
        """l(r, c), the error of the prediction."""
        return bce(self.logit("cvr", space), self.r(space))

    def propensity_logit(self, space: str) -> Tensor:
        """Of p_hat: given or fitted before, else the click head's."""
        if self.fit.propensity is not None:
            given = self.of_log(self.fit.propensity, space)
            return torch.logit(given).clamp(-LARGEST_LOGIT, LARGEST_LOGIT)
        return self.logit("ctr", space)

    def p_live(self, space: str) -> Tensor:
        """p_hat with its gradient, not clipped; given ones have none."""
        if self.fit.propensity is not None:
            return self.of_log(self.fit.propensity, space)
        return torch.sigmoid(self.logit("ctr", space))

    def p(self, space: str = "O") -> Tensor:
        """p~ = sg(clip(p_hat, eps, 1))"""
        return self.clip(self.p_live(space).detach())

    def not_p(self, space: str = "N") -> Tensor:
        """(1-p)~ = sg(clip(1 - p_hat, eps, 1))"""
        return self.clip(1 - self.p_live(space).detach())

    def clip(self, p: Tensor) -> Tensor:
        return p.clamp(self.fit.settings.clip, 1)

    def m(self, space: str) -> Tensor:
        """The pseudo-label: given, without a gradient, else the sigmoid of its head."""
        if self.data.imputation is not None:
            return self.of_log(self.data.imputation, space)
        return torch.sigmoid(self.logit("imputation", space))

    def per_exposure(self, x: Tensor) -> Tensor:
        """sum_O x / |B|"""
        return x.sum() / self.batch.exposures

    def per_row(self, x: Tensor) -> Tensor:
        """sum_N x / |B|"""
        return x.sum() / len(self.batch.d)


Loss = Callable[[Step], Tensor]


@dataclass(frozen=True)
class Phase:
    """A loss and the nets that it moves, by one Adam step each. Stage 1 begins when stage 0 has
    ended."""

    loss: Loss
    moves: Tuple[str, ...]
    stage: int = 0


@dataclass(frozen=True)
class Method:
    """A method of cvrlab by its own name."""

    name: str
    nets: Dict[str, Dict[str, str]]  # name -> head -> what it learns; without heads, a number
    phases: Tuple[Phase, ...]
    options: Dict[str, float] = field(default_factory=dict)
    propensity: bool = False  # needs propensities that are fixed before it is trained
    needs: Tuple[str, ...] = ()
    backbone: str = "towers"
    last_steps: str = ""  # the option that is the number of steps of the last stage
    predict: Optional[Callable[[Callable[[str], Tensor]], Tensor]] = None


def one_net(name: str, loss: Loss, heads: Dict[str, str], **more: Any) -> Method:
    """A method with one loss, which moves one net."""
    return Method(name, {"net": heads}, (Phase(loss, ("net",)),), **more)


class Fit:
    """A method on a unit: trains, then predicts."""

    def __init__(
        self, method: Method, unit: Unit, backbone: str = "", data: Optional[Data] = None
    ) -> None:
        threads = int(os.environ.get("CVRLAB_THREADS") or 1)
        torch.set_num_threads(threads)
        torch.manual_seed(unit.seed)
        self.method = method
        self.backbone = backbone or method.backbone
        self.settings = Settings.of(unit)
        self.data = Data(unit) if data is None else data
        missing = [need for need in method.needs if need not in self._has()]
        if missing:
            raise Skip(f"{method.name} needs {', '.join(missing)}")
        self.options = self._options(unit.options)
        self.generator = torch.Generator().manual_seed(unit.seed)
        self.steps, self.diverged = 0, False
        self.nets: Dict[str, Any]
        self.propensity = self.data.propensity
        if method.propensity and self.propensity is None:
            self.propensity = self._fitted_propensity()
        self.nets = {}
        for name, heads in method.nets.items():
            if heads:
                self.nets[name] = Net(self.data, self.settings, heads, self.backbone)
            else:
                self.nets[name] = Number(self.settings)
        self.net_of = {head: name for name, net in self.nets.items() for head in net.heads}
        self.sampler = Sampler(self.data, self.settings, self.generator)

    def _has(self) -> List[str]:
        has = [] if self.data.unbiased is None else ["unbiased"]
        return has if self.data.action is None else has + ["behaviour"]

    def _options(self, given: Dict[str, Any]) -> Dict[str, float]:
        unknown = sorted(set(given) - set(self.method.options))
        if unknown:
            raise ValueError(
                f"{self.method.name} has no option {', '.join(unknown)};"
                f" it has {', '.join(self.method.options) or 'none'}"
            )
        return {**self.method.options, **{key: float(value) for key, value in given.items()}}

    def _fitted_propensity(self) -> Tensor:
        """The first stage of two: a click model alone, mean_D l(o, p), on the same backbone and
        options."""
        self.propensity = None
        self.nets = {"clicks": Net(self.data, self.settings, {"ctr": "ctr"}, self.backbone)}
        self.net_of = {"ctr": "clicks"}
        self.sampler = Sampler(self.data, self.settings, self.generator)
        phase = Phase(lambda s: mean(bce(s.logit("ctr", "D"), s.o)), ("clicks",))
        self._epochs([phase], self.settings.epochs)
        self.steps = 0
        return torch.sigmoid(self._logits("ctr", self.data.log))

    def train(self) -> None:
        for stage in range(1 + max(phase.stage for phase in self.method.phases)):
            phases = [phase for phase in self.method.phases if phase.stage == stage]
            if stage and self.method.last_steps:
                self._steps(phases, int(self.options[self.method.last_steps]))
            else:
                self._epochs(phases, self.settings.epochs)

    def _epochs(self, phases: Sequence[Phase], epochs: int) -> None:
        for _ in range(epochs):
            for batch in self.sampler.epoch():
                if self.diverged:
                    return
                self._step(phases, batch)

    def _steps(self, phases: Sequence[Phase], steps: int) -> None:
        while steps > 0 and not self.diverged:
            for batch in self.sampler.epoch():
                self._step(phases, batch)
                steps -= 1
                if steps == 0 or self.diverged:
                    break

    def _step(self, phases: Sequence[Phase], batch: Batch) -> None:
        self.steps += 1
        for phase in phases:
            for net in phase.moves:
                self.nets[net].adam.clear()
            loss = phase.loss(Step(self, batch, phase.moves))
            if not math.isfinite(loss.item()):
                self.diverged = True
                return
            if not loss.requires_grad:  # all that it could move is given
                continue
            loss.backward()
            for net in phase.moves:
                self.nets[net].adam.step()

    @torch.no_grad()
    def _logits(self, head: str, rows: Rows) -> Tensor:
        net = self.nets[self.net_of[head]]
        parts = torch.arange(len(rows)).split(8192)
        return torch.cat([net.logit(head, net.features(rows[part])) for part in parts])

    def predict(self) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        """CVR and, where the method has a click head, CTR of the test rows."""

        def logit(head: str) -> Tensor:
            return self._logits(head, self.data.test)

        of = self.method.predict or (lambda logit: torch.sigmoid(logit("cvr")))
        cvr = of(logit)
        ctr = torch.sigmoid(logit("ctr")).numpy() if "ctr" in self.net_of else None
        return cvr.numpy(), ctr

    def parameters(self) -> int:
        found = (p for net in self.nets.values() for p in net.parameters() if p.requires_grad)
        return sum(p.numel() for p in found)
