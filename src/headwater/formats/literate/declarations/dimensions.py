"""Statements that declare dimensions and units."""

from __future__ import annotations

import re
from collections.abc import Iterable

from headwater.errors import ModelError, SyntaxFault, did_you_mean
from headwater.formats.literate.clauses.numbers import read_number
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.headers import read_name, split_setting, unit_text
from headwater.formats.literate.text.statements import Statement
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.names import canonical
from headwater.model.project import UnitDefinition
from headwater.model.variables import Dimension

MAX_NUMBERED = 100_000
_ONE = re.compile(r"1\s*(/|$)")


def read_dimensions(statements: Iterable[Statement], findings: Findings) -> tuple[Dimension, ...]:
    """Read every dimension, in order; a subrange may come before the one it belongs to."""
    known: dict[str, Dimension] = {}
    places: dict[str, Stretch] = {}
    for statement in statements:
        with findings.collecting():
            dimension, name = _read_dimension(statement)
            if dimension.key in known:
                findings.duplicate(
                    "dimension", dimension.name, name.place, places[dimension.key].place
                )
                continue
            known[dimension.key] = dimension
            places[dimension.key] = name
    for key, dimension in known.items():
        if dimension.parent:
            with findings.collecting():
                _check_subrange(dimension, known, places[key])
    return tuple(known.values())


def _read_dimension(statement: Statement) -> tuple[Dimension, Stretch]:
    sides = split_setting(statement.body)
    if sides is None or not sides[1]:
        place = statement.body.place if statement.body else statement.head.place
        hint = "write `dimension name = first, second` or `dimension name = 1 to 5`"
        raise SyntaxFault("expected `= elements`", place, hint)
    left, right = sides
    of = left.word("of")
    parent = read_name(left.cut(of.end()), "the dimension that this is part of") if of else ""
    name = left.cut(0, of.start()) if of else left
    to = right.word("to")
    if to and right.surface[: to.start()].strip().lstrip("+-").isdigit():
        elements = _numbered(right, right.cut(0, to.start()), right.cut(to.end()))
    else:
        elements = tuple(_element(part) for part in right.split(","))
    numbered = to is not None and elements[0].lstrip("-").isdigit()
    keys = [canonical(e) for e in elements]
    twice = next((e for i, e in enumerate(elements) if keys[i] in keys[:i]), None)
    if twice is not None:
        raise ModelError(f"the element `{twice}` is listed twice", right.place, "keep one of them")
    found = Dimension(
        read_name(name, "the dimension's name"), elements, parent, numbered, span=name.span
    )
    return found, name


def _element(text: Stretch) -> str:
    if text.text.isdigit():
        return text.text
    return read_name(text, "the name of an element")


def _numbered(whole: Stretch, first: Stretch, last: Stretch) -> tuple[str, ...]:
    low = read_number(first, "the first number")
    high = read_number(last, "the last number")
    if low != int(low) or high != int(high) or low < 1:
        raise ModelError("elements are whole numbers from 1 up", whole.place, "as in `1 to 5`")
    if low > high:
        hint = f"write `{high:g} to {low:g}`"
        raise ModelError(f"the first number {low:g} is above the last {high:g}", whole.place, hint)
    if high - low >= MAX_NUMBERED:
        hint = f"a dimension holds up to {MAX_NUMBERED:,} elements"
        raise ModelError(f"{high - low + 1:,.0f} elements are too many", whole.place, hint)
    return tuple(str(i) for i in range(int(low), int(high) + 1))


def _check_subrange(dimension: Dimension, known: dict[str, Dimension], name: Stretch) -> None:
    parent = known.get(canonical(dimension.parent))
    if parent is None or parent is dimension:
        hint = did_you_mean(dimension.parent, (d.name for d in known.values() if d != dimension))
        raise ModelError(
            f"no dimension `{dimension.parent}` for `{dimension.name}` to be part of",
            name.place,
            hint or f"declare it: `dimension {dimension.parent} = …`",
        )
    elements = {canonical(e) for e in parent.elements}
    for element in dimension.elements:
        if canonical(element) not in elements:
            hint = did_you_mean(element, parent.elements)
            hint = hint or f"its elements are: {', '.join(parent.elements[:20])}"
            message = f"`{parent.name}` has no element `{element}`"
            raise ModelError(message, name.place, hint)


def read_unit(statement: Statement) -> UnitDefinition:
    """Read ``unit name = other``. Raises :class:`SyntaxFault`."""
    sides = split_setting(statement.body)
    if sides is None or not sides[0] or not sides[1]:
        place = statement.body.place if statement.body else statement.head.place
        raise SyntaxFault("expected `unit name = other unit`", place, "as in `unit usd = dollar`")
    left, right = sides
    if right.text[0].isdigit() and not _ONE.match(right.text):
        hint = "a unit is another name for a unit; put the factor into an equation"
        raise SyntaxFault("units take no factors", right.place, hint)
    return UnitDefinition(read_name(left, "the unit's name"), unit_text(right), span=left.span)
