"""The algebra of units: products of base units to rational powers, times a scale.

``person/year`` and ``persons/Year`` are equal: case, blanks and a plural ``s`` do not tell unit
names apart. ``people`` is another unit than ``person`` unless a definition says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from headwater.language.names import canonical
from headwater.language.tokens import WIDE_CHARACTERS

Powers = tuple[tuple[str, Fraction], ...]

MAX_SCALE_BITS = 10_000
_ONE = Fraction(1)
LETTERS = f"A-Za-z_$%#{WIDE_CHARACTERS}"
WORD = rf"[{LETTERS}][0-9{LETTERS}]*"
_BETWEEN = re.compile(r"[*/^()\[\],;]")
_PLAIN_NAME = re.compile(rf"[0-9]*{WORD}")


@lru_cache(maxsize=4096)
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
    scale: Fraction = _ONE
    _key: tuple[Fraction, frozenset[tuple[str, Fraction]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale is not _ONE and _size(self.scale) > MAX_SCALE_BITS:
            raise OverflowError("the scale of the unit is too large or too small")
        key = frozenset((unit_key(name), power) for name, power in self.powers)
        object.__setattr__(self, "_key", (self.scale, key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unit) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __mul__(self, other: Unit) -> Unit:
        if other.is_dimensionless:
            return self
        if self.is_dimensionless:
            return other
        merged = {unit_key(name): (name, power) for name, power in self.powers}
        for name, power in other.powers:
            first, before = merged.get(unit_key(name), (name, Fraction(0)))
            merged[unit_key(name)] = (first, before + power)
        return Unit(_ordered(merged), _product(self.scale, other.scale))

    def __truediv__(self, other: Unit) -> Unit:
        return self * other ** Fraction(-1)

    def __pow__(self, exponent: int | Fraction) -> Unit:
        if exponent == 1 or self.is_dimensionless:
            return self
        if exponent == -1:
            powers = tuple((name, -p) for name, p in self.powers)
            return Unit(powers, self.scale if self.scale is _ONE else 1 / self.scale)
        power = Fraction(exponent)
        powers = tuple((name, p * power) for name, p in self.powers) if power else ()
        return Unit(powers, _scale_power(self.scale, power))

    @property
    def is_dimensionless(self) -> bool:
        """Whether this is the unit 1 (the scale included: ``%`` is not)."""
        return not self.powers and (self.scale is _ONE or self.scale == 1)

    def __str__(self) -> str:
        return self.spelled({})

    def spelled(self, names: Mapping[str, str]) -> str:
        """Return the unit as text, with some base units spelled in other ways."""
        over = [_factor(n, p, names) for n, p in self.powers if p > 0]
        under = [_factor(n, -p, names) for n, p in self.powers if p < 0]
        if self.scale == Fraction(1, 100) and not self.powers:
            return "%"
        if self.scale != 1:
            over.insert(0, _decimal(self.scale))
        return "/".join(["*".join(over) or "1", *under])


DIMENSIONLESS = Unit()


def names_with_blanks(texts: Iterable[str]) -> dict[str, str]:
    """Return the names of units that have blanks where they stand, by how :class:`Unit` has them.

    >>> names_with_blanks(["Full  Time Job/Year"])
    {'Full_Time_Job': 'Full Time Job'}
    """
    words = (word.strip() for text in texts for word in _BETWEEN.split(text))
    return {_spelling(w): " ".join(w.split()) for w in words if len(w.split()) > 1}


def base(name: str) -> Unit:
    """Return the base unit of that name."""
    return Unit(((_spelling(name), Fraction(1)),))


def _spelling(name: str) -> str:
    return "_".join(re.split(r"[\s_\u00a0]+", name.strip()))


def _product(first: Fraction, second: Fraction) -> Fraction:
    return second if first is _ONE else first if second is _ONE else first * second


def _ordered(merged: Mapping[str, tuple[str, Fraction]]) -> Powers:
    return tuple(sorted((entry for entry in merged.values() if entry[1]), key=_by_key))


def _by_key(entry: tuple[str, Fraction]) -> str:
    return unit_key(entry[0])


def _factor(name: str, power: Fraction, names: Mapping[str, str]) -> str:
    plain = _PLAIN_NAME.fullmatch(name) is not None
    shown = names.get(name) or (name if plain else f'"{name}"')
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
