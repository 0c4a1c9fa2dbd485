"""A conversion model of the clicks alone, in PyTorch. As a command: [python3, torch_naive.py]"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

import cvrlab


def naive(unit):
    torch.manual_seed(unit.seed)
    tables = torch.nn.ModuleList(torch.nn.Embedding(size, 16) for size in unit.cardinality)
    tower = torch.nn.Sequential(torch.nn.LazyLinear(64), torch.nn.ReLU(), torch.nn.Linear(64, 1))

    def logit(id, dense):
        embedded = [table(id[:, k]) for k, table in enumerate(tables)]
        return tower(torch.cat([*embedded, dense], 1))[:, 0]

    clicked = unit.log.click == 1
    id, dense = torch.tensor(unit.log.id[clicked]), torch.tensor(unit.log.dense[clicked])
    label = torch.tensor(unit.log.conversion[clicked]).float()
    logit(id[:2], dense[:2])  # makes the lazy layer, so that Adam knows it
    adam = torch.optim.Adam([*tables.parameters(), *tower.parameters()], weight_decay=1e-5)
    for _ in range(unit.options.get("epochs", 3)):
        for rows in torch.randperm(len(label)).split(256):
            adam.zero_grad()
            bce(logit(id[rows], dense[rows]), label[rows]).backward()
            adam.step()
    test = torch.tensor(unit.test.id), torch.tensor(unit.test.dense)
    with torch.no_grad():
        return torch.sigmoid(logit(*test)).numpy()


cvrlab.main(naive)
