"""From the embeddings and dense columns x of an exposure to the logits of heads.

A backbone has two parts: features(x), what the heads share, computed once for each row; and
head(name, features), the logit. Layers start as torch.nn.Linear's do, uniform in +-1/sqrt(inputs).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Dict, List, Sequence, Type

import torch
from torch import Tensor
from torch.nn import Linear, Module, ModuleDict, ModuleList, Parameter
from torch.nn.functional import relu

if TYPE_CHECKING:
    from common import Settings

TWIN = {"counterfactual": "cvr"}  # shares what comes before its own layers


class Tower(Module):
    """A perceptron with ReLU between its layers, and one output."""

    def __init__(self, inputs: int, widths: Sequence[int]) -> None:
        super().__init__()
        sizes = [inputs, *widths, 1]
        self.layers = ModuleList(Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = relu(layer(x))
        return self.layers[-1](x)[:, 0]


class Backbone(Module):
    """The base of all: towers on what the heads share."""

    needs_layer = False  # of model.layers
    towers: ModuleDict

    def __init__(
        self, inputs: int, heads: Sequence[str], zero: Sequence[str], settings: "Settings"
    ) -> None:
        super().__init__()
        if self.needs_layer and not settings.layers:
            raise ValueError(f"{type(self).__name__} needs a hidden layer; model.layers has none")
        self.names, self.settings = tuple(heads), settings
        self.build(inputs)
        for head in zero:
            self.start_at_zero(head)

    @staticmethod
    def table_width(settings: "Settings", heads: Sequence[str]) -> int:
        """Columns of the embedding table; those after model.embedding start at 0."""
        return settings.embedding

    def build(self, inputs: int) -> None:
        raise NotImplementedError

    def start_at_zero(self, head: str) -> None:
        """Makes the logit of a head 0 for every row."""
        last = self.towers[head].layers[-1]
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)

    def features(self, x: Tensor) -> Tensor:
        return x

    def head(self, name: str, features: Tensor) -> Tensor:
        return self.towers[name](features)

    def _tower_each(self, inputs: int, widths: Sequence[int]) -> ModuleDict:
        return ModuleDict({head: Tower(inputs, widths) for head in self.names})


class Towers(Backbone):
    """A perceptron for each head. The counterfactual head shares the first layer of CVR."""

    def build(self, inputs: int) -> None:
        widths = self.settings.layers
        self.towers = self._tower_each(inputs, widths)
        if "counterfactual" in self.names and widths:
            self.towers["counterfactual"] = Tower(widths[0], widths[1:])

    def head(self, name: str, features: Tensor) -> Tensor:
        if name in TWIN and self.settings.layers:
            features = relu(self.towers[TWIN[name]].layers[0](features))
        return self.towers[name](features)


class SharedBottom(Backbone):
    """One first layer for all heads, then a tower each (Caruana, Machine Learning 28, 1997)."""

    needs_layer = True

    def build(self, inputs: int) -> None:
        widths = self.settings.layers
        self.trunk = Linear(inputs, widths[0])
        self.towers = self._tower_each(widths[0], widths[1:])

    def features(self, x: Tensor) -> Tensor:
        return relu(self.trunk(x))


class Mixtures(Backbone):
    """A mixture of experts for each head, side by side; the head picks its own and has a tower on
    it."""

    def head(self, name: str, features: Tensor) -> Tensor:
        place = self.gated.index(TWIN.get(name, name))
        width = self.settings.expert_width
        return self.towers[name](features[:, place * width : (place + 1) * width])


class Experts(Module):
    """Experts of one ReLU layer that read the same input: rows x experts x width."""

    def __init__(self, inputs: int, experts: int, width: int) -> None:
        super().__init__()
        self.layer, self.shape = Linear(inputs, experts * width), (-1, experts, width)
        self.count = experts

    def forward(self, x: Tensor) -> Tensor:
        return relu(self.layer(x)).view(self.shape)


def mix(gate: Tensor, experts: Tensor) -> Tensor:
    """Experts weighed by the softmax of a gate's logits."""
    return torch.bmm(torch.softmax(gate, 1)[:, None], experts)[:, 0]


class MMoE(Mixtures):
    """Multi-gate mixture of experts (Ma, Zhao, Yi, Chen, Hong and Chi, KDD 2018): for head k
    f_k(x) = sum_i softmax(W_k x)_i f_i(x), then its tower."""

    def build(self, inputs: int) -> None:
        settings = self.settings
        self.gated = [head for head in self.names if head not in TWIN]
        self.experts = Experts(inputs, settings.experts, settings.expert_width)
        self.gates = ModuleDict({head: Linear(inputs, settings.experts) for head in self.gated})
        self.towers = self._tower_each(settings.expert_width, settings.layers)

    def features(self, x: Tensor) -> Tensor:
        experts = self.experts(x)
        return torch.cat([mix(self.gates[head](x), experts) for head in self.gated], 1)


class PLE(Mixtures):
    """Progressive layered extraction (Tang, Liu, Zhao and Gong, RecSys 2020). On each level a
    head's gate mixes its own experts and the shared ones; the shared gate mixes all of them."""

    def build(self, inputs: int) -> None:
        settings = self.settings
        self.gated = [head for head in self.names if head not in TWIN]
        own, width = math.ceil(settings.experts / 2), settings.expert_width
        groups = [*self.gated, "shared"]
        self.experts, self.gates = ModuleList(), ModuleList()
        for level in range(settings.levels):
            reads = inputs if level == 0 else width
            self.experts.append(ModuleDict({group: Experts(reads, own, width) for group in groups}))
            gates = {head: Linear(reads, 2 * own) for head in self.gated}
            if level < settings.levels - 1:
                gates["shared"] = Linear(reads, own * len(groups))
            self.gates.append(ModuleDict(gates))
        self.towers = self._tower_each(width, settings.layers)

    def features(self, x: Tensor) -> Tensor:
        reads = {group: x for group in [*self.gated, "shared"]}
        for experts, gates in zip(self.experts, self.gates):
            made = {group: experts[group](reads[group]) for group in reads}
            mixed: Dict[str, Tensor] = {}
            for group, gate in gates.items():
                of = [made[group], made["shared"]] if group != "shared" else list(made.values())
                mixed[group] = mix(gate(reads[group]), torch.cat(of, 1))
            reads = mixed
        return torch.cat([reads[head] for head in self.gated], 1)


class AITM(Backbone):
    """Adaptive information transfer (Xi et al., KDD 2021): a task attends over two tokens, what
    the task before it passes on and its own feature."""

    needs_layer = True

    def build(self, inputs: int) -> None:
        widths = self.settings.layers
        self.width = widths[-1]
        order = [head for head in ("ctr", "action") if head in self.names]
        self.order = order + [head for head in self.names if head not in order]
        self.towers = self._tower_each(inputs, widths)
        later = self.order[1:]
        self.transfer = ModuleDict({task: Linear(self.width, self.width) for task in later})
        self.maps = ModuleDict(
            {task: ModuleList(Linear(self.width, self.width) for _ in "kqv") for task in later}
        )

    def features(self, x: Tensor) -> Tensor:
        outputs: List[Tensor] = []
        for task in self.order:
            q = x
            for layer in self.towers[task].layers[:-1]:
                q = relu(layer(q))
            if outputs:
                passed = relu(self.transfer[task](outputs[-1]))
                tokens = torch.stack([passed, q], 1)
                key, query, value = (linear(tokens) for linear in self.maps[task])
                weight = torch.softmax((key * query).sum(2) / math.sqrt(self.width), 1)
                q = (weight[:, :, None] * value).sum(1)
            outputs.append(q)
        return torch.cat(outputs, 1)

    def head(self, name: str, features: Tensor) -> Tensor:
        place = self.order.index(name)
        own = features[:, place * self.width : (place + 1) * self.width]
        return self.towers[name].layers[-1](own)[:, 0]


class MF(Backbone):
    """Matrix factorisation of user and item alone: u . (g * v) + b_user + b_item; biases of a head
    are columns behind the vectors, and g is 1 in a net of one head, learned elsewhere."""

    @staticmethod
    def table_width(settings: "Settings", heads: Sequence[str]) -> int:
        return settings.embedding + len(heads)

    def build(self, inputs: int) -> None:
        size = self.settings.embedding
        several = len(self.names) > 1
        self.weight = Parameter(torch.ones(len(self.names), size), requires_grad=several)

    def start_at_zero(self, head: str) -> None:
        raise ValueError(f"mf has no head that starts at 0, such as {head}")

    def features(self, x: Tensor) -> Tensor:
        return x[:, : 2 * (self.settings.embedding + len(self.names))]

    def head(self, name: str, features: Tensor) -> Tensor:
        size, place = self.settings.embedding, self.names.index(name)
        user, item = features.chunk(2, 1)
        product = (user[:, :size] * item[:, :size] * self.weight[place]).sum(1)
        return product + user[:, size + place] + item[:, size + place]


BACKBONES: Dict[str, Type[Backbone]] = {
    "towers": Towers,
    "shared_bottom": SharedBottom,
    "mmoe": MMoE,
    "ple": PLE,
    "aitm": AITM,
    "mf": MF,
}
