#!/usr/bin/env python3
"""What `bench` trains, written in PyTorch as its users write it: the same shapes, losses and batches, on one thread.

    peer.py NAME...   prints a line "NAME.step milliseconds ms" for each of: towers, towers_large, factorisation

As there, a first epoch warms up, the median of the next ones counts, and time is the processor's: that of other
programs on the machine is not in it.
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

with_logits = functional.binary_cross_entropy_with_logits


def batches(rows, size):
    order = torch.randperm(rows)
    return (order[first:first + size] for first in range(0, rows - size + 1, size))


def milliseconds(epoch, steps, epochs):
    """Of a step, where epoch() makes `steps` of them."""
    epoch()
    taken = []
    for _ in range(epochs):
        start = time.process_time()
        epoch()
        taken.append(1e3 * (time.process_time() - start) / steps)
    return statistics.median(taken)


class Towers(nn.Module):
    """A tower each for clicks, conversions and the imputed error, on shared embeddings."""

    def __init__(self, users, items, embedding, dense):
        super().__init__()
        self.user, self.item = nn.Embedding(users, embedding), nn.Embedding(items, embedding)
        self.head = nn.ModuleList(
            nn.Sequential(nn.Linear(2 * embedding + dense, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))
            for _ in range(3))

    def forward(self, user, item, dense):
        x = torch.cat([self.user(user), self.item(item), dense], dim=1)
        return [head(x).squeeze(1) for head in self.head]


def towers(users, items, rows=200_000, batch=1024):
    """escm2_dr, with the weights 0.1 and 1 of its terms."""
    user, item = torch.randint(users, (rows,)), torch.randint(items, (rows,))
    dense = torch.randn(rows, 16)
    click = (torch.rand(rows) < 0.1).float()
    conversion = click * (torch.rand(rows) < 0.2)
    model = Towers(users, items, embedding=16, dense=16)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch():
        for k in batches(rows, batch):
            o, r = click[k], conversion[k]
            ctr, cvr, imputed = model(user[k], item[k], dense[k])
            p, e_hat = torch.sigmoid(ctr), functional.softplus(imputed)
            e = with_logits(cvr, r, reduction="none")
            w = o / p.detach().clamp(0.02, 1)
            debiased = (e_hat + w * (e - e_hat) + w * (e - e_hat) ** 2).mean()
            both = (p * torch.sigmoid(cvr)).clamp(1e-7, 1 - 1e-7)
            loss = with_logits(ctr, o) + 0.1 * debiased + functional.binary_cross_entropy(both, o * r)
            adam.zero_grad()
            loss.backward()
            adam.step()

    return milliseconds(epoch, rows // batch, epochs=1)


class Factorisation(nn.Module):
    def __init__(self, users, items, rank):
        super().__init__()
        self.user, self.item = nn.Embedding(users, rank), nn.Embedding(items, rank)
        self.user_bias, self.item_bias = nn.Embedding(users, 1), nn.Embedding(items, 1)

    def forward(self, user, item):
        product = (self.user(user) * self.item(item)).sum(1)
        return product + self.user_bias(user).squeeze(1) + self.item_bias(item).squeeze(1)


def factorisation(users=290, items=300, ratings=6960, batch=128):
    """dr_jl: a step moves the prediction on a batch of ratings and one of all pairs, then the imputation."""
    user, item = torch.randint(users, (ratings,)), torch.randint(items, (ratings,))
    conversion = (torch.rand(ratings) < 0.3).float()
    weight = 1 / (0.05 + 0.5 * torch.rand(ratings))
    prediction, imputation = Factorisation(users, items, rank=4), Factorisation(users, items, rank=4)
    adam = [torch.optim.Adam(m.parameters(), lr=0.01, weight_decay=1e-4) for m in (prediction, imputation)]

    def step(optimiser, loss):
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    def epoch():
        for k in batches(ratings, batch):
            u, i, r, w = user[k], item[k], conversion[k], weight[k]
            any_u, any_i = torch.randint(users, (batch,)), torch.randint(items, (batch,))
            with torch.no_grad():
                m, any_m = torch.sigmoid(imputation(u, i)), torch.sigmoid(imputation(any_u, any_i))
            s = prediction(u, i)
            step(adam[0], with_logits(s, r, w) - with_logits(s, m, w) + with_logits(prediction(any_u, any_i), any_m))

            with torch.no_grad():
                s = prediction(u, i)
                e = with_logits(s, r, reduction="none")
            e_hat = with_logits(s, torch.sigmoid(imputation(u, i)), reduction="none")
            step(adam[1], (w * (e - e_hat) ** 2).sum())

    return milliseconds(epoch, ratings // batch, epochs=5)


PROGRAMS = {
    "towers": lambda: towers(5_000, 2_000),
    "towers_large": lambda: towers(100_000, 20_000),
    "factorisation": factorisation,
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name in sys.argv[1:]:
        print(f"{name}.step {PROGRAMS[name]():.6g} ms", flush=True)
