"""The algebra of units: products of base units to rational powers, times a scale.

``person/year`` and ``persons/Year`` are equal: case, blanks and a plural ``s`` do not tell unit
names apart. ``people`` is another unit than ``person`` unless a definition says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from headwater.language.names import canonical
from headwater.language.tokens import WIDE_CHARACTERS

Powers = tuple[tuple[str, Fraction], ...]

MAX_SCALE_BITS = 10_000
LETTERS = f"A-Za-z_$%#{WIDE_CHARACTERS}"
WORD = rf"[{LETTERS}][0-9{LETTERS}]*"
_PLAIN_NAME = re.compile(rf"[0-9]*{WORD}")


def unit_key(name: str) -> str:
    """Return the form under which a unit name is compared: canonical, without a plural ``s``."""
    key = canonical(name)
    return key[:-1] if len(key) > 2 and key.endswith("s") and not key.endswith("ss") else key


def _size(scale: Fraction) -> int:
    return max(scale.numerator.bit_length(), scale.denominator.bit_length())


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A product of base units. Raises OverflowError where the scale has some 3,000 digits.

    ``powers`` pairs each base unit, as spelled where it first occurred, with its exponent (never
    0), ordered by name; ``scale`` is the size of this unit in the product of those base units.
    """

    powers: Powers = ()
    scale: Fraction = Fraction(1)
    _key: tuple[Fraction, frozenset[tuple[str, Fraction]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if _size(self.scale) > MAX_SCALE_BITS:
            raise OverflowError("the scale of the unit is too large or too small")
        key = frozenset((unit_key(name), power) for name, power in self.powers)
        object.__setattr__(self, "_key", (self.scale, key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unit) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __mul__(self, other: Unit) -> Unit:
        merged = {unit_key(name): (name, power) for name, power in self.powers}
        for name, power in other.powers:
            first, before = merged.get(unit_key(name), (name, Fraction(0)))
            merged[unit_key(name)] = (first, before + power)
        return Unit(_ordered(merged), self.scale * other.scale)

    def __truediv__(self, other: Unit) -> Unit:
        return self * other ** Fraction(-1)

    def __pow__(self, exponent: int | Fraction) -> Unit:
        power = Fraction(exponent)
        powers = tuple((name, p * power) for name, p in self.powers) if power else ()
        return Unit(powers, _scale_power(self.scale, power))

    @property
    def is_dimensionless(self) -> bool:
        """Whether this is the unit 1 (the scale included: ``%`` is not)."""
        return not self.powers and self.scale == 1

    def __str__(self) -> str:
        over = [_factor(n, p) for n, p in self.powers if p > 0]
        under = [_factor(n, -p) for n, p in self.powers if p < 0]
        if self.scale == Fraction(1, 100) and not self.powers:
            return "%"
        if self.scale != 1:
            over.insert(0, _decimal(self.scale))
        return "/".join(["*".join(over) or "1", *under])


DIMENSIONLESS = Unit()


def base(name: str) -> Unit:
    """Return the base unit of that name."""
    return Unit(((_spelling(name), Fraction(1)),))


def _spelling(name: str) -> str:
    return "_".join(re.split(r"[\s_\u00a0]+", name.strip()))


def _ordered(merged: Mapping[str, tuple[str, Fraction]]) -> Powers:
    return tuple(sorted((entry for entry in merged.values() if entry[1]), key=_by_key))


def _by_key(entry: tuple[str, Fraction]) -> str:
    return unit_key(entry[0])


def _factor(name: str, power: Fraction) -> str:
    plain = _PLAIN_NAME.fullmatch(name) is not None
    shown = name if plain else f'"{name}"'
    if power == 1:
        return shown
    return f"{shown}^{power}" if power.denominator == 1 else f"{shown}^({power})"


def _decimal(scale: Fraction) -> str:
    try:
        text = f"{scale.numerator / scale.denominator:g}"
        if Fraction(text) == scale:
            return text
    except OverflowError:
        pass
    return f"{scale.numerator}/{scale.denominator}" if scale.denominator > 1 else f"{scale}"


def _scale_power(scale: Fraction, power: Fraction) -> Fraction:
    """Raise a scale to a power: exactly where the result is rational, else to double precision.

    Raises OverflowError beyond some 3,000 decimal digits.
    """
    if scale == 1 or power == 1:
        return scale
    if _size(scale) * abs(power.numerator) > MAX_SCALE_BITS:
        raise OverflowError("the scale of the unit is too large or too small")
    raised = scale**power.numerator
    if power.denominator == 1:
        return raised
    top = _root(raised.numerator, power.denominator)
    bottom = _root(raised.denominator, power.denominator)
    if top and bottom:
        return Fraction(top, bottom)
    return Fraction(float(raised) ** (1 / power.denominator))


def _root(value: int, degree: int) -> int:
    """Return the whole ``degree``-th root of ``value``, or 0 where there is none."""
    near = round(float(value) ** (1 / degree))
    return near if near**degree == value else 0
