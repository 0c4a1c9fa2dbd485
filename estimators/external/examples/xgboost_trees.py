"""Gradient boosted trees, with inverse propensities as weights of the clicks. As a command:
[python3, xgboost_trees.py]

Propensities are given where the experiment gives some (propensity.source), else trees of their own
predict the clicks.
"""

import os

import numpy as np
import xgboost

import cvrlab


def trees(unit):
    model = {
        "n_estimators": 60,
        "max_depth": int(unit.options.get("depth", 4)),
        "learning_rate": 0.1,
        "random_state": unit.seed,
        "n_jobs": int(os.environ.get("CVRLAB_THREADS", 1)),
    }
    x, test = (np.hstack([rows.id, rows.dense]) for rows in (unit.log, unit.test))
    click, p = unit.log.click, unit.log.propensity
    if p is None:
        p = xgboost.XGBClassifier(**model).fit(x, click).predict_proba(x)[:, 1]
    clicked = click == 1
    weight = 1 / np.maximum(p[clicked], unit.clip)
    conversions = xgboost.XGBClassifier(**model)
    conversions.fit(x[clicked], unit.log.conversion[clicked], sample_weight=weight)
    return conversions.predict_proba(test)[:, 1]


cvrlab.main(trees)
