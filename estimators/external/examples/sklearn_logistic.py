"""Logistic regression of the clicks on all features, in scikit-learn. As a command: [python3,
sklearn_logistic.py]"""

from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import numpy as np

import cvrlab


def logistic(unit):
    ids = len(unit.cardinality)
    one_hot = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), list(range(ids))), remainder="passthrough"
    )
    model = make_pipeline(one_hot, LogisticRegression(C=unit.options.get("C", 0.1), max_iter=1000))
    clicked = unit.log.click == 1
    x = np.hstack([unit.log.id[clicked], unit.log.dense[clicked]])
    model.fit(x, unit.log.conversion[clicked])
    return model.predict_proba(np.hstack([unit.test.id, unit.test.dense]))[:, 1]


cvrlab.main(logistic)
