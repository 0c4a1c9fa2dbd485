"""Numbers of a run as pandas frames."""

from __future__ import annotations

import difflib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

if TYPE_CHECKING:
    import pandas


def read(
    store: Union[str, "os.PathLike[str]"],
    table: str = "bias_variance",
    experiment: Optional[str] = None,
) -> "pandas.DataFrame":
    """A table or view of a store, such as bias_variance, metric_summary, paired_difference, decile,
    calibration, risk_summary, run or metric, with a column for each key that a sweep varies.

    The file is opened for reading alone, also while a run writes to it.
    """
    import pandas

    path = Path(store).absolute()
    if not path.exists():
        raise FileNotFoundError(f"{path}: not found; expected the store of a run (results/mine.db)")
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        names = [
            str(row[0])
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            )
        ]
        if table not in names:
            close = difflib.get_close_matches(table, names, 1)
            has = close[0] if close else ", ".join(names)
            raise KeyError(f"{path}: no table {table!r}; it has {has}")
        frame = pandas.read_sql_query(f'SELECT * FROM "{table}"', connection)
        if experiment is not None:
            if "experiment" not in frame:
                raise KeyError(f"{path}: table {table!r} has no column experiment")
            frame = frame[frame["experiment"] == experiment].reset_index(drop=True)
        if table == "setting_key" or not {"experiment", "setting"} <= set(frame.columns):
            return frame
        return _with_keys(frame, pandas.read_sql_query("SELECT * FROM setting_key", connection))
    finally:
        connection.close()


def _with_keys(frame: Any, keys: Any) -> Any:
    """Joins a column for each swept key: numbers where all its values are, else texts."""
    keys = keys[keys["experiment"].isin(frame["experiment"])]
    if keys.empty:
        return frame
    index = ["experiment", "setting"]
    wide = keys.pivot(index=index, columns="key", values="value")
    for key, rows in keys.groupby("key"):
        if rows["number"].notna().all():
            wide[key] = wide[key].astype(float)
    return frame.merge(wide.reset_index(), how="left", on=index)
