"""Units with unknowns, and the equations between them.

An unknown is the unit of a variable that has none given, or of what a function takes any unit of.
Setting two products of units equal fixes an unknown as a product of the others, by linear
algebra over the exponents (Kennedy, "Dimension types", ESOP 1994).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from headwater.language.units import DIMENSIONLESS, Unit


@dataclass(frozen=True, slots=True)
class Monomial:
    """A known unit times unknowns to rational powers (never 0)."""

    known: Unit = DIMENSIONLESS
    unknowns: Mapping[int, Fraction] = field(default_factory=dict)

    def __mul__(self, other: Monomial) -> Monomial:
        if not other.unknowns:
            return Monomial(self.known * other.known, self.unknowns)
        powers = dict(self.unknowns)
        for unknown, power in other.unknowns.items():
            total = powers.get(unknown, Fraction(0)) + power
            if total:
                powers[unknown] = total
            else:
                powers.pop(unknown, None)
        return Monomial(self.known * other.known, powers)

    def __truediv__(self, other: Monomial) -> Monomial:
        return self * other ** Fraction(-1)

    def __pow__(self, power: Fraction) -> Monomial:
        if not power:
            return ONE
        if not self.unknowns:
            return Monomial(self.known**power)
        return Monomial(self.known**power, {u: p * power for u, p in self.unknowns.items()})


ONE = Monomial()


class Relation(Enum):
    """What came of setting two units equal."""

    SAME = "same"
    SCALED = "scaled"  # the same but for a factor, as % and 1
    CLASH = "clash"


class Solver:
    """Unknowns and what is known of them."""

    def __init__(self) -> None:
        self._solution: dict[int, Monomial] = {}
        self._made = 0

    def unknown(self) -> Monomial:
        """Return a new unknown."""
        self._made += 1
        return Monomial(unknowns={self._made: Fraction(1)})

    def reduced(self, unit: Monomial) -> Monomial:
        """Return the unit in terms of unknowns that are still free."""
        if not unit.unknowns:
            return unit
        result = Monomial(unit.known)
        for unknown, power in unit.unknowns.items():
            result = result * self._value(unknown) ** power
        return result

    def _value(self, unknown: int) -> Monomial:
        """Return what an unknown stands for; long chains of substitutions are shortened."""
        chain: list[int] = []
        while unknown in self._solution:
            chain.append(unknown)
            solution = self._solution[unknown]
            if len(solution.unknowns) != 1 or solution.known.powers:
                break
            ((following, power),) = solution.unknowns.items()
            if power != 1 or solution.known.scale != 1:
                break
            unknown = following
        if not chain:
            return Monomial(unknowns={unknown: Fraction(1)})
        last = self._solution[chain[-1]]
        value = self.reduced(last) if last.unknowns else last
        for passed in chain:
            self._solution[passed] = value
        return value

    def equate(self, left: Monomial, right: Monomial) -> Relation:
        """Set two units equal."""
        if not left.unknowns and not right.unknowns and left.known == right.known:
            return Relation.SAME
        rest = self.reduced(left / right)
        if rest.unknowns:
            # The youngest unknown goes first: those of variables stay the ones that are named.
            chosen = max(rest.unknowns)
            power = rest.unknowns[chosen]
            others = {u: p for u, p in rest.unknowns.items() if u != chosen}
            self._solution[chosen] = Monomial(rest.known, others) ** (-1 / power)
            return Relation.SAME
        if not rest.known.powers:
            return Relation.SAME if rest.known.scale == 1 else Relation.SCALED
        return Relation.CLASH
