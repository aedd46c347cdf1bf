"""Conveyors, queues, ovens and the options of their outflows."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.formats.xmile.variables.disciplines import TIME_STAMP
from headwater.formats.xmile.writing.equations import EquationWriter, Parts
from headwater.formats.xmile.writing.tags import Tag
from headwater.language.printer import print_number
from headwater.language.syntax import Expression
from headwater.model.variables import Conveyor, Equation, Flow, Oven, Queue, Stock

SPREAD_RULES: Mapping[str, str] = {
    "even": "even",
    "content": "dest",
    "profile": "dist",
    "source": "source",
}
"""Stella's words for how an inflow spreads over a conveyor."""


class DisciplineWriter:
    """Writes what makes a stock more than an accumulation."""

    def __init__(self, equations: EquationWriter) -> None:
        self._equations = equations

    def add(self, parts: Parts, stock: Stock) -> None:
        """Add the discipline of a stock, if it has one."""
        match stock.discipline:
            case Conveyor():
                self._conveyor(parts, stock, stock.discipline)
            case Queue():
                parts.own.append(Tag("queue"))
            case Oven():
                self._oven(parts, stock, stock.discipline)

    def _conveyor(self, parts: Parts, stock: Stock, conveyor: Conveyor) -> None:
        lengths = Parts()
        self._equations.add(lengths, stock, conveyor.lengths, "len")
        tag = Tag(
            "conveyor",
            _flags(
                discrete=conveyor.discrete,
                batch_integrity=conveyor.batch_integrity,
                one_at_a_time=None if conveyor.one_at_a_time else False,
                exponential_leak=conveyor.exponential_leakage,
            )
            | ({"isee:fifo": "true"} if conveyor.fifo else {}),
            children=list(lengths.own),
        )
        for name, expression in (
            ("capacity", conveyor.capacity),
            ("in_limit", conveyor.inflow_limit),
            ("sample", conveyor.sample),
            ("arrest", conveyor.arrest),
        ):
            self._option(tag, stock, name, expression)
        parts.own.append(tag)
        for cell, tags in lengths.elements.items():
            parts.at(cell).append(Tag("conveyor", children=tags))

    def _oven(self, parts: Parts, stock: Stock, oven: Oven) -> None:
        tag = Tag("isee:oven")
        for name, expression in (
            ("len", oven.cook_time),
            ("capacity", oven.capacity),
            ("fill_time", oven.fill_time),
            ("clean_time", oven.clean_time),
            ("arrest", oven.arrest),
        ):
            self._option(tag, stock, name, expression)
        parts.own.append(tag)

    def _option(self, tag: Tag, stock: Stock, name: str, expression: Expression | None) -> None:
        if expression is not None:
            tag.children.append(Tag(name, text=self._equations.text(stock, expression)))

    def contents(self, stock: Stock) -> tuple[Equation, ...] | str:
        """Return a stock's initial values; a text where they are listed one by one."""
        if isinstance(stock.discipline, Conveyor | Queue) and stock.discipline.contents:
            given = stock.discipline.contents
            return ", ".join(self._equations.text(stock, c) for c in given)
        return stock.equations


def leak_tags(flow: Flow) -> list[Tag]:
    """Return the options of a flow that leaks, takes what others refuse, or stamps the time."""
    found: list[Tag] = []
    leakage = flow.leakage
    if leakage is not None:
        found.append(Tag("leak"))
        if leakage.integers:
            found.append(Tag("leak_integers"))
    if flow.overflow:
        found.append(Tag("overflow"))
    if flow.time_stamped:
        found.append(Tag(TIME_STAMP))
    return found


def belt_attributes(flow: Flow) -> dict[str, str]:
    """Return where on a conveyor a flow enters, and which zone of one it leaks from.

    The beginning and the whole belt are not written.
    """
    leakage = flow.leakage
    spread = {} if flow.spread is None else {"isee:spreadflow": SPREAD_RULES[flow.spread.rule]}
    if leakage is None:
        return spread
    zone = {
        "leak_start": leakage.start if leakage.start != 0 else None,
        "leak_end": leakage.end if leakage.end != 1 else None,
    }
    return {**spread, **{k: print_number(v) for k, v in zone.items() if v is not None}}


def _flags(**flags: bool | None) -> dict[str, str]:
    """Return the attributes that differ from the standard's default."""
    return {
        name: "true" if value else "false"
        for name, value in flags.items()
        if value or (value is False and name == "one_at_a_time")
    }
