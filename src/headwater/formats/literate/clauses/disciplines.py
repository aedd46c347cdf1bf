"""Clauses that make a stock a conveyor, a queue or an oven, and those of the flows around it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from headwater.errors import ModelError, SyntaxFault, did_you_mean
from headwater.formats.literate.clauses.numbers import read_range, short
from headwater.formats.literate.text.statements import Clause
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.syntax import Expression
from headwater.model.variables import Conveyor, Equation, Leakage, Oven, Queue, Spread

_LIMITS: Mapping[str, str] = {
    "capacity": "capacity",
    "limit": "inflow_limit",
    "sampled when": "sample",
    "arrested when": "arrest",
}
_MARKS: Mapping[str, tuple[str, bool]] = {
    "discrete": ("discrete", True),
    "whole batches": ("batch_integrity", True),
    "several batches": ("one_at_a_time", False),
    "leaking exponentially": ("exponential_leakage", True),
    "first in first out": ("fifo", True),
}
_OVEN: Mapping[str, str] = {
    "capacity": "capacity",
    "filling": "fill_time",
    "cleaning": "clean_time",
    "arrested when": "arrest",
}
_HOLDING = re.compile(r"holding\s*\(\0*\)$", re.IGNORECASE)
_WHOLE = re.compile(r"\bin\s+whole\s+units$", re.IGNORECASE)
_BY = re.compile(r"by\b\s*(?=\S)", re.IGNORECASE)
_SPREADS: Mapping[str, Literal["even", "content", "source"]] = {
    "evenly": "even",
    "by content": "content",
    "by source": "source",
}
_FROM = re.compile(r"from\b", re.IGNORECASE)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FlowClauses:
    """What the clauses of a flow say of the conveyors and queues at its ends."""

    leakage: Leakage | None = None
    overflow: bool = False
    spread: Spread | None = None
    time_stamped: bool = False


def read_discipline(clauses: list[Clause]) -> Conveyor | Queue | Oven | None:
    """Return what makes a stock more than an accumulation. Raises :class:`SyntaxFault`."""
    if not clauses:
        return None
    if len(clauses) > 1:
        kinds = " and ".join(c.keyword for c in clauses[:2])
        raise SyntaxFault(f"a stock is no {kinds} at once", clauses[1].head.place, "keep one")
    clause = clauses[0]
    if clause.keyword == "queue":
        _nothing(clause)
        return Queue()
    example = f"write `{clause.keyword} TIME`, and options after commas"
    if not clause.body:
        raise SyntaxFault("how long things stay is missing", clause.head.place, example)
    time, *options = clause.body.split(",")
    stay = time.expression("how long things stay")
    if clause.keyword == "oven":
        return Oven(stay, **_options(options, _OVEN, {}))
    return Conveyor((Equation(stay, span=time.span),), **_options(options, _LIMITS, _MARKS))


def read_flow_clauses(clauses: list[Clause]) -> FlowClauses:
    """Return what a flow's clauses say. Raises :class:`SyntaxFault`."""
    found = {c.keyword: c for c in clauses}
    for mark in ("overflow", "stamped"):
        if mark in found:
            _nothing(found[mark])
    spread = found.get("spread")
    leak = found.get("leak")
    return FlowClauses(
        None if leak is None else _leakage(leak),
        "overflow" in found,
        None if spread is None else _spread(spread),
        "stamped" in found,
    )


def _spread(clause: Clause) -> Spread:
    """Read ``spread evenly``, ``spread by content``, ``spread by source``, ``spread by NAME``."""
    words = " ".join(clause.body.text.lower().split())
    if words in _SPREADS:
        return Spread(_SPREADS[words])
    by = _BY.match(clause.body.surface)
    if by is None:
        hint = "write `evenly`, `by content`, `by source`, or `by` and a graphical function"
        raise SyntaxFault("how it is spread is missing", clause.head.place, hint)
    return Spread("profile", clause.body.cut(by.end()).expression("what follows `by`"))


def read_initially(clauses: list[Clause]) -> Expression | None:
    """Return the value at the start of the run, where that is not the equation's."""
    if not clauses:
        return None
    return clauses[0].body.expression("the value at the start")


def _options(
    options: Collection[Stretch], limits: Mapping[str, str], marks: Mapping[str, tuple[str, bool]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in options:
        key, value = _option(option, limits, marks)
        if key in found:
            raise SyntaxFault(f"`{short(option)}` is given twice", option.place, "keep one of them")
        found[key] = value
    return found


def _option(
    option: Stretch, limits: Mapping[str, str], marks: Mapping[str, tuple[str, bool]]
) -> tuple[str, Expression | tuple[Expression, ...] | bool]:
    """Return an option as an argument of its class: an expression, a list of them, or a mark."""
    words = " ".join(option.text.lower().split())
    if words in marks:
        return marks[words]
    if marks and option.find(_HOLDING):
        inside = option.cut(option.surface.index("(")).inside()
        return "contents", tuple(part.expression() for part in inside.split(","))
    for name, key in limits.items():
        start = re.match(r"\s+".join(name.split()) + r"\b", option.surface, re.IGNORECASE)
        if start:
            return key, option.cut(start.end()).expression(f"what follows `{name}`")
    known = [*limits, *marks, *(["holding"] if marks else [])]
    hint = did_you_mean(option.first_word(), known) or f"the options are: {', '.join(known)}"
    raise SyntaxFault(f"unknown option `{short(option)}`", option.place, hint)


def _leakage(clause: Clause) -> Leakage:
    """Read ``leak``, ``leak from A to B`` and ``leak in whole units``."""
    body = clause.body
    whole = body.find(_WHOLE)
    zone = body.cut(0, whole.start()) if whole else body
    if not zone:
        return Leakage(integers=whole is not None)
    start = _FROM.match(zone.surface)
    if start is None:
        hint = "write `leak`, `leak from 0.2 to 0.6` or `leak in whole units`"
        raise SyntaxFault(f"unexpected `{short(zone)}`", zone.place, hint)
    limits = read_range(zone.cut(start.end()), "leak from")
    if limits.low < 0 or limits.high > 1:
        hint = "give parts of the belt, from 0 (where it begins) to 1"
        raise ModelError("the leak zone goes beyond the ends of the belt", zone.place, hint)
    return Leakage(limits.low, limits.high, whole is not None)


def _nothing(clause: Clause) -> None:
    if clause.body:
        extra = short(clause.body)
        raise SyntaxFault(f"unexpected `{extra}` after `{clause.keyword}`", clause.body.place)
