"""Conveyors, queues, ovens and the options of their outflows (XMILE 1.0, 4.2.1 and 4.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node, is_true
from headwater.formats.xmile.variables.equation_text import is_written, read_number
from headwater.formats.xmile.variables.equations import read_expression
from headwater.language.syntax import Expression
from headwater.model.variables import Conveyor, Equation, Leakage, Oven, Queue, Spread

OVENS = ("oven", "isee:oven")
DISCIPLINES = ("conveyor", "queue", *OVENS)
SPREAD = ("isee:spreadflow", "spreadflow")
"""Attributes that say where on a conveyor's belt a flow enters."""

TIME_STAMP = "headwater:time_stamp"
"""The element of a flow from which cycle times count. Which one Stella writes is not published."""

_STAMPS = re.compile(r"time_?stamp|cycle_?time", re.IGNORECASE)

PROFILE = ("isee:distrib_eq", "distrib_eq")
SPREAD_RULES: Mapping[str, tuple[Literal["even", "content", "profile", "source"], str]] = {
    "even": ("even", ""),
    "dest": ("content", "in proportion to what is on the belt after it has moved"),
    "dist": (
        "profile",
        "each place gets the area of the distribution there, whose least x is the exit and whose "
        "greatest is the beginning of the belt",
    ),
    "source": ("source", "at the place, as a share of the belt, that it leaked from"),
}
"""Stella's rules of spreading, and what is said of those that its help leaves open."""

OPTIONS: Mapping[str, frozenset[str]] = {
    "conveyor": frozenset(
        {
            *("len", "capacity", "in_limit", "sample", "arrest", "discrete", "batch_integrity"),
            *("one_at_a_time", "exponential_leak", "exponential_leakage", "fifo"),
        }
    ),
    "queue": frozenset(),
    "oven": frozenset({"len", "cook_time", "capacity", "fill_time", "clean_time", "arrest"}),
}
"""What is known of each kind of stock."""


def read_discipline(
    context: Context,
    node: Node,
    name: str,
    contents: tuple[Expression, ...],
    lengths: list[Equation],
) -> Conveyor | Queue | Oven | None:
    """Return what makes a stock more than an accumulation.

    ``contents`` is the list that fills a belt slat by slat; ``lengths`` are transit times of single
    elements.
    """
    marks = [c for c in node.children if c.tag in DISCIPLINES]
    if not marks:
        return None
    if len(marks) > 1:
        context.error(f"`{name}` is a {marks[0].tag} and a {marks[1].tag}", marks[1], "choose one")
    mark = marks[0]
    for written in (*mark.attributes, *(c.tag for c in mark.children)):
        if written.removeprefix("isee:") not in OPTIONS[mark.tag.removeprefix("isee:")]:
            message = f"the {mark.tag} `{name}` has an option `{written}`, which is not known here"
            context.warn(message, mark, "it has no part in the run")
    if mark.tag == "conveyor":
        return _conveyor(context, mark, name, contents, lengths)
    return Queue() if mark.tag == "queue" else _oven(context, mark, name)


def _conveyor(
    context: Context,
    mark: Node,
    name: str,
    contents: tuple[Expression, ...],
    lengths: list[Equation],
) -> Conveyor:
    length = _option(context, mark, name, "len")
    if length is not None and not lengths:
        lengths = [Equation(length)]
    if not lengths:
        message = f"the conveyor `{name}` has no transit time"
        context.error(message, mark, "write <len>…</len> with the time that material stays on it")
    return Conveyor(
        tuple(lengths),
        _option(context, mark, name, "capacity"),
        _option(context, mark, name, "in_limit"),
        _option(context, mark, name, "sample"),
        _option(context, mark, name, "arrest"),
        contents,
        mark.flag("discrete"),
        mark.flag("batch_integrity"),
        mark.flag("one_at_a_time", default=True),
        mark.flag("exponential_leak") or mark.flag("exponential_leakage"),
        mark.flag("isee:fifo") or mark.flag("fifo"),
    )


def _oven(context: Context, mark: Node, name: str) -> Oven | None:
    cook = _option(context, mark, name, "len") or _option(context, mark, name, "cook_time")
    if cook is None:
        context.error(f"the oven `{name}` has no cook time", mark, "write <len>…</len>")
        return None
    return Oven(
        cook,
        _option(context, mark, name, "capacity"),
        _option(context, mark, name, "fill_time"),
        _option(context, mark, name, "clean_time"),
        _option(context, mark, name, "arrest"),
    )


def _option(context: Context, mark: Node, name: str, tag: str) -> Expression | None:
    node = mark.first(tag) or mark.first(f"isee:{tag}")
    if node is None or not is_written(node):
        return None
    return read_expression(context, node, name)


def read_time_stamp(context: Context, node: Node, name: str) -> bool:
    """Return whether a flow stamps material with the time.

    An element or attribute of Stella's that speaks of time stamps is taken for its mark.
    """
    mark = node.first(TIME_STAMP)
    if mark is not None:
        return is_true(mark.text)
    written = {k: v for k, v in node.attributes.items() if ":" in k}
    written |= {c.tag: c.text for c in node.children if ":" in c.tag}
    for key, text in written.items():
        if _STAMPS.search(key) and is_true(text):
            message = f"`{name}` is read as stamped with the time, by its `{key}`"
            context.warn(message, node, "how Stella's files mark such a flow is not published")
            return True
    return False


def read_leakage(context: Context, node: Node, name: str) -> Leakage | None:
    """Return how a flow leaks from a conveyor, where it is marked to."""
    if node.first("leak") is None:
        return None
    start, end = (
        _fraction(context, node, name, key, default)
        for key, default in (("leak_start", 0.0), ("leak_end", 1.0))
    )
    if start > end:
        message = f"the leak zone of `{name}` ends at {end:g}, before its start at {start:g}"
        context.error(message, node, "give leak_start below leak_end")
    integers = node.first("leak_integers")
    return Leakage(start, end, integers is not None and is_true(integers.text))


def read_spread(context: Context, node: Node, name: str) -> Spread | None:
    """Return how an inflow enters along a conveyor's belt; None: at its beginning."""
    written = next((node.get(key).strip().lower() for key in SPREAD if node.get(key)), "")
    if written in ("", "beginning"):
        return None
    message = f"`{name}` spreads over its conveyor by the rule `{written}`"
    if written not in SPREAD_RULES:
        known = ", ".join(("beginning", *SPREAD_RULES))
        context.error(message, node, f"the rules are: {known}")
        return None
    rule, reading = SPREAD_RULES[written]
    if rule == "source" and node.first("leak") is None:
        context.warn(message, node, "it leaks from no conveyor, so it enters at the beginning")
        return None
    if reading:
        hint = f"Stella's help leaves open how; it is read so: {reading}"
        context.warn(message, node, hint)
    if rule != "profile":
        return Spread(rule)
    profile = next((p for p in map(node.first, PROFILE) if p is not None and is_written(p)), None)
    if profile is None:
        hint = "name a graphical function in <isee:distrib_eq>"
        context.error(f"{message}, and names no distribution", node, hint)
        return None
    return Spread(rule, read_expression(context, profile, name))


def _fraction(context: Context, node: Node, name: str, key: str, default: float) -> float:
    if key not in node.attributes:
        return default
    value = read_number(node.get(key))
    if value is None or not 0 <= value <= 1:
        message = f"`{name}`: {key} is `{node.get(key)}`"
        context.error(message, node, "give a number from 0 (inflow's end) to 1 (exit)")
        return default
    return value
