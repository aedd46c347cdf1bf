"""Changes of constants and lookups for a run, from a file of Vensim's format (``.cin``).

A line is an equation without units and comment: ``name = number``, a list of numbers for an array,
``name((0,0),(1,1))`` for a lookup. Lines of optimization control (``0 <= name = 1 <= 2``) set the
number; lines that begin with a colon are passed over. Of several changes of one thing the last
counts.

Source: Ventana Systems, Vensim Reference Manual, "Constant Input Files".
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from headwater.errors import (
    Diagnostic,
    HeadwaterError,
    ModelError,
    Place,
    UsageError,
    did_you_mean,
)
from headwater.formats.other_files import kind_of
from headwater.formats.vensim import equations as parsed
from headwater.formats.vensim.encoding import read_source
from headwater.formats.vensim.entries import Entry
from headwater.formats.vensim.equations import literal
from headwater.language.names import canonical
from headwater.language.source import Source, Span
from headwater.language.syntax import Call, Name, Number, NumberTable, walk
from headwater.model.project import Project, SimSpecs
from headwater.model.variables import (
    AnyVariable,
    Constant,
    Equation,
    Graph,
    GraphicalFunction,
    Lever,
)

_SKIPPED = re.compile(r'"[^"\n]*"|\{[^}]*\}')
_BOUNDED = re.compile(r"\s*[-+.\deE]+\s*<=(?P<inner>.*?)(?:<=[^=]*)?$", re.DOTALL)
_CLOCK: Mapping[str, Callable[[SimSpecs, float], SimSpecs]] = {
    "initial_time": lambda specs, v: replace(specs, start=v, start_expression=None),
    "final_time": lambda specs, v: replace(specs, stop=v, stop_expression=None),
    "time_step": lambda specs, v: replace(specs, step=v, step_expression=None),
    "saveper": lambda specs, v: replace(specs, save_step=v, save_expression=None),
}

CHANGES = (".cin", ".out")
ONLY = "only constants, lookups and the time settings can be changed"

Cell = tuple[str, ...]


def changed_by(project: Project, files: Iterable[str | Path]) -> Project:
    """Return the model with the changes of files, one after the other.

    Raises SyntaxFault, ModelError, or UsageError for a file of another kind.
    """
    for file in files:
        _must_be_changes(Path(file))
        project = with_changes(project, read_source(Path(file)))
    return project


def _must_be_changes(file: Path) -> None:
    if file.suffix.lower() in CHANGES or not file.is_file():
        return
    other = kind_of(file)
    if other:
        hint = "give Vensim's changes (.cin) or optimization results (.out)"
        raise UsageError(f"this is {other}, not a file of changes", Place(str(file)), hint)


def with_changes(project: Project, source: Source) -> Project:
    """Return the model with the changes of a file. Raises SyntaxFault or ModelError, for all."""
    changes = _Changes(project)
    found: list[Diagnostic] = []
    kind: type[HeadwaterError] = ModelError
    for span in _statements(source):
        try:
            changes.add(span)
        except HeadwaterError as error:
            kind = kind if found else type(error)
            found += error.diagnostics
    if found:
        raise kind(found)
    return changes.applied()


def _statements(source: Source) -> Iterator[Span]:
    """Yield the stretches of a file that change something, without what comes after a tilde."""
    start, text = 0, source.text
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        head = text[start:end].strip()
        if not head or head[0] in ":~|{":
            start = end + 1
            continue
        while end < len(text) and not _is_whole(text[start:end]):
            following = text.find("\n", end + 1)
            end = len(text) if following < 0 else following
        said = _blanked(text[start:end]).find("~")
        stop = start + said if said >= 0 else end
        bounded = _BOUNDED.match(text, start, stop)
        yield Span(source, *(bounded.span("inner") if bounded else (start, stop)))
        start = end + 1


def _blanked(text: str) -> str:
    """Return a text of the same length, with names in quotes and comments blanked out."""
    return _SKIPPED.sub(lambda m: " " * len(m.group()), text)


def _is_whole(text: str) -> bool:
    """Tell whether a statement ends where a line does."""
    plain = _blanked(text).rstrip()
    still_open = plain.count("(") + plain.count("[") > plain.count(")") + plain.count("]")
    return not still_open and not plain.endswith((",", ";", "=", "\\"))


@dataclass(slots=True)
class _Changes:
    """The changes so far: numbers by variable and element, lookups, the time settings."""

    project: Project
    numbers: dict[str, dict[Cell, float]] = field(default_factory=dict)
    lookups: dict[str, dict[Cell, GraphicalFunction]] = field(default_factory=dict)
    clock: dict[str, float] = field(default_factory=dict)

    def add(self, span: Span) -> None:
        definition = parsed.read_definition(Entry(span))
        place = span.place
        if isinstance(definition, parsed.TextValue):
            raise ModelError(
                f"`{definition.name}` holds a text, by which the model was read",
                place,
                "change it in the model file",
            )
        if not isinstance(definition, parsed.Equation) or definition.left.excepts:
            raise ModelError("this is no change of a constant or lookup", place, _FORM)
        left, right = definition.left, definition.right
        if left.key in _CLOCK and not left.subscripts:
            (self.clock[left.key],) = _values(left.name, right, 1, place)
            return
        variable = self._find(left.name, place)
        cells = _cells(self.project, variable, left.subscripts, place)
        if isinstance(right, parsed.Lookup):
            self._add_lookup(variable, cells, right, place)
        else:
            self._add_numbers(variable, cells, right, place)

    def _find(self, name: str, place: Place | None) -> AnyVariable:
        found = self.project.find(name)
        if found is None:
            names = (v.name for v in self.project.variables)
            raise ModelError(f"the model has no `{name}`", place, did_you_mean(name, names))
        return found

    def _add_lookup(
        self, variable: AnyVariable, cells: list[Cell], right: parsed.Lookup, place: Place | None
    ) -> None:
        if not isinstance(variable, Graph) or variable.equations:
            raise ModelError(f"`{variable.name}` is no lookup", place, _FORM)
        own = self.lookups.setdefault(variable.key, {})
        points = right.points
        for cell in cells:
            own[cell] = GraphicalFunction(points.x, points.y, subscripts=cell)

    def _add_numbers(
        self, variable: AnyVariable, cells: list[Cell], right: parsed.Right, place: Place | None
    ) -> None:
        if not isinstance(variable, Constant | Lever) or not all(
            map(_is_plain, variable.equations)
        ):
            raise ModelError(f"`{variable.name}` is no constant", place, _instead(variable))
        if isinstance(variable, Constant) and variable.unchangeable:
            message = f"`{variable.name}` is a constant that cannot be changed (`==`)"
            raise ModelError(message, place, "write `=` in the model, or use `--set`")
        values = _values(variable.name, right, len(cells), place)
        self.numbers.setdefault(variable.key, {}).update(zip(cells, values, strict=True))

    def applied(self) -> Project:
        variables = tuple(self._changed(v) for v in self.project.variables)
        specs = self.project.sim_specs
        for name, value in self.clock.items():
            specs = _CLOCK[name](specs, value)
        return replace(self.project, variables=variables, sim_specs=specs)

    def _changed(self, variable: AnyVariable) -> AnyVariable:
        numbers, lookups = self.numbers.get(variable.key), self.lookups.get(variable.key)
        if numbers is not None and isinstance(variable, Constant | Lever):
            merged = {**_known(self.project, variable), **numbers}
            return replace(variable, equations=_written(self.project, variable, merged))
        if lookups is not None and isinstance(variable, Graph):
            before = {
                cell: replace(graph, subscripts=cell)
                for graph in variable.graphs
                for cell in _cells(self.project, variable, graph.subscripts, None)
            }
            return replace(variable, graphs=tuple({**before, **lookups}.values()))
        return variable


_FORM = "write `name = number`, `name[range] = number, number` or `name((0,0),(1,1))`"


def _values(name: str, right: parsed.Right, count: int, place: Place | None) -> Sequence[float]:
    """Return one number for each of ``count`` elements; one that is given goes to all."""
    match right:
        case parsed.Formula(expression=expression, initial=None):
            number = literal(expression)
            given = [] if number is None else [number]
        case parsed.Numbers(rows=rows):
            given = [value for row in rows for value in row]
        case _:
            given = []
    if not given or not all(map(math.isfinite, given)):
        raise ModelError(f"`{name}` needs a number here", place, _FORM)
    if len(given) not in (1, count):
        raise ModelError(f"`{name}` needs {count} numbers here and gets {len(given)}", place)
    return given * count if len(given) == 1 else given


def _is_plain(equation: Equation) -> bool:
    return isinstance(equation.expression, NumberTable) or literal(equation.expression) is not None


def _cells(
    project: Project, variable: AnyVariable, subscripts: Sequence[str], place: Place | None
) -> list[Cell]:
    """Return the elements that subscripts stand for, the last one fastest."""
    own = variable.dimensions
    if subscripts and len(subscripts) != len(own):
        what = f"{len(own)} subscripts" if own else "no subscripts"
        raise ModelError(f"`{variable.name}` has {what}, not {len(subscripts)}", place)
    choices: list[list[str]] = []
    for dimension, written in zip(own, subscripts or own, strict=True):
        whole = project.dimension_by_key.get(canonical(dimension))
        known = {canonical(e): e for e in whole.elements} if whole is not None else {}
        found = project.dimension_by_key.get(canonical(written))
        wanted = [canonical(e) for e in found.elements] if found else [canonical(written)]
        if not all(w in known for w in wanted):
            hint = did_you_mean(written, known.values())
            raise ModelError(f"`{written}` is not part of `{dimension}`", place, hint)
        choices.append([known[w] for w in wanted])
    return list(itertools.product(*choices))


def _known(project: Project, variable: Constant | Lever) -> dict[Cell, float]:
    """Return the numbers that a variable's equations give."""
    found: dict[Cell, float] = {}
    for equation in variable.equations:
        without = {cell for e in equation.excepts for cell in _cells(project, variable, e, None)}
        cells = _cells(project, variable, equation.subscripts, None)
        expression = equation.expression
        if isinstance(expression, NumberTable):
            values: Sequence[float] = expression.values
        else:
            values = [literal(expression) or 0.0] * len(cells)
        pairs = zip(cells, values, strict=True)
        found.update((cell, value) for cell, value in pairs if cell not in without)
    return found


def _written(
    project: Project, variable: Constant | Lever, values: Mapping[Cell, float]
) -> tuple[Equation, ...]:
    """Return equations that give each element its number."""
    whole = _cells(project, variable, (), None)
    span = variable.equations[0].span
    if len(whole) == 1:
        return (Equation(Number(values[whole[0]]), subscripts=variable.dimensions, span=span),)
    if all(cell in values for cell in whole):
        table = NumberTable(tuple(values[cell] for cell in whole))
        return (Equation(table, subscripts=variable.dimensions, span=span),)
    return tuple(
        Equation(Number(value), subscripts=cell, span=span) for cell, value in values.items()
    )


def _instead(variable: AnyVariable) -> str:
    """Return what to do about a variable that is no constant. Arithmetic makes none in Vensim."""
    expressions = [e.expression for e in getattr(variable, "equations", ())]
    parts = [part for expression in expressions for part in walk(expression)]
    if isinstance(variable, Graph) or any(isinstance(p, Name | Call) for p in parts):
        return ONLY
    return f"{ONLY}; `{variable.name}` is arithmetic: write the number, or use `--set`"
