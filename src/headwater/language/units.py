"""Units of measure: unit equations and unit definitions (XMILE 1.0, section 3.3.6).

What a unit is, and when two are equal, is in ``units_algebra``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from headwater.errors import SyntaxFault, UnitError, did_you_mean
from headwater.language.source import Source, Span
from headwater.language.units_algebra import DIMENSIONLESS, LETTERS, WORD, Unit, base, unit_key

__all__ = [
    "DIMENSIONLESS",
    "STANDARD",
    "STANDARD_TABLE",
    "Definition",
    "Unit",
    "UnitTable",
    "base",
    "parse_unit",
    "unit_key",
]

MAX_DEPTH = 100
MAX_EXPONENT = 99
MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Definition:
    """A named unit: its equation in other units (empty: a base unit) and its other names."""

    name: str
    equation: str = ""
    aliases: tuple[str, ...] = ()


STELLA = (
    Definition("People", "", ("person", "persons")),
    Definition("Degrees", "", ("deg", "degree")),
)
"""Names that Stella takes for one unit without a definition, as the files that it writes show."""


class UnitTable:
    """Unit definitions, resolved. Later definitions replace earlier ones of the same name, and
    ``built_in`` ones (a vendor's) come before those of a model.

    Raises UnitError for circular definitions and for one name given to two units, and SyntaxFault
    for an equation that cannot be read.
    """

    def __init__(
        self,
        definitions: Iterable[Definition] = (),
        *,
        standard: bool = True,
        built_in: Iterable[Definition] = (),
    ) -> None:
        self._definitions: dict[str, Definition] = {}
        self._names: dict[str, str] = {}
        self._resolved: dict[str, Unit] = {}
        if standard:
            for definition in (*STANDARD, *built_in):
                self._add(definition)
        own: set[str] = set()
        for definition in definitions:
            self._add(definition, own)
        for key in self._definitions:
            self._resolve(key, ())

    def _add(self, definition: Definition, own: set[str] | None = None) -> None:
        key = unit_key(definition.name)
        if not definition.equation and not definition.aliases and key in self._names:
            return
        for name in (definition.name, *definition.aliases):
            other = unit_key(name)
            if own is not None and other in own and self._names.get(other) != key:
                raise UnitError(
                    f"the unit name `{name}` is defined twice",
                    hint="give each name or alias to one unit only",
                )
            if own is not None:
                own.add(other)
            self._names[other] = key
            if other != key:
                self._definitions.pop(other, None)
        known = self._definitions.get(key)
        aliases = (*(known.aliases if known else ()), *definition.aliases)
        self._definitions[key] = Definition(definition.name, definition.equation, aliases)

    def _resolve(self, key: str, path: tuple[str, ...]) -> Unit:
        done = self._resolved.get(key)
        if done is not None:
            return done
        definition = self._definitions[key]
        if key in path:
            loop = " -> ".join(self._definitions[k].name for k in (*path[path.index(key) :], key))
            raise UnitError(
                f"the unit `{definition.name}` is defined by itself: {loop}",
                hint="leave the equation of one of them empty",
            )
        if len(path) > MAX_DEPTH:
            raise UnitError(f"the definition of the unit `{definition.name}` is a chain too long")
        equation = definition.equation.strip()
        if equation and unit_key(equation) != key:
            reader = _Reader(Source(f"unit {definition.name}", equation), self, (*path, key))
            unit = reader.whole()
        else:
            unit = base(definition.name)
        self._resolved[key] = unit
        return unit

    def named(self, name: str, path: tuple[str, ...] = ()) -> Unit:
        """Return the unit of one name; a name without a definition is a base unit.

        Without one ``touches per person per day`` divides, and ``per person`` is ``1/person``.
        """
        key = self._names.get(unit_key(name))
        if key is not None:
            return self._resolve(key, path)
        above, *below = _PER.split(f" {name}")
        if not below or len(below) > MAX_DEPTH or not all(below):
            return base(name)
        unit = self.named(above.strip(), path) if above.strip() else Unit(())
        for part in below:
            unit = unit / self.named(part, path)
        return unit

    def parse(self, text: str, span: Span | None = None) -> Unit:
        """Read a unit equation such as ``usd/person/year``. See :func:`parse_unit`."""
        return parse_unit(text, self, span)

    def suggest(self, name: str) -> str:
        """Return ``did you mean ...?`` for a name close to a defined one, or an empty string."""
        return did_you_mean(name, [d.name for d in self._definitions.values()])


def parse_unit(text: str, aliases: UnitTable | None = None, span: Span | None = None) -> Unit:
    """Read a unit equation: names, ``1``, ``*`` and ``/`` (from the left), ``^``, ``( )``.

    A hyphen multiplies too, before ``/``: ``sku/person-month`` is ``sku/(person*month)``.
    ``aliases`` resolves names (default: the standard's own definitions). ``span`` is where the text
    stands, for errors. Raises SyntaxFault.
    """
    table = STANDARD_TABLE if aliases is None else aliases
    if span is not None and span.text == text:
        return _Reader(span.source, table, (), span.start, span.end).whole()
    reader = _Reader(Source("<unit>", text), table, ())
    if span is None:
        return reader.whole()
    try:
        return reader.whole()
    except SyntaxFault as fault:
        found = fault.diagnostics[0]
        raise SyntaxFault(
            f"in the unit `{text}`: {found.message}", span.place, found.hint
        ) from None


_PER = re.compile(r"[\s_\u00a0]+per[\s_\u00a0]+", re.IGNORECASE)
_BLANK = re.compile(r"[\s\u00a0]*")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_NAME = re.compile(rf"[0-9]*{WORD}(?:[ \t\u00a0]+[0-9{LETTERS}]+)*|\"[^\"]+\"")
_EXPONENT = re.compile(r"\(\s*([+-]?\s*[0-9]+)\s*(?:/\s*([0-9]+))?\s*\)|([+-]?[0-9]*\.?[0-9]+)")


class _Reader:
    """One unit equation, read from left to right."""

    def __init__(
        self,
        source: Source,
        table: UnitTable,
        path: tuple[str, ...],
        start: int = 0,
        end: int | None = None,
    ) -> None:
        self.source = source
        self.text = source.text
        self.table = table
        self.path = path
        self.at = start
        self.end = len(source.text) if end is None else end
        self.depth = 0

    def whole(self) -> Unit:
        """Read everything as one unit."""
        if self.end - self.at > MAX_LENGTH:
            self._fail("the unit is too long", f"at most {MAX_LENGTH} characters")
        unit = self._product()
        if self.at < self.end:
            what = self.text[self.at]
            if what == ")":
                self._fail("`)` closes nothing", "remove it, or add `(` before")
            self._fail(f"`{what}` cannot follow here", "join units by `*`, `/` or `^`")
        return unit

    def _peek(self) -> str:
        blank = _BLANK.match(self.text, self.at, self.end)
        self.at = blank.end() if blank else self.at
        return self.text[self.at] if self.at < self.end else ""

    def _product(self) -> Unit:
        unit = self._hyphenated()
        while (operator := self._peek()) and operator in "*/":
            self.at += 1
            factor = self._hyphenated()
            try:
                unit = unit / factor if operator == "/" else unit * factor
            except OverflowError:
                self._too_large()
        return unit

    def _hyphenated(self) -> Unit:
        unit = self._factor()
        while self._peek() == "-":
            self.at += 1
            try:
                unit = unit * self._factor()
            except OverflowError:
                self._too_large()
        return unit

    def _factor(self) -> Unit:
        unit = self._primary()
        while self._peek() == "^":
            self.at += 1
            try:
                unit = unit ** self._exponent()
            except OverflowError:
                self._too_large()
        return unit

    def _primary(self) -> Unit:
        first = self._peek()
        if first == "(":
            return self._group()
        name = _NAME.match(self.text, self.at, self.end)
        number = _NUMBER.match(self.text, self.at, self.end)
        if name and not (number and number.end() >= name.end()):
            self.at = name.end()
            return self.table.named(name.group().strip('"'), self.path)
        if not number:
            self._no_unit(first)
        return self._number(number.group())

    def _no_unit(self, first: str) -> NoReturn:
        if not first:
            self._fail("a unit is missing here", "write `1` for a number without unit")
        self._fail(f"`{first}` cannot stand here", "units are names joined by `*`, `/` and `^`")

    def _group(self) -> Unit:
        opened = self.at
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._fail(f"more than {MAX_DEPTH} parentheses inside each other", "remove some")
        self.at += 1
        unit = self._product()
        if self._peek() != ")":
            self.at = opened
            self._fail("`(` is never closed", "add `)`")
        self.at += 1
        self.depth -= 1
        return unit

    def _number(self, digits: str) -> Unit:
        start = self.at
        scale = Fraction(digits)
        if not scale:
            self._fail("a unit cannot have the size 0", "write `1` for a number without unit")
        self.at += len(digits)
        following = self._peek()
        name = _NAME.match(self.text, self.at, self.end) if following else None
        if name:
            self.at = start
            self._fail(
                f"an operator is missing between `{digits}` and `{name.group()}`",
                f"write `{digits}*{name.group()}` for a multiple, or put the name in double quotes",
            )
        return Unit((), scale)

    def _exponent(self) -> Fraction:
        self._peek()
        found = _EXPONENT.match(self.text, self.at, self.end)
        if not found:
            self._fail("a number is missing after `^`", "write `^2` or `^-1`")
        top, bottom, plain = found.groups()
        if bottom is not None and int(bottom[:9]) == 0:
            self._fail("division by zero in an exponent", "write `^2` or `^-1`")
        text = plain or top.replace(" ", "")
        if max(len(text), len(bottom or "")) > 9:
            self._fail("the exponent is too long", f"exponents go up to {MAX_EXPONENT}")
        exponent = Fraction(text) / int(bottom or 1)
        if abs(exponent) > MAX_EXPONENT:
            self._fail("the exponent is too large", f"exponents go up to {MAX_EXPONENT}")
        self.at = found.end()
        return exponent

    def _too_large(self) -> NoReturn:
        self._fail("the scale of the unit is too large or too small", "use a smaller one")

    def _fail(self, message: str, hint: str) -> NoReturn:
        raise SyntaxFault(message, self.source.place(self.at, self.at + 1), hint)


def _time(name: str, *aliases: str) -> tuple[Definition, Definition]:
    return Definition(name, "", aliases), Definition(f"per_{name}", f"1/{name}")


STANDARD: tuple[Definition, ...] = (
    Definition("dimensionless", "1", ("dmnl", "unitless", "fraction")),
    Definition("percent", "0.01", ("%",)),
    Definition("nanosecond", "", ("ns",)),
    Definition("microsecond", "", ("us",)),
    Definition("millisecond", "", ("ms",)),
    *_time("second", "s"),
    *_time("minute", "min"),
    *_time("hour", "hr"),
    *_time("day"),
    *_time("week", "wk"),
    *_time("month", "mo"),
    *_time("quarter", "qtr"),
    *_time("year", "yr"),
)
"""The unit definitions that the standard recommends, with ``fraction`` and ``%`` beside them."""

STANDARD_TABLE = UnitTable()
