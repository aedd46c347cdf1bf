"""Small XMILE files as text, and what they compute."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.formats.xmile import project_of
from headwater.model.project import Project
from headwater.simulation.building import TargetName
from headwater.simulation.results.arrays import Results
from headwater.simulation.run import Request

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

NAMESPACES = (
    'xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" '
    'xmlns:isee="http://iseesystems.com/XMILE"'
)
HEADER = "<header><vendor>Example</vendor><product version='1'>Example</product></header>"


def specs(stop: float = 5, step: float = 1, method: str = "Euler", more: str = "") -> str:
    """Return the settings of a run that starts at 0."""
    return (
        f'<sim_specs method="{method}" time_units="Months" {more}><start>0</start>'
        f"<stop>{stop}</stop><dt>{step}</dt></sim_specs>"
    )


def file(
    variables: str,
    *,
    settings: str = "",
    before: str = "",
    after: str = "",
    header: str = HEADER,
    views: str = "",
) -> str:
    """Return a file: ``before`` and ``after`` the model stand in its root element."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<xmile version="1.0" {NAMESPACES}>\n'
        f"{header}\n{settings or specs()}\n{before}\n"
        f"<model><variables>\n{variables}\n</variables>{views}</model>\n{after}\n</xmile>\n"
    )


def aux(name: str, equation: str, more: str = "") -> str:
    """Return an auxiliary."""
    escaped = equation.replace("&", "&amp;").replace("<", "&lt;")
    return f'<aux name="{name}">{more}<eqn>{escaped}</eqn></aux>'


def read(text: str, folder: Path | None = None, name: str = "model.xmile") -> Project:
    """Return the model of a text."""
    return project_of(text, folder, name)


def run(
    text: str,
    folder: Path | None = None,
    *,
    name: str = "model.xmile",
    target: TargetName = "reference",
    finite: bool = True,
) -> Results:
    """Run a text's model once."""
    return results_of(read(text, folder, name), target=target, finite=finite)


def results_of(
    project: Project, *, target: TargetName = "reference", finite: bool = True
) -> Results:
    """Run a model once."""
    return Model(project).results(Request(target=target, check_finite=finite))


def values(results: Results, name: str) -> Values:
    """Return a variable over all saved times, constants too."""
    field = results[name]
    if "time" in field.dimensions:
        return field.values
    times = results.coordinates["time"]
    return np.broadcast_to(field.values, (len(times), *field.values.shape))


def column(results: Results, name: str) -> list[float]:
    """Return a variable without dimensions over all saved times."""
    return [float(x) for x in values(results, name)]


def messages(error: HeadwaterError) -> str:
    """Return all that an error says."""
    return error.render()


def warnings(project: Project) -> str:
    """Return what the reader warned of."""
    return "\n".join(d.message for d in project.warnings)
