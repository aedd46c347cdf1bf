"""Writes the look-up of a graphical function (see :mod:`headwater.compiler.targets.graphs`).

The segment is found without branches: by comparing with every abscissa where there are few, by
computing the index where they are even, else by bisection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headwater.compiler.program import GraphTable, Type
from headwater.compiler.targets.graphs import GraphLayout, layout
from headwater.compiler.targets.llvm.text import Function, Module, float_text

COMPARED_POINTS = 16
COMPARED_UNEVEN_POINTS = 32
"""Up to so many points every abscissa is compared; beyond, gathering from memory is quicker."""

_X, _Y, _SLOPE, _CELLS = 0, 1, 2, 4
_BIAS = 0.002  # an index computed from even abscissae errs by less, then is too low by one at most


@dataclass(frozen=True, slots=True)
class _Graph:
    """A graph in the module: ``name`` is its array of cells x, y, slope, 0 per row and point.

    Rows have ``points`` cells and then one more with NaN for x, which no number reaches, so that
    they have ``width``.
    """

    kind: str
    tables: GraphLayout
    name: str
    points: int
    width: int


class LookupWriter:
    """The graphs of a program, in its module."""

    def __init__(self, module: Module, graphs: Sequence[GraphTable]) -> None:
        self.graphs = [_place(module, number, graph) for number, graph in enumerate(graphs)]

    def write(
        self,
        function: Function,
        graph: int,
        row: str,
        row_uniform: bool,
        v: str,
        uniform: bool,
    ) -> str:
        """Write a look-up and return its result.

        ``row`` is in range, a scalar or a vector; ``v`` is a scalar when the result is ``uniform``.
        """
        return _Lookup(function, self.graphs[graph], row, row_uniform, uniform).write(v)


def _place(module: Module, number: int, graph: GraphTable) -> _Graph:
    tables = layout(graph)
    rows, points = tables.x.shape
    width = points + 1
    cells = np.zeros((rows, width, _CELLS))
    cells[:, :, _X] = np.nan
    cells[:, :points, _X] = tables.x
    cells[:, :points, _Y] = tables.y
    cells[:, :points, _SLOPE] = tables.slope
    name = module.floats(f"graph{number}", cells)
    return _Graph(graph.kind, tables, name, points, width)


@dataclass(slots=True)
class _Lookup:
    """One look-up. Where ``uniform``, values are scalars."""

    function: Function
    graph: _Graph
    row: str
    row_uniform: bool
    uniform: bool

    def write(self, v: str) -> str:
        graph = self.graph
        if graph.kind != "extrapolated":
            v = self._bring_inside(v)
        if self._is_short():
            x, y, slope = self._compare_all(v)
        else:
            k = self._index(v)
            y = self._cell(k, _Y)
            x, slope = (
                (y, y) if graph.kind == "discrete" else (self._cell(k, _X), self._cell(k, _SLOPE))
            )
        if graph.kind == "discrete":
            absent = self._compare("uno", v, v)
            return self._choose(absent, v, y)
        distance = self._float("fsub", v, x)
        if graph.kind == "extrapolated":
            distance = self._stay_level(distance, slope)
        return self._float("fadd", y, self._float("fmul", distance, slope))

    # The segment

    def _is_short(self) -> bool:
        """Tell whether to compare with all points; a scalar reads memory as quickly."""
        if self.uniform or not self.row.isdigit():
            return False
        even = self.graph.tables.steps[int(self.row)] > 0.0
        return self.graph.points <= (COMPARED_POINTS if even else COMPARED_UNEVEN_POINTS)

    def _compare_all(self, v: str) -> tuple[str, str, str]:
        """Return x, y and slope of the segment; the row is a literal."""
        tables, row = self.graph.tables, int(self.row)
        columns = (tables.x[row], tables.y[row], tables.slope[row])
        found = [self._literal(column[0]) for column in columns]
        for point in range(1, self.graph.points):
            here = [self._literal(column[point]) for column in columns]
            reached = self._compare("ole", here[0], v)
            if self.graph.kind == "discrete":
                found[1] = self._choose(reached, here[1], found[1])
            else:
                found = [self._choose(reached, h, f) for h, f in zip(here, found, strict=True)]
        return found[0], found[1], found[2]

    def _index(self, v: str) -> str:
        """Return the index of the segment among all cells of the graph."""
        base = self._row_start()
        if self.graph.points == 1:
            return base
        if self.row.isdigit() and self.graph.tables.steps[int(self.row)] > 0.0:
            return self._even_index(v, base, int(self.row))
        k, left = base, self.graph.points
        while left > 1:
            candidate = self._integer("add", k, self._whole(left // 2))
            reached = self._compare("ole", self._cell(candidate, _X), v)
            k = self._choose(reached, candidate, k, Type.I64)
            left -= left // 2
        return k

    def _even_index(self, v: str, base: str, row: int) -> str:
        """Return the index computed from the distance to the first abscissa."""
        tables, last = self.graph.tables, self.graph.points - 1
        away = self._float("fsub", v, self._literal(tables.x[row, 0]))
        scaled = self._float("fmul", away, self._literal(1.0 / tables.steps[row]))
        low = self._float("fsub", scaled, self._literal(_BIAS))
        low = self._choose(self._compare("ogt", low, self._literal(0.0)), low, self._literal(0.0))
        high = self._literal(float(last))
        low = self._choose(self._compare("olt", low, high), low, high)
        kind, whole = self._type(Type.F64), self._type(Type.I64)
        k = self._integer("add", base, self.function.value(f"fptosi {kind} {low} to {whole}"))
        after = self._integer("add", k, self._whole(1))
        return self._choose(self._compare("ole", self._cell(after, _X), v), after, k, Type.I64)

    def _row_start(self) -> str:
        if self.row.isdigit():
            return self._whole(int(self.row) * self.graph.width)
        shape = self.function.shape
        kind = shape.type(Type.I64, self.row_uniform)
        width = (
            str(self.graph.width) if self.row_uniform else shape.splat(Type.I64, self.graph.width)
        )
        start = self.function.value(f"mul {kind} {self.row}, {width}")
        if self.row_uniform and not self.uniform:
            return self.function.splat(Type.I64, start)
        return start

    # What surrounds it

    def _bring_inside(self, v: str) -> str:
        """Bring a number into the range of the abscissae; NaN stays."""
        for test, point in (("olt", 0), ("ogt", self.graph.points - 1)):
            if self.row.isdigit():
                bound = self._literal(self.graph.tables.x[int(self.row), point])
            else:
                end = self._integer("add", self._row_start(), self._whole(point))
                bound = self._cell(end, _X)
            v = self._choose(self._compare(test, v, bound), bound, v)
        return v

    def _stay_level(self, distance: str, slope: str) -> str:
        """Make an infinite distance along a level segment 0."""
        kind = self._type(Type.F64)
        name = f"llvm.fabs.{self.function.shape.suffix(Type.F64, self.uniform)}"
        size = self.function.call(name, kind, (kind, distance))
        far = self._compare("oeq", size, self._literal(float("inf")))
        level = self._compare("oeq", slope, self._literal(0.0))
        test = self.function.value(f"and {self._type(Type.BOOL)} {far}, {level}")
        return self._choose(test, self._literal(0.0), distance)

    # Instructions

    def _type(self, kind: Type) -> str:
        return self.function.shape.type(kind, self.uniform)

    def _literal(self, value: float) -> str:
        if self.uniform:
            return float_text(value)
        return self.function.shape.splat(Type.F64, float(value))

    def _whole(self, value: int) -> str:
        return str(value) if self.uniform else self.function.shape.splat(Type.I64, value)

    def _compare(self, test: str, a: str, b: str) -> str:
        return self.function.value(f"fcmp {test} {self._type(Type.F64)} {a}, {b}")

    def _choose(self, test: str, yes: str, no: str, kind: Type = Type.F64) -> str:
        t = self._type(kind)
        return self.function.value(f"select {self._type(Type.BOOL)} {test}, {t} {yes}, {t} {no}")

    def _float(self, name: str, a: str, b: str) -> str:
        return self.function.value(f"{name} {self._type(Type.F64)} {a}, {b}")

    def _integer(self, name: str, a: str, b: str) -> str:
        return self.function.value(f"{name} {self._type(Type.I64)} {a}, {b}")

    def _cell(self, k: str, part: int) -> str:
        """Read x, y or slope of the cells numbered ``k``."""
        cell = f"[{_CELLS} x double]"
        whole, function = self._type(Type.I64), self.function
        parts = self._whole(part)
        address = function.value(
            f"getelementptr {cell}, ptr {self.graph.name}, {whole} {k}, {whole} {parts}"
        )
        if self.uniform:
            return function.value(f"load double, ptr {address}, align 8")
        return function.gather(Type.F64, address)
