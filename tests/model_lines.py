"""Projects for tests of the compiler, written as lines of text.

``stock S[d] = initial; + inflow; - outflow``, ``flow``, ``aux``, ``constant`` and ``lever`` with an
expression; ``graph g = (0, 0) (1, 2)`` with an optional kind at the end. ``array a over d, e`` lets
several lines give the equations of one array. A unit may stand after the name: ``aux x : m = 1``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.compiler.pipeline import compile_project
from headwater.compiler.program import Program
from headwater.compiler.targets.reference import compile_reference
from headwater.language.parser import parse_expression
from headwater.language.source import Source, Span
from headwater.language.syntax import Expression
from headwater.model.project import Project, SimSpecs
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Dimension,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    Lever,
    Series,
    Stock,
)

KINDS = {"flow": Flow, "aux": Auxiliary, "constant": Constant, "lever": Lever}
LINE = re.compile(
    r"(?P<kind>\w+)\s+(?P<name>[^\[:=]+?)\s*(?:\[(?P<subs>[^\]]*)\])?\s*(?::\s*(?P<unit>[^=]+?))?"
    r"\s*=\s*(?P<rest>.*)",
    re.DOTALL,
)
POINT = re.compile(r"\(\s*([^,()]+)\s*,\s*([^,()]+)\s*\)")


def project(
    text: str,
    *,
    dimensions: Mapping[str, Sequence[str]] | Sequence[Dimension] = (),
    time: tuple[float, float, float] = (0.0, 10.0, 1.0),
    save: float = 0.0,
    method: str = "euler",
    data: Sequence[Data] = (),
    time_unit: str = "",
    **settings: Any,
) -> Project:
    """Return a project whose variables are the lines of ``text``."""
    if isinstance(dimensions, Mapping):
        dimensions = [Dimension(n, tuple(e)) for n, e in dimensions.items()]
    names = {d.name for d in dimensions}
    source = Source("model.txt", text)
    variables: dict[str, AnyVariable] = {d.name: d for d in data}
    shapes: dict[str, tuple[str, ...]] = {}
    at = 0
    for line in text.split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip():
            continue
        declared = re.fullmatch(r"\s*array (.+?) over (.+)", line)
        if declared:
            shapes[declared[1].strip()] = tuple(n.strip() for n in declared[2].split(","))
            continue
        variable = _variable(source, line, start, names, shapes)
        known = variables.get(variable.name)
        if known is not None and variable.name in shapes:
            variables[variable.name] = _merged(known, variable)
        else:
            variables[variable.name if known is None else f"{variable.name} {at}"] = variable
    specs = SimSpecs(*time, save_step=save, method=method, time_unit=time_unit)
    return Project("model", tuple(variables.values()), specs, tuple(dimensions), **settings)


def _merged(first: Any, second: Any) -> AnyVariable:
    common = {"name": first.name, "dimensions": first.dimensions, "unit": first.unit}
    equations = first.equations + second.equations
    if isinstance(first, Stock):
        return Stock(equations=equations, flows=first.flows, span=first.span, **common)
    return type(first)(equations=equations, span=first.span, **common)


def _variable(
    source: Source,
    line: str,
    start: int,
    dimensions: set[str],
    shapes: Mapping[str, tuple[str, ...]],
) -> AnyVariable:
    match = LINE.fullmatch(line.strip())
    assert match, line
    begin = start + line.index(line.strip())
    kind, name, unit = match["kind"], match["name"].strip(), match["unit"] or ""
    subscripts = tuple(s.strip() for s in match["subs"].split(",")) if match["subs"] else ()
    span = Span(source, begin + match.start("name"), begin + match.end("name"))
    shape = shapes.get(name) or subscripts
    common: dict[str, Any] = {"name": name, "dimensions": shape, "unit": unit.strip(), "span": span}
    offset = begin + match.start("rest")
    if kind == "graph":
        return _graph(common, match["rest"])
    pieces = match["rest"].split(";")
    places = [offset + sum(len(p) + 1 for p in pieces[:k]) for k in range(len(pieces))]
    value = _expression(source, pieces[0], places[0])
    equations = (Equation(value, subscripts if name in shapes else ()),)
    if kind == "stock":
        flows = tuple(_term(source, p, at) for p, at in zip(pieces[1:], places[1:], strict=True))
        return Stock(equations=equations, flows=flows, **common)
    return KINDS[kind](equations=equations, **common)


def _term(source: Source, piece: str, place: int) -> FlowTerm:
    sign = 1 if piece.strip()[0] == "+" else -1
    skipped = piece.index(piece.strip()) + 1
    return FlowTerm(sign, _expression(source, piece[skipped:], place + skipped))


def _expression(source: Source, text: str, start: int) -> Expression:
    return parse_expression(source, start, start + len(text))


def _graph(common: dict[str, Any], text: str) -> Graph:
    points = [(float(x), float(y)) for x, y in POINT.findall(text)]
    last = text.rsplit(maxsplit=1)[-1]
    x, y = zip(*points, strict=True)
    kind = last if last.isalpha() else "continuous"
    return Graph(graphs=(GraphicalFunction(x, y, kind),), **common)  # type: ignore[arg-type]


def series(name: str, points: Sequence[tuple[float, float]], how: Any = "linear") -> Data:
    """Return a data variable with one series."""
    times, values = (np.array(v, dtype=np.float64) for v in zip(*points, strict=True))
    return Data(name=name, series=(Series(times, values),), interpolation=how)


def run(
    model: Project | Program, runs: int = 1, seed: int = 0, **options: Any
) -> dict[str, npt.NDArray[np.float64]]:
    """Run on the reference target.

    Returns each output by name: time × elements for one run (time alone for a scalar), and
    elements × time × run for several.
    """
    program = model if isinstance(model, Program) else compile_project(model, **options)
    inputs = np.array([[i.default] * runs for i in program.inputs]).reshape(-1, runs)
    result = compile_reference(program).run(inputs, np.arange(runs, dtype=np.int64), seed)
    named: dict[str, npt.NDArray[np.float64]] = {}
    at = 0
    for output in program.outputs:
        values = result[at : at + program.slots[output.slot].size]
        at += len(values)
        if runs == 1:
            values = values[:, :, 0].T
            values = values if output.shape else values[:, 0]
        named[output.name] = values
    return named
