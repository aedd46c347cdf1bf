"""Data without values between their points, which other formats have as functions of time."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from headwater.language.syntax import Name
from headwater.model.points_alone import times_within
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Data, Graph, GraphicalFunction, Series, Variable


def with_raw_data(project: Project) -> Project:
    """Return a project with such functions as the data that they are, so that formulas of data
    find the points.
    """
    return replace(project, variables=tuple(map(_as_data, project.variables)))


def _as_data(variable: AnyVariable) -> AnyVariable:
    if not isinstance(variable, Graph) or not variable.graphs or not variable.equations:
        return variable
    arguments = [e.expression for e in variable.equations]
    if not all(isinstance(a, Name) and a.key == "time" for a in arguments):
        return variable
    series = [s for g in variable.graphs if (s := _series(g)) is not None]
    if len(series) < len(variable.graphs):
        return variable
    common = {f.name: getattr(variable, f.name) for f in fields(Variable)}
    return Data(**common, series=tuple(series), interpolation="raw")


def _series(function: GraphicalFunction) -> Series | None:
    x, y = np.array(function.x), np.array(function.y)
    times = times_within(x, y) if function.kind == "discrete" else None
    return None if times is None else Series(times, y[1::2], function.subscripts)
