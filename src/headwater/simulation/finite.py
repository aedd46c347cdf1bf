"""Where a value that is not finite came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from headwater.errors import SimulationError
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Call, Conditional, Expression, Name, Unary, walk
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Data, Equation, Graph, Stock
from headwater.simulation.labels import label
from headwater.simulation.layout import Layout, SavedVariable

Floats = npt.NDArray[np.float64]

_SEARCHES: Mapping[str, str] = {
    "simultaneous": "its turns do not settle; FIND ZERO may find one, from a guess nearer to it",
    "find_zero": "give one that is nearer, or more steps, or see whether there is one",
}
"""What to do where a function that solves equations finds nothing."""

_PROFILES = (
    "has no number where a width is below 0, or is 0 and the profile is not a normal one, or where "
    "the type of a profile is none of 0 to 4: constant elasticities and whole numbers (types of 10 "
    "and more) are not computed"
)
_UNDEFINED: Mapping[str, str] = {
    "vector_select": "has no number where its error action forbids what is selected: nothing, or "
    "more than one element",
    **dict.fromkeys(
        ("delay_conveyor", "delay_profile", "queue_fifo", "queue_fifo_attrib"),
        "has no number where the area of its profile is 0, and something is to be spread by it",
    ),
    **dict.fromkeys(
        ("allocate_by_priority", "allocate"),
        "has no number where a width is below 0, or 0 and with a shape",
    ),
    "invert_matrix": "has no number where the matrix has no inverse",
    "marketp": "has no number where a width is not above 0",
    **dict.fromkeys(
        ("allocate_available", "find_market_price", "demand_at_price", "supply_at_price"),
        _PROFILES,
    ),
}
"""Where a function has no number by its own rules."""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One run with every variable kept at every step: ``values`` is (elements, times).

    ``adaptive``: the method chose its steps, and gave up where it could not keep its tolerance.
    """

    project: Project
    layout: Layout
    times: Floats
    values: Floats
    adaptive: bool = False


def rows_to_check(project: Project, layout: Layout) -> npt.NDArray[np.bool_]:
    """Return which rows of a result must be finite.

    Those of data series need not be, nor those of variables that are without a value by their own
    equations (``NAN``, ``INF``).
    """
    rows = np.zeros(layout.rows, dtype=np.bool_)
    exempt = without_value(project)
    for variable in layout.variables:
        known = project.by_key.get(variable.variable)
        free = isinstance(known, Data) or variable.variable in exempt
        rows[variable.start : variable.stop] = not free
        rows[[variable.start + cell for cell in variable.missing]] = False
    return rows


def without_value(project: Project) -> set[str]:
    """Return which variables are without a number where an equation gives ``NAN`` or ``INF``.

    What is computed from a ``NAN`` has no value either; a stock must have one.
    """
    found: set[str] = set()
    lacking: list[str] = []
    for variable in project.variables:
        if isinstance(variable, Stock):
            continue
        values = {k for e in _expressions(variable) for k in _literals(e)} - project.by_key.keys()
        if values:
            found.add(variable.key)
        if "nan" in values:
            lacking.append(variable.key)
    readers = _readers(project) if lacking else {}
    while lacking:
        more = readers.get(lacking.pop(), set()) - found
        found |= more
        lacking += more
    return found


def _readers(project: Project) -> dict[str, set[str]]:
    """Return which variables, stocks aside, are computed from each name."""
    readers: dict[str, set[str]] = {}
    for variable in project.variables:
        if not isinstance(variable, Stock):
            for name in {n.key for e in _expressions(variable) for n in _names(e)}:
                readers.setdefault(name, set()).add(variable.key)
    return readers


def _literals(expression: Expression) -> Iterable[str]:
    """Yield which of ``NAN`` and ``INF`` may be the value of an expression as they stand."""
    match expression:
        case Name(key=("nan" | "inf") as key):
            yield key
        case Unary(operand=operand):
            yield from _literals(operand)
        case Conditional(then=then, otherwise=otherwise):
            yield from _literals(then)
            yield from _literals(otherwise)


def keepable_variables(project: Project) -> tuple[str, ...]:
    """Return the look-up names of all variables that have values over time."""
    return tuple(v.key for v in project.variables if not (isinstance(v, Graph) and not v.equations))


def culprit_error(record: Record) -> SimulationError | None:
    """Return an error that names the first variable, in order of dependency, that went wrong."""
    checked = rows_to_check(record.project, record.layout)
    bad = ~np.isfinite(record.values) & checked[:, None]
    when = np.flatnonzero(bad.any(axis=0))
    if not len(when):
        return None
    step = int(when[0])
    wrong = {v.key: v for v in record.layout.variables if bad[v.start : v.stop, step].any()}
    first = [v for v in wrong.values() if not _needs(record.project, v.key, step) & wrong.keys()]
    # What depends on itself comes of a search, which may have found nothing.
    searched = [v for v in wrong.values() if _called(record.project.by_key.get(v.key), _SEARCHES)]
    saved = next(iter((*first, *searched, *wrong.values())))
    return _describe(record, saved, bad[saved.start : saved.stop, step], step)


def _needs(project: Project, key: str, step: int) -> set[str]:
    """Return what a variable is computed from at a step. A stock moves on from the step before."""
    variable = project.by_key.get(key)
    if variable is None or (isinstance(variable, Stock) and step > 0):
        return set()
    return {n.key for e in _expressions(variable) for n in _names(e)} - {key}


def _expressions(variable: AnyVariable) -> list[Expression]:
    equations: Sequence[Equation] = getattr(variable, "equations", ())
    return [e.expression for e in equations] + [e.initial for e in equations if e.initial]


def _names(expression: Expression) -> Iterable[Name]:
    return (n for n in walk(expression) if isinstance(n, Name))


def _describe(
    record: Record, saved: SavedVariable, bad: npt.NDArray[np.bool_], step: int
) -> SimulationError:
    variable = record.project.by_key.get(saved.key)
    first = int(np.flatnonzero(bad)[0])
    value = float(record.values[saved.start + first, step])
    what = "is not a number" if np.isnan(value) else "is infinite"
    at = f"at time {record.times[step]:g}"
    when = f"at the start (time {record.times[step]:g})" if step == 0 else at
    name = label(saved.name, _element(record.layout, saved, first))
    value_of = _reader(record, saved, first, step)
    place = variable.span.place if variable and variable.span else None
    hint = ""
    if isinstance(variable, Stock) and step > 0:
        hint = _hint_of_stock(record, variable, step)
    elif variable:
        hint = _hint(variable, value_of, record.project.dialect)
    if record.adaptive and isinstance(variable, Stock) and step > 0:
        hint = (
            "the method could not keep its tolerance: look for runaway growth or a jump, "
            "loosen `rtol` and `atol`, or choose rk4"
        )
    return SimulationError(f"`{name}` {what} {when}", place, hint)


def _hint_of_stock(record: Record, stock: Stock, step: int) -> str:
    flows = {n.key for f in stock.flows for n in _names(f.expression)}
    for at in (step - 1, step):
        for saved in record.layout.variables:
            values = record.values[saved.start : saved.stop, at]
            if saved.key in flows and not np.isfinite(values).all():
                return f"its flow `{saved.name}` has no value at time {record.times[at]:g}"
    return (
        "its flows are finite, so it grew beyond all bounds: look for runaway growth, "
        "or shorten the step"
    )


def _element(layout: Layout, saved: SavedVariable, position: int) -> list[str]:
    if not saved.shape:
        return []
    indices = np.unravel_index(position, saved.shape)
    return [
        str(layout.coordinates[d][int(i)]) for d, i in zip(saved.dimensions, indices, strict=True)
    ]


def _reader(
    record: Record, saved: SavedVariable, position: int, step: int
) -> Callable[[Name], float | None]:
    """Return a function that reads a name as the equation of one element sees it."""
    by_key: Mapping[str, SavedVariable] = {v.key: v for v in record.layout.variables}

    def read(name: Name) -> float | None:
        other = by_key.get(name.key)
        if other is None:
            return None
        if not other.shape:
            return float(record.values[other.start, step])
        if other.dimensions == saved.dimensions:
            return float(record.values[other.start + position, step])
        return None

    return read


def _called(variable: AnyVariable | None, functions: Mapping[str, str]) -> str:
    """Return the name of the first of some functions that a variable calls; empty: it does not."""
    parts = (n for e in _expressions(variable) for n in walk(e)) if variable else ()
    names = (n.function for n in parts if isinstance(n, Call))
    return next((n.text for n in names if n.key in functions), "")


def _hint(variable: AnyVariable, value_of: Callable[[Name], float | None], dialect: str) -> str:
    safe = "ZIDZ" if dialect == "vensim" else "`//`"
    search, undefined = _called(variable, _SEARCHES), _called(variable, _UNDEFINED)
    if search:
        return f"{search} found no solution from its guess: {_SEARCHES[canonical(search)]}"
    if undefined:
        return f"{undefined} {_UNDEFINED[canonical(undefined)]}"
    expressions = _expressions(variable)
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Binary) and node.operator in ("/", "mod"):
                for name in _names(node.right):
                    if value_of(name) == 0:
                        return (
                            f"it divides by `{name.text}`, which is 0: keep that from being 0, "
                            f"or use {safe}, which gives 0 there"
                        )
    values = {n.text: value_of(n) for e in expressions for n in _names(e)}
    known = [f"{k} = {v:g}" for k, v in values.items() if v is not None][:6]
    return f"it is computed from {', '.join(known)}" if known else ""
