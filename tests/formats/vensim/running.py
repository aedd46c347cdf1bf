"""Runs a Vensim model that a test writes out, control variables apart."""

from pathlib import Path

import numpy as np

from headwater.api import Model
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName
from headwater.simulation.results.arrays import Results
from headwater.simulation.run import Request

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

NOT_AVAILABLE = -(2.0**109)
"""What `:NA:` stands for."""


def control(stop: float, step: float = 1.0, start: float = 0.0) -> str:
    """The control variables of a model."""
    return (
        f"FINAL TIME = {stop} ~~|\nINITIAL TIME = {start} ~~|\n"
        f"TIME STEP = {step} ~~|\nSAVEPER = TIME STEP ~~|\n"
    )


def run(
    text: str,
    stop: float,
    step: float = 1.0,
    *,
    start: float = 0.0,
    folder: Path | None = None,
    target: TargetName = "llvm",
    settings: str = "",
) -> Results:
    """The results of a model of these equations."""
    whole = text + control(stop, step, start) + settings
    model = Model(project_of(Source("model.mdl", whole), folder, "model"))
    return model.results(Request(target=target, check_finite=False))


def values(results: Results, name: str) -> Values:
    """The values of a variable at all times, of a constant too."""
    field = results[name]
    if "time" in field.dimensions:
        return field.values
    times = results.coordinates["time"]
    return np.broadcast_to(field.values, (len(times), *field.values.shape))
