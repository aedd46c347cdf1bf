"""Data within a step, on the way from one dialect to another.

Vensim's Runge-Kutta methods take data as they are at the beginning of a step; elsewhere each stage
of a method reads them at its own time (Vensim's manual, "Runge-Kutta Integration").
"""

from __future__ import annotations

from headwater.formats.losses import Losses
from headwater.model.project import Dialect, Project
from headwater.model.variables import Data

_STAGED = ("rk2", "heun", "midpoint", "rk4")


def report_data(project: Project, target: Dialect, losses: Losses) -> None:
    """Tell where data change within a step in one of two dialects, and not in the other."""
    if (project.dialect == "vensim") == (target == "vensim"):
        return
    if project.sim_specs.method not in _STAGED:
        return
    what = "data are held within a step there, as Vensim's methods do"
    if target != "vensim":
        what = "data change within a step there, where Vensim's methods hold them"
    for variable in project.variables:
        if isinstance(variable, Data):
            losses.add(what, variable.name, variable.span, "with method euler both agree")
