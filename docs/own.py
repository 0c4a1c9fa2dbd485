"""Conversions of clicked exposures by a small network: python3 own.py UNIT..."""
import json
import sys

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

for unit in sys.argv[1:]:
    manifest = json.load(open(f"{unit}/manifest.json"))
    torch.manual_seed(manifest["seed"])
    ids = [column["cardinality"] for column in manifest["categorical"]]
    width = 8 * len(ids) + sum(group["columns"] for group in manifest["dense"])
    tables = torch.nn.ModuleList(torch.nn.Embedding(size, 8) for size in ids)
    net = torch.nn.Sequential(
        torch.nn.Linear(width, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1)
    )

    def array(name):
        return torch.from_numpy(np.load(f"{unit}/{name}.npy"))

    def logit(id, dense):
        embedded = [table(id[:, k]) for k, table in enumerate(tables)]
        return net(torch.cat([*embedded, dense], 1))[:, 0]

    clicked = array("log_click").bool()
    id, dense = array("log_id")[clicked], array("log_dense")[clicked]
    label = array("log_conversion")[clicked].float()
    weights = [*tables.parameters(), *net.parameters()]
    adam = torch.optim.Adam(weights, 1e-3, weight_decay=1e-4)
    for _ in range(3):
        for rows in torch.randperm(len(label)).split(256):
            adam.zero_grad()
            z = logit(id[rows], dense[rows])
            binary_cross_entropy_with_logits(z, label[rows]).backward()
            adam.step()
    with torch.no_grad():
        cvr = logit(array("test_id"), array("test_dense")).sigmoid()
    np.save(f"{unit}/cvr.npy", cvr.numpy())
