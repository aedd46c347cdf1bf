"""When a run starts, stops, steps and saves, and the settings at the end of a file."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.formats.losses import Losses
from headwater.formats.vensim.control import CONTROLS
from headwater.formats.vensim.settings import CALENDAR_UNITS, DAY, MONTH, UNIT, YEAR
from headwater.formats.vensim.writing.expressions import Printer
from headwater.formats.vensim.writing.layout import entry
from headwater.formats.vensim.writing.names import number, spelled
from headwater.language.names import canonical
from headwater.language.syntax import Expression
from headwater.model.project import Project, SimSpecs

_COMMENTS = {
    "initial_time": "The initial time for the simulation.",
    "final_time": "The final time for the simulation.",
    "time_step": "The time step for the simulation.",
    "saveper": "The frequency with which output is stored.",
}
_METHODS = {"euler": "0", "discrete": "0", "rk4": "5", "midpoint": "4"}
_HEUN = ("heun", "rk2")


def control_entries(project: Project, printer: Printer) -> str:
    """Return the entries of the control variables that are no variables of the model."""
    specs, unit = project.sim_specs, spelled(project.sim_specs.time_unit)
    return "".join(
        entry(f"{name.replace('_', ' ').upper()} =", text, unit, None, _COMMENTS[name])
        for name, text in _values(specs, printer)
        if name not in project.by_key
    )


def _values(specs: SimSpecs, printer: Printer) -> Iterator[tuple[str, str]]:
    given: tuple[tuple[Expression | None, float], ...] = (
        (specs.start_expression, specs.start),
        (specs.stop_expression, specs.stop),
        (specs.step_expression, specs.step),
        (specs.save_expression, specs.save_step),
    )
    for name, (expression, value) in zip(CONTROLS, given, strict=True):
        text = number(value) if expression is None else printer.text(expression)
        if name == "saveper" and expression is None and not value:
            text = "TIME STEP"
        yield name, text


def settings(project: Project, losses: Losses) -> str:
    """Return the last part of a file: its mark, the method and equal units."""
    method = project.sim_specs.method
    if method in _HEUN:
        losses.add(
            f"the method `{method}` becomes Vensim's of order two, which is the midpoint method"
        )
        method = "midpoint"
    elif method not in _METHODS:
        losses.add(f"the method `{method}` is none of Vensim's: Runge-Kutta of order 4 is written")
    if method == "discrete":
        losses.add("that the step is part of the model and must not be shortened is not written")
    if project.sim_specs.pause:
        losses.add("the interval at which an interactive run stops is not written")
    lines = ["///---\\\\\\", ":L\x7f<%^E!@", f"15:0,0,0,{_METHODS.get(method, '5')},0,0"]
    calendar = project.sim_specs.calendar
    if calendar is not None:
        values = (calendar.year, calendar.month, calendar.day, CALENDAR_UNITS.index(calendar.unit))
        lines += [f"{n}:{v}" for n, v in zip((YEAR, MONTH, DAY, UNIT), values, strict=True)]
    none = [name for u in project.units if u.equation == "1" for name in (u.name, *u.aliases)]
    if none:
        lines.append(f"22:{','.join(('Dmnl', *none))}")
    for unit in project.units:
        if unit.equation == "1":
            continue
        if unit.equation:
            what = "units that are defined by others are not written"
            losses.add(what, unit.name, unit.span)
        elif unit.aliases:
            lines.append(f"22:{','.join((unit.name, *unit.aliases))}")
        elif canonical(unit.name):
            losses.add("units without another name are not written", unit.name, unit.span)
    return "\n".join(lines) + "\n"
