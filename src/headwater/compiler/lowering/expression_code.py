"""Instructions for the expressions of one block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
import numpy.typing as npt

from headwater.compiler.draws import randoms
from headwater.compiler.lowering import arithmetic, newton
from headwater.compiler.lowering.builder import BlockBuilder
from headwater.compiler.lowering.storage import UNROLLED_TERMS, BlockName, Storage
from headwater.compiler.ordering.elements import all_turns
from headwater.compiler.program import Op, Type
from headwater.compiler.resolved import (
    Aggregate,
    Apply,
    Axis,
    Bisection,
    Computed,
    Draw,
    ElementNumber,
    Fixed,
    Follow,
    Interpolate,
    Kept,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    Repetition,
    Selector,
    StepLength,
    Tabulated,
    Unknown,
)

_NEUTRAL = {"sum": 0.0, "prod": 1.0, "min": math.inf, "max": -math.inf}
_COMBINE = {"sum": Op.ADD, "prod": Op.MUL, "min": Op.MIN, "max": Op.MAX}


class ExpressionCode:
    """Appends what computes expressions to a block. Axes stand for the values of their counters."""

    def __init__(self, builder: BlockBuilder, storage: Storage, block: BlockName) -> None:
        self.builder = builder
        self.storage = storage
        self.block_name = block
        self._counter: dict[Axis, int] = {}
        self._done: list[dict[int, int]] = [{}]
        self._tables: dict[int, int] = {}
        self._unknown: dict[Unknown | Kept, int] = {}

    # Axes

    @contextmanager
    def turns(self, turns: Mapping[Axis, int]) -> Iterator[None]:
        """Fix axes at literal counters."""
        self._counter.update({a: self.builder.integer(k) for a, k in turns.items()})
        self._done.append({})
        yield
        self._done.pop()
        for axis in turns:
            del self._counter[axis]

    @contextmanager
    def counters(self, extents: Sequence[int]) -> Iterator[list[int]]:
        """Open nested loops, the last one innermost; the context's value is their counters."""
        with ExitStack() as stack:
            yield [stack.enter_context(self.builder.loop(extent)) for extent in extents]

    @contextmanager
    def loop_turn(self, axes: Sequence[Axis], counters: Sequence[int]) -> Iterator[None]:
        """Let axes stand for the counters of loops that are open."""
        self._counter.update(zip(axes, counters, strict=True))
        self._done.append({})
        yield
        self._done.pop()
        for axis in axes:
            del self._counter[axis]

    @contextmanager
    def loops(self, axes: Sequence[Axis]) -> Iterator[None]:
        """Open loops over axes, the last one innermost."""
        with (
            self.counters([axis.extent for axis in axes]) as counters,
            self.loop_turn(axes, counters),
        ):
            yield

    def counter(self, axis: Axis) -> int:
        """Return the counter that an axis stands for now."""
        return self._counter[axis]

    @contextmanager
    def each(self, size: int) -> Iterator[list[int]]:
        """Give the flat indices of a quantity: all of them, or that of a loop where it is large."""
        if size <= self.storage.unrolled:
            yield [self.builder.integer(k) for k in range(size)]
            return
        with self.builder.loop(size) as index:
            yield [index]

    # Indices

    def flat(self, shape: Sequence[int], selectors: Sequence[Selector]) -> int:
        """Return the row-major index of an element that is surely inside the shape."""
        index, _ = self._flat(shape, selectors)
        return index

    def _flat(self, shape: Sequence[int], selectors: Sequence[Selector]) -> tuple[int, int | None]:
        """Return the row-major index, and whether it is inside (None: surely)."""
        settled = self._settled(shape, selectors)
        if settled is not None:
            return self.builder.integer(settled), None
        emit = self.builder.emit
        flat = self.builder.integer(0)
        inside: int | None = None
        for extent, selector in zip(shape, selectors, strict=True):
            index, valid = self._index(selector, extent)
            if valid is not None:
                inside = valid if inside is None else emit(Op.AND, inside, valid)
            scaled = emit(Op.IMUL, flat, self.builder.integer(extent))
            flat = emit(Op.IADD, scaled, index)
        return flat, inside

    def _settled(self, shape: Sequence[int], selectors: Sequence[Selector]) -> int | None:
        """Return the row-major index where no loop or value decides it and it is inside."""
        flat = 0
        for extent, selector in zip(shape, selectors, strict=True):
            match selector:
                case Fixed(index=here):
                    pass
                case Follow(axis=axis, table=table):
                    counter = self.builder.literal(self._counter[axis])
                    if counter is None:
                        return None
                    here = int(counter) if table is None else table[int(counter)]
                case _:
                    return None
            if not 0 <= here < extent:
                return None
            flat = flat * extent + here
        return flat

    def _index(self, selector: Selector, extent: int) -> tuple[int, int | None]:
        builder = self.builder
        match selector:
            case Fixed(index=index):
                return self._bounded(builder.integer(index), extent, index < 0)
            case Follow(axis=axis, table=table):
                counter = self._counter[axis]
                if table is None:
                    return counter, None
                known = builder.literal(counter)
                if known is not None:
                    here = table[int(known)]
                    return self._bounded(builder.integer(here), extent, here < 0)
                return self._bounded(self._through(counter, table), extent, -1 in table)
            case Computed(number=number):
                nearest = builder.emit(Op.RINT, self.number(number))
                index = builder.emit(Op.TO_INTEGER, nearest)
                return self._bounded(builder.emit(Op.ISUB, index, builder.integer(1)), extent, True)

    def _through(self, counter: int, table: Sequence[int]) -> int:
        builder = self.builder
        known = builder.literal(counter)
        if known is not None:
            return builder.integer(table[int(known)])
        shift = table[0]
        if all(member == k + shift for k, member in enumerate(table)):
            return builder.emit(Op.IADD, counter, builder.integer(shift))
        return builder.emit(Op.INDEX_TABLE, counter, attribute=self.storage.index_table(table))

    def _bounded(self, index: int, extent: int, open_: bool) -> tuple[int, int | None]:
        """Return an index that can be used, and whether it was inside the extent."""
        if not open_:
            return index, None
        builder = self.builder
        zero = builder.integer(0)
        not_below = builder.emit(Op.ILE, zero, index)
        not_above = builder.emit(Op.ILT, index, builder.integer(extent))
        inside = builder.emit(Op.AND, not_below, not_above)
        return builder.emit(Op.ISELECT, inside, index, zero), inside

    # Expressions

    def number(self, node: Node) -> int:
        """Return the value of an expression as a float. Long chains on the left do not recurse."""
        chain: list[Apply] = []
        while isinstance(node, Apply) and node.function in arithmetic.CHAINED:
            if id(node) in self._done[-1]:
                break
            chain.append(node)
            node = node.arguments[0]
        value = self._number(node)
        for apply in reversed(chain):
            right = apply.arguments[1]
            value = arithmetic.binary(self, apply.function, value, right)
            self._done[-1][id(apply)] = value
        return value

    def _number(self, node: Node) -> int:
        done = self._done[-1].get(id(node))
        if done is not None:
            return done
        value = self._made(node)
        if self.builder.types[value] is Type.BOOL:
            value = self.builder.emit(
                Op.SELECT, value, self.builder.number(1.0), self.builder.number(0.0)
            )
        self._done[-1][id(node)] = value
        return value

    def truth(self, node: Node) -> int:
        """Return the value of an expression as a truth value: anything but 0 is true."""
        value = (
            arithmetic.apply(self, node)
            if isinstance(node, Apply) and node.function in arithmetic.LOGICAL
            else self.number(node)
        )
        if self.builder.types[value] is Type.BOOL:
            return value
        return self.builder.emit(Op.NE, value, self.builder.number(0.0))

    def _made(self, node: Node) -> int:
        builder = self.builder
        match node:
            case Literal(value=value):
                return builder.number(value)
            case Tabulated():
                return self._tabulated(node)
            case Reference():
                return self._load(node)
            case Apply():
                return arithmetic.apply(self, node)
            case Aggregate():
                return self._aggregate(node)
            case Interpolate():
                return self._look_up(node)
            case ElementNumber(where=where):
                index, _ = self._index(where, where.axis.extent)
                one = builder.integer(1)
                return builder.emit(Op.TO_FLOAT, builder.emit(Op.IADD, index, one))
            case Now(at_step=True):
                return self.step_time()
            case Now():
                return self._time()
            case StepLength():
                return self._of_step("step lengths", np.diff(self.storage.clock.times))
            case Unknown() | Kept():
                return self._unknown[node]
            case Bisection():
                return self._bisect(node)
            case Repetition():
                return self._repeat(node)
            case Draw():
                return randoms.draw(self, node)

    def _time(self) -> int:
        """Return the current time; between steps it moves with the stages of the method."""
        clock = self.storage.clock
        if not clock.times:
            return self.builder.emit(Op.TIME)
        emit = self.builder.emit
        length = self._of_step("step lengths", np.diff(clock.times))
        share = emit(Op.SUB, emit(Op.TIME), emit(Op.TO_FLOAT, emit(Op.STEP)))
        return emit(Op.ADD, self.step_time(), emit(Op.MUL, share, length))

    def _of_step(self, name: str, values: npt.ArrayLike) -> int:
        """Return the number of a table that goes with the current step."""
        table = self.storage.named_table(name, np.asarray(values, dtype=np.float64))
        last = len(self.storage.tables[table].values) - 1
        step = self.builder.emit(Op.STEP)
        if last < self.storage.clock.steps:
            # The last time begins no step; the length before it stands in.
            most = self.builder.integer(last)
            inside = self.builder.emit(Op.ILT, step, most)
            step = self.builder.emit(Op.ISELECT, inside, step, most)
        return self.builder.emit(Op.TABLE, step, attribute=table)

    def step_time(self) -> int:
        """Return the time at which the current step began."""
        builder, clock = self.builder, self.storage.clock
        if clock.times:
            return self._of_step("times", np.asarray(clock.times))
        passed = builder.emit(
            Op.MUL,
            builder.emit(Op.TO_FLOAT, builder.emit(Op.STEP)),
            builder.number(clock.dt),
        )
        return builder.emit(Op.ADD, builder.number(clock.start), passed)

    def _load(self, node: Reference) -> int:
        builder, quantity = self.builder, node.quantity
        index, inside = self._flat(quantity.shape, node.selectors)
        if self.storage.is_literal(quantity):
            value = self.literal(quantity, index)
        else:
            value = builder.load(self.storage.slot(quantity, self.block_name), index)
        if inside is None:
            return value
        return builder.emit(Op.SELECT, inside, value, builder.number(node.outside))

    def _tabulated(self, node: Tabulated) -> int:
        extents = [a.extent for a in node.axes]
        index = self.flat(extents, [Follow(a) for a in node.axes])
        known = self.builder.literal(index)
        if known is not None:
            return self.builder.number(float(node.values[int(known)]))
        if id(node) not in self._tables:
            self._tables[id(node)] = self.storage.table("numbers", node.values)
        return self.builder.emit(Op.TABLE, index, attribute=self._tables[id(node)])

    def literal(self, quantity: Quantity, index: int) -> int:
        """Return an element of a quantity that is known now."""
        known = self.builder.literal(index)
        if known is not None:
            return self.builder.number(float(self.storage.literal(quantity)[int(known)]))
        table = self.storage.literal_table(quantity)
        return self.builder.emit(Op.TABLE, index, attribute=table)

    def _look_up(self, node: Interpolate) -> int:
        builder, graph = self.builder, node.graph
        index, inside = self._flat(graph.shape, node.selectors)
        known = builder.literal(index)
        if known is not None:
            row = builder.integer(int(graph.rows[int(known)]))
        else:
            row = self._through(index, [int(r) for r in graph.rows])
        x = self.number(node.x)
        value = builder.emit(Op.LOOKUP, row, x, attribute=self.storage.graph(graph))
        if inside is None:
            return value
        return builder.emit(Op.SELECT, inside, value, builder.number(0.0))

    def _aggregate(self, node: Aggregate) -> int:
        builder = self.builder
        combine = _COMBINE[node.function]
        if math.prod(a.extent for a in node.axes) <= UNROLLED_TERMS:
            total: int | None = None
            for turns in all_turns(node.axes):
                with self.turns(turns):
                    value = self.number(node.argument)
                total = value if total is None else builder.emit(combine, total, value)
            assert total is not None
            return total
        cell = self.storage.accumulator()
        builder.accumulators.add(cell)
        zero = builder.integer(0)
        builder.store(cell, zero, builder.number(_NEUTRAL[node.function]))
        with self.loops(node.axes):
            value = self.number(node.argument)
            so_far = builder.load(cell, builder.integer(0))
            builder.store(cell, builder.integer(0), builder.emit(combine, so_far, value))
        builder.accumulators.remove(cell)
        return builder.load(cell, zero)

    def _bisect(self, node: Bisection) -> int:
        builder = self.builder
        low, high = self.storage.accumulator(), self.storage.accumulator()
        builder.accumulators |= {low, high}
        zero, first, last = builder.integer(0), self.number(node.low), self.number(node.high)
        builder.store(low, zero, first)
        builder.store(high, zero, last)
        with self.loops([Axis(node.steps, "bisection")]):
            zero = builder.integer(0)
            below, beyond = builder.load(low, zero), builder.load(high, zero)
            middle = self._middle(below, beyond)
            balance = self._balance(node, middle)
            above = builder.emit(Op.LT, builder.number(0.0), balance)
            builder.store(low, zero, builder.emit(Op.SELECT, above, middle, below))
            builder.store(high, zero, builder.emit(Op.SELECT, above, beyond, middle))
        builder.accumulators -= {low, high}
        zero = builder.integer(0)
        middle = self._middle(builder.load(low, zero), builder.load(high, zero))
        return self._last_step(node, middle, builder.emit(Op.SUB, last, first))

    def _balance(self, node: Bisection, here: int) -> int:
        """Return the balance of a bisection at a number."""
        self._unknown[node.unknown] = here
        with self.turns({}):
            balance = self.number(node.balance)
        del self._unknown[node.unknown]
        return balance

    def _last_step(self, node: Bisection, here: int, size: int) -> int:
        emit, builder = self.builder.emit, self.builder
        moved = newton.difference(builder, here, size)
        left = self._balance(node, here)
        after = self._balance(node, emit(Op.ADD, here, moved))
        before = self._balance(node, emit(Op.SUB, here, moved))
        share = emit(Op.DIV, left, emit(Op.SUB, after, before))
        step = emit(Op.MUL, share, emit(Op.ADD, moved, moved))
        short = newton.is_short(builder, here, step, size, newton.NEAR_END)
        return emit(Op.SELECT, short, emit(Op.SUB, here, step), here)

    def _repeat(self, node: Repetition) -> int:
        """Take turns; a lane that has taken all of its own keeps what it has."""
        emit, builder = self.builder.emit, self.builder
        first = [self.number(f) for f in node.first]
        cells = [self.storage.accumulator() for _ in node.kept]
        builder.accumulators |= set(cells)
        for cell, value in zip(cells, first, strict=True):
            builder.store(cell, builder.integer(0), value)
        with self.loops([Axis(node.most, "turn")]):
            before = [builder.load(cell, builder.integer(0)) for cell in cells]
            goes_on, *after = self._of_kept(node, before, (node.goes_on, *node.following))
            active = emit(Op.NE, goes_on, builder.number(0.0))
            for cell, old, new in zip(cells, before, after, strict=True):
                builder.store(cell, builder.integer(0), emit(Op.SELECT, active, new, old))
            builder.leave_when(emit(Op.NOT, active))
        builder.accumulators -= set(cells)
        values = [builder.load(cell, builder.integer(0)) for cell in cells]
        goes_on, result = self._of_kept(node, values, (node.goes_on, node.result))
        over = emit(Op.EQ, goes_on, builder.number(0.0))
        return emit(Op.SELECT, over, result, builder.number(math.nan))

    def _of_kept(
        self, node: Repetition, values: Sequence[int], wanted: Sequence[Node]
    ) -> list[int]:
        """Return numbers that depend on what a repetition keeps."""
        self._unknown.update(zip(node.kept, values, strict=True))
        with self.turns({}):
            found = [self.number(w) for w in wanted]
        for kept in node.kept:
            del self._unknown[kept]
        return found

    def _middle(self, low: int, high: int) -> int:
        emit = self.builder.emit
        return emit(Op.MUL, self.builder.number(0.5), emit(Op.ADD, low, high))
