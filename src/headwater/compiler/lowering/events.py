"""Finds when equations switch, so that a method that chooses its step does not step across.

The typed program itself is searched, whichever functions of time it was made of: comparisons,
roundings, MIN and MAX, and graphical functions of something that goes with time along a straight
line. What becomes of that line's crossings is one more block of the program, ``horizon``, which
gives each run its own next switch. Switches that depend on stocks are not foreseen; the estimate
of the error finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.program import (
    ENDS,
    SIGNATURES,
    GraphTable,
    Instruction,
    Op,
    Program,
    Role,
    Slot,
    Type,
)

_MARGIN = 2.0**-46
"""The share of the time by which a computed crossing may be off."""

_LITERALS = frozenset({Op.FLOAT, Op.INTEGER, Op.BOOLEAN})
_ALWAYS = _LITERALS | {Op.STEP, Op.RUN, Op.SEED, Op.LOOP}
_COMPARED = frozenset({Op.LT, Op.LE, Op.EQ, Op.NE})
_ROUNDED = frozenset({Op.FLOOR, Op.CEIL, Op.RINT, Op.TRUNC, Op.TO_INTEGER})
_EXTREME = frozenset({Op.MIN, Op.MAX})
_SWITCHING = _COMPARED | _ROUNDED | _EXTREME | {Op.ABS, Op.LOOKUP}
_LINEAR = frozenset({Op.ADD, Op.SUB, Op.NEG, Op.MUL, Op.DIV, Op.FMA, Op.SELECT})


class _Course(Enum):
    """What a value does until the next switch: stay, go along a line, or something else."""

    STAYS = 0
    LINE = 1
    OTHER = 2


_STAYS, _LINE, _OTHER = _Course.STAYS, _Course.LINE, _Course.OTHER


def with_horizon(program: Program) -> Program:
    """Return the program with the block that looks for the next switch, where there are any."""
    code = program.step.instructions
    courses = _courses(program)
    searching = _in_searches(code)
    events = [
        place
        for place, instruction in enumerate(code)
        if instruction.op in _SWITCHING and _LINE in [courses[a] for a in instruction.arguments]
        if _OTHER not in [courses[a] for a in instruction.arguments] and not searching[place]
    ]
    if not events:
        return program
    slot = Slot("next switch, and the moment before", Role.HORIZON, 2)
    writer = _Writer(program, courses, len(program.slots), list(program.graphs))
    writer.write(set(events), _needed(code, events))
    return replace(
        program,
        slots=(*program.slots, slot),
        graphs=tuple(writer.graphs),
        horizon=writer.builder.block(),
    )


def _courses(program: Program) -> list[_Course]:
    """Return the course of every value of the step block."""
    courses: list[_Course] = []
    for instruction in program.step.instructions:
        given = [courses[a] for a in instruction.arguments]
        courses.append(_course(program, instruction, given))
    return courses


def _course(program: Program, instruction: Instruction, given: list[_Course]) -> _Course:
    op = instruction.op
    if op is Op.TIME:
        return _LINE
    if op in _ALWAYS:
        return _STAYS
    if _OTHER in given or SIGNATURES[op].result is Type.NONE:
        return _OTHER
    if op is Op.LOAD:
        role = program.slots[int(instruction.attribute or 0)].role
        fixed = role in (Role.INPUT, Role.CONSTANT) and given[0] is _STAYS
        return _STAYS if fixed else _OTHER
    if _LINE not in given:
        return _STAYS
    if op in _COMPARED or op in _ROUNDED:
        return _STAYS
    if op is Op.LOOKUP:
        level = program.graphs[int(instruction.attribute or 0)].kind == "discrete"
        return _STAYS if level and given[0] is _STAYS else _OTHER
    if op in _EXTREME or op is Op.ABS or (op in _LINEAR and _is_line(op, given)):
        return _LINE
    return _OTHER


def _is_line(op: Op, given: list[_Course]) -> bool:
    if op is Op.MUL or op is Op.FMA:
        return given[:2] != [_LINE, _LINE]
    if op is Op.DIV:
        return given[1] is _STAYS
    return True


def _needed(code: Sequence[Instruction], events: Sequence[int]) -> set[int]:
    """Return the events and what they are computed from, with the loops around all that."""
    around = _loops(code)
    needed: set[int] = set()
    work = list(events)
    while work:
        place = work.pop()
        if place not in needed:
            needed.add(place)
            work.extend(code[place].arguments)
            work.extend(around[place])
    return needed


def _loops(code: Sequence[Instruction]) -> list[tuple[int, ...]]:
    """Return, for each instruction, the beginnings of the loops around it; for an end, its own."""
    around: list[tuple[int, ...]] = []
    opened: list[int] = []
    for place, instruction in enumerate(code):
        around.append(tuple(opened))
        if instruction.op is Op.LOOP:
            opened.append(place)
        elif instruction.op in ENDS:
            opened.pop()
    return around


def _in_searches(code: Sequence[Instruction]) -> list[bool]:
    """Tell which instructions belong to a search, after which all it computed is computed again."""
    found: list[bool] = [False] * len(code)
    opened: list[int] = []
    for place, instruction in enumerate(code):
        if instruction.op is Op.LOOP:
            opened.append(place)
        elif instruction.op in ENDS:
            begin = opened.pop()
            if instruction.op is Op.END_WHEN:
                found[begin:place] = [True] * (place - begin)
    return found


@dataclass(slots=True)
class _Writer:
    """Writes the block. ``paces`` are by how much values go up in a unit of time."""

    program: Program
    courses: list[_Course]
    slot: int
    graphs: list[GraphTable]
    builder: BlockBuilder = field(default_factory=BlockBuilder)
    made: dict[int, int] = field(default_factory=dict)
    paces: dict[int, int] = field(default_factory=dict)
    _knots: dict[tuple[int, bool], int] = field(default_factory=dict)

    def write(self, events: set[int], needed: set[int]) -> None:
        """Write all events, and the loops around them."""
        builder, never = self.builder, self.builder.number(np.inf)
        builder.accumulators.add(self.slot)
        for cell in (0, 1):
            builder.store(self.slot, builder.integer(cell), never)
        loops: list[ExitStack | None] = []
        for place, instruction in enumerate(self.program.step.instructions):
            if instruction.op is Op.LOOP:
                loops.append(ExitStack() if place in needed else None)
                if (stack := loops[-1]) is not None:
                    extent = int(instruction.attribute or 0)
                    self.made[place] = stack.enter_context(builder.loop(extent))
            elif instruction.op in ENDS:
                if (stack := loops.pop()) is not None:
                    stack.close()
            elif place in needed:
                self._copy(place, instruction)
                if place in events:
                    self._event(place, instruction)

    def _copy(self, place: int, instruction: Instruction) -> None:
        op, arguments, attribute = instruction
        moved = [self.made[a] for a in arguments]
        if op is Op.FLOAT:
            self.made[place] = self.builder.number(float(attribute or 0.0))
        elif op is Op.INTEGER:
            self.made[place] = self.builder.integer(int(attribute or 0))
        elif op is Op.BOOLEAN:
            self.made[place] = self.builder.boolean(bool(attribute))
        elif op is Op.LOAD:
            self.made[place] = self.builder.load(int(attribute or 0), moved[0])
        else:
            self.made[place] = self.builder.emit(op, *moved, attribute=attribute)
        if self.courses[place] is _LINE:
            self.paces[place] = self._pace(op, arguments)

    def _pace(self, op: Op, arguments: Sequence[int]) -> int:
        """Return by how much a value goes up in a unit of time."""
        emit, made = self.builder.emit, self.made
        zero = self.builder.number(0.0)
        paces = [self.paces.get(a, zero) for a in arguments]
        if op is Op.TIME:
            return self.builder.number(1.0)
        if op in (Op.ADD, Op.SUB, Op.NEG):
            return emit(op, *paces)
        if op is Op.MUL or op is Op.FMA:
            factor = 0 if arguments[0] in self.paces else 1
            product = emit(Op.MUL, paces[factor], made[arguments[1 - factor]])
            return emit(Op.ADD, product, paces[2]) if op is Op.FMA else product
        if op is Op.DIV:
            return emit(Op.DIV, paces[0], made[arguments[1]])
        if op is Op.SELECT:
            return emit(Op.SELECT, made[arguments[0]], *paces[1:])
        if op is Op.ABS:
            sign = emit(Op.COPYSIGN, self.builder.number(1.0), made[arguments[0]])
            return emit(Op.MUL, sign, paces[0])
        first = emit(Op.LT, *(made[a] for a in arguments))
        return emit(Op.SELECT, first, *(paces if op is Op.MIN else reversed(paces)))

    # Events

    def _event(self, place: int, instruction: Instruction) -> None:
        op, arguments, attribute = instruction
        builder, a = self.builder, arguments[-1]
        if op in _COMPARED or op in _EXTREME:
            self._crossing(arguments[0], self.made[arguments[1]], arguments[1])
        elif op is Op.ABS:
            self._crossing(a, builder.number(0.0))
        elif op is Op.LOOKUP:
            number, row = int(attribute or 0), self.made[arguments[0]]
            self._next(a, self._knot(number, row, a, True), self._knot(number, row, a, False))
        elif op is Op.RINT:
            nearest, half = self.made[place], builder.number(0.5)
            later = builder.emit(Op.ADD, nearest, half)
            self._next(a, later, builder.emit(Op.SUB, nearest, half))
        else:
            self._whole_numbers(op, a)

    def _whole_numbers(self, op: Op, a: int) -> None:
        """What is rounded down or up switches at whole numbers, or just after them."""
        emit, one = self.builder.emit, self.builder.number(1.0)
        if op is not Op.CEIL:
            below = emit(Op.FLOOR, self.made[a])
            self._next(a, emit(Op.ADD, below, one), below)
        if op is not Op.FLOOR:
            above = emit(Op.CEIL, self.made[a])
            self._next(a, above, emit(Op.SUB, above, one))

    def _knot(self, number: int, row: int, a: int, after: bool) -> int:
        """Return the abscissa of a graph next to a value: that beyond it, or not beyond it."""
        key = (number, after)
        if key not in self._knots:
            self._knots[key] = len(self.graphs)
            self.graphs.append(_knots(self.program.graphs[number], after))
        return self.builder.emit(Op.LOOKUP, row, self.made[a], attribute=self._knots[key])

    def _next(self, a: int, above: int, below: int) -> None:
        """Note when a value reaches the next point on its way, up or down."""
        emit, pace = self.builder.emit, self.paces[a]
        rising = emit(Op.LE, self.builder.number(0.0), pace)
        self._crossing(a, emit(Op.SELECT, rising, above, below))

    def _crossing(self, a: int, target: int, other: int | None = None) -> None:
        """Note when two values meet: ``a`` and the ``target``, which may be another line."""
        code = self.program.step.instructions
        moving = other is not None and other in self.paces
        if code[a].op is Op.TIME and not moving:
            self._exactly(target)
        elif moving and a not in self.paces and code[other or 0].op is Op.TIME:
            self._exactly(self.made[a])
        else:
            self._about(a, target, other)

    def _exactly(self, when: int) -> None:
        """Note a time that is given; where it is now, the switch may come just after it."""
        emit, builder = self.builder.emit, self.builder
        now, never = emit(Op.TIME), builder.number(np.inf)
        ahead = emit(Op.LT, now, when)
        at_once = emit(Op.SELECT, emit(Op.EQ, now, when), self._beside(now, 1), never)
        before = emit(Op.SELECT, emit(Op.EQ, now, when), now, never)
        self._note(
            emit(Op.SELECT, ahead, when, at_once),
            emit(Op.SELECT, ahead, self._beside(when, -1), before),
        )

    def _about(self, a: int, target: int, other: int | None) -> None:
        """Note a time that is computed, with room for the rounding of what it is computed from."""
        emit, builder = self.builder.emit, self.builder
        now, zero, never = emit(Op.TIME), builder.number(0.0), builder.number(np.inf)
        pace = self.paces.get(a, zero)
        if other is not None and other in self.paces:
            pace = emit(Op.SUB, pace, self.paces[other])
        gap = emit(Op.SUB, target, self.made[a])
        wait = emit(Op.SELECT, emit(Op.EQ, gap, zero), zero, emit(Op.DIV, gap, pace))
        coming = emit(Op.AND, emit(Op.LE, zero, wait), emit(Op.NE, pace, zero))
        scale = emit(Op.ADD, emit(Op.ABS, now), builder.number(self.program.clock.dt))
        margin = emit(Op.MUL, scale, builder.number(_MARGIN))
        when = emit(Op.ADD, now, emit(Op.MAX, wait, margin))
        self._note(
            emit(Op.SELECT, coming, when, never),
            emit(Op.SELECT, coming, emit(Op.SUB, when, margin), never),
        )

    def _beside(self, time: int, direction: int) -> int:
        """Return the number next to a time, above (1) or below (-1)."""
        emit, builder = self.builder.emit, self.builder
        zero, bits = builder.number(0.0), emit(Op.BITS, time)
        away = emit(Op.IADD, bits, builder.integer(direction))
        back = emit(Op.ISUB, bits, builder.integer(direction))
        positive = emit(Op.LT, zero, time)
        beside = emit(Op.FROM_BITS, emit(Op.ISELECT, positive, away, back))
        smallest = builder.number(direction * 5e-324)
        return emit(Op.SELECT, emit(Op.EQ, time, zero), smallest, beside)

    def _note(self, when: int, before: int) -> None:
        builder = self.builder
        for cell, value in enumerate((when, before)):
            index = builder.integer(cell)
            nearest = builder.emit(Op.MIN, builder.load(self.slot, index), value)
            builder.store(self.slot, index, nearest)


def _knots(graph: GraphTable, after: bool) -> GraphTable:
    """Return a graph of the abscissae beyond each number, or of those not beyond it."""
    rows = [np.unique(x) for x in graph.x]
    lowest = np.finfo(np.float64).min
    x = tuple(np.append(lowest, row) for row in rows)
    if after:
        y = tuple(np.append(row, np.inf) for row in rows)
    else:
        y = tuple(np.append(-np.inf, row) for row in rows)
    return GraphTable(f"points of {graph.name}", "discrete", x, y)
