"""Appends typed instructions to a block, and keeps the block small while it grows.

Literals are folded exactly as IEEE 754 would compute them (elementary functions are never folded:
targets bring their own, and the digits must not depend on where a value was computed), equal
instructions are shared, and a load of a value stored before gives that value. What is left unused
is removed at the end by :func:`headwater.compiler.lowering.liveness.prune`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from headwater.compiler.program import SIGNATURES, Attribute, Block, Instruction, Op, Type

_WRAP = 1 << 64
_SIGN = 1 << 63

_LITERALS = frozenset({Op.FLOAT, Op.INTEGER, Op.BOOLEAN})
_IDENTITIES = frozenset({Op.MUL, Op.IMUL, Op.DIV, Op.ISUB, Op.IADD, Op.AND, Op.OR})


def wrap(value: int) -> int:
    """Return ``value`` as a 64-bit two's complement integer."""
    return (value + _SIGN) % _WRAP - _SIGN


def _divide(a: float, b: float) -> float:
    if b != 0.0:
        return a / b
    if a == 0.0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, math.copysign(1.0, a) * math.copysign(1.0, b))


def _minimum(a: float, b: float) -> float:
    if math.isnan(a):
        return b
    if math.isnan(b):
        return a
    return a if a < b or (a == b and math.copysign(1.0, a) < 0) else b


def _maximum(a: float, b: float) -> float:
    if math.isnan(a):
        return b
    if math.isnan(b):
        return a
    return a if a > b or (a == b and math.copysign(1.0, a) > 0) else b


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    def rounded(x: float) -> float:
        return math.copysign(float(function(x)), x) if math.isfinite(x) else x

    return rounded


def _to_integer(x: float) -> int:
    if math.isnan(x):
        return 0
    return int(max(-(2.0**63), x)) if x < 2.0**63 else _SIGN - 1


FLOAT_FOLDS: Mapping[Op, Callable[..., float]] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUB: lambda a, b: a - b,
    Op.MUL: lambda a, b: a * b,
    Op.DIV: _divide,
    Op.NEG: lambda a: -a,
    Op.ABS: abs,
    Op.SQRT: lambda a: math.sqrt(a) if a >= 0 else (a if a == 0 else math.nan),
    Op.FLOOR: _whole(math.floor),
    Op.CEIL: _whole(math.ceil),
    Op.TRUNC: _whole(math.trunc),
    Op.RINT: _whole(round),
    Op.MIN: _minimum,
    Op.MAX: _maximum,
    Op.COPYSIGN: math.copysign,
    Op.TO_FLOAT: float,
}

BOOL_FOLDS: Mapping[Op, Callable[..., bool]] = {
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
}

INTEGER_FOLDS: Mapping[Op, Callable[..., int]] = {
    Op.IADD: lambda a, b: wrap(a + b),
    Op.ISUB: lambda a, b: wrap(a - b),
    Op.IMUL: lambda a, b: wrap(a * b),
    Op.IDIV: lambda a, b: a // b,
    Op.IMOD: lambda a, b: a % b,
    Op.IAND: lambda a, b: a & b,
    Op.IOR: lambda a, b: a | b,
    Op.IXOR: lambda a, b: a ^ b,
    Op.SHL: lambda a, b: wrap(a << (b & 63)),
    Op.SHR: lambda a, b: wrap((a % _WRAP) >> (b & 63)),
    Op.SAR: lambda a, b: a >> (b & 63),
    Op.TO_INTEGER: _to_integer,
}


class BlockBuilder:
    """One block under construction. Methods return the identity of the value they make.

    ``known`` gives the value of memory cells that earlier blocks filled with literals, by slot
    and offset. ``loops`` that are open nest; a value made inside one is gone after its end.
    """

    def __init__(self, known: Mapping[tuple[int, int], float] | None = None) -> None:
        self.instructions: list[Instruction] = []
        self.types: list[Type] = []
        self._literals: list[Attribute] = []
        self.accumulators: set[int] = set()
        self._written: list[int] = []
        self._leaving: list[tuple[int, ...]] = []
        self._known = known or {}
        self._shared: list[dict[tuple[object, ...], int]] = [{}]
        self._cells: dict[int, dict[int, int]] = {}
        self._version: dict[int, int] = {}

    # Making instructions

    def emit(self, op: Op, *arguments: int, attribute: Attribute = None) -> int:
        """Append an instruction, or return the value that already holds its result."""
        folded = self._fold(op, arguments) if arguments else None
        if folded is not None:
            return folded
        return self._share((op, arguments, attribute), op, arguments, attribute)

    def number(self, value: float) -> int:
        """Return a literal float."""
        # The sign of zero and the bits of NaN matter to equality, so the key is a text.
        value = float(value)
        return self._share((Op.FLOAT, value.hex()), Op.FLOAT, (), value)

    def integer(self, value: int) -> int:
        """Return a literal integer."""
        return self._share((Op.INTEGER, value), Op.INTEGER, (), int(value))

    def boolean(self, value: bool) -> int:
        """Return a literal truth value."""
        return self._share((Op.BOOLEAN, value), Op.BOOLEAN, (), bool(value))

    def literal(self, value: int) -> Attribute:
        """Return the literal behind a value, or None when it is computed."""
        return self._literals[value]

    def _share(
        self, key: tuple[object, ...], op: Op, arguments: tuple[int, ...], attribute: Attribute
    ) -> int:
        for scope in reversed(self._shared):
            found = scope.get(key)
            if found is not None:
                return found
        made = self._append(op, arguments, attribute)
        self._shared[-1][key] = made
        return made

    def _append(self, op: Op, arguments: tuple[int, ...], attribute: Attribute) -> int:
        self.instructions.append(Instruction(op, arguments, attribute))
        self.types.append(SIGNATURES[op].result)
        self._literals.append(attribute if op in _LITERALS else None)
        return len(self.instructions) - 1

    # Folding

    def _fold(self, op: Op, arguments: tuple[int, ...]) -> int | None:
        if op is Op.SELECT or op is Op.ISELECT:
            condition = self._literals[arguments[0]]
            if condition is not None:
                return arguments[1] if condition else arguments[2]
            return arguments[1] if arguments[1] == arguments[2] else None
        literals = [self._literals[a] for a in arguments]
        if None not in literals:
            return self._fold_literals(op, literals)
        if op in _IDENTITIES:
            return self._fold_identity(op, arguments, literals)
        return None

    def _fold_literals(self, op: Op, values: list[Attribute]) -> int | None:
        if op in FLOAT_FOLDS:
            return self.number(FLOAT_FOLDS[op](*values))
        if op in INTEGER_FOLDS:
            return self.integer(INTEGER_FOLDS[op](*values))
        if op in BOOL_FOLDS:
            return self.boolean(BOOL_FOLDS[op](*values))
        return None

    def _fold_identity(
        self, op: Op, arguments: tuple[int, ...], values: list[Attribute]
    ) -> int | None:
        """Drop what changes nothing, for every operand including NaN and signed zeros."""
        if op in (Op.MUL, Op.IMUL):
            for k in (0, 1):
                if values[k] == 1:
                    return arguments[1 - k]
            if op is Op.IMUL and 0 in values:
                return self.integer(0)
        elif (op is Op.DIV and values[1] == 1) or (op is Op.ISUB and values[1] == 0):
            return arguments[0]
        elif op is Op.IADD:
            for k in (0, 1):
                if values[k] == 0:
                    return arguments[1 - k]
        elif op in (Op.AND, Op.OR):
            for k in (0, 1):
                if values[k] is not None:
                    neutral = values[k] is (op is Op.AND)
                    return arguments[1 - k] if neutral else self.boolean(op is Op.OR)
        return None

    # Memory

    def load(self, slot: int, index: int) -> int:
        """Return the value of a memory cell."""
        offset = self.literal(index)
        if offset is not None:
            cell = self._cells.get(slot, {}).get(int(offset))
            if cell is not None:
                return cell
            if slot not in self._version and (slot, int(offset)) in self._known:
                return self.number(self._known[slot, int(offset)])
        key = (Op.LOAD, slot, index, self._version.get(slot, 0))
        return self._share(key, Op.LOAD, (index,), slot)

    def store(self, slot: int, index: int, value: int) -> None:
        """Write a memory cell."""
        self._append(Op.STORE, (index, value), slot)
        self._version[slot] = self._version.get(slot, 0) + 1
        self._written.append(slot)
        offset = self.literal(index)
        if offset is None:
            self._cells.pop(slot, None)
            self._shared[-1][Op.LOAD, slot, index, self._version[slot]] = value
        else:
            self._cells.setdefault(slot, {})[int(offset)] = value

    def cells(self) -> Iterable[tuple[int, Mapping[int, int]]]:
        """Return the memory cells whose value is known, by slot and offset."""
        return self._cells.items()

    @contextmanager
    def loop(self, extent: int) -> Iterator[int]:
        """Open a counted loop; the context's value is the index."""
        self._forget_accumulators()
        index = self._append(Op.LOOP, (), extent)
        self._shared.append({})
        self._leaving.append(())
        before = len(self._written)
        yield index
        self._shared.pop()
        condition = self._leaving.pop()
        self._append(Op.END_WHEN if condition else Op.END, condition, None)
        for slot in self._written[before:]:
            self._cells.pop(slot, None)
        self._forget_accumulators()

    def leave_when(self, condition: int) -> None:
        """Let the innermost loop end where the condition is true after a turn.

        More turns must change nothing that is read after the loop.
        """
        self._leaving[-1] = (condition,)

    def _forget_accumulators(self) -> None:
        """Make cells that change from one turn of a loop to the next be read again."""
        for slot in self.accumulators:
            self._cells.pop(slot, None)
            self._version[slot] = self._version.get(slot, 0) + 1

    def block(self) -> Block:
        """Return the block as built so far."""
        return Block(tuple(self.instructions))
