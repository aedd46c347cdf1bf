"""The derivative of each operation.

A rule has two parts. What all directions share, such as the slope of a graphical function at a
point, is computed once, beside the operation itself. What remains for each direction is a sum of
products: the derivatives of the arguments times those shared factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.program import GraphTable, Op, Program
from headwater.compiler.targets.graphs import layout

GUARDED = frozenset({Op.SQRT, Op.LOG, Op.POW, Op.ASIN, Op.ACOS})
"""Operations whose derivative may be infinite where they are finite, or are no number at all."""

CHOOSING = {Op.SELECT: 1, Op.MIN: 0, Op.MAX: 0}
"""Operations whose result is one of two arguments, from the one of this number on."""

Tangents = Sequence[int | None]
Rest = Callable[[Tangents], int | None]
"""From the derivatives of the arguments (None: 0) to that of the result, in one direction."""


@dataclass(slots=True)
class Rules:
    """Writes derivatives of operations into a block. ``graphs`` and ``tables`` grow as needed."""

    program: Program
    graphs: list[GraphTable]
    builder: BlockBuilder = field(default_factory=BlockBuilder)
    _slopes: dict[int, int] = field(default_factory=dict)

    def rest(self, op: Op, values: Sequence[int], result: int, active: Sequence[bool]) -> Rest:
        """Write what all directions share of an operation on values; return the rest."""
        if op is Op.SELECT:
            return self._choice(values[0], 1, 2)
        if op in (Op.MIN, Op.MAX):
            return self._extreme(op, values)
        if op in (Op.ADD, Op.SUB):
            return lambda t: self._plus(op, t[0], t[1])
        if op is Op.NEG:
            return lambda t: None if t[0] is None else self.builder.emit(Op.NEG, t[0])
        if op is Op.FMA:
            a, b, _ = values
            return lambda t: self.sum([(t[0], b), (t[1], a), (t[2], None)])
        if op is Op.MUL:
            a, b = values
            return lambda t: self.sum([(t[0], b), (t[1], a)])
        if op is Op.DIV:
            return self._quotient(values[1], result, active)
        if op is Op.POW:
            return self._power(values, result, active)
        factor, infinite = FACTORS[op](self.builder, values, result)
        if infinite:
            return lambda t: self._guarded(t[0], factor)
        return lambda t: self.sum([(t[0], factor)])

    def look_up(self, graph: int, row: int, x: int) -> Rest:
        """Write the slope of a graphical function at ``x``; return the rest."""
        table = self.program.graphs[graph]
        if table.kind == "discrete":
            return lambda _: None
        emit, builder = self.builder.emit, self.builder
        if graph not in self._slopes:
            self._slopes[graph] = len(self.graphs)
            self.graphs.append(_slopes_of(table))
        slope = emit(Op.LOOKUP, row, x, attribute=self._slopes[graph])
        if table.kind == "continuous":
            below = emit(Op.LT, x, self._first_abscissa(graph, row))
            slope = emit(Op.SELECT, below, builder.number(0.0), slope)
        return lambda t: self.sum([(t[1], slope)])

    def _first_abscissa(self, graph: int, row: int) -> int:
        """Return where a row of a graph begins."""
        x = self.program.graphs[graph].x
        known = self.builder.literal(row)
        if known is not None:
            return self.builder.number(float(x[min(max(int(known), 0), len(x) - 1)][0]))
        key = -1 - graph
        if key not in self._slopes:
            self._slopes[key] = len(self.graphs)
            first = tuple(np.array([row[0]]) for row in x)
            name = f"first points of {self.program.graphs[graph].name}"
            self.graphs.append(GraphTable(name, "discrete", first, first))
        zero = self.builder.number(0.0)
        return self.builder.emit(Op.LOOKUP, row, zero, attribute=self._slopes[key])

    # Sums of products

    def sum(self, terms: Sequence[tuple[int | None, int | None]]) -> int | None:
        """Return the sum of derivative × factor, without those that are 0."""
        emit = self.builder.emit
        total: int | None = None
        for tangent, factor in terms:
            if tangent is None:
                continue
            if factor is None or self.builder.literal(factor) == 1.0:
                product = tangent
            elif self.builder.literal(tangent) == 1.0:
                product = factor
            elif total is not None:
                total = emit(Op.FMA, tangent, factor, total)
                continue
            else:
                product = emit(Op.MUL, tangent, factor)
            total = product if total is None else emit(Op.ADD, total, product)
        return total

    def _plus(self, op: Op, a: int | None, b: int | None) -> int | None:
        if b is None:
            return a
        if a is None:
            return b if op is Op.ADD else self.builder.emit(Op.NEG, b)
        return self.builder.emit(op, a, b)

    def _guarded(self, tangent: int | None, factor: int) -> int | None:
        """Return a product that is 0 where the derivative is, though the factor be infinite."""
        if tangent is None:
            return None
        zero = self.builder.number(0.0)
        product = self.builder.emit(Op.MUL, tangent, factor)
        still = self.builder.emit(Op.EQ, tangent, zero)
        return self.builder.emit(Op.SELECT, still, zero, product)

    # Choices

    def _choice(self, condition: int, yes: int, no: int) -> Rest:
        def rest(tangents: Tangents) -> int | None:
            chosen = tangents[yes], tangents[no]
            if chosen == (None, None):
                return None
            zero = self.builder.number(0.0)
            a, b = (zero if t is None else t for t in chosen)
            return self.builder.emit(Op.SELECT, condition, a, b)

        return rest

    def _extreme(self, op: Op, values: Sequence[int]) -> Rest:
        """The derivative is that of the operand taken; of equal ones the second."""
        emit = self.builder.emit
        a, b = values
        nearer = emit(Op.LT, a, b) if op is Op.MIN else emit(Op.LT, b, a)
        absent = emit(Op.NE, b, b)
        return self._choice(emit(Op.OR, nearer, absent), 0, 1)

    # Quotients and powers

    def _quotient(self, divisor: int, result: int, active: Sequence[bool]) -> Rest:
        emit = self.builder.emit
        inverse = emit(Op.DIV, self.builder.number(1.0), divisor)
        share = emit(Op.NEG, emit(Op.MUL, result, inverse)) if active[1] else inverse
        return lambda t: self.sum([(t[0], inverse), (t[1], share)])

    def _power(self, values: Sequence[int], result: int, active: Sequence[bool]) -> Rest:
        """x ^ y: y x ^ (y - 1) for the base, x ^ y log x for the exponent (0 where that is 0)."""
        emit, builder = self.builder.emit, self.builder
        x, y = values
        zero, one = builder.number(0.0), builder.number(1.0)
        of_base = of_exponent = zero
        if active[0]:
            lower = emit(Op.POW, x, emit(Op.SUB, y, one))
            of_base = emit(Op.SELECT, emit(Op.EQ, y, zero), zero, emit(Op.MUL, y, lower))
        if active[1]:
            growth = emit(Op.MUL, result, emit(Op.LOG, x))
            of_exponent = emit(Op.SELECT, emit(Op.EQ, result, zero), zero, growth)

        def rest(tangents: Tangents) -> int | None:
            base = self._guarded(tangents[0], of_base) if active[0] else None
            exponent = self._guarded(tangents[1], of_exponent) if active[1] else None
            return self._plus(Op.ADD, base, exponent)

        return rest


def _slopes_of(graph: GraphTable) -> GraphTable:
    """Return the slope right of each point, as a discrete function."""
    slope = layout(graph).slope
    rows = tuple(slope[row, : len(x)].copy() for row, x in enumerate(graph.x))
    return GraphTable(f"slopes of {graph.name}", "discrete", graph.x, rows)


Factor = Callable[[BlockBuilder, Sequence[int], int], tuple[int, bool]]
"""From arguments and result to the derivative, and whether that may be infinite."""


def _sign(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del result
    return builder.emit(Op.COPYSIGN, builder.number(1.0), values[0]), False


def _copied_sign(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del result
    signs = [builder.emit(Op.COPYSIGN, builder.number(1.0), v) for v in values]
    return builder.emit(Op.MUL, *signs), False


def _root(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del values
    return builder.emit(Op.DIV, builder.number(0.5), result), True


def _exponential(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    """Beyond the largest number the function is level."""
    del values
    beyond = builder.emit(Op.EQ, result, builder.number(np.inf))
    return builder.emit(Op.SELECT, beyond, builder.number(0.0), result), False


def _logarithm(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del result
    return builder.emit(Op.DIV, builder.number(1.0), values[0]), True


def _sine(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del result
    return builder.emit(Op.COS, values[0]), False


def _cosine(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del result
    return builder.emit(Op.NEG, builder.emit(Op.SIN, values[0])), False


def _tangent(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del values
    return builder.emit(Op.FMA, result, result, builder.number(1.0)), False


def _arcsine(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del result
    emit, one = builder.emit, builder.number(1.0)
    x = values[0]
    rest = emit(Op.MUL, emit(Op.SUB, one, x), emit(Op.ADD, one, x))
    return emit(Op.DIV, one, emit(Op.SQRT, rest)), True


def _arccosine(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    factor, infinite = _arcsine(builder, values, result)
    return builder.emit(Op.NEG, factor), infinite


def _arctangent(builder: BlockBuilder, values: Sequence[int], result: int) -> tuple[int, bool]:
    del result
    one = builder.number(1.0)
    square = builder.emit(Op.FMA, values[0], values[0], one)
    return builder.emit(Op.DIV, one, square), False


FACTORS: Mapping[Op, Factor] = {
    Op.ABS: _sign,
    Op.COPYSIGN: _copied_sign,
    Op.SQRT: _root,
    Op.EXP: _exponential,
    Op.LOG: _logarithm,
    Op.SIN: _sine,
    Op.COS: _cosine,
    Op.TAN: _tangent,
    Op.ASIN: _arcsine,
    Op.ACOS: _arccosine,
    Op.ATAN: _arctangent,
}
