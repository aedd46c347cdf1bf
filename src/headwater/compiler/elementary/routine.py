"""The form of an elementary function, a short sequence of instructions, and a way to write one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headwater.compiler.program import Attribute, Instruction, Op


@dataclass(frozen=True, slots=True)
class Scaling:
    """A stretch of a routine that multiplies ``factor`` by ``2**exponent`` and rounds once.

    ``places`` are the values that the stretch makes, of which ``result`` is the last and the only
    one used outside. ``exponent`` is a whole number. A processor that can do this at a stroke may.
    """

    places: range
    factor: int
    exponent: int

    @property
    def result(self) -> int:
        """The value of the product."""
        return self.places.stop - 1


@dataclass(frozen=True, slots=True)
class Routine:
    """Instructions that compute ``result`` from ``parameters`` floats.

    Values ``0 .. parameters - 1`` are the parameters; ``code[k]`` makes the value
    ``parameters + k``. Where the truth value ``usual`` is false the result is that of ``rescue``
    (a routine with the same parameters) instead; a target may skip the rescue when all lanes are
    usual, which does not change a digit. INDEX_TABLE refers to ``tables``.
    """

    parameters: int
    code: tuple[Instruction, ...]
    result: int
    tables: tuple[tuple[int, ...], ...] = ()
    scalings: tuple[Scaling, ...] = ()
    usual: int | None = None
    rescue: Routine | None = None


class Writer:
    """A routine under construction."""

    def __init__(self, parameters: int) -> None:
        self.parameters = parameters
        self._code: list[Instruction] = []
        self._tables: list[tuple[int, ...]] = []
        self._scalings: list[Scaling] = []
        self._known: dict[tuple[object, ...], int] = {}

    def arguments(self) -> tuple[Number, ...]:
        """Return the parameters."""
        return tuple(Number(self, k) for k in range(self.parameters))

    def emit(self, op: Op, *arguments: int, attribute: Attribute = None) -> int:
        """Append an instruction, or find the equal one before; return its value."""
        shown = attribute.hex() if isinstance(attribute, float) else attribute
        key = (op, arguments, shown)
        if key not in self._known:
            self._code.append(Instruction(op, arguments, attribute))
            self._known[key] = self.parameters + len(self._code) - 1
        return self._known[key]

    def number(self, value: float) -> Number:
        """Return a literal float."""
        return Number(self, self.emit(Op.FLOAT, attribute=float(value)))

    def whole(self, value: int) -> Whole:
        """Return a literal integer, given as signed or unsigned 64 bits."""
        return Whole(self, self.emit(Op.INTEGER, attribute=(value + 2**63) % 2**64 - 2**63))

    def table(self, values: tuple[int, ...]) -> int:
        """Return the number of a table with these values."""
        if values not in self._tables:
            self._tables.append(values)
        return self._tables.index(values)

    def scaling(self, factor: Number, exponent: Number, write: Callable[[], Number]) -> Number:
        """Return ``factor * 2**exponent``, rounded once, which is what ``write`` computes."""
        start = self.parameters + len(self._code)
        known, self._known = self._known, {}
        result = write()
        self._known = known
        places = range(start, self.parameters + len(self._code))
        self._scalings.append(Scaling(places, factor.id, exponent.id))
        assert result.id == places.stop - 1
        return result

    def finish(
        self, result: Number, usual: Truth | None = None, rescue: Routine | None = None
    ) -> Routine:
        """Return the routine."""
        test = None if usual is None else usual.id
        tables, scalings = tuple(self._tables), tuple(self._scalings)
        code = tuple(self._code)
        return Routine(self.parameters, code, result.id, tables, scalings, test, rescue)


@dataclass(frozen=True, slots=True)
class Number:
    """A float in a routine. Operators append instructions; each rounds once."""

    w: Writer
    id: int

    def _float(self, op: Op, *others: Number | float) -> Number:
        ids = [_number(self.w, other).id for other in others]
        return Number(self.w, self.w.emit(op, self.id, *ids))

    def _test(self, op: Op, other: Number | float) -> Truth:
        return Truth(self.w, self.w.emit(op, self.id, _number(self.w, other).id))

    def __add__(self, other: Number | float) -> Number:
        return self._float(Op.ADD, other)

    def __sub__(self, other: Number | float) -> Number:
        return self._float(Op.SUB, other)

    def __rsub__(self, other: float) -> Number:
        return self.w.number(other) - self

    def __mul__(self, other: Number | float) -> Number:
        return self._float(Op.MUL, other)

    def __truediv__(self, other: Number | float) -> Number:
        return self._float(Op.DIV, other)

    def __rtruediv__(self, other: float) -> Number:
        return self.w.number(other) / self

    def __neg__(self) -> Number:
        return self._float(Op.NEG)

    def __abs__(self) -> Number:
        return self._float(Op.ABS)

    def __lt__(self, other: Number | float) -> Truth:
        return self._test(Op.LT, other)

    def __le__(self, other: Number | float) -> Truth:
        return self._test(Op.LE, other)

    def __gt__(self, other: Number | float) -> Truth:
        return _number(self.w, other) < self

    def __ge__(self, other: Number | float) -> Truth:
        return _number(self.w, other) <= self

    def equals(self, other: Number | float) -> Truth:
        """Compare; false for NaN."""
        return self._test(Op.EQ, other)

    def times_plus(self, factor: Number | float, term: Number | float) -> Number:
        """Return ``self * factor + term``, rounded once."""
        return self._float(Op.FMA, factor, term)

    def rint(self) -> Number:
        """Round to the nearest whole number, ties to even."""
        return self._float(Op.RINT)

    def sqrt(self) -> Number:
        """Return the square root."""
        return self._float(Op.SQRT)

    def with_sign_of(self, other: Number) -> Number:
        """Return the magnitude with another number's sign."""
        return self._float(Op.COPYSIGN, other)

    def bits(self) -> Whole:
        """Return the 64 bits."""
        return Whole(self.w, self.w.emit(Op.BITS, self.id))

    def to_whole(self) -> Whole:
        """Convert toward zero."""
        return Whole(self.w, self.w.emit(Op.TO_INTEGER, self.id))


@dataclass(frozen=True, slots=True)
class Whole:
    """A 64-bit integer in a routine; arithmetic wraps."""

    w: Writer
    id: int

    def _whole(self, op: Op, other: Whole | int) -> Whole:
        return Whole(self.w, self.w.emit(op, self.id, _whole(self.w, other).id))

    def __add__(self, other: Whole | int) -> Whole:
        return self._whole(Op.IADD, other)

    def __sub__(self, other: Whole | int) -> Whole:
        return self._whole(Op.ISUB, other)

    def __mul__(self, other: Whole | int) -> Whole:
        return self._whole(Op.IMUL, other)

    def __and__(self, other: Whole | int) -> Whole:
        return self._whole(Op.IAND, other)

    def __or__(self, other: Whole | int) -> Whole:
        return self._whole(Op.IOR, other)

    def __xor__(self, other: Whole | int) -> Whole:
        return self._whole(Op.IXOR, other)

    def __lshift__(self, other: Whole | int) -> Whole:
        return self._whole(Op.SHL, other)

    def __rshift__(self, other: Whole | int) -> Whole:
        """Shift as a signed number."""
        return self._whole(Op.SAR, other)

    def logical_shift(self, other: Whole | int) -> Whole:
        """Shift right as an unsigned number."""
        return self._whole(Op.SHR, other)

    def element_of(self, values: tuple[int, ...]) -> Whole:
        """Return the element of a table; an index out of range means the nearest element."""
        table = self.w.table(values)
        return Whole(self.w, self.w.emit(Op.INDEX_TABLE, self.id, attribute=table))

    def __lt__(self, other: Whole | int) -> Truth:
        return Truth(self.w, self.w.emit(Op.ILT, self.id, _whole(self.w, other).id))

    def equals(self, other: Whole | int) -> Truth:
        """Compare."""
        return Truth(self.w, self.w.emit(Op.IEQ, self.id, _whole(self.w, other).id))

    def to_number(self) -> Number:
        """Convert, rounding to nearest."""
        return Number(self.w, self.w.emit(Op.TO_FLOAT, self.id))

    def as_bits_of_number(self) -> Number:
        """Return the float that has these bits."""
        return Number(self.w, self.w.emit(Op.FROM_BITS, self.id))


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth value in a routine."""

    w: Writer
    id: int

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.w, self.w.emit(Op.AND, self.id, other.id))

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.w, self.w.emit(Op.OR, self.id, other.id))

    def __invert__(self) -> Truth:
        return Truth(self.w, self.w.emit(Op.NOT, self.id))

    def choose(self, yes: Number | float, no: Number | float) -> Number:
        """Return ``yes`` where true, else ``no``."""
        ids = [_number(self.w, value).id for value in (yes, no)]
        return Number(self.w, self.w.emit(Op.SELECT, self.id, *ids))

    def choose_whole(self, yes: Whole | int, no: Whole | int) -> Whole:
        """Return ``yes`` where true, else ``no``."""
        ids = [_whole(self.w, value).id for value in (yes, no)]
        return Whole(self.w, self.w.emit(Op.ISELECT, self.id, *ids))


def _number(w: Writer, value: Number | float) -> Number:
    return value if isinstance(value, Number) else w.number(value)


def _whole(w: Writer, value: Whole | int) -> Whole:
    return value if isinstance(value, Whole) else w.whole(value)


def horner(x: Number, coefficients: Sequence[float]) -> Number:
    """Return the polynomial ``c[0] + c[1] x + ...`` with few instructions, one after another."""
    total = x.w.number(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = total.times_plus(x, c)
    return total


def even_odd(x: Number, coefficients: Sequence[float]) -> Number:
    """Return the polynomial from two halves that do not wait for each other."""
    square = x * x
    return horner(square, coefficients[1::2]).times_plus(x, horner(square, coefficients[0::2]))


def low_high(x: Number, coefficients: Sequence[float]) -> Number:
    """Return the polynomial from its low and its high powers, which do not wait for each other.

    Where the terms alternate in sign and x comes near 1 this cancels less than even and odd powers.
    """
    middle = len(coefficients) // 2
    power = x
    for bit in bin(middle)[3:]:
        power = power * power
        power = power * x if bit == "1" else power
    return horner(x, coefficients[middle:]).times_plus(power, horner(x, coefficients[:middle]))
