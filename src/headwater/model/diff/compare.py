"""Compares two models variable by variable, with names that changed told from new variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from headwater.language.names import canonical
from headwater.language.printer import print_expression, print_number
from headwater.language.syntax import Expression, Name, Number, NumberTable, are_equal
from headwater.model.diff.cells import aligned, with_elements
from headwater.model.diff.flows import without_made_flows
from headwater.model.diff.neutral import INITIAL, VALUE, Neutral, neutral_variables
from headwater.model.diff.renames import Pairs, find_renames, with_names
from headwater.model.diff.report import Change, Difference, Entry, What
from headwater.model.diff.series import same_series
from headwater.model.project import Calendar, Project, SimSpecs
from headwater.model.uncertainty import Range
from headwater.model.variables import AnyVariable, Data, Dimension, GraphicalFunction

NOTHING = "–"


def compare_projects(first: Project, second: Project) -> Difference:
    """Return how ``second`` differs from ``first``. Neither may have modules."""
    elements = _renamed_elements(first, second)
    one = {k: with_elements(v, elements) for k, v in neutral_variables(first).items()}
    two = neutral_variables(second)
    a, b = without_made_flows(one, two), without_made_flows(two, one)
    renamed = find_renames(a, b)
    back = {v: k for k, v in renamed.items()}
    changes: list[Change] = []
    for key, found in a.items():
        other = b.get(renamed.get(key, key))
        if other is not None:
            changes += _changes(found, other, renamed)
    return Difference(
        (*_settings(first, second), *_dimensions(first, second), *_macros(first, second)),
        tuple(_entry(v) for k, v in a.items() if k not in b and k not in renamed),
        tuple(_entry(v) for k, v in b.items() if k not in a and k not in back),
        tuple((a[k].variable.name, b[v].variable.name) for k, v in renamed.items()),
        tuple(changes),
    )


# Variables


def _entry(found: Neutral) -> Entry:
    return Entry(found.variable.name, _summary(found))


def _summary(found: Neutral) -> str:
    """Return a variable's content in one line."""
    if isinstance(found.variable, Data):
        return _series(found.variable)
    if found.kind == "graphical function":
        return " ".join(map(_points, found.graphs))
    parts = []
    for (what, cells), expression in found.expressions.items():
        label = "" if what == VALUE else f"{what} "
        where = f"[{', '.join(cells)}] " if cells else ""
        parts.append(f"{label}{where}{_text(expression)}")
    return "; ".join(parts)


def _changes(a: Neutral, b: Neutral, renamed: Pairs) -> Iterator[Change]:
    name = b.variable.name
    if not same_series(a, b):
        yield from _if_changed(name, "kind", a.kind, b.kind)
        yield from _if_changed(name, "dimensions", _listed(a.dimensions), _listed(b.dimensions))
        yield from _expressions(a, b, renamed)
        yield from _graphs(name, a.graphs, b.graphs)
    if isinstance(a.variable, Data) and isinstance(b.variable, Data):
        yield from _data(name, a.variable, b.variable)
    yield from _descriptions(name, a.variable, b.variable)


def _expressions(a: Neutral, b: Neutral, renamed: Pairs) -> Iterator[Change]:
    one, two = aligned(a, b)
    for part in dict.fromkeys((*one, *two)):
        what, cells = part
        before, after = one.get(part), two.get(part)
        if before is not None and after is not None:
            if _mean_the_same(a, with_names(before, renamed), b, after):
                continue
        kind: What = "initial value" if what == "initial value" else "equation"
        numbers = (before, after) if what == VALUE else ()
        if numbers and all(isinstance(n, Number | NumberTable) for n in numbers):
            kind = "value"
        old, new = (_text(e) if e is not None else NOTHING for e in (before, after))
        element = "" if what in (VALUE, INITIAL) else f"{what} "
        element += f"[{', '.join(cells)}]" if cells else ""
        yield Change(b.variable.name, kind, old, new, element.strip())


def _mean_the_same(a: Neutral, before: Expression, b: Neutral, after: Expression) -> bool:
    return are_equal(before, after) or are_equal(a.places.settled(before), b.places.settled(after))


def _text(expression: Expression) -> str:
    return print_expression(expression)


def _graphs(
    name: str, a: Sequence[GraphicalFunction], b: Sequence[GraphicalFunction]
) -> Iterator[Change]:
    one = {tuple(map(canonical, g.subscripts)): g for g in a}
    two = {tuple(map(canonical, g.subscripts)): g for g in b}
    if len(one) == len(two) == 1:
        one, two = {(): a[0]}, {(): b[0]}
    for cells in dict.fromkeys((*one, *two)):
        before, after = one.get(cells), two.get(cells)
        old, new = (_points(g) if g is not None else NOTHING for g in (before, after))
        yield from _if_changed(name, "points", old, new, f"[{', '.join(cells)}]" if cells else "")


def _points(graph: GraphicalFunction) -> str:
    pairs = zip(graph.x, graph.y, strict=True)
    text = " ".join(f"({print_number(x)}, {print_number(y)})" for x, y in pairs)
    return text if graph.kind == "continuous" else f"{text} {graph.kind}"


def _data(name: str, a: Data, b: Data) -> Iterator[Change]:
    one = {tuple(map(canonical, s.subscripts)): s for s in a.series}
    two = {tuple(map(canonical, s.subscripts)): s for s in b.series}
    for cells in dict.fromkeys((*one, *two)):
        before, after = one.get(cells), two.get(cells)
        if before is not None and after is not None:
            if np.array_equal(before.times, after.times):
                if np.array_equal(before.values, after.values):
                    continue
        texts = [NOTHING if s is None else _extent(s.times) for s in (before, after)]
        where = f"[{', '.join(cells)}]" if cells else ""
        yield Change(name, "data", texts[0], texts[1] + _worst(before, after), where)
    yield from _if_changed(name, "data", a.interpolation, b.interpolation)


def _worst(before: object, after: object) -> str:
    return ", other values" if before is not None and after is not None else ""


def _extent(times: np.typing.NDArray[np.float64]) -> str:
    return (
        f"{len(times)} points, {print_number(float(times[0]))} to {print_number(float(times[-1]))}"
    )


def _series(data: Data) -> str:
    return f"{len(data.series)} series, {_extent(data.series[0].times)}" if data.series else NOTHING


def _descriptions(name: str, a: AnyVariable, b: AnyVariable) -> Iterator[Change]:
    if _unit(a.unit) != _unit(b.unit):
        yield Change(name, "units", a.unit or NOTHING, b.unit or NOTHING)
    if a.range != b.range:
        yield Change(name, "range", _range(a.range), _range(b.range))
    texts = [" ".join(v.documentation.split()) for v in (a, b)]
    yield from _if_changed(name, "documentation", *(t or NOTHING for t in texts))
    if canonical(a.group) != canonical(b.group):
        yield Change(name, "group", a.group or NOTHING, b.group or NOTHING)


def _unit(text: str) -> str:
    """Return a unit without what formats write differently: blanks, case, and none as 1."""
    plain = "".join(text.split()).casefold().replace("_", "")
    return "1" if plain in ("dmnl", "dimensionless", "unitless") else plain


def _range(limits: Range | None) -> str:
    if limits is None:
        return NOTHING
    return f"{print_number(limits.low)} to {print_number(limits.high)}"


def _if_changed(
    name: str, what: What, before: str, after: str, element: str = ""
) -> Iterator[Change]:
    if before != after:
        yield Change(name, what, before, after, element)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or NOTHING


# The model as a whole


def _renamed_elements(first: Project, second: Project) -> dict[str, dict[str, str]]:
    """Return, by dimension, the elements that have other names in the second model.

    A dimension of the same name and size has the same elements, in their order.
    """
    found: dict[str, dict[str, str]] = {}
    for key, dimension in first.dimension_by_key.items():
        other = second.dimension_by_key.get(key)
        if other is not None and len(other.elements) == len(dimension.elements):
            pairs = zip(dimension.elements, other.elements, strict=True)
            swaps = {canonical(a): canonical(b) for a, b in pairs}
            if any(a != b for a, b in swaps.items()):
                found[key] = swaps
    return found


def _settings(first: Project, second: Project) -> Iterator[Change]:
    a, b = first.sim_specs, second.sim_specs
    for name in ("start", "stop", "step", "save interval"):
        yield from _if_changed(name, "setting", _moment(a, name), _moment(b, name))
    yield from _if_changed("method", "setting", a.method, b.method)
    yield from _if_changed("date at time 0", "setting", *(_date(s.calendar) for s in (a, b)))
    if _unit(a.time_unit).rstrip("s") != _unit(b.time_unit).rstrip("s"):
        yield Change("time unit", "setting", a.time_unit or NOTHING, b.time_unit or NOTHING)


def _moment(specs: SimSpecs, name: str) -> str:
    """Return a setting of time: a number, or the expression that a model computes it by."""
    computed = {
        "start": specs.start_expression,
        "stop": specs.stop_expression,
        "step": specs.step_expression,
        "save interval": specs.save_expression,
    }
    expression = computed[name]
    of_step = isinstance(expression, Name) and expression.key in ("time_step", "dt")
    if name == "save interval" and (of_step or (expression is None and not specs.save_step)):
        return _moment(specs, "step")
    if expression is not None:
        return _text(expression)
    numbers = {"start": specs.start, "stop": specs.stop, "step": specs.step}
    return print_number(numbers.get(name, specs.save_step or specs.step))


def _date(calendar: Calendar | None) -> str:
    if calendar is None:
        return NOTHING
    return f"{calendar.year}-{calendar.month}-{calendar.day}, in {calendar.unit}s"


def _dimensions(first: Project, second: Project) -> Iterator[Change]:
    one, two = first.dimension_by_key, second.dimension_by_key
    for key in dict.fromkeys((*one, *two)):
        before, after = one.get(key), two.get(key)
        keys = [tuple(map(canonical, d.elements)) if d else () for d in (before, after)]
        if keys[0] != keys[1]:
            found = after or before
            assert found is not None
            texts = [_listed(d.elements) if d else NOTHING for d in (before, after)]
            yield Change(found.name, "elements", *texts)
        if before and after and first.dialect == second.dialect == "vensim":
            yield from _if_changed(after.name, "mappings", _mapped(before), _mapped(after))


def _mapped(dimension: Dimension) -> str:
    """Return what the elements of a dimension stand for in others, in one line."""
    targets = (
        f"{m.target} ({', '.join(f'{a}: {b}' for a, b in m.elements)})"
        for m in sorted(dimension.mappings, key=lambda m: canonical(m.target))
    )
    return "; ".join(targets) or NOTHING


def _macros(first: Project, second: Project) -> Iterator[Change]:
    one = {canonical(m.name): m for m in first.macros}
    two = {canonical(m.name): m for m in second.macros}
    for key in dict.fromkeys((*one, *two)):
        a, b = one.get(key), two.get(key)
        if a is None or b is None:
            found = a or b
            assert found is not None
            texts = [f"{m.name}({', '.join(m.parameters)})" if m else NOTHING for m in (a, b)]
            yield Change(found.name, "macro", *texts)
            continue
        inner = [
            Project(m.name, m.variables, dialect=p.dialect) for m, p in ((a, first), (b, second))
        ]
        difference = compare_projects(*inner)
        if not difference.same or list(map(canonical, a.parameters)) != list(
            map(canonical, b.parameters)
        ):
            yield Change(b.name, "macro", _body(a.variables), _body(b.variables))


def _body(variables: Sequence[AnyVariable]) -> str:
    return "; ".join(v.name for v in variables) or NOTHING
