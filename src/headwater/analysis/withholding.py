"""A case as it could have been written at some time: what drives it afterwards is held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headwater.analysis.calibration.upstream import tables_of_time
from headwater.model.case import Case
from headwater.model.variables import AnyVariable, Data, Graph, GraphicalFunction, Series


def withheld(case: Case, after: float) -> Case:
    """Return the case without what its data and its tables over time say of later times.

    A series keeps its last value up to then, a table its value at that time. Up to ``after`` runs
    are the same, where series have a point at that time. What constants and policies say of later
    times stays, and so does the first point of a series that begins later.
    """
    project = case.project
    everything = replace(
        project,
        variables=(*project.variables, *(x for v in case.variants for x in v.variables)),
    )
    keys = {v.key for v in everything.variables}
    tables = {t for p in (project, everything) for t in tables_of_time(p, keys, after)}

    def held(variable: AnyVariable) -> AnyVariable:
        if isinstance(variable, Data):
            return replace(variable, series=tuple(_series(s, after) for s in variable.series))
        if isinstance(variable, Graph) and variable.name in tables:
            return replace(variable, graphs=tuple(_table(g, after) for g in variable.graphs))
        return variable

    return replace(
        case,
        project=replace(project, variables=tuple(held(v) for v in project.variables)),
        variants=tuple(
            replace(v, variables=tuple(held(x) for x in v.variables)) for v in case.variants
        ),
    )


def _series(series: Series, after: float) -> Series:
    count = max(1, int(np.searchsorted(series.times, after, side="right")))
    return replace(series, times=series.times[:count], values=series.values[:count])


def _table(table: GraphicalFunction, after: float) -> GraphicalFunction:
    x, y = np.array(table.x), np.array(table.y)
    if table.kind == "discrete":
        value = float(y[max(0, int(np.searchsorted(x, after, side="right")) - 1)])
    else:
        value = float(np.interp(after, x, y))
    early = [(a, b) for a, b in zip(table.x, table.y, strict=True) if a < after]
    points = [*early, (after, value), (after + 1, value)]
    x_held, y_held = tuple(a for a, _ in points), tuple(b for _, b in points)
    if table.kind == "discrete":
        return replace(table, x=x_held, y=y_held)
    return replace(table, x=x_held, y=y_held, kind="continuous")
