"""Small cases to fit, with posteriors that are known in closed form."""

from pathlib import Path

import numpy as np

from headwater.formats.registry import read_model
from headwater.model.case import Case

LINE = """---
title: A line
time: 0 to 10 year, step 1
---

```headwater
data seen : 1 = seen.csv, column value, time year
constant level : 1 = 1  {level}  assume "made up"
constant slope : 1/year = 0  {slope}  assume "made up"
constant kind : 1 = 1  uncertain discrete(1: 1, 2: 1)  assume "made up"
constant bare : 1 = 1  assume "made up"
aux line : 1 = (level + slope * TIME) * kind * bare
stock unrelated : 1 = other
constant other : 1 = 1  uncertain uniform(0, 2)  assume "made up"
{more}
compare line with seen {clause}
```
"""
TIMES = np.arange(11.0)


def line_case(
    folder: Path,
    values: np.ndarray,
    clause: str = "used error normal(0.5)",
    level: str = "uncertain normal(0, 2)",
    slope: str = "uncertain normal(0, 1)",
    more: str = "",
) -> Case:
    """A case whose compared variable is linear in its two constants."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{t:g},{float(v)!r}\n" for t, v in zip(TIMES, values, strict=False))
    (folder / "seen.csv").write_text("year,value\n" + rows)
    text = LINE.format(clause=clause, level=level, slope=slope, more=more)
    (folder / "case.md").write_text(text)
    case = read_model(folder)
    assert isinstance(case, Case)
    return case


def linear_posterior(
    values: np.ndarray, error: float, prior: np.ndarray, mean: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of level and slope: Gelman and others, Bayesian Data Analysis, 14.8.

    ``prior`` is the covariance of the Gaussian prior.
    """
    design = np.column_stack([np.ones_like(values), TIMES[: len(values)]])
    precision = design.T @ design / error**2 + np.linalg.inv(prior)
    covariance = np.linalg.inv(precision)
    start = np.zeros(2) if mean is None else mean
    return covariance @ (design.T @ values / error**2 + np.linalg.inv(prior) @ start), covariance
