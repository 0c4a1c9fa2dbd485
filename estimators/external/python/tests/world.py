"""Unit folders for tests: a logistic world whose conversion probabilities are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import numpy as np

TRAIN = {
    "epochs": 2, "batch": 256, "drop_last": "off", "batch_unbiased": 128, "learning_rate": 0.01,
    "l2": 1e-5, "clip": "auto", "draw": "exposures", "patience": 0, "tolerance": 1e-4,
}  # fmt: skip
MODEL = {
    "embedding": 4, "layers": [16, 8], "init": 0.05, "experts": 4, "expert_width": 8, "levels": 2,
    "prior_start": "on", "omit": [],
}  # fmt: skip


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def make_unit(
    folder: Path,
    rows: int = 4000,
    test: int = 500,
    unbiased: int = 400,
    behaviour: bool = False,
    given: bool = False,
    seed: int = 1,
    options: Dict[str, Any] = {},
    model: Dict[str, Any] = {},
    train: Dict[str, Any] = {},
) -> np.ndarray:
    """Writes a unit and returns the true conversion probabilities of its test rows."""
    random = np.random.default_rng(seed)
    sizes = (20, 10, 3)
    click_of, buy_of = random.normal(0, 0.5, sizes[0]), random.normal(0, 0.7, sizes[1])
    arrays: Dict[str, np.ndarray] = {}

    def exposures(name: str, n: int) -> "tuple[np.ndarray, np.ndarray]":
        ids = np.stack([random.integers(0, size, n) for size in sizes], 1).astype("<i4")
        dense = random.normal(size=(n, 2)).astype("<f4")
        arrays[f"{name}_id"], arrays[f"{name}_dense"] = ids, dense
        p = sigmoid(-1 + click_of[ids[:, 0]] + 0.5 * dense[:, 0])
        q = sigmoid(-1 + buy_of[ids[:, 1]] + 0.8 * dense[:, 0] - 0.5 * dense[:, 1])
        return p, q

    p, q = exposures("log", rows)
    click = random.random(rows) < p
    outcome = random.random(rows) < q
    arrays["log_click"] = click.astype("|u1")
    arrays["log_conversion"] = (click & outcome).astype("|u1")
    if behaviour:
        arrays["log_action"] = (click & (random.random(rows) < 0.2 + 0.5 * outcome)).astype("|u1")
    if given:
        arrays["log_propensity"] = p.astype("<f4")
    if unbiased:
        _, q = exposures("unbiased", unbiased)
        arrays["unbiased_conversion"] = (random.random(unbiased) < q).astype("|u1")
    _, truth = exposures("test", test)

    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    manifest = {
        "format": "cvrlab-unit",
        "format_version": 1,
        "made_by": "tests",
        "digest": "0" * 16,
        "seed": seed,
        "rows": {"log": rows, "unbiased": unbiased, "test": test},
        "clicks": int(click.sum()),
        "conversions": int((click & outcome).sum()),
        "categorical": [
            {"name": name, "cardinality": size}
            for name, size in zip(("user", "item", "segment"), sizes)
        ],
        "dense": [{"name": "context", "columns": 2}],
        "files": {
            name: {"file": f"{name}.npy", "dtype": array.dtype.str, "shape": list(array.shape)}
            for name, array in arrays.items()
        },
        "write": {"cvr": {"file": "cvr.npy", "rows": test}},
        "clip": float(click.mean() / 10),
        "model": {**MODEL, **model},
        "train": {**TRAIN, **train},
        "options": options,
        "needs": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return truth
