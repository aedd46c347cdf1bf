"""Interprets a typed program with as many digits as one likes, one run at a time.

Differences of two such runs are derivatives to many digits, with no rule of differentiation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpmath import mp, mpf

from headwater.compiler.program import Block, Op, Program, Role
from headwater.compiler.targets.graphs import layout
from headwater.compiler.targets.stepping import stepping

DIGITS = 60


def _whole(x: Any) -> int:
    return int(mp.floor(x)) if x >= 0 else -int(mp.floor(-x))


def _divided(a: Any, b: Any) -> Any:
    if b != 0:
        return a / b
    return mp.nan if a == 0 or mp.isnan(a) else mp.sign(a) * mp.inf


def _guarded(function: Any) -> Any:
    """A function of real numbers: no number where the result would be complex."""

    def real(*x: Any) -> Any:
        try:
            found = function(*x)
        except (ValueError, ZeroDivisionError, OverflowError):
            return mp.nan
        return mp.nan if isinstance(found, mp.mpc) else found

    return real


COMPUTE: dict[Op, Any] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUB: lambda a, b: a - b,
    Op.MUL: lambda a, b: a * b,
    Op.DIV: _divided,
    Op.FMA: lambda a, b, c: a * b + c,
    Op.NEG: lambda a: -a,
    Op.ABS: abs,
    Op.SQRT: _guarded(mp.sqrt),
    Op.FLOOR: mp.floor,
    Op.CEIL: mp.ceil,
    Op.TRUNC: lambda a: mpf(_whole(a)),
    Op.RINT: mp.nint,
    Op.MIN: lambda a, b: b if mp.isnan(a) else a if mp.isnan(b) or a < b else b,
    Op.MAX: lambda a, b: b if mp.isnan(a) else a if mp.isnan(b) or a > b else b,
    Op.COPYSIGN: lambda a, b: abs(a) if b >= 0 else -abs(a),
    Op.EXP: mp.exp,
    Op.LOG: _guarded(mp.log),
    Op.POW: _guarded(mp.power),
    Op.SIN: mp.sin,
    Op.COS: mp.cos,
    Op.TAN: mp.tan,
    Op.ASIN: _guarded(mp.asin),
    Op.ACOS: _guarded(mp.acos),
    Op.ATAN: mp.atan,
    Op.LT: lambda a, b: a < b,
    Op.LE: lambda a, b: a <= b,
    Op.EQ: lambda a, b: a == b,
    Op.NE: lambda a, b: a != b,
    Op.ILT: lambda a, b: a < b,
    Op.ILE: lambda a, b: a <= b,
    Op.IEQ: lambda a, b: a == b,
    Op.AND: lambda a, b: a and b,
    Op.OR: lambda a, b: a or b,
    Op.NOT: lambda a: not a,
    Op.SELECT: lambda c, a, b: a if c else b,
    Op.ISELECT: lambda c, a, b: a if c else b,
    Op.IADD: lambda a, b: a + b,
    Op.ISUB: lambda a, b: a - b,
    Op.IMUL: lambda a, b: a * b,
    Op.IDIV: lambda a, b: a // b,
    Op.IMOD: lambda a, b: a % b,
    Op.TO_FLOAT: mpf,
    Op.TO_INTEGER: lambda a: 0 if mp.isnan(a) else _whole(a),
}


class Exact:
    """One run of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.method = stepping(program)
        self.graphs = [layout(g) for g in program.graphs]
        self.memory = [[mpf(0)] * slot.size for slot in program.slots]

    def run(self, inputs: Sequence[Any]) -> list[list[Any]]:
        """Return what is saved: (elements of the outputs, saved times)."""
        program, clock = self.program, self.program.clock
        for given, value in zip(program.inputs, inputs, strict=True):
            self.memory[given.slot][given.offset] = mpf(value)
        saved = set(clock.saved_steps().tolist())
        rows: list[list[Any]] = []
        self.step, self.time = 0, mpf(clock.start)
        self.execute(program.constants)
        self.execute(program.initial)
        for step in range(clock.steps + 1):
            self.step, self.time = step, mpf(clock.start) + step * mpf(clock.dt)
            self.execute(program.step)
            if step in saved:
                rows.append([x for o in program.outputs for x in self.memory[o.slot]])
            if step < clock.steps:
                self.execute(program.update)
                self.advance()
                self.execute(program.commit)
        return [list(column) for column in zip(*rows, strict=True)]

    def advance(self) -> None:
        """Move the stocks by one step."""
        slots = self.program.slots
        stocks = [s for s, slot in enumerate(slots) if slot.role is Role.STOCK]
        rates = [s for s, slot in enumerate(slots) if slot.role is Role.DERIVATIVE]
        begin = self.time
        old = [list(self.memory[s]) for s in stocks]
        slopes = [[list(self.memory[s]) for s in rates]]
        for stage in range(1, self.method.stages + 1):
            move = self.method.moves[stage]
            for place, stock in enumerate(stocks):
                for k in range(slots[stock].size):
                    total = sum(mpf(w) * slopes[j][place][k] for j, w in move.terms)
                    self.memory[stock][k] = old[place][k] + mpf(move.scale) * total
            if stage < self.method.stages:
                self.time = begin + mpf(self.method.offsets[stage])
                self.execute(self.program.step)
                slopes.append([list(self.memory[s]) for s in rates])
        self.time = begin

    def execute(self, block: Block) -> None:
        """Carry out a block."""
        code, values = block.instructions, [None] * len(block.instructions)
        here, loops = 0, []
        while here < len(code):
            op, arguments, attribute = code[here]
            if op is Op.LOOP:
                loops.append((here, 0))
                values[here] = 0
            elif op is Op.END:
                begin, turn = loops.pop()
                if turn + 1 < code[begin].attribute:
                    loops.append((begin, turn + 1))
                    values[begin] = turn + 1
                    here = begin
            else:
                values[here] = self.value(op, [values[a] for a in arguments], attribute)
            here += 1

    def value(self, op: Op, given: list[Any], attribute: Any) -> Any:
        """Carry out an instruction."""
        match op:
            case Op.FLOAT:
                return mpf(attribute)
            case Op.INTEGER | Op.BOOLEAN:
                return attribute
            case Op.TIME:
                return self.time
            case Op.STEP:
                return self.step
            case Op.LOAD:
                cells = self.memory[attribute]
                return cells[min(max(given[0], 0), len(cells) - 1)]
            case Op.STORE:
                cells = self.memory[attribute]
                cells[min(max(given[0], 0), len(cells) - 1)] = given[1]
                return None
            case Op.TABLE:
                return mpf(float(self.program.tables[attribute].values[given[0]]))
            case Op.INDEX_TABLE:
                return int(self.program.index_tables[attribute].values[given[0]])
            case Op.LOOKUP:
                return self.look_up(attribute, *given)
        return COMPUTE[op](*given)

    def look_up(self, number: int, row: int, v: Any) -> Any:
        """Return the value of a graphical function."""
        kind, graph = self.program.graphs[number].kind, self.graphs[number]
        x, y = ([mpf(float(a)) for a in t[row]] for t in (graph.x, graph.y))
        if kind != "extrapolated":
            v = min(max(v, x[0]), x[-1])
        k = max(sum(a <= v for a in x), 1) - 1
        if kind == "discrete":
            return y[k]
        return y[k] + (v - x[k]) * mpf(float(graph.slope[row][k]))


def slopes_of(program: Program, values: Sequence[float], wrt: Sequence[int]) -> Any:
    """Return derivatives of all outputs by some inputs: (elements, times, inputs)."""
    with mp.workdps(DIGITS):
        h = mpf(10) ** (-DIGITS // 3)
        found = []
        for number in wrt:
            ends = []
            for sign in (1, -1):
                moved = [mpf(v) for v in values]
                moved[number] += sign * h
                ends.append(Exact(program).run(moved))
            found.append(
                [
                    [float((a - b) / (2 * h)) for a, b in zip(up, down, strict=True)]
                    for up, down in zip(*ends, strict=True)
                ]
            )
        return np.moveaxis(np.array(found), 0, -1)
